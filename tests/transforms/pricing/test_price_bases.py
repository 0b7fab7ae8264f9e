from typing import Any

import pandas as pd
import pytest

from llmpairs.transforms.normalise.providers import build_provider_reference, load_provider_reference
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.transforms.pricing.price_bases import best_prices, list_prices, mark_price_bases, select_best
from llmpairs.warehouse.convert import empty_frame
from tests.transforms.pairs.rows import NO_CAPABILITIES, NO_STATES, OFFER

PROVIDERS = load_provider_reference()
FIRST = empty_frame("offers")
LAB = {"is_first_party": True, "provider_id": "lab", "operator_id": "lab"}


def offers(*changes: dict[str, Any]) -> pd.DataFrame:
    """Marked offers of one model, each by a seller of its own; `usd` is the price of input and output alike."""
    rows = []
    for number, change in enumerate(changes):
        usd = change.get("usd", 1.0)
        prices = {"input_usd_per_mtok": usd, "output_usd_per_mtok": usd, "blended_3to1_usd_per_mtok": usd}
        seller = {"provider_id": f"host-{number}", "operator_id": f"host-{number}"}
        usual = {"eligible": True, "is_first_party": False, "currency": "USD", "region": None}
        row = OFFER | usual | seller | prices | {"offer_id": f"offer-{number}"} | change
        row["eligible"] = row["eligible"] and row["service_tier"] == "standard"
        rows.append({name: value for name, value in row.items() if name != "usd"})
    return mark_price_bases(pd.DataFrame(rows).astype({"region": "str"}), PROVIDERS, FIRST)


def outliers(*changes: dict[str, Any]) -> list[bool]:
    return [bool(mark) for mark in offers(*changes)["is_price_outlier"]]


def test_a_reseller_at_15_percent_of_the_list_price_is_an_outlier() -> None:
    # qihang-ai sold Claude Opus 4.5 at 1.43 where nine named operators asked 10.00 (2026-05-18).
    assert outliers({"usd": 10.0}, {"usd": 10.0}, {"usd": 12.0}, {"usd": 1.5}) == [False, False, False, True]
    assert outliers({"usd": 10.0, **LAB}, {"usd": 1.5}) == [False, True]
    assert outliers({"usd": 10.0}, {"usd": 1.5}) == [False, True]
    assert outliers({"usd": 10.0}, {"usd": 10.0}, {"usd": 10.0}, {"usd": 31.0}) == [False, False, False, True]


def test_a_low_price_that_a_second_company_has_too_is_none() -> None:
    usual = [{"usd": 10.0}] * 5
    assert outliers(*usual, {"usd": 2.0}, {"usd": 2.2})[-2:] == [False, False]
    mainland, abroad = {"operator_id": "siliconflow-cn"}, {"operator_id": "siliconflow"}
    assert outliers(*usual, {"usd": 2.0, **mainland}, {"usd": 2.2, **abroad})[-2:] == [True, True]
    assert outliers(*usual, {"usd": 2.0}, {"usd": 2.2, "operator_id": "unspecified"})[-2]


def test_keys_of_one_seller_weigh_as_one_price() -> None:
    flood = [{"usd": 1.5, "operator_id": "reseller"}] * 9
    assert outliers({"usd": 10.0}, {"usd": 10.0}, {"usd": 11.0}, *flood) == [False] * 3 + [True] * 9


def test_tiers_are_compared_apart() -> None:
    batch = {"usd": 3.0, "service_tier": "batch"}
    assert outliers({"usd": 10.0, **LAB}, {"usd": 10.0}, batch) == [False] * 3


@pytest.mark.parametrize("alone", [{"usd": 0.01}, {"usd": 0.01, "operator_id": "unspecified"}])
def test_a_single_price_has_nothing_to_be_compared_with(alone: dict[str, Any]) -> None:
    assert outliers(alone) == [False]


def test_best_needs_a_named_operator_and_no_outlier() -> None:
    table = offers({"usd": 10.0}, {"usd": 9.0}, {"usd": 11.0}, {"usd": 1.0}, {"usd": 5.0, "operator_id": "unspecified"})
    assert select_best(table).tolist() == [True, True, True, False, False]
    assert best_prices(table).tolist() == [9.0]
    costs = cost_offers(table, NO_CAPABILITIES, NO_STATES, load_scenarios())
    models = pd.DataFrame({"model_id": [OFFER["model_id"]]})
    row = cost_models(models, table, costs, load_scenarios()).set_index("scenario_id").loc["seed_chat"]
    assert (row["best_offer_id"], row["cheapest_offer_id"], row["list_usd"]) == ("offer-1", "offer-3", 9.5 * 1050)


def test_the_list_price_is_the_developers_own() -> None:
    found = list_prices(offers({"usd": 3.0, **LAB}, {"usd": 1.5}, {"usd": 1.6}))
    assert found.iloc[0].to_dict() == {"blended_3to1_usd_per_mtok": 3.0, "basis": "first_party"}


def test_else_it_is_the_median_over_named_operators() -> None:
    found = list_prices(offers({"usd": 1.0}, {"usd": 2.0}, {"usd": 3.0}, {"usd": 0.9, "operator_id": "unspecified"}))
    assert found.iloc[0].to_dict() == {"blended_3to1_usd_per_mtok": 2.0, "basis": "median"}
    assert list_prices(offers({"eligible": False})).empty


def test_a_list_price_mixes_no_currencies_and_regions() -> None:
    # alibaba-cn prints qwen-plus in yuan: 0.158 in dollars beside 0.6 at alibaba (2026-05-18).
    abroad, mainland = LAB | {"provider_id": "alibaba"}, LAB | {"provider_id": "alibaba-cn"}
    assert list_prices(offers({"usd": 0.6, **abroad}, {"usd": 0.158, **mainland})).iloc[0, 0] == 0.6
    assert list_prices(offers({"usd": 0.158, **mainland})).iloc[0, 0] == 0.158
    regions = {"usd": 3.0, **abroad}, {"usd": 3.3, **abroad, "region": "us-gov-west-1"}
    assert list_prices(offers(*regions)).iloc[0, 0] == 3.0


def test_an_unlisted_provider_stands_for_itself() -> None:
    table = offers({"usd": 10.0}, {"usd": 10.0}, {"usd": 10.0}, {"usd": 1.0})
    again = mark_price_bases(table, build_provider_reference(()), FIRST)
    assert again["is_price_outlier"].tolist() == [False, False, False, True]
