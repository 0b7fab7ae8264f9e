"""Why a published value is what it is, as plain data: its claims, what stands against it, what it rests on."""

from typing import Any

import duckdb

from llmpairs.explain.subject import CAPABILITY, SCORE, Subject, read_values
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.query_rows import rows_of

CLAIM = """
    fact_id, subject_kind, subject_id, field, value, printed, source_id, lineage, basis, authority, capture_id, locator,
    provider_model_key, observed_at, round(date_diff('minute', observed_at, as_of()) / 60, 1) AS age_hours, is_chosen,
    reason
"""
ORDER = "is_chosen DESC, authority, basis, source_id, value, observed_at DESC, provider_model_key, fact_id"


def describe_field(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> dict[str, Any]:
    """A field of a subject: value, meaning, claims, disagreement, holds, and what it `rests_on`."""
    if field.startswith(CAPABILITY):
        return describe_capability(con, subject, field)
    if field.startswith(SCORE):
        return describe_scores(con, subject, field)
    return describe_column(con, subject, subject.table[field])


def describe_column(con: duckdb.DuckDBPyConnection, subject: Subject, column: Column) -> dict[str, Any]:
    """A column of `models` or `offers`: its claims, or what it is computed from, one step deep."""
    values = read_values(con, subject)
    page = frame(con, subject, column.name, values.get(column.name)) | {
        "about": column.about,
        "unit": column.unit,
        "null_means": column.null_means,
        "claims": [] if column.rests_on else list_claims(con, subject, column.name),
    }
    page["rests_on"] = [describe_ground(con, subject, ground, values) for ground in column.rests_on]
    return page


def describe_ground(
    con: duckdb.DuckDBPyConnection, subject: Subject, ground: str, values: dict[str, Any]
) -> dict[str, Any]:
    """One thing that a computed column rests on: claims, another column, keys of identities, or a name."""
    if ground.startswith("facts."):
        field = ground.removeprefix("facts.")
        claims = list_claims(con, subject, field)
        return {
            "name": field,
            "value": next((c["value"] for c in claims if c["is_chosen"]), None),
            "claims": claims,
        }
    if ground == "identities":
        return {"name": ground, "keys": list_keys(con, subject)}
    if ground not in values:
        return {"name": ground}
    column = subject.table[ground]
    claims = [] if column.rests_on else list_claims(con, subject, ground)
    return {"name": ground, "value": values[ground], "claims": claims, "computed_from": list(column.rests_on)}


def describe_capability(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> dict[str, Any]:
    """A capability: its state and rule; of an offer also the model's, where the offer inherits it."""
    word = field.removeprefix(CAPABILITY)
    if subject.kind == "model":
        query = "SELECT * FROM model_capabilities WHERE model_id = $1 AND capability = $2"
        [row] = rows_of(con, query, [subject.id, word])
        claims = list_claims(con, subject, field, of_offers=True)
        claims = sorted((judge(claim, row) for claim in claims), key=lambda claim: not claim["is_chosen"])
        names = ("rule", "witnesses_for", "witnesses_against", "is_disputed")
        told = {"claims": claims, "rule": {name: row[name] for name in names}}
        return (
            frame(con, subject, field, row["state"])
            | {"about": "What the model can do.", "rests_on": []}
            | told
        )
    query = "SELECT * FROM offer_capabilities WHERE offer_id = $1 AND capability = $2"
    row = next(iter(rows_of(con, query, [subject.id, word])), {})
    page = frame(con, subject, field, row.get("effective", "unknown")) | {
        "about": "The route's own word, else the model's.",
        "claims": list_claims(con, subject, field),
        "rests_on": [],
    }
    model_id = read_values(con, subject)["model_id"]
    if row.get("is_inherited") and model_id:
        own = describe_capability(con, Subject("model", model_id), field)
        page["rests_on"].append(
            {"name": f"{model_id} {field}", "value": own["value"], "claims": own["claims"]}
        )
    return page


def judge(claim: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """A claim as a witness of its model's capability; a provider's word on its own route is a seller's on the model."""
    is_chosen = claim["fact_id"] == row["fact_id"]
    reason = "chosen" if is_chosen else "agrees" if claim["value"] == row["state"] else "fewer_witnesses"
    if claim["reason"] == "default_never_published":
        reason = claim["reason"]
    on_route = claim["subject_kind"] == "offer" and claim["authority"] == 0
    return claim | {
        "is_chosen": is_chosen,
        "reason": reason,
        "authority": 4 if on_route else claim["authority"],
    }


def describe_scores(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> dict[str, Any]:
    """Every published result of a benchmark."""
    rows = rows_of(
        con,
        """SELECT *, round(date_diff('minute', observed_at, as_of()) / 60, 1) AS age_hours FROM benchmark_scores
           WHERE model_id = $1 AND benchmark = $2 ORDER BY ALL""",
        [subject.id, field.removeprefix(SCORE)],
    )
    about = "Results as their sources report them, each a row of `benchmark_scores`."
    return frame(con, subject, field, None) | {"about": about, "claims": [], "rests_on": [], "scores": rows}


def frame(con: duckdb.DuckDBPyConnection, subject: Subject, field: str, value: Any) -> dict[str, Any]:
    """What every explanation has: subject, field, value, and what stands against the value."""
    where = "subject_kind = $1 AND subject_id = $2 AND field = $3"
    known = [subject.kind, subject.id, field]
    return {
        "as_of": rows_of(con, "SELECT as_of() AS as_of", [])[0]["as_of"],
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "field": field,
        "value": value,
        "disagreements": rows_of(con, f"SELECT * FROM disagreements WHERE {where}", known),
        "holds": rows_of(con, f"SELECT * FROM holds WHERE {where} ORDER BY hold_id", known),
    }


def list_claims(
    con: duckdb.DuckDBPyConnection, subject: Subject, field: str, of_offers: bool = False
) -> list[dict[str, Any]]:
    """Every claim on a field, the published one first; with `of_offers` also those on the model's offers."""
    own = "subject_kind = $1 AND subject_id = $2"
    theirs = f"({own} OR subject_kind = 'offer' AND subject_id IN (SELECT offer_id FROM offers WHERE model_id = $2))"
    where = theirs if of_offers else own
    query = f"SELECT {CLAIM} FROM facts WHERE {where} AND field = $3 ORDER BY {ORDER}"
    return rows_of(con, query, [subject.kind, subject.id, field])


def list_keys(con: duckdb.DuckDBPyConnection, subject: Subject) -> list[dict[str, Any]]:
    """The keys that lead to a model, or those of an offer and where they lead; the surest first."""
    if subject.kind == "model":
        where = "model_id = $1"
    else:
        where = """(source_id, provider_model_key) IN (
            SELECT (source_id, provider_model_key) FROM facts WHERE subject_kind = 'offer' AND subject_id = $1
        ) AND provider_id = split_part($1, '/', 1)"""
    columns = "source_id, provider_id, provider_model_key, model_id, method, confidence, reason, vetoes"
    query = f"SELECT {columns} FROM identities WHERE {where} ORDER BY confidence DESC, 1, 2, 3"
    return rows_of(con, query, [subject.id])
