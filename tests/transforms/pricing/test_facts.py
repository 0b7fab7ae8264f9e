"""Every printed part of a price is a claim; the published bundle's are chosen."""

import json
from typing import Any

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.normalise.prices import bundle_prices
from llmpairs.transforms.normalise.providers import load_providers
from llmpairs.transforms.normalise.routes import locate_routes
from llmpairs.transforms.pricing.candidates import judge_candidates, order_candidates
from llmpairs.transforms.pricing.facts import claim_prices, state_prices
from llmpairs.transforms.pricing.price_holds import Published, publish_prices
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.frames import AS_OF, landed, quote
from tests.transforms.pricing.nights import NOTHING_DECIDED

OFFER = "groq/groq/openai%2Fgpt-oss-120b/-/standard"
TIERED = [
    quote(0, "input", "3"), quote(0, "output", "15"), quote(0, "input", "6", min_prompt_tokens=200_000),
    quote(1, "input", "3.1"), quote(1, "output", "15"),
]  # fmt: skip


def judged(quotes: list[dict[str, Any]]) -> DataFrame:
    """Two sources on one route: the better one is row 0."""
    rows = [
        {
            "provider_key": "groq",
            "model_key": "openai/gpt-oss-120b",
            "source_id": source,
            "locator": f"/{source}",
        }
        for source in ("models_dev", "litellm")
    ]
    book = load_providers()
    routes = locate_routes(landed("offers", rows), book)
    routes = routes.assign(
        model_id="m", lineage=routes["source_id"], authority=[3, 4], expired=False, basis="declared"
    )
    prices = landed("prices", [{**each, "quote": number} for number, each in enumerate(quotes)])
    bundles = bundle_prices(routes, prices, book)
    return judge_candidates(routes.merge(bundles, on="row_id", suffixes=("", "_x")), ["m"])


def publish(
    candidates: DataFrame, holds: DataFrame | None = None, decisions: DataFrame | None = None
) -> Published:
    """What a first night publishes, or one after a decision on its holds."""
    return publish_prices(
        candidates,
        empty_frame("offers"),
        empty_frame("holds") if holds is None else holds,
        DataFrame() if decisions is None else decisions,
        NOTHING_DECIDED,
        AS_OF.to_pydatetime(),
    )


def claim(candidates: DataFrame, published: Published) -> DataFrame:
    return claim_prices(order_candidates(candidates, NOTHING_DECIDED), published.prices)


def by_field(claims: DataFrame, source_id: str) -> dict[str, tuple[str, bool, str]]:
    rows = claims[claims["source_id"] == source_id]
    return {
        field: (value, bool(chosen), reason)
        for field, value, chosen, reason in rows[["field", "value", "is_chosen", "reason"]].to_numpy()
    }


def test_prices_tiers_and_currency_of_the_published_bundle_are_chosen_claims() -> None:
    candidates = judged(TIERED)
    claims = claim(candidates, publish(candidates))
    assert set(claims["subject_id"]) == {OFFER}
    published = by_field(claims, "models_dev")
    assert published["input_usd_per_mtok"] == ("3.0", True, "chosen")
    assert published["currency"] == ("USD", True, "chosen")
    [tier] = json.loads(published["price_tiers"][0])
    assert (tier["min_prompt_tokens"], tier["input_usd_per_mtok"], tier["output_usd_per_mtok"]) == (
        200_000,
        6,
        None,
    )
    other = by_field(claims, "litellm")
    assert other["input_usd_per_mtok"] == ("3.1", False, "lower_authority")
    assert other["output_usd_per_mtok"] == ("15.0", False, "agrees")
    printed = claims.set_index(["source_id", "field"])["printed"]
    assert printed["models_dev", "price_tiers"] == "input 6 USD per 1000000 token from 200000"
    assert "200000" not in printed["models_dev", "input_usd_per_mtok"]


def test_the_currency_of_a_price_that_nobody_converts_is_a_claim_of_its_own() -> None:
    yuan = [quote(0, "input", "3", currency="CNY"), quote(0, "output", "15", currency="CNY")]
    candidates = judged(yuan)
    claims = claim(candidates, publish(candidates))
    assert by_field(claims, "models_dev") == {"currency": ("CNY", True, "chosen")}


@pytest.mark.parametrize("accepted", [True, False])
def test_a_suspicious_price_is_published_only_by_decision(accepted: bool) -> None:
    candidates = judged(TIERED).assign(suspicion=["Q15 bounds", None])
    published = publish(candidates)
    if accepted:
        values = dict(zip(published.holds["hold_id"], published.holds["candidate_value"], strict=True))
        word = {"kind": "hold", "subject": "x", "verdict": "accept", "decided_by": "ana", "values": values}
        published = publish(candidates, published.holds, DataFrame([word]))
    claims = claim(candidates, published)
    expected = (True, "decision") if accepted else (False, "held")
    assert by_field(claims, "models_dev")["input_usd_per_mtok"][1:] == expected
    assert by_field(claims, "litellm")["input_usd_per_mtok"][1] is not accepted
    assert set(claims["doubt"].dropna()) == {"Q15 bounds"}


def test_what_bundles_say_is_stated_without_a_choice() -> None:
    candidates = judged(TIERED)
    stated = state_prices(candidates)
    chosen = claim(candidates, publish(candidates))
    order = ["source_id", "field"]
    pd.testing.assert_frame_equal(
        stated.sort_values(order, ignore_index=True),
        chosen[stated.columns].sort_values(order, ignore_index=True),
    )
