"""Checklists of monthly costs: each recomputes to the cent from offer id, price and workload."""

import numpy as np
import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, info, known_in, only, recomputes, that, unique_key
from llmpairs.expectations.suites.offer_prices import spread_tiers
from llmpairs.warehouse.contracts.costs import MODEL_SCENARIO_COSTS, OFFER_SCENARIO_COSTS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

CENT = 0.005
RATES = list(PRICE_FIELDS[:3])
CELL = ["model_id", "scenario_id"]
WORKLOAD = (
    "scenario_id",
    "prompt_tokens",
    "cached_tokens",
    "output_tokens",
    "requests_per_month",
    "service_tier",
)
"""Columns of the frame `scenarios`: one published workload a row, tokens per request."""


def compute_costs(
    offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame, scenarios: pd.DataFrame
) -> pd.Series:
    """USD per month of every row, from its offer's prices and its workload; NaN where a price is missing.

    The highest tier that the prompt reaches sets the prices of the whole request. An input or output price
    that it leaves out is the base price; without a cache price cached tokens cost the input price. Offers of
    another service tier than the workload's have no cost. NaN for offers with marginal tiers.
    """
    rows = offer_scenario_costs[["offer_id", "scenario_id"]].reset_index(names="row")
    rows = rows.merge(scenarios, on="scenario_id", how="left").set_index("row")
    sold = offers.set_index("offer_id")
    prices = sold[RATES].astype("float64").reindex(rows["offer_id"]).set_axis(rows.index)
    prices = apply_tiers(prices, rows, offers)
    fresh, answer, cached = (prices[name] for name in RATES)
    micro = (
        (rows["prompt_tokens"] - rows["cached_tokens"]) * fresh
        + rows["cached_tokens"] * cached.fillna(fresh)
        + rows["output_tokens"] * answer
    )
    tier = sold["service_tier"].reindex(rows["offer_id"]).set_axis(rows.index)
    fits = (rows["service_tier"] == "standard") | (tier == rows["service_tier"])
    return (micro * rows["requests_per_month"] / 1e6).where(fits)


def apply_tiers(prices: pd.DataFrame, rows: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Prices of each row, with those of the highest tier that the row's prompt reaches."""
    tiers = spread_tiers(offers)
    tiers.insert(0, "offer_id", offers["offer_id"].reindex(tiers.index))
    asked = rows[["offer_id", "prompt_tokens"]].reset_index()
    reached = asked.merge(tiers, on="offer_id")
    reached = reached[reached["min_prompt_tokens"] <= reached["prompt_tokens"]]
    top = reached.sort_values("min_prompt_tokens").drop_duplicates("row", keep="last").set_index("row")
    tiered = prices.copy()
    tiered.loc[top.index, RATES[2]] = top[RATES[2]]
    tiered.loc[top.index, RATES[:2]] = top[RATES[:2]].fillna(prices.loc[top.index, RATES[:2]])
    return tiered


def has_marginal_tier(offers: pd.DataFrame) -> pd.Series:
    """Ids of offers with a tier that applies to a part of the request only."""
    tiers = spread_tiers(offers)
    marginal = tiers.index[tiers["is_marginal"].astype("bool")]
    return offers["offer_id"].reindex(marginal.unique())


def cost_recomputes(
    offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame, scenarios: pd.DataFrame
) -> pd.Series:
    """The stored cost is the computed one to the cent, and null exactly where that is."""
    stored = offer_scenario_costs["cost_usd"]
    expected = compute_costs(offer_scenario_costs, offers, scenarios)
    agrees = (stored - expected).abs().lt(CENT) | (stored.isna() & expected.isna())
    return only(~offer_scenario_costs["offer_id"].isin(has_marginal_tier(offers)), agrees)


def eligible_has_cost(offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """An eligible offer has a cost above zero."""
    return only(offer_scenario_costs["eligible"], (offer_scenario_costs["cost_usd"] > 0).fillna(False))


def ineligible_says_why(offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """A reason stands beside every offer that may not serve the workload, and beside no other."""
    return offer_scenario_costs["eligible"] == offer_scenario_costs["ineligible_reason"].isna()


def offer_may_serve(offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """What serves a workload is active, metered and resolved."""
    sold = offers[(offers["offer_status"] == "active") & (offers["price_kind"] == "metered")]
    sold = sold[sold["model_id"].notna()]
    return only(offer_scenario_costs["eligible"], offer_scenario_costs["offer_id"].isin(sold["offer_id"]))


def model_is_the_offers(offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The model is the offer's."""
    expected = offer_scenario_costs["offer_id"].map(offers.set_index("offer_id")["model_id"])
    stored = offer_scenario_costs["model_id"]
    return (stored == expected).fillna(False) | (stored.isna() & expected.isna())


def every_workload_is_costed(
    offers: pd.DataFrame, offer_scenario_costs: pd.DataFrame, scenarios: pd.DataFrame
) -> pd.Series:
    """Each offer has a row for every workload."""
    counts = offer_scenario_costs["offer_id"].value_counts()
    return offers["offer_id"].map(counts).fillna(0) == len(scenarios)


def statistics_of_routes(
    model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame
) -> pd.DataFrame:
    """min, median, max and size of the eligible costs of every row."""
    rows = offer_scenario_costs[offer_scenario_costs["eligible"].astype("boolean")]
    found = rows.groupby(CELL)["cost_usd"].agg(["min", "median", "max", "size"])
    keys = pd.MultiIndex.from_frame(model_scenario_costs[CELL])
    return found.reindex(keys).set_axis(model_scenario_costs.index)


def cheapest_of_routes(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """Lowest eligible cost."""
    return statistics_of_routes(model_scenario_costs, offer_scenario_costs)["min"]


def median_of_routes(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """Median eligible cost; the mean of the two middle ones."""
    return statistics_of_routes(model_scenario_costs, offer_scenario_costs)["median"]


def dearest_of_routes(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """Highest eligible cost."""
    return statistics_of_routes(model_scenario_costs, offer_scenario_costs)["max"]


def count_routes(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """How many offers are eligible."""
    return statistics_of_routes(model_scenario_costs, offer_scenario_costs)["size"].fillna(0)


def cheapest_direct_of_routes(
    model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame, offers: pd.DataFrame
) -> pd.Series:
    """Lowest eligible cost of a direct route."""
    direct = offers.loc[offers["route_kind"] == "direct", "offer_id"]
    rows = offer_scenario_costs[offer_scenario_costs["offer_id"].isin(direct)]
    return statistics_of_routes(model_scenario_costs, rows)["min"]


def names_its_offers(model_scenario_costs: pd.DataFrame, offer_scenario_costs: pd.DataFrame) -> pd.Series:
    """Each figure stands beside an eligible offer of the model that costs just that."""
    rows = offer_scenario_costs[offer_scenario_costs["eligible"].astype("boolean")]
    costs = rows.set_index(["offer_id", *CELL[::-1]])["cost_usd"]
    verdicts = []
    for name in ("cheapest", "cheapest_direct", "dearest"):
        keys = pd.MultiIndex.from_frame(model_scenario_costs[[f"{name}_offer_id", *CELL[::-1]]])
        named = costs.reindex(keys).set_axis(model_scenario_costs.index)
        stored = model_scenario_costs[f"{name}_usd"]
        verdicts.append((named - stored).abs().lt(CENT) | (stored.isna() & named.isna()))
    return pd.Series(np.logical_and.reduce(verdicts), index=model_scenario_costs.index)


def state_fits(model_scenario_costs: pd.DataFrame) -> pd.Series:
    """A cost stands exactly where the state says that there is one."""
    has_cost = model_scenario_costs["state"].isin(["known", "aggregate_only"])
    return has_cost == model_scenario_costs["cheapest_usd"].notna()


def cost_is_known(model_scenario_costs: pd.DataFrame) -> pd.Series:
    """The model has a cost for the workload."""
    return model_scenario_costs["state"] == "known"


SCENARIOS = {"scenarios": WORKLOAD}
ROUTES = ("offer_id", "model_id", "scenario_id", "cost_usd", "eligible")
NAMES = ("cheapest", "cheapest_direct", "dearest")
OF_CELLS = {"model_scenario_costs": tuple(CELL), "offer_scenario_costs": ROUTES}

COST_SUITES = (
    Suite(
        name="offer_scenario_costs",
        table="offer_scenario_costs",
        key=OFFER_SCENARIO_COSTS.key,
        rules=(
            *from_contract(OFFER_SCENARIO_COSTS),
            critical(known_in("offer_id", "offers", "offer_id")),
            critical(known_in("scenario_id", "scenarios", "scenario_id")),
            critical(
                that(
                    "the cost recomputes to the cent",
                    cost_recomputes,
                    offer_scenario_costs=("offer_id", "scenario_id", "cost_usd"),
                    offers=("offer_id", "service_tier", "price_tiers", *RATES),
                    **SCENARIOS,
                ),
                why="76.20 was shown as 77.00",
                check_id="Q55",
            ),
            critical(that("an eligible offer has a cost", eligible_has_cost, offer_scenario_costs=ROUTES)),
            critical(
                that(
                    "an ineligible offer says why",
                    ineligible_says_why,
                    offer_scenario_costs=("eligible", "ineligible_reason"),
                )
            ),
            critical(
                that(
                    "what serves a workload is active, metered and resolved",
                    offer_may_serve,
                    offer_scenario_costs=ROUTES,
                    offers=("offer_id", "model_id", "offer_status", "price_kind"),
                )
            ),
            critical(
                that(
                    "the model is the offer's",
                    model_is_the_offers,
                    offer_scenario_costs=("offer_id", "model_id"),
                    offers=("offer_id", "model_id"),
                )
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
                that(
                    "every workload is costed for every offer",
                    every_workload_is_costed,
                    offers=("offer_id",),
                    offer_scenario_costs=("offer_id",),
                    **SCENARIOS,
                )
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
            critical(known_in("model_id", "models", "model_id")),
            critical(recomputes("cheapest_usd", cheapest_of_routes, OF_CELLS, within=CENT)),
            critical(
                recomputes(
                    "cheapest_direct_usd",
                    cheapest_direct_of_routes,
                    {**OF_CELLS, "offers": ("offer_id", "route_kind")},
                    within=CENT,
                )
            ),
            critical(recomputes("median_usd", median_of_routes, OF_CELLS, within=CENT)),
            critical(recomputes("dearest_usd", dearest_of_routes, OF_CELLS, within=CENT)),
            critical(recomputes("eligible_offer_count", count_routes, OF_CELLS, within=0)),
            critical(
                that(
                    "each figure names an offer that costs it",
                    names_its_offers,
                    model_scenario_costs=(
                        *CELL,
                        *(f"{name}_{part}" for name in NAMES for part in ("usd", "offer_id")),
                    ),
                    offer_scenario_costs=ROUTES,
                ),
                check_id="Q55",
            ),
            critical(
                that(
                    "the state says whether there is a cost",
                    state_fits,
                    model_scenario_costs=("state", "cheapest_usd"),
                )
            ),
            info(that("the cost is known", cost_is_known, model_scenario_costs=("state",))),
        ),
    ),
)
