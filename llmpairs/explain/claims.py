"""Explanations of claimed values: claims, disagreements, holds, and the inputs of computed columns."""

import duckdb
from pandas import DataFrame

from llmpairs.explain.page import Claim, Explanation, Input, ResolvedKey
from llmpairs.explain.subject import CAPABILITY, SCORE, Subject, read_values
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.query import fetch_rows

AGE = "round(date_diff('minute', observed_at, as_of()) / 60, 1) AS age_hours"
CLAIM = f"""
    fact_id, subject_kind, subject_id, field, value, printed, source_id, lineage, basis, authority, capture_id, locator,
    provider_model_key, observed_at, {AGE}, is_chosen, reason
"""
ORDER = "is_chosen DESC, authority, basis, source_id, value, observed_at DESC, provider_model_key, fact_id"


def describe_column(con: duckdb.DuckDBPyConnection, subject: Subject, column: Column) -> Explanation:
    """A column of `models` or `offers`: its claims, or its inputs with their claims."""
    values = read_values(con, subject)
    page = start_page(con, subject, column.name, values.get(column.name), column.about)
    page["unit"], page["null_means"] = column.unit, column.null_means
    page["claims"] = [] if column.rests_on else list_claims(con, subject, column.name)
    page["rests_on"] = [describe_input(con, subject, name, values) for name in column.rests_on]
    return page


def describe_input(con: duckdb.DuckDBPyConnection, subject: Subject, name: str, values: dict[str, object]) -> Input:
    """One input of a computed column: claims, another column, keys of identities, or only a name."""
    if name.startswith("facts."):
        field = name.removeprefix("facts.")
        claims = list_claims(con, subject, field)
        return {"name": field, "value": next((c["value"] for c in claims if c["is_chosen"]), None), "claims": claims}
    if name == "identities":
        return {"name": name, "keys": list_keys(con, subject)}
    if name not in values:
        return {"name": name}
    column = subject.table[name]
    claims = [] if column.rests_on else list_claims(con, subject, name)
    return {"name": name, "value": values[name], "claims": claims, "computed_from": list(column.rests_on)}


def describe_capability(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> Explanation:
    """A capability: its state and rule; for an offer also the model's, where the offer inherits it."""
    capability = field.removeprefix(CAPABILITY)
    if subject.kind == "model":
        source = "FROM model_capabilities WHERE model_id = $1 AND capability = $2"
        [row] = fetch_rows(con, f"SELECT state, fact_id {source}", [subject.id, capability])
        page = start_page(con, subject, field, row["state"], "Capability of the model.")
        claims = list_claims(con, subject, field, of_offers=True)
        judged = [judge_claim(claim, row["fact_id"], row["state"]) for claim in claims]
        page["claims"] = sorted(judged, key=lambda claim: not claim["is_chosen"])
        query = f"SELECT rule, witnesses_for, witnesses_against, is_disputed {source}"
        [page["rule"]] = fetch_rows(con, query, [subject.id, capability])
        return page
    query = "SELECT * FROM offer_capabilities WHERE offer_id = $1 AND capability = $2"
    rows = fetch_rows(con, query, [subject.id, capability])
    state = rows[0]["effective"] if rows else "unknown"
    page = start_page(con, subject, field, state, "State of the offer, else that of its model.")
    page["claims"] = list_claims(con, subject, field)
    model_id = read_values(con, subject)["model_id"]
    if rows and rows[0]["is_inherited"] and model_id:
        own = describe_capability(con, Subject("model", str(model_id)), field)
        page["rests_on"].append({"name": f"{model_id} {field}", "value": own["value"], "claims": own["claims"]})
    return page


def judge_claim(claim: Claim, chosen_id: str | None, state: str) -> Claim:
    """A claim with its role for the model's capability, of which `chosen_id` is the claim behind the state.

    A provider's claim about its own offer has the priority of an aggregator when it counts for the model.
    """
    is_chosen = claim["fact_id"] == chosen_id
    reason = "chosen" if is_chosen else "agrees" if claim["value"] == state else "fewer_witnesses"
    if claim["reason"] == "default_never_published":
        reason = claim["reason"]
    is_offer_claim = claim["subject_kind"] == "offer" and claim["authority"] == 0
    return {**claim, "is_chosen": is_chosen, "reason": reason, "authority": 4 if is_offer_claim else claim["authority"]}


def describe_scores(con: duckdb.DuckDBPyConnection, subject: Subject, field: str) -> Explanation:
    """Every published result of a benchmark."""
    about = "Results as their sources report them, each a row of `benchmark_scores`."
    page = start_page(con, subject, field, None, about)
    query = f"SELECT *, {AGE} FROM benchmark_scores WHERE model_id = $1 AND benchmark = $2 ORDER BY ALL"
    page["scores"] = fetch_rows(con, query, [subject.id, field.removeprefix(SCORE)])
    return page


def start_page(con: duckdb.DuckDBPyConnection, subject: Subject, field: str, value: object, about: str) -> Explanation:
    """A page without claims and inputs: subject, field, value, disagreements and holds."""
    where = "subject_kind = $1 AND subject_id = $2 AND field = $3"
    key = [subject.kind, subject.id, field]
    return {
        "as_of": fetch_rows(con, "SELECT as_of() AS as_of")[0]["as_of"],
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "field": field,
        "value": value,
        "about": about,
        "claims": [],
        "rests_on": [],
        "disagreements": fetch_rows(con, f"SELECT * FROM disagreements WHERE {where}", key),
        "holds": fetch_rows(con, f"SELECT * FROM holds WHERE {where} ORDER BY hold_id", key),
    }


def list_claims(con: duckdb.DuckDBPyConnection, subject: Subject, field: str, of_offers: bool = False) -> list[Claim]:
    """Every claim on a field, the published one first; with `of_offers` also those on the model's offers."""
    where = "subject_kind = $1 AND subject_id = $2"
    if of_offers:
        where = (
            f"({where} OR subject_kind = 'offer' AND subject_id IN (SELECT offer_id FROM offers WHERE model_id = $2))"
        )
    query = f"SELECT {CLAIM} FROM facts WHERE {where} AND field = $3 ORDER BY {ORDER}"
    return fetch_rows(con, query, [subject.kind, subject.id, field])


def list_keys(con: duckdb.DuckDBPyConnection, subject: Subject) -> list[ResolvedKey]:
    """Keys that resolve to a model, or the keys of an offer; highest confidence first."""
    where = "model_id = $1"
    if subject.kind == "offer":
        where = """(source_id, provider_model_key) IN (
            SELECT (source_id, provider_model_key) FROM facts WHERE subject_kind = 'offer' AND subject_id = $1
        ) AND provider_id = split_part($1, '/', 1)"""
    columns = "source_id, provider_id, provider_model_key, model_id, method, confidence, reason, vetoes"
    query = f"SELECT {columns} FROM identities WHERE {where} ORDER BY confidence DESC, 1, 2, 3"
    return fetch_rows(con, query, [subject.id])


def load_facts(con: duckdb.DuckDBPyConnection, fact_ids: list[str]) -> DataFrame:
    """Rows of `facts` with these ids."""
    return select_frame(con, "SELECT * FROM facts WHERE list_contains($1, fact_id)", [fact_ids])


def load_scores(con: duckdb.DuckDBPyConnection, model_id: str, benchmark: str) -> DataFrame:
    """Rows of `benchmark_scores`, in the order of `describe_scores`."""
    query = "SELECT * FROM benchmark_scores WHERE model_id = $1 AND benchmark = $2 ORDER BY ALL"
    return select_frame(con, query, [model_id, benchmark])


def select_frame(con: duckdb.DuckDBPyConnection, query: str, parameters: list[object]) -> DataFrame:
    """Rows of a query as a frame with the dtypes of the transforms."""
    rows: DataFrame = from_arrow(con.sql(query, params=parameters).to_arrow_table())
    return rows
