"""A published value explained: its page from the release, with each claim compared with its archived capture."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

import duckdb

from llmpairs.explain.claims import load_facts, load_scores, select_frame
from llmpairs.explain.computed import describe_page
from llmpairs.explain.page import Claim, Explanation, Reread, ReviewDecision
from llmpairs.explain.subject import SCORE, Subject
from llmpairs.flows.ops.provenance import check_facts, check_scores, find_captures, reread_captures
from llmpairs.transforms.normalise.derived_claims import locate_row
from llmpairs.warehouse.decisions import list_decisions, name_fact
from llmpairs.warehouse.query import to_plain
from llmpairs.warehouse.store import Store
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE

CAPTURE_FIELDS = [
    "url", "captured_at", "late", "archive_path", "warc_offset", "warc_record_id", "body_archive_path",
    "body_warc_offset", "payload_sha256",
]  # fmt: skip


def explain(con: duckdb.DuckDBPyConnection, store: Store, subject: Subject, field: str) -> Explanation:
    """The page of a field; each published claim on it has the result of reading its capture again, as `again`."""
    page = describe_page(con, subject, field)
    page["decisions"] = list_page_decisions(page, store)
    attach_reread(page, con, store)
    return page


def list_page_decisions(page: Explanation, store: Store) -> list[ReviewDecision]:
    """Review decisions about the disagreements, holds and facts of a page that apply to its release."""
    subjects = {row["disagreement_id"] for row in page["disagreements"]}
    subjects |= {row["hold_id"] for row in page["holds"]} | {row["incident"] for row in page["holds"]}
    subjects.add(name_fact(page["subject_kind"], page["subject_id"], page["field"]))
    parts = [page["claims"], *(ground.get("claims", []) for ground in page["rests_on"])]
    cited = {claim["capture_id"] for claims in parts for claim in claims}
    decisions = list_decisions(store, datetime.fromisoformat(page["as_of"]))
    return [
        cast("ReviewDecision", {name: to_plain(value) for name, value in asdict(decision).items()})
        for decision in decisions
        if decision.subject in subjects or DECISION_CAPTURE + decision.decision_id in cited
    ]


def attach_reread(page: Explanation, con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Set `again` on every published or held claim and score of a page: its capture, and the value read from it."""
    claims, scores = list(list_checked_claims(page)), page.get("scores", [])
    capture_ids = {row["capture_id"] for row in (*claims, *scores)}
    if not capture_ids:
        return
    locators = {locate_row(row["locator"]) for row in (*claims, *scores)}
    reread = reread_captures(store, capture_ids, locators=locators)
    captures = describe_captures(store, capture_ids)
    facts = load_facts(con, sorted({claim["fact_id"] for claim in claims})).assign(table="")
    identities = select_frame(con, "FROM identities", [])
    compared = check_facts(facts, reread, identities, datetime.fromisoformat(page["as_of"]))
    by_id = dict(zip(facts["fact_id"], compared.to_dict("records"), strict=True))
    for claim in claims:
        claim["again"] = describe_reread(by_id[claim["fact_id"]], captures)
    rows = load_scores(con, page["subject_id"], page["field"].removeprefix(SCORE))
    for score, row in zip(scores, check_scores(rows, reread).to_dict("records"), strict=True):
        score["again"] = describe_reread(row, captures)


def list_checked_claims(page: Explanation) -> Iterator[Claim]:
    """The published and held claims of a page and of what it rests on."""
    parts = [page["claims"], *(ground.get("claims", []) for ground in page["rests_on"])]
    for claims in parts:
        yield from (claim for claim in claims if claim["is_chosen"] or claim["reason"] == "held")


def describe_captures(store: Store, capture_ids: set[str]) -> dict[str, Any]:
    """CAPTURE_FIELDS by capture_id."""
    log = find_captures(store, capture_ids).set_index("capture_id")[CAPTURE_FIELDS]
    rows = log.astype("object").where(log.notna(), None).to_dict("index")
    return {str(capture_id): {name: to_plain(value) for name, value in row.items()} for capture_id, row in rows.items()}


def describe_reread(row: dict[str, Any], captures: dict[str, dict[str, Any]]) -> Reread:
    """The capture of a claim, the outcome of the comparison and the value that the capture has now."""
    value = {name: row[name] if isinstance(row[name], str) else None for name in ("said", "said_printed", "detail")}
    capture = captures.get(row["capture_id"], {})
    return cast("Reread", {**capture, "locator": row["locator"], "outcome": row["outcome"], **value})


def list_failed(page: Explanation) -> list[Reread]:
    """The `again` of every claim and score of a page whose capture does not have the published value."""
    shown = [*list_checked_claims(page), *page.get("scores", [])]
    return [row["again"] for row in shown if row["again"]["outcome"] != "same"]
