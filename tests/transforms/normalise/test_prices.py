from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.normalise.offer_keys import identify_offers
from llmpairs.transforms.normalise.prices import combine_quotes
from llmpairs.transforms.normalise.providers import load_provider_reference
from tests.transforms.frames import landed, quote


def bundle(quotes: list[dict[str, Any]], **offer: Any) -> dict[str, Any]:
    row = {"provider_key": "groq", "model_key": "openai/gpt-oss-120b", **offer}
    providers = load_provider_reference()
    offers = identify_offers(landed("offers", [row]), providers)
    prices = landed("prices", [{"quote": n, **q} for n, q in enumerate(quotes)])
    record: dict[str, Any] = combine_quotes(offers, prices, providers).iloc[0].to_dict()
    return record


def priced(amount_in: str, amount_out: str) -> list[dict[str, Any]]:
    return [quote(0, "input", amount_in), quote(0, "output", amount_out)]


@pytest.mark.parametrize(
    ("offer", "quotes", "kind", "reason"),
    [
        ({}, priced("0.15", "0.60"), "metered", None),
        ({"model_key": "openai/gpt-oss-120b:free"}, priced("0", "0"), "free_tier", None),
        ({"is_free": True}, priced("0", "0"), "free_tier", None),
        ({"provider_key": "nvidia"}, priced("0", "0"), "free_tier", None),
        ({"provider_key": "alibaba-coding-plan"}, priced("0", "0"), "subscription", "subscription"),
        ({"provider_key": "lmstudio"}, priced("0", "0"), "non_token", "not_per_token"),
        ({"provider_key": "siliconflow-cn"}, priced("0", "0"), "unknown", "zero_of_unknown_kind"),
        ({}, priced("-1", "-1"), "unknown", "dynamic"),
        ({}, priced("free", "free"), "unknown", "unparsed"),
        ({}, [], "unknown", "not_listed"),
        ({}, priced("0", "0.6"), "metered", "one_side_missing"),
        ({}, [quote(0, "input", "0.6")], "metered", "one_side_missing"),
        ({}, [quote(0, "request", "0.08", 1, unit="request")], "non_token", "not_per_token"),
    ],
)
def test_how_a_route_is_paid_for(
    offer: dict[str, Any], quotes: list[dict[str, Any]], kind: str, reason: str | None
) -> None:
    row = bundle(quotes, **offer)
    assert (row["price_kind"], None if pd.isna(row["price_missing_reason"]) else row["price_missing_reason"]) == (
        kind,
        reason,
    )


def test_a_published_zero_is_a_stated_free_tier_and_nothing_else() -> None:
    free = bundle(priced("0", "0"), model_key="openai/gpt-oss-120b:free")
    unknown = bundle(priced("0", "0"), provider_key="siliconflow-cn")
    one_sided = bundle(priced("0", "0.6"))
    assert (free["input_usd_per_mtok"], free["output_usd_per_mtok"]) == (0.0, 0.0)
    assert pd.isna(unknown["input_usd_per_mtok"])
    assert pd.isna(unknown["output_usd_per_mtok"])
    assert pd.isna(one_sided["input_usd_per_mtok"])


def test_tiers_are_told_from_the_base_price() -> None:
    row = bundle([*priced("3", "15"), quote(0, "input", "6", min_prompt_tokens=200_000)])
    assert row["input_usd_per_mtok"] == 3
    assert row["price_tiers"] == [
        {
            "min_prompt_tokens": 200_000,
            "input_usd_per_mtok": 6.0,
            "output_usd_per_mtok": None,
            "cache_read_usd_per_mtok": None,
            "cache_write_usd_per_mtok": None,
            "is_marginal": False,
        }
    ]


def test_what_was_printed_stays_on_record() -> None:
    row = bundle([quote(0, "input", "0.000000039", 1), quote(0, "output", "0.00000018", 1)])
    assert row["printed"] == "input 0.000000039 USD per 1 token; output 0.00000018 USD per 1 token"


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_prices_for_one_use_the_higher_usable_one_is_taken_in_any_order(turn: int) -> None:
    """ZenMux prints two unconditional cache reads of qwen3.5-flash, 0.01 and 0.02 (2026-05-18)."""
    reads = [quote(0, "cache_read", "0.01"), quote(0, "cache_read", "0.02"), quote(0, "cache_read", "-1")]
    long = [quote(0, "input", amount, min_prompt_tokens=200_000) for amount in ("4", "6", "5")]
    row = bundle([*priced("3", "15"), *reads[::turn], *long[::turn]])
    assert row["cache_read_usd_per_mtok"] == 0.02
    assert [tier["input_usd_per_mtok"] for tier in row["price_tiers"]] == [6.0]
    assert "cache_read 0.02" in row["printed"]


@pytest.mark.parametrize("turn", [1, -1])
def test_a_price_in_dollars_is_taken_beside_one_in_another_currency(turn: int) -> None:
    quotes = [*priced("3", "15"), quote(0, "input", "21", currency="CNY"), quote(0, "output", "99", currency="CNY")]
    row = bundle(quotes[::turn])
    assert (row["input_usd_per_mtok"], row["output_usd_per_mtok"], row["currency"]) == (3, 15, "USD")


def test_an_offer_in_two_currencies_has_no_price() -> None:
    row = bundle([quote(0, "input", "3"), quote(0, "output", "99", currency="CNY"), quote(0, "cache_read", "0.1")])
    assert row["price_missing_reason"] == "other_currency"
    assert pd.isna(row["input_usd_per_mtok"])
    assert pd.isna(row["cache_read_usd_per_mtok"])


@pytest.mark.parametrize("turn", [1, -1])
def test_of_prices_that_cannot_be_used_the_telling_reason_is_given_in_any_order(turn: int) -> None:
    quotes = [quote(0, "input", "-1"), quote(0, "input", "3", currency="ZAR"), quote(0, "input", "free")]
    assert bundle(quotes[::turn])["price_missing_reason"] == "other_currency"
