from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bench.synthetic_pairs import Tables, make_tables
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.scenarios import Scenario, load_scenarios
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS
from llmpairs.warehouse.convert import to_arrow
from tests.transforms.pairs.rows import NO_CAPABILITIES, NO_STATES, offers

SCENARIOS = load_scenarios()


def tier(start: int, price_in: float | None, price_out: float | None, **more: Any) -> dict[str, Any]:
    return {
        "min_prompt_tokens": start,
        "input_usd_per_mtok": price_in,
        "output_usd_per_mtok": price_out,
        "cache_read_usd_per_mtok": None,
        "cache_write_usd_per_mtok": None,
        "is_marginal": False,
    } | more


def cost(change: dict[str, Any], scenario_id: str, capabilities: pd.DataFrame = NO_CAPABILITIES) -> Any:
    asked = replace(SCENARIOS, scenarios=(SCENARIOS[scenario_id],))
    [row] = [row for _, row in cost_offers(offers(change), capabilities, NO_STATES, asked).iterrows()]
    assert row["scenario_id"] == scenario_id
    return row


def reason(change: dict[str, Any], scenario_id: str, capabilities: pd.DataFrame = NO_CAPABILITIES) -> Any:
    row = cost(change, scenario_id, capabilities)
    assert row["eligible"] == pd.isna(row["ineligible_reason"])
    return None if row["eligible"] else row["ineligible_reason"]


def states(offer_id: str = "p/p/k0/-/standard", **effective: str) -> pd.DataFrame:
    rows = [{"offer_id": offer_id, "capability": name, "effective": s} for name, s in effective.items()]
    return pd.DataFrame(rows)


def test_the_example_page_costs_76_20() -> None:
    row = cost({}, "seed_chat")
    assert row["cost_usd"] == 76.2
    assert f"{row['cost_usd']:.2f}" == "76.20"
    assert row["formula_version"] == SCENARIOS.formula_version


@pytest.mark.parametrize(
    ("scenario_id", "change", "expected"),
    [
        ("seed_chat", {"input_usd_per_mtok": 0.04, "output_usd_per_mtok": 0.16}, 72.0),
        # 3,500 tokens of text and images at 1, 400 at 2, 200,000 times.
        ("vision", {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}, 860.0),
        # No cache price: the full input price. 6,000 at 1 and 400 at 2, 300,000 times.
        ("rag", {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}, 2_040.0),
        # 4,200 at 1, 1,800 at 0.1, 400 at 2.
        ("rag", {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "cache_read_usd_per_mtok": 0.1}, 1_554.0),
        # A cache price of 0 is a price.
        ("rag", {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "cache_read_usd_per_mtok": 0.0}, 1_500.0),
        ("batch_cheap", {"service_tier": "batch", "input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0}, 14e3),
    ],
)
def test_costs_by_hand(scenario_id: str, change: dict[str, Any], expected: float) -> None:
    assert cost(change, scenario_id)["cost_usd"] == expected


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        ([tier(120_001, 9.0, 9.0)], 2_440.0),
        ([tier(120_000, 2.0, 4.0)], 4_880.0),
        ([tier(200_000, 9.0, 9.0), tier(100_000, 2.0, 4.0), tier(50_000, 1.5, 3.0)], 4_880.0),
        # What a tier leaves out stays: the answer costs 2.
        ([tier(100_000, 2.0, None)], 4_840.0),
        # Beyond 100,000 tokens only: 100,000 at 1, 20,000 at 2, the answer at 4.
        ([tier(100_000, 2.0, 4.0, is_marginal=True)], 2_880.0),
        # Bands of 60,000 at 1, 40,000 at 2, 20,000 at 3; the answer stays at 2.
        ([tier(60_000, 2.0, None, is_marginal=True), tier(100_000, 3.0, None, is_marginal=True)], 4_040.0),
        # The whole request at 2, then the last 20,000 at 3; a marginal tier below no longer applies.
        (
            [
                tier(10_000, 9.0, 9.0, is_marginal=True),
                tier(50_000, 2.0, 4.0),
                tier(100_000, 3.0, None, is_marginal=True),
            ],
            5_280.0,
        ),
        (np.array([tier(120_000, 2.0, 4.0)], dtype=object), 4_880.0),
        ([], 2_440.0),
    ],
)
def test_tiers_go_by_the_length_of_the_prompt(tiers: Any, expected: float) -> None:
    """120,000 tokens in at 1, 1,000 out at 2, 20,000 times: 2,440 without tiers."""
    change = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 2.0, "price_tiers": tiers}
    assert cost(change, "long_context")["cost_usd"] == pytest.approx(expected, abs=1e-6)


def test_a_tier_without_a_cache_price_has_none() -> None:
    base = {"input_usd_per_mtok": 1.0, "output_usd_per_mtok": 0.0, "cache_read_usd_per_mtok": 0.1}
    full = cost(base | {"price_tiers": [tier(1_000, 2.0, None)]}, "long_context")["cost_usd"]
    assert full == 120_000 * 2 * 20_000 / 1e6
    cached = cost(base | {"price_tiers": [tier(1_000, 2.0, None, cache_read_usd_per_mtok=0.5)]}, "long_context")
    assert cached["cost_usd"] == (96_000 * 2 + 24_000 * 0.5) * 20_000 / 1e6


def test_every_cost_is_what_decimal_arithmetic_gives() -> None:
    rng = np.random.default_rng(5)
    prices = [
        [round(price, 2 + i % 4) for price in row] for i, row in enumerate(np.exp(rng.normal(0, 2, (400, 3))).tolist())
    ]
    names = ["input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok"]
    table = offers(*(dict(zip(names, row, strict=True)) for row in prices))
    costs = cost_offers(table, NO_CAPABILITIES, NO_STATES, SCENARIOS).merge(table[["offer_id", *names]], on="offer_id")
    priced = costs[costs["cost_usd"].notna()]
    assert len(priced) == 400 * sum(each.service_tier == "standard" for each in SCENARIOS)
    for row in priced.to_dict("records"):
        exact = recompute(SCENARIOS[row["scenario_id"]], *(Decimal(str(row[name])) for name in names))
        assert row["cost_usd"] == float(exact)
        assert cents(Decimal(str(row["cost_usd"]))) == cents(exact)


def recompute(scenario: Scenario, price_in: Decimal, price_out: Decimal, cache: Decimal) -> Decimal:
    fresh = scenario.prompt_tokens - scenario.cached_tokens
    tokens = fresh * price_in + scenario.cached_tokens * cache + scenario.output_tokens * price_out
    return tokens * scenario.requests_per_month / 1_000_000


def cents(usd: Decimal) -> Decimal:
    return usd.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"held": True}, None),
        ({"model_id": None}, "model_unresolved"),
        ({"offer_status": "stale"}, "not_active"),
        ({"offer_status": "retired"}, "not_active"),
        ({"offer_status": "deprecated"}, "not_active"),
        ({"ineligible_reason": "expired"}, "expired"),
        ({"service_tier": "batch"}, "not_standard_tier"),
        ({"service_tier": "flex"}, "not_standard_tier"),
        ({"price_kind": "free_tier", "input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0}, "not_metered"),
        ({"price_kind": "promo"}, "not_metered"),
        ({"output_usd_per_mtok": np.nan}, "price_missing"),
        ({"input_usd_per_mtok": np.nan}, "price_missing"),
        ({"context_tokens": 1_049}, "context_too_small"),
        ({"context_tokens": 1_050}, None),
        ({"context_tokens": pd.NA}, None),
        ({"max_output_tokens": 249}, "max_output_too_small"),
        ({"max_output_tokens": 250}, None),
        ({"max_output_tokens": pd.NA}, None),
        ({"route_kind": "aggregate"}, None),
    ],
)
def test_who_may_serve_a_chat(change: dict[str, Any], expected: str | None) -> None:
    assert reason(change, "seed_chat") == expected


def test_a_missing_price_is_no_cost_and_a_free_one_is_zero() -> None:
    assert np.isnan(cost({"output_usd_per_mtok": np.nan}, "seed_chat")["cost_usd"])
    free = cost({"price_kind": "free_tier", "input_usd_per_mtok": 0.0, "output_usd_per_mtok": 0.0}, "seed_chat")
    assert free["cost_usd"] == 0
    assert not free["eligible"]


@pytest.mark.parametrize(
    ("context", "expected"), [(127_999, "context_too_small"), (128_000, None), (pd.NA, "context_unknown")]
)
def test_a_stated_gate_on_context_asks_for_a_known_one(context: Any, expected: str | None) -> None:
    assert reason({"context_tokens": context}, "long_context") == expected


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        ({"function_calling": "yes", "structured_outputs": "yes"}, None),
        ({"function_calling": "yes", "structured_outputs": "no"}, "gate_failed"),
        ({"structured_outputs": "no"}, "gate_failed"),
        ({"function_calling": "yes"}, "gate_not_established"),
        ({"function_calling": "yes", "structured_outputs": "unknown"}, "gate_not_established"),
        ({"vision": "yes"}, "gate_not_established"),
    ],
)
def test_a_capability_gate_passes_on_yes_alone(effective: dict[str, str], expected: str | None) -> None:
    assert reason({}, "agents", states(**effective)) == expected


def test_a_capability_of_another_offer_opens_no_gate() -> None:
    other = states("p/p/other/-/standard", vision="yes")
    assert reason({}, "vision", other) == "gate_not_established"


@pytest.mark.parametrize("service_tier", ["standard", "flex", "priority"])
def test_bulk_work_has_a_cost_at_the_batch_price_alone(service_tier: str) -> None:
    row = cost({"service_tier": service_tier}, "batch_cheap")
    assert (row["ineligible_reason"], np.isnan(row["cost_usd"])) == ("no_batch_price", True)
    assert reason({"service_tier": "batch"}, "batch_cheap") is None
    assert np.isnan(cost({"service_tier": service_tier, "model_id": None}, "batch_cheap")["cost_usd"])


def test_a_list_entry_counts_only_where_no_priced_endpoint_of_its_aggregator_stands_beside_it() -> None:
    entry = {"route_kind": "aggregate", "input_usd_per_mtok": 0.01, "context_tokens": 1_000_000}
    small = {"route_kind": "via_aggregator", "context_tokens": 8_000}
    unpriced = {"input_usd_per_mtok": np.nan}

    def reasons(*changes: dict[str, Any]) -> list[Any]:
        table = cost_offers(offers(*changes), NO_CAPABILITIES, NO_STATES, SCENARIOS)
        rows = table[table["scenario_id"] == "long_context"]
        return [None if pd.isna(reason) else reason for reason in rows["ineligible_reason"]]

    assert reasons(entry) == [None]
    assert reasons(entry, unpriced) == [None, "price_missing"]
    # The entry joins the price of one endpoint to the context of another: it must not pass where they fail.
    assert reasons(entry, small) == ["aggregate", "context_too_small"]
    assert reasons(entry, small | {"model_id": "other/model"}) == [None, "context_too_small"]
    assert reasons(entry, small | {"service_tier": "batch"}) == [None, "not_standard_tier"]
    assert reasons(entry, small | {"provider_id": "another"}) == [None, "context_too_small"]
    assert reasons(entry, {"route_kind": "direct"}) == [None, None]


def models(*ids: str) -> pd.DataFrame:
    return pd.DataFrame({"model_id": list(ids)})


def model_costs(table: pd.DataFrame, *ids: str, capabilities: pd.DataFrame = NO_CAPABILITIES) -> pd.DataFrame:
    costs = cost_offers(table, capabilities, NO_STATES, SCENARIOS)
    found = cost_models(models(*(ids or ("openai/gpt-oss-120b",))), table, costs, SCENARIOS)
    return found.set_index(["model_id", "scenario_id"])


def test_cheapest_median_and_dearest_name_their_routes() -> None:
    table = offers(
        {"offer_id": "d", "input_usd_per_mtok": 0.4, "output_usd_per_mtok": 0.0},
        {"offer_id": "c", "input_usd_per_mtok": 0.3, "output_usd_per_mtok": 0.0},
        {"offer_id": "b", "input_usd_per_mtok": 0.2, "output_usd_per_mtok": 0.0, "route_kind": "via_aggregator"},
        {"offer_id": "a", "input_usd_per_mtok": 0.1, "output_usd_per_mtok": 0.0, "service_tier": "flex"},
        {"offer_id": "e", "input_usd_per_mtok": 0.1, "output_usd_per_mtok": 0.0, "route_kind": "aggregate"},
        {"offer_id": "f", "offer_status": "stale"},
        {"offer_id": "g", "input_usd_per_mtok": 0.5, "output_usd_per_mtok": 0.0},
    )
    row = model_costs(table).loc[("openai/gpt-oss-120b", "seed_chat")]
    assert pd.isna(row["list_offer_id"])
    assert row.drop("list_offer_id").to_dict() == {
        "state": "known",
        "best_usd": 160.0,
        "best_offer_id": "b",
        "list_usd": 280.0,
        "cheapest_usd": 160.0,
        "cheapest_offer_id": "b",
        "cheapest_direct_usd": 240.0,
        "cheapest_direct_offer_id": "c",
        "median_usd": 280.0,
        "dearest_usd": 400.0,
        "dearest_offer_id": "g",
        "eligible_offer_count": 4,
        "offer_count": 5,
    }


def test_equal_costs_are_told_apart_by_id_in_any_row_order() -> None:
    table = offers(*({"offer_id": name} for name in "cab"))
    costs = cost_offers(table, NO_CAPABILITIES, NO_STATES, SCENARIOS)
    for step in (1, -1):
        found = cost_models(models("openai/gpt-oss-120b"), table.iloc[::step], costs.iloc[::step], SCENARIOS)
        row = found.set_index("scenario_id").loc["seed_chat"]
        named = row[["cheapest_offer_id", "cheapest_direct_offer_id", "dearest_offer_id"]]
        assert named.tolist() == ["a", "a", "a"]


@pytest.mark.parametrize(
    ("changes", "scenario_id", "state", "counts"),
    [
        ([{}], "seed_chat", "known", (1, 1)),
        ([{"route_kind": "aggregate"}], "seed_chat", "aggregate_only", (1, 1)),
        ([{"route_kind": "aggregate"}, {"input_usd_per_mtok": np.nan}], "seed_chat", "aggregate_only", (1, 2)),
        ([{"price_kind": "unknown", "input_usd_per_mtok": np.nan}], "seed_chat", "unpriced", (0, 1)),
        ([{"price_kind": "free_tier"}], "seed_chat", "unpriced", (0, 1)),
        ([{"price_kind": "promo", "route_kind": "aggregate"}], "seed_chat", "unpriced", (0, 1)),
        ([{}, {"route_kind": "aggregate"}], "seed_chat", "known", (2, 2)),
        ([{"route_kind": "via_aggregator"}, {"route_kind": "aggregate"}], "seed_chat", "known", (1, 1)),
        ([{"context_tokens": 500}], "seed_chat", "not_eligible", (0, 1)),
        ([{}], "batch_cheap", "not_eligible", (0, 1)),
        ([{}], "vision", "not_eligible", (0, 1)),
        ([{"offer_status": "stale"}], "seed_chat", "no_offers", (0, 0)),
        ([{"model_id": None}], "seed_chat", "no_offers", (0, 0)),
    ],
)
def test_no_cost_says_why(changes: list[dict[str, Any]], scenario_id: str, state: str, counts: tuple[int, int]) -> None:
    row = model_costs(offers(*changes)).loc[("openai/gpt-oss-120b", scenario_id)]
    assert row["state"] == state
    assert (row["eligible_offer_count"], row["offer_count"]) == counts
    assert pd.isna(row["cheapest_usd"]) == (state not in {"known", "aggregate_only"})
    assert pd.isna(row["cheapest_offer_id"]) == pd.isna(row["cheapest_usd"])


def test_every_model_has_every_workload_and_no_other_models_offers() -> None:
    table = offers({}, {"model_id": "other/model", "input_usd_per_mtok": 9.0})
    costs = model_costs(table, "other/model", "openai/gpt-oss-120b", "third/model")
    assert len(costs) == 3 * len(SCENARIOS)
    assert costs.loc[("openai/gpt-oss-120b", "seed_chat"), "dearest_usd"] == 76.2
    assert costs.loc[("third/model", "seed_chat"), "state"] == "no_offers"


def test_costs_keep_their_contracts_and_do_not_depend_on_row_order() -> None:
    tables = make_tables(60, seed=4)
    shuffled = tables.offers.sample(frac=1, random_state=1)
    for one, other in zip(both_costs(tables, tables.offers), both_costs(tables, shuffled), strict=True):
        assert one.equals(other)


def both_costs(tables: Tables, table: pd.DataFrame) -> list[pa.Table]:
    of_offers = cost_offers(table, tables.offer_capabilities, tables.model_capabilities, SCENARIOS)
    of_models = cost_models(tables.models, table, of_offers, SCENARIOS)
    assert len(of_offers) == len(table) * len(SCENARIOS)
    return [to_arrow(of_offers, OFFER_SCENARIO_COSTS), to_arrow(of_models, MODEL_SCENARIO_COSTS)]


def test_no_offers_at_all_leave_every_model_without_a_cost() -> None:
    costs = model_costs(offers({}).iloc[:0])
    assert set(costs["state"]) == {"no_offers"}
    assert costs["cheapest_usd"].isna().all()
