"""One published value explained: described from the release, read again from the archive."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import duckdb
import pandas as pd
from pandas import DataFrame

from llmpairs.explain.claims import describe_column, describe_field, frame
from llmpairs.explain.subject import COST, LIST_PRICE, SCORE, Subject
from llmpairs.flows.ops.archived import find_captures, read_again
from llmpairs.flows.ops.recheck import check_facts, check_scores
from llmpairs.transforms.pairs.costs import cost_offers
from llmpairs.transforms.pairs.model_arrays import list_prices
from llmpairs.transforms.pairs.scenarios import Scenario, load_scenarios
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.decisions import list_decisions
from llmpairs.warehouse.query_rows import plain, rows_of
from llmpairs.warehouse.store import Store
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

FORMULA = (
    "requests x ((prompt - cached) x input + cached x cache_read + answer x output) / 1,000,000; tokens read from the "
    "cache cost the input price where no cache price is listed; a price tier applies from its length of the prompt on"
)
PLACE = [
    "url", "captured_at", "late", "archive_path", "warc_offset", "warc_record_id", "body_archive_path",
    "body_warc_offset", "payload_sha256",
]  # fmt: skip
SCORES = "SELECT * FROM benchmark_scores WHERE model_id = $1 AND benchmark = $2 ORDER BY ALL"


def explain(con: duckdb.DuckDBPyConnection, store: Store, subject: Subject, field: str) -> dict[str, Any]:
    """The page of a field, with each published claim that it shows read again: `again` beside the claim."""
    if field.startswith(COST):
        page = describe_cost(con, subject, field)
    elif field == LIST_PRICE:
        page = describe_list_price(con, subject)
    else:
        page = describe_field(con, subject, field)
    page["decisions"] = list_page_decisions(page, store)
    attach_again(page, con, store)
    return page


def describe_cost(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> dict[str, Any]:
    """A monthly cost: the workload, the formula, the offers behind the figures and their prices."""
    scenario = load_scenarios()[field.removeprefix(COST)]
    offer = subject.kind == "offer"
    table = "offer_scenario_costs" if offer else "model_scenario_costs"
    query = f"SELECT * FROM {table} WHERE {subject.key} = $1 AND scenario_id = $2"
    [row] = rows_of(con, query, [subject.id, scenario.scenario_id])
    cheapest = subject.id if offer else row["cheapest_offer_id"]
    return frame(con, subject, field, row["cost_usd" if offer else "cheapest_usd"]) | {
        "unit": "USD per month",
        "about": scenario.about,
        "claims": [],
        "cost": row,
        "workload": describe_workload(scenario),
        "formula": FORMULA,
        "computed_again": cost_again(con, cheapest, scenario) if cheapest else None,
        "rests_on": list_price_grounds(con, cheapest) if cheapest else [],
    }


def describe_workload(scenario: Scenario) -> dict[str, Any]:
    """What of a workload its cost follows from."""
    names = ("prompt_tokens", "cached_tokens", "output_tokens", "requests_per_month", "service_tier")
    return {name: getattr(scenario, name) for name in names}


def cost_again(con: duckdb.DuckDBPyConnection, offer_id: str, scenario: Scenario) -> float | None:
    """The cost of a workload on an offer, computed anew from the offer's published prices."""
    offers = select(con, "SELECT * FROM offers WHERE offer_id = $1", [offer_id])
    flags = select(con, "SELECT * FROM offer_capabilities WHERE offer_id = $1", [offer_id])
    models = select(
        con,
        "SELECT * FROM model_capabilities WHERE model_id IN (SELECT model_id FROM offers WHERE offer_id = $1)",
        [offer_id],
    )
    costs = cost_offers(offers, flags, models, load_scenarios())
    value = costs.loc[costs["scenario_id"] == scenario.scenario_id, "cost_usd"].iloc[0]
    return None if pd.isna(value) else float(value)


def list_price_grounds(con: duckdb.DuckDBPyConnection, offer_id: str) -> list[dict[str, Any]]:
    """The prices of an offer that a cost rests on, each with its claims."""
    offer = Subject("offer", offer_id)
    pages = [describe_column(con, offer, offer.table[name]) for name in (*PRICE_FIELDS, "price_tiers")]
    return [
        {"name": f"{offer_id} {page['field']}", "value": page["value"], "claims": page["claims"]}
        for page in pages
        if page["value"] is not None
    ]


def describe_list_price(con: duckdb.DuckDBPyConnection, subject: Subject) -> dict[str, Any]:
    """A model's list price, blended: of which routes it is the median, with the prices of each."""
    offers = select(con, "SELECT * FROM offers WHERE model_id = $1", [subject.id])
    prices = list_prices(offers)
    known = subject.id in prices.index
    basis = str(prices.loc[subject.id, "basis"]) if known else None
    routes = offers[offers["eligible"].astype(bool) & (offers["route_kind"] != "aggregate")]
    if basis == "first_party":
        routes = routes[routes["is_first_party"].astype(bool)]
    routes = routes.sort_values(["blended_3to1_usd_per_mtok", "offer_id"])
    value = float(prices.loc[subject.id, "blended_3to1_usd_per_mtok"]) if known else None
    return frame(con, subject, LIST_PRICE, value) | {
        "unit": "USD per 1,000,000 tokens",
        "about": "Median of the first party's eligible routes, else of all eligible ones; three parts input to one "
        "part output. `pairs.list_price_ratio` compares it.",
        "null_means": "no eligible route",
        "claims": [],
        "basis": basis,
        "routes": [
            {"offer_id": offer_id, "blended_3to1_usd_per_mtok": price}
            for offer_id, price in routes[["offer_id", "blended_3to1_usd_per_mtok"]].to_numpy(dtype=object)
        ],
        "rests_on": [
            g for offer_id in middle(routes["offer_id"].tolist()) for g in list_price_grounds(con, offer_id)
        ],
    }


def middle(ids: list[str]) -> list[str]:
    """The one or two in the middle, of which the median is made."""
    return ids[(len(ids) - 1) // 2 : len(ids) // 2 + 1]


def select(con: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> DataFrame:
    """Rows as the transforms take them."""
    rows: DataFrame = from_arrow(con.sql(query, params=parameters).to_arrow_table())
    return rows


def list_page_decisions(page: dict[str, Any], store: Store) -> list[dict[str, Any]]:
    """What reviewers decided about the disagreements and holds of a page, that counts for its release."""
    known = {row["disagreement_id"] for row in page["disagreements"]}
    known |= {row[name] for row in page["holds"] for name in ("hold_id", "incident")}
    decisions = list_decisions(store, datetime.fromisoformat(page["as_of"]))
    return [
        {name: plain(value) for name, value in asdict(decision).items()}
        for decision in decisions
        if decision.subject in known
    ]


def attach_again(page: dict[str, Any], con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Lay what the archive says beside every published or held claim and score of a page, as `again`."""
    claims, scores = list(claims_to_read(page)), page.get("scores", [])
    wanted = {row["capture_id"] for row in (*claims, *scores)}
    if not wanted:
        return
    again = read_again(store, wanted, only_at={row["locator"] for row in (*claims, *scores)})
    places = describe_places(store, wanted)
    ids = sorted({claim["fact_id"] for claim in claims})
    facts = select(con, "SELECT * FROM facts WHERE list_contains($1, fact_id)", [ids])
    identities = select(con, "SELECT * FROM identities", [])
    found = check_facts(facts.assign(table=""), again, identities, datetime.fromisoformat(page["as_of"]))
    by_id = dict(zip(facts["fact_id"], found.to_dict("records"), strict=True))
    for claim in claims:
        claim["again"] = describe_again(by_id[claim["fact_id"]], places)
    rows = select(con, SCORES, [page["subject_id"], page["field"].removeprefix(SCORE)])
    for score, row in zip(scores, check_scores(rows, again).to_dict("records"), strict=True):
        score["again"] = describe_again(row, places)


def claims_to_read(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The published claims of a page and of what it rests on, and those that wait for a reviewer."""
    for part in (page, *page["rests_on"]):
        claims = part.get("claims", [])
        yield from (claim for claim in claims if claim["is_chosen"] or claim["reason"] == "held")


def describe_places(store: Store, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """Where each capture stands in the archive, by capture_id."""
    log = find_captures(store, wanted).set_index("capture_id")[PLACE]
    rows = log.astype("object").where(log.notna(), None).to_dict("index")
    return {
        str(capture_id): {name: plain(value) for name, value in row.items()}
        for capture_id, row in rows.items()
    }


def describe_again(row: dict[str, Any], places: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What became of a claim: where it was looked for, and what stands there now."""
    said = {
        name: row[name] if isinstance(row[name], str) else None for name in ("said", "said_printed", "detail")
    }
    return {**places.get(row["capture_id"], {}), "locator": row["locator"], "outcome": row["outcome"], **said}


def list_failed(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Whatever of a page did not come back."""
    shown = [*claims_to_read(page), *page.get("scores", [])]
    return [row["again"] for row in shown if row["again"]["outcome"] != "same"]
