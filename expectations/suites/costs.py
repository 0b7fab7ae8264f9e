"""Checklists of monthly costs: each recomputes to the cent from the offer's prices and the workload."""

import numpy as np
import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Predicate,
    Suite,
    count_in,
    critical,
    info,
    look_up,
    only_where,
    recomputes,
    references,
    unique_key,
)
from llmpairs.expectations.suites.offer_prices import spread_tiers
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

CENT = 0.005
RATES = list(PRICE_FIELDS[:3])
CELL = ["model_id", "scenario_id"]
WORKLOAD = ("scenario_id", "prompt_tokens", "cached_tokens", "output_tokens", "requests_per_month", "service_tier")
"""Columns of the frame `scenarios`: one row per workload, tokens per request."""


def compute_costs(offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame, scenarios: pd.DataFrame) -> pd.Series:
    """USD per month of every row, from its offer's prices and its workload; NaN where a price is missing.

    The highest tier that the prompt reaches sets the prices of the whole request. Where the tier has no input or
    output price, the base price applies; without a cache price cached tokens cost the input price. Offers of another
    service tier than the workload's have no cost. NaN for offers with marginal tiers.
    """
    rows = offer_scenario_costs[["offer_id", "scenario_id"]].reset_index(names="row")
    rows = rows.merge(scenarios, on="scenario_id", how="left").set_index("row")
    by_id = offers.set_index("offer_id")
    prices = by_id[RATES].astype("float64").reindex(rows["offer_id"]).set_axis(rows.index)
    prices = apply_tiers(prices, rows, offers)
    fresh, output, cached = (prices[name] for name in RATES)
    micro = (
        (rows["prompt_tokens"] - rows["cached_tokens"]) * fresh
        + rows["cached_tokens"] * cached.fillna(fresh)
        + rows["output_tokens"] * output
    )
    tier = by_id["service_tier"].reindex(rows["offer_id"]).set_axis(rows.index)
    fits = (rows["service_tier"] == "standard") | (tier == rows["service_tier"])
    return (micro * rows["requests_per_month"] / 1e6).where(fits)


def apply_tiers(prices: pd.DataFrame, rows: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Prices of each row, with those of the highest tier that the row's prompt reaches."""
    tiers = spread_tiers(offers)
    tiers.insert(0, "offer_id", offers["offer_id"].reindex(tiers.index))
    prompts = rows[["offer_id", "prompt_tokens"]].reset_index()
    reached = prompts.merge(tiers, on="offer_id")
    reached = reached[reached["min_prompt_tokens"] <= reached["prompt_tokens"]]
    top = reached.sort_values("min_prompt_tokens").drop_duplicates("row", keep="last").set_index("row")
    tiered = prices.copy()
    tiered.loc[top.index, RATES[2]] = top[RATES[2]]
    tiered.loc[top.index, RATES[:2]] = top[RATES[:2]].fillna(prices.loc[top.index, RATES[:2]])
    return tiered


def ids_with_marginal_tier(offers: pd.DataFrame) -> pd.Series:
    """Ids of offers with a tier that applies to only a part of the request."""
    tiers = spread_tiers(offers)
    marginal = tiers.index[tiers["is_marginal"].astype("bool")]
    return offers["offer_id"].reindex(marginal.unique())


def cost_recomputes(rows: pd.DataFrame, offers: pd.DataFrame, scenarios: pd.DataFrame) -> pd.Series:
    """The stored cost is the recomputed one to the cent, and null exactly where that is."""
    stored = rows["cost_usd"]
    expected = compute_costs(rows, offers, scenarios)
    agrees = (stored - expected).abs().lt(CENT) | (stored.isna() & expected.isna())
    return only_where(~rows["offer_id"].isin(ids_with_marginal_tier(offers)), agrees)


def eligible_can_be_billed(rows: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """An eligible offer is active, metered and resolved."""
    is_billed = (offers["offer_status"] == "active") & (offers["price_kind"] == "metered") & offers["model_id"].notna()
    return only_where(rows["eligible"], rows["offer_id"].isin(offers.loc[is_billed, "offer_id"]))


def model_is_that_of_offer(rows: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The model is that of the offer."""
    expected = rows["offer_id"].map(offers.set_index("offer_id")["model_id"])
    stored = rows["model_id"]
    return (stored == expected).fillna(False) | (stored.isna() & expected.isna())


def statistics_of_offers(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.DataFrame:
    """min, median, max and size of the eligible costs of every row."""
    rows = offer_scenario_costs[offer_scenario_costs["eligible"].astype("boolean")]
    found = rows.groupby(CELL)["cost_usd"].agg(["min", "median", "max", "size"])
    return look_up(found, model_scenario_costs[CELL]).fillna({"size": 0})


def statistic(name: str) -> Predicate:
    """For `recomputes`: one of these statistics."""
    return lambda **frames: statistics_of_offers(**frames)[name]


def min_of_direct_offers(
    model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Lowest eligible cost of a direct offer."""
    direct = offers.loc[offers["route_kind"] == "direct", "offer_id"]
    rows = offer_scenario_costs[offer_scenario_costs["offer_id"].isin(direct)]
    return statistics_of_offers(model_scenario_costs, rows)["min"]


def min_of_best_offers(
    model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Lowest eligible cost of an offer with a named operator whose price is no outlier."""
    may_lead = ~offers["operator_id"].isin(["unspecified"]) & ~offers["is_price_outlier"].astype("bool")
    rows = offer_scenario_costs[offer_scenario_costs["offer_id"].isin(offers.loc[may_lead, "offer_id"])]
    return statistics_of_offers(model_scenario_costs, rows)["min"]


def median_of_list_offers(
    model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Median eligible cost of the list offers, of all offers with a named operator where there is none."""
    medians = [
        statistics_of_offers(model_scenario_costs, offer_scenario_costs[offer_scenario_costs["offer_id"].isin(ids)])[
            "median"
        ]
        for ids in (
            offers.loc[offers["is_list_offer"].astype("bool"), "offer_id"],
            offers.loc[~offers["operator_id"].isin(["unspecified"]), "offer_id"],
        )
    ]
    return medians[0].fillna(medians[1])


def names_offer_with_cost(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """Each figure names an eligible offer of the model with that cost."""
    rows = offer_scenario_costs[offer_scenario_costs["eligible"].astype("boolean")]
    costs = rows.set_index(["offer_id", *CELL[::-1]])["cost_usd"]
    verdicts = []
    for name in NAMES:
        named = look_up(costs, model_scenario_costs[[f"{name}_offer_id", *CELL[::-1]]])
        stored = model_scenario_costs[f"{name}_usd"]
        verdicts.append((named - stored).abs().lt(CENT) | (stored.isna() & named.isna()))
    return pd.Series(np.logical_and.reduce(verdicts), index=model_scenario_costs.index)


ELIGIBLE = ("offer_id", "model_id", "scenario_id", "cost_usd", "eligible")
NAMES = ("best", "cheapest", "cheapest_direct", "dearest")
OF_CELLS = {"model_scenario_costs": tuple(CELL), "offer_scenario_costs": ELIGIBLE}

COST_SUITES = (
    Suite(
        name="offer_scenario_costs",
        table="offer_scenario_costs",
        key=OFFER_SCENARIO_COSTS.key,
        rules=(
            *from_contract(OFFER_SCENARIO_COSTS),
            critical(references("offer_id", "offers", "offer_id")),
            critical(references("scenario_id", "scenarios", "scenario_id")),
            critical(
                "the cost recomputes to the cent",
                cost_recomputes,
                rows=("offer_id", "scenario_id", "cost_usd"),
                offers=("offer_id", "service_tier", "price_tiers", *RATES),
                scenarios=WORKLOAD,
                why="76.20 was shown as 77.00",
                check_id="Q55",
            ),
            critical(
                "an eligible offer has a cost",
                lambda rows: only_where(rows["eligible"], (rows["cost_usd"] > 0).fillna(False)),
                rows=ELIGIBLE,
            ),
            critical(
                "ineligible_reason is set exactly for ineligible offers",
                lambda rows: rows["eligible"] == rows["ineligible_reason"].isna(),
                rows=("eligible", "ineligible_reason"),
            ),
            critical(
                "an eligible offer is active, metered and resolved",
                eligible_can_be_billed,
                rows=ELIGIBLE,
                offers=("offer_id", "model_id", "offer_status", "price_kind"),
            ),
            critical(
                "the model is the offer's",
                model_is_that_of_offer,
                rows=("offer_id", "model_id"),
                offers=("offer_id", "model_id"),
            ),
        ),
    ),
    Suite(
        name="costed offers",
        table="offer_scenario_costs",
        subject="offers",
        key=("offer_id",),
        rules=(
            critical(
                "every workload is costed for every offer",
                lambda offers, offer_scenario_costs, scenarios: (
                    count_in(offers["offer_id"], offer_scenario_costs["offer_id"]) == len(scenarios)
                ),
                offers=("offer_id",),
                offer_scenario_costs=("offer_id",),
                scenarios=WORKLOAD,
            ),
        ),
    ),
    Suite(
        name="workloads",
        table="offer_scenario_costs",
        subject="scenarios",
        key=("scenario_id",),
        rules=(critical(unique_key("scenario_id")),),
    ),
    Suite(
        name="model_scenario_costs",
        table="model_scenario_costs",
        key=MODEL_SCENARIO_COSTS.key,
        rules=(
            *from_contract(MODEL_SCENARIO_COSTS),
            critical(references("model_id", "models", "model_id")),
            critical(recomputes("cheapest_usd", statistic("min"), OF_CELLS, within=CENT)),
            critical(
                recomputes(
                    "cheapest_direct_usd",
                    min_of_direct_offers,
                    {**OF_CELLS, "offers": ("offer_id", "route_kind")},
                    within=CENT,
                )
            ),
            critical(
                recomputes(
                    "best_usd",
                    min_of_best_offers,
                    {**OF_CELLS, "offers": ("offer_id", "operator_id", "is_price_outlier")},
                    within=CENT,
                ),
                why="a reseller without a named operator at a seventh of the list price was the headline",
            ),
            critical(
                recomputes(
                    "list_usd",
                    median_of_list_offers,
                    {**OF_CELLS, "offers": ("offer_id", "operator_id", "is_list_offer")},
                    within=CENT,
                )
            ),
            critical(recomputes("median_usd", statistic("median"), OF_CELLS, within=CENT)),
            critical(recomputes("dearest_usd", statistic("max"), OF_CELLS, within=CENT)),
            critical(recomputes("eligible_offer_count", statistic("size"), OF_CELLS)),
            critical(
                "each figure names an eligible offer with that cost",
                names_offer_with_cost,
                model_scenario_costs=(*CELL, *(f"{name}_{part}" for name in NAMES for part in ("usd", "offer_id"))),
                offer_scenario_costs=ELIGIBLE,
                check_id="Q55",
            ),
            critical(
                "a cost is set exactly where the state has one",
                lambda rows: rows["state"].isin(["known", "aggregate_only"]) == rows["cheapest_usd"].notna(),
                rows=("state", "cheapest_usd"),
            ),
            info("the cost is known", lambda rows: rows["state"] == "known", rows=("state",)),
        ),
    ),
)
