"""Monthly costs of the published workloads, by offer and by model.

Every figure derives from the offer's published prices (tiers by prompt length, cached share, output) and the formula
version alone.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.pairs.requirements import (
    GATE_BIT,
    Flags,
    OfferRequirements,
    check_offer_requirements,
    find_repeated_entries,
)
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios
from llmpairs.transforms.pricing.price_bases import select_best
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS

Floats = npt.NDArray[np.float64]
KEY = ["model_id", "scenario_id"]
RATES = ["input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok"]
COST_DECIMALS = 6
"""Costs are rounded to a millionth of a dollar: the double nearest to the result of decimal arithmetic."""


def cost_offers(
    offers: pd.DataFrame, offer_capabilities: pd.DataFrame, model_capabilities: pd.DataFrame, scenarios: Scenarios
) -> pd.DataFrame:
    """Build OFFER_SCENARIO_COSTS (USD per month) from OFFERS and the capabilities of offers and models.

    Every offer has a row for every workload; an ineligible offer has a cost too where it has the prices.
    """
    tiers = unnest_tiers(offers)
    parts = []
    for scenario in scenarios:
        requirements = check_offer_requirements(offers, offer_capabilities, model_capabilities, scenario)
        reason = ineligible_reasons(offers, requirements, scenario)
        has_price = (scenario.service_tier == "standard") | (offers["service_tier"] == scenario.service_tier)
        columns = {
            "cost_usd": np.where(has_price, monthly_costs(offers, tiers, scenario), np.nan),
            "eligible": reason == None,  # noqa: E711  (elementwise)
            "ineligible_reason": pd.Series(reason, index=offers.index, dtype="str"),
        }
        parts.append(offers[["offer_id", "model_id"]].assign(scenario_id=scenario.scenario_id, **columns))
    costs = pd.concat(parts, ignore_index=True)
    costs["formula_version"] = scenarios.formula_version
    costs = costs.sort_values(list(OFFER_SCENARIO_COSTS.key), ignore_index=True)
    return costs[OFFER_SCENARIO_COSTS.column_names]


def cost_models(
    models: pd.DataFrame, offers: pd.DataFrame, offer_costs: pd.DataFrame, scenarios: Scenarios
) -> pd.DataFrame:
    """Build MODEL_SCENARIO_COSTS from the costs of offers, one row for every model and workload.

    Three price bases: `list` and `best` of `price_bases`, and the cheapest eligible offer of any. Of equal costs the
    offer id that sorts first wins. `offer_count` counts active offers of every tier; an
    aggregator's list entry counts where none of its endpoints is known.
    """
    kinds = offers[["offer_id", "route_kind", "operator_known", "is_list_offer", "is_price_outlier"]]
    rows = offer_costs[offer_costs["eligible"].astype(bool)].merge(kinds, on="offer_id", validate="m:1")
    rows = rows.sort_values([*KEY, "cost_usd", "offer_id"], ignore_index=True)
    cells = pd.MultiIndex.from_product([sorted(models["model_id"]), sorted(scenarios.ids)], names=KEY)
    cheapest = _first(rows, "cheapest")
    direct = _first(rows[rows["route_kind"] == "direct"], "cheapest_direct")
    dearest = _first(rows.sort_values("cost_usd", ascending=False, kind="stable"), "dearest")
    grouped = rows.groupby(KEY, observed=True)
    figures = pd.DataFrame({"median_usd": grouped["cost_usd"].median(), "eligible_offer_count": grouped.size()})
    best, listed = _first(rows[select_best(rows)], "best"), _list_costs(rows)
    table = cheapest.join([direct, dearest, best, listed, figures], how="outer").reindex(cells)
    table["eligible_offer_count"] = table["eligible_offer_count"].fillna(0).astype("Int64")
    table = table.reset_index()
    table["state"] = _states(table, offers, rows)
    is_active = (offers["offer_status"] == "active").to_numpy(dtype=bool)
    counted = offers[is_active & ~find_repeated_entries(offers, is_active)].value_counts("model_id")
    table["offer_count"] = table["model_id"].map(counted).fillna(0).astype("Int64")
    return table[MODEL_SCENARIO_COSTS.column_names]


def _first(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """First row of each model and workload, as `<name>_usd` and `<name>_offer_id`."""
    first = rows.drop_duplicates(KEY).set_index(KEY)[["cost_usd", "offer_id"]]
    return first.set_axis([f"{name}_usd", f"{name}_offer_id"], axis=1)


def _list_costs(rows: pd.DataFrame) -> pd.DataFrame:
    """`list_usd` and `list_offer_id` of each model and workload, from its eligible offers sorted by cost and id."""
    named = rows[rows["operator_known"].astype(bool)]
    own = named[named["is_list_offer"].astype(bool)]
    cost = own.groupby(KEY, observed=True)["cost_usd"].median().rename("list_usd")
    every = named.groupby(KEY, observed=True)["cost_usd"].median()
    is_median = own["cost_usd"] == cost.reindex(pd.MultiIndex.from_frame(own[KEY])).to_numpy()
    offer = own[is_median].drop_duplicates(KEY).set_index(KEY)["offer_id"]
    return pd.DataFrame({"list_usd": cost.reindex(every.index).fillna(every), "list_offer_id": offer})


def _states(table: pd.DataFrame, offers: pd.DataFrame, eligible: pd.DataFrame) -> pd.Series:
    """Whether there is a cost, or why not; a model whose offers are all stale counts as having none."""
    active = offers[offers["offer_status"] == "active"]
    prices = active[["input_usd_per_mtok", "output_usd_per_mtok"]]
    priced = active[(active["price_kind"] == "metered") & prices.notna().all(axis=1)]
    own = eligible[eligible["route_kind"] != "aggregate"]
    cells = pd.MultiIndex.from_frame(table[KEY])
    conditions = [
        cells.isin(pd.MultiIndex.from_frame(own[KEY])),
        table["eligible_offer_count"] > 0,
        ~table["model_id"].isin(active["model_id"]),
        ~table["model_id"].isin(priced["model_id"]),
    ]
    states = np.select(
        [np.asarray(condition, dtype=bool) for condition in conditions],
        ["known", "aggregate_only", "no_offers", "unpriced"],
        default="not_eligible",
    )
    return pd.Series(states, index=table.index, dtype="str")


def ineligible_reasons(
    offers: pd.DataFrame, requirements: OfferRequirements, scenario: Scenario
) -> npt.NDArray[np.object_]:
    """First reason why each offer may not serve the workload, None for an eligible one.

    `requirements` are the results of these offers, in their order. An aggregator's list entry repeats the price of one
    endpoint and often the context of another: it counts only where none of that aggregator's endpoints for the model
    has a price, whether or not those meet the requirements.
    """
    prices = offers[["input_usd_per_mtok", "output_usd_per_mtok"]]
    tier = "no_batch_price" if scenario.service_tier == "batch" else "not_standard_tier"
    unsellable = [
        ("model_unresolved", _flags(offers["model_id"].isna())),
        ("not_active", _flags(offers["offer_status"] != "active")),
        ("expired", _flags(offers["ineligible_reason"] == "expired")),
        ("some_hours_only", _flags(offers["ineligible_reason"] == "some_hours_only")),
        (tier, _flags(offers["service_tier"] != scenario.service_tier)),
        ("price_missing", _flags(prices.isna().any(axis=1))),
        ("not_metered", _flags(offers["price_kind"] != "metered")),
    ]
    is_priced = ~np.logical_or.reduce([flags for _, flags in unsellable])
    sizes = GATE_BIT["context"] | GATE_BIT["max_output"]
    # Sizes first: an output that does not fit rules an offer out by itself.
    rules = [
        *unsellable,
        ("aggregate", find_repeated_entries(offers, is_priced)),
        ("context_too_small", requirements.failed & GATE_BIT["context"] > 0),
        ("context_unknown", requirements.unknown & GATE_BIT["context"] > 0),
        ("max_output_too_small", requirements.failed & GATE_BIT["max_output"] > 0),
        ("gate_failed", requirements.failed & ~sizes > 0),
        ("gate_not_established", requirements.unknown & ~sizes > 0),
    ]
    names = np.array([None, *(name for name, _ in rules)], dtype=object)
    first = np.select([flags for _, flags in rules], np.arange(1, len(rules) + 1), default=0)
    return names[first]


def _flags(column: pd.Series) -> Flags:
    return np.asarray(column.fillna(False), dtype=np.bool_)


def unnest_tiers(offers: pd.DataFrame) -> pd.DataFrame:
    """Unnest price tiers, one a row: `offer` (position in `offers`), min_prompt_tokens, prices, is_marginal."""
    tiered = pd.Series(offers["price_tiers"].to_numpy(dtype=object), index=np.arange(len(offers)))
    tiers = tiered[tiered.notna()].explode().dropna()
    spread = pd.DataFrame(tiers.tolist(), columns=["min_prompt_tokens", *RATES, "is_marginal"])
    spread = spread.astype(dict.fromkeys(RATES, "float64") | {"is_marginal": "bool"})
    return spread.assign(offer=tiers.index.to_numpy()).sort_values(
        ["offer", "min_prompt_tokens"], kind="stable", ignore_index=True
    )


def monthly_costs(offers: pd.DataFrame, tiers: pd.DataFrame, scenario: Scenario) -> Floats:
    """Compute USD per month of the workload on each offer; NaN where the input or the output price is unknown.

    `tiers` is the result of `unnest_tiers` for the same offers. A tier applies to the whole request unless it is
    marginal: then to the prompt tokens beyond its length, and to the output.
    """
    bands = _price_bands(offers, tiers[tiers["min_prompt_tokens"] <= scenario.prompt_tokens])
    offer = bands["offer"].to_numpy()
    start = bands["min_prompt_tokens"].to_numpy(dtype="float64")
    following = np.append(offer, -1)[1:]
    is_last = offer != following
    end = np.where(is_last, scenario.prompt_tokens, np.append(start, np.nan)[1:])
    uncached, output, cached = (bands[name].to_numpy() for name in RATES)
    cached = np.where(np.isnan(cached), uncached, cached)
    tokens = end - start
    cached_tokens = tokens * scenario.cached_tokens / scenario.prompt_tokens
    prompt = (tokens - cached_tokens) * uncached + cached_tokens * cached
    micro_usd = np.zeros(len(offers))
    np.add.at(micro_usd, offer, prompt)
    micro_usd[offer[is_last]] += scenario.output_tokens * output[is_last]
    return np.round(micro_usd * scenario.requests_per_month / 1e6, COST_DECIMALS)


def _price_bands(offers: pd.DataFrame, reached: pd.DataFrame) -> pd.DataFrame:
    """Split the prompt into spans of one price: per offer the span from 0 and those of marginal tiers.

    A tier without an input or output price keeps the base price. A tier without a cache price has none: cached tokens
    then cost the tier's input price, because no cheaper one is recorded.
    """
    base = offers[RATES].astype("float64").reset_index(drop=True)
    base["min_prompt_tokens"] = 0
    if reached.empty:
        return base.rename_axis("offer").reset_index()
    whole = reached[~reached["is_marginal"]].drop_duplicates("offer", keep="last").set_index("offer")
    at = whole.index
    base.loc[at, RATES[2]] = whole[RATES[2]]
    base.loc[at, RATES[:2]] = whole[RATES[:2]].fillna(base.loc[at, RATES[:2]])
    beyond = reached["offer"].map(whole["min_prompt_tokens"]).fillna(-1)
    marginal = reached[reached["is_marginal"] & (reached["min_prompt_tokens"] > beyond)]
    bands = pd.concat([base.rename_axis("offer").reset_index(), marginal.drop(columns="is_marginal")])
    bands = bands.sort_values(["offer", "min_prompt_tokens"], kind="stable", ignore_index=True)
    return bands.assign(**bands.groupby("offer")[RATES[:2]].ffill())
