"""Every printed part of a price is a claim; the published bundle's are chosen."""

import json
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.normalise.offer_keys import identify_offers
from llmpairs.transforms.normalise.prices import combine_quotes
from llmpairs.transforms.normalise.providers import load_provider_reference
from llmpairs.transforms.pricing.candidates import check_candidates, order_candidates
from llmpairs.transforms.pricing.facts import claim_bundles, claim_prices
from llmpairs.transforms.pricing.price_holds import PublishedPrices, publish_prices
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import landed, quote, run_context
from tests.transforms.pricing.price_runs import NOTHING_DECIDED

OFFER = "groq/groq/openai%2Fgpt-oss-120b/-/standard"
TIERED = [
    quote(0, "input", "3"), quote(0, "output", "15"), quote(0, "input", "6", min_prompt_tokens=200_000),
    quote(1, "input", "3.1"), quote(1, "output", "15"),
]  # fmt: skip


def checked(quotes: list[dict[str, Any]]) -> DataFrame:
    """Two sources on one route: the better one is row 0."""
    rows = [
        {"provider_key": "groq", "model_key": "openai/gpt-oss-120b", "source_id": source, "locator": f"/{source}"}
        for source in ("models_dev", "litellm")
    ]
    providers = load_provider_reference()
    routes = identify_offers(landed("offers", rows), providers)
    routes = routes.assign(model_id="m", lineage=routes["source_id"], authority=[3, 4], expired=False)
    routes = routes.assign(basis="declared", is_stale=False)
    prices = landed("prices", [{**each, "quote": number} for number, each in enumerate(quotes)])
    bundles = combine_quotes(routes, prices, providers)
    return check_candidates(routes.merge(bundles, on="row_id", suffixes=("", "_x")), ["m"])


def publish(
    candidates: DataFrame, holds: DataFrame | None = None, decisions: DataFrame | None = None
) -> PublishedPrices:
    """Prices of a first run, or of one after a decision on its holds."""
    previous = None if holds is None else {"holds": holds}
    context = run_context(previous, decisions=DataFrame() if decisions is None else decisions)
    return publish_prices(candidates, NOTHING_DECIDED, context)


def claim(candidates: DataFrame, published: PublishedPrices) -> DataFrame:
    ordered = order_candidates(candidates, NOTHING_DECIDED, empty_frame("offers"))
    return claim_prices(ordered, published.prices)


def by_field(claims: DataFrame, source_id: str) -> dict[str, tuple[str, bool, str]]:
    rows = claims[claims["source_id"] == source_id]
    return {
        field: (value, bool(chosen), reason)
        for field, value, chosen, reason in rows[["field", "value", "is_chosen", "reason"]].to_numpy()
    }


def test_prices_tiers_and_currency_of_the_published_bundle_are_chosen_claims() -> None:
    candidates = checked(TIERED)
    claims = claim(candidates, publish(candidates))
    assert set(claims["subject_id"]) == {OFFER}
    published = by_field(claims, "models_dev")
    assert published["input_usd_per_mtok"] == ("3.0", True, "chosen")
    assert published["currency"] == ("USD", True, "chosen")
    [tier] = json.loads(published["price_tiers"][0])
    assert (tier["min_prompt_tokens"], tier["input_usd_per_mtok"], tier["output_usd_per_mtok"]) == (200_000, 6, None)
    other = by_field(claims, "litellm")
    assert other["input_usd_per_mtok"] == ("3.1", False, "lower_authority")
    assert other["output_usd_per_mtok"] == ("15.0", False, "agrees")
    printed = claims.set_index(["source_id", "field"])["printed"]
    assert printed["models_dev", "price_tiers"] == "input 6 USD per 1000000 token from 200000"
    assert "200000" not in printed["models_dev", "input_usd_per_mtok"]


def test_the_currency_of_an_unconverted_price_is_a_claim() -> None:
    yuan = [quote(0, "input", "3", currency="CNY"), quote(0, "output", "15", currency="CNY")]
    candidates = checked(yuan)
    claims = claim(candidates, publish(candidates))
    assert by_field(claims, "models_dev") == {"currency": ("CNY", True, "chosen")}


def test_an_implausible_first_price_is_not_published() -> None:
    candidates = checked(TIERED).assign(failed_check=["Q15 bounds", None])
    published = publish(candidates)
    assert published.holds.empty
    claims = claim(candidates, published)
    assert by_field(claims, "models_dev")["input_usd_per_mtok"][1:] == (False, "implausible")
    assert by_field(claims, "litellm")["input_usd_per_mtok"][1]
    assert set(claims["doubt"].dropna()) == {"Q15 bounds"}


def test_claims_of_bundles_before_choice_are_those_of_the_published() -> None:
    candidates = checked(TIERED)
    stated = claim_bundles(candidates)
    chosen = claim(candidates, publish(candidates))
    order = ["source_id", "field"]
    pd.testing.assert_frame_equal(
        stated.sort_values(order, ignore_index=True), chosen[stated.columns].sort_values(order, ignore_index=True)
    )
