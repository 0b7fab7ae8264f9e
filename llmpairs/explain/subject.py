"""Subjects of explanations: a model or an offer by name, and its fields."""

from dataclasses import dataclass
from typing import Literal

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.explain.page import ListedField
from llmpairs.model_lookup import MAX_SUGGESTIONS, find_model
from llmpairs.warehouse.claim_values import SUBJECTS
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.errors import UnknownNameError
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import CAPABILITIES

CAPABILITY, SCORE, COST = "capability:", "score:", "cost:"
LIST_PRICE = "list_price"
OFFER_PARTS = 5


@dataclass(frozen=True)
class Subject:
    """A model or an offer of a release."""

    kind: Literal["model", "offer"]
    id: str

    @property
    def table(self) -> Table:
        """The contract of its table."""
        return SUBJECTS[self.kind]

    @property
    def key(self) -> str:
        """The key column of that table."""
        return self.table.key[0]


@dataclass(frozen=True)
class UnknownFieldError(LookupError):
    """A field that the subject does not have."""

    subject: str
    field: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"{self.subject} has no field {self.field!r}{hint}; `llmpairs explain {self.subject}` lists them"


def find_subject(con: duckdb.DuckDBPyConnection, name: str) -> Subject:
    """The offer of that id, else the model of that name; UnknownNameError with the nearest names."""
    wanted = name.strip()
    hits = con.execute("SELECT offer_id FROM offers WHERE lower(offer_id) = lower($1)", [wanted]).fetchall()
    if hits:
        return Subject("offer", str(hits[0][0]))
    try:
        return Subject("model", find_model(con, wanted))
    except UnknownNameError as error:
        nearest = error.nearest
        if wanted.count("/") >= OFFER_PARTS - 1:
            offers = [str(row[0]) for row in con.execute("SELECT offer_id FROM offers").fetchall()]
            nearest = _nearest_of(wanted, offers)
        raise UnknownNameError(name, nearest, "model or offer") from None


def find_field(con: duckdb.DuckDBPyConnection, subject: Subject, name: str) -> str:
    """The field's full name: `vision` is `capability:vision`, a benchmark `score:...`, a workload `cost:...`.

    UnknownFieldError with the nearest fields.
    """
    wanted = name.strip().lower()
    fields = list_names(con, subject)
    for field in (wanted, CAPABILITY + wanted, SCORE + wanted, COST + wanted):
        if field in fields:
            return field
    short = {field.partition(":")[2] or field: field for field in fields}
    nearest = tuple(short[each] for each in _nearest_of(wanted, list(short)))
    raise UnknownFieldError(subject.id, name, nearest)


def list_names(con: duckdb.DuckDBPyConnection, subject: Subject) -> list[str]:
    """Every field of the subject that can be explained: columns, capabilities, scores, costs."""
    columns = [name for name in subject.table.column_names if name != subject.key]
    names = [*columns, *(CAPABILITY + name for name in CAPABILITIES)]
    costs = f"{subject.kind}_scenario_costs"
    queries = [f"SELECT DISTINCT '{COST}' || scenario_id FROM {costs} WHERE {subject.key} = $1 ORDER BY 1"]
    if subject.kind == "model":
        names.append(LIST_PRICE)
        queries.append(f"SELECT DISTINCT '{SCORE}' || benchmark FROM benchmark_scores WHERE model_id = $1 ORDER BY 1")
    return names + [str(row[0]) for query in queries for row in con.execute(query, [subject.id]).fetchall()]


def list_fields(con: duckdb.DuckDBPyConnection, subject: Subject) -> list[ListedField]:
    """Every field with its published value, and the number of its claims or its inputs."""
    values = read_values(con, subject)
    query = "SELECT field, count(*) FROM facts WHERE subject_kind = $1 AND subject_id = $2 GROUP BY field"
    counts = dict(con.execute(query, [subject.kind, subject.id]).fetchall())
    inputs = {column.name: ", ".join(column.rests_on) for column in subject.table.columns}
    return [
        {"field": field, "value": values.get(field), "claims": counts.get(field), "rests_on": inputs.get(field) or None}
        for field in list_names(con, subject)
    ]


def read_values(con: duckdb.DuckDBPyConnection, subject: Subject) -> dict[str, object]:
    """The published values of a subject by field, without benchmark scores."""
    values: dict[str, object]
    [values] = fetch_rows(con, f"SELECT * FROM {subject.table.name} WHERE {subject.key} = $1", [subject.id])
    state, cost = ("state", "cheapest_usd") if subject.kind == "model" else ("effective", "cost_usd")
    for prefix, name, value, table in (
        (CAPABILITY, "capability", state, f"{subject.kind}_capabilities"),
        (COST, "scenario_id", cost, f"{subject.kind}_scenario_costs"),
    ):
        query = f"SELECT {name} AS name, {value} AS value FROM {table} WHERE {subject.key} = $1"
        values |= {prefix + each["name"]: each["value"] for each in fetch_rows(con, query, [subject.id])}
    return values


def _nearest_of(name: str, known: list[str]) -> tuple[str, ...]:
    close = process.extract(name, known, scorer=fuzz.WRatio, limit=MAX_SUGGESTIONS, score_cutoff=60)
    return tuple(match[0] for match in close)
