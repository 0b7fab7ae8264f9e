"""Explanations of computed money figures: monthly workload costs and blended list prices."""

import duckdb
import pandas as pd

from llmpairs.explain.claims import describe_capability, describe_column, describe_scores, select_frame, start_page
from llmpairs.explain.page import Explanation, Input
from llmpairs.explain.subject import CAPABILITY, COST, LIST_PRICE, SCORE, Subject
from llmpairs.transforms.pairs.costs import cost_offers
from llmpairs.transforms.pairs.scenarios import Scenario, load_scenarios
from llmpairs.transforms.pricing.price_bases import list_prices
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

FORMULA = (
    "requests x ((prompt - cached) x input + cached x cache_read + output tokens x output) / 1,000,000; tokens read "
    "from the cache cost the input price where no cache price is listed; a price tier applies from its prompt length on"
)


def describe_page(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> Explanation:
    """The page of any field of a subject."""
    if field.startswith(COST):
        return describe_cost(con, subject, field)
    if field == LIST_PRICE:
        return describe_list_price(con, subject)
    if field.startswith(CAPABILITY):
        return describe_capability(con, subject, field)
    if field.startswith(SCORE):
        return describe_scores(con, subject, field)
    return describe_column(con, subject, subject.table[field])


def describe_cost(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> Explanation:
    """A monthly cost: the workload, the formula, the offers behind the figures and their prices."""
    scenario = load_scenarios()[field.removeprefix(COST)]
    query = f"SELECT * FROM {subject.kind}_scenario_costs WHERE {subject.key} = $1 AND scenario_id = $2"
    [row] = fetch_rows(con, query, [subject.id, scenario.scenario_id])
    is_offer = subject.kind == "offer"
    cheapest = subject.id if is_offer else row["cheapest_offer_id"]
    page = start_page(con, subject, field, row["cost_usd" if is_offer else "cheapest_usd"], scenario.about)
    page["unit"] = "USD per month"
    page["cost"] = row
    page["workload"] = {
        "prompt_tokens": scenario.prompt_tokens,
        "cached_tokens": scenario.cached_tokens,
        "output_tokens": scenario.output_tokens,
        "requests_per_month": scenario.requests_per_month,
        "service_tier": scenario.service_tier,
    }
    page["formula"] = FORMULA
    page["computed_again"] = recompute_cost(con, cheapest, scenario) if cheapest else None
    page["rests_on"] = explain_prices(con, cheapest) if cheapest else []
    return page


def recompute_cost(con: duckdb.DuckDBPyConnection, offer_id: str, scenario: Scenario) -> float | None:
    """The cost of a workload on an offer, computed again from the offer's published prices."""
    offers = select_frame(con, "SELECT * FROM offers WHERE offer_id = $1", [offer_id])
    flags = select_frame(con, "SELECT * FROM offer_capabilities WHERE offer_id = $1", [offer_id])
    query = "SELECT * FROM model_capabilities WHERE model_id IN (SELECT model_id FROM offers WHERE offer_id = $1)"
    models = select_frame(con, query, [offer_id])
    costs = cost_offers(offers, flags, models, load_scenarios())
    value = costs.loc[costs["scenario_id"] == scenario.scenario_id, "cost_usd"].iloc[0]
    return None if pd.isna(value) else float(value)


def explain_prices(con: duckdb.DuckDBPyConnection, offer_id: str) -> list[Input]:
    """The prices of an offer that a cost depends on, each with its claims."""
    offer = Subject("offer", offer_id)
    pages = [describe_column(con, offer, offer.table[name]) for name in (*PRICE_FIELDS, "price_tiers")]
    return [
        {"name": f"{offer_id} {page['field']}", "value": page["value"], "claims": page["claims"]}
        for page in pages
        if page["value"] is not None
    ]


def describe_list_price(con: duckdb.DuckDBPyConnection, subject: Subject) -> Explanation:
    """A model's blended list price: the offers that it is the median of, with their prices."""
    offers = select_frame(con, "SELECT * FROM offers WHERE model_id = $1", [subject.id])
    prices = list_prices(offers)
    is_known = subject.id in prices.index
    basis = str(prices.loc[subject.id, "basis"]) if is_known else None
    routes = offers[offers["eligible"].astype(bool) & offers["operator_known"].astype(bool)]
    if basis == "first_party":
        routes = routes[routes["is_list_offer"].astype(bool)]
    routes = routes.sort_values(["blended_3to1_usd_per_mtok", "offer_id"])
    value = float(prices.loc[subject.id, "blended_3to1_usd_per_mtok"]) if is_known else None
    about = (
        "Median of the developer's list offers, else of all eligible ones; three parts input to one part output. "
        "`pairs.list_price_ratio` compares it."
    )
    page = start_page(con, subject, LIST_PRICE, value, about)
    page["unit"], page["null_means"] = "USD per 1,000,000 tokens", "no eligible offer"
    page["basis"] = basis
    page["routes"] = [
        {"offer_id": offer_id, "blended_3to1_usd_per_mtok": price}
        for offer_id, price in routes[["offer_id", "blended_3to1_usd_per_mtok"]].to_numpy(dtype=object)
    ]
    ids = routes["offer_id"].tolist()
    medians = ids[(len(ids) - 1) // 2 : len(ids) // 2 + 1]  # the one or two in the middle
    page["rests_on"] = [price for offer_id in medians for price in explain_prices(con, offer_id)]
    return page
