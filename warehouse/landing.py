"""Landed JSON lines: checked against the landed contracts, and loaded as the five landed frames.

A line is what `to_record` of the spiders makes of an item; `landing/<run_id>/<source>.jsonl.gz` holds the lines
of one source in one run.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

import pandas as pd
import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.landed import (
    LANDED_CAPABILITIES,
    LANDED_MODELS,
    LANDED_OFFERS,
    LANDED_PRICES,
    LANDED_SCORES,
)
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.errors import LandingError
from llmpairs.warehouse.manifest import check_run_id
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.store import Store

SUFFIX = ".jsonl.gz"
KINDS: dict[str, Table] = {"model": LANDED_MODELS, "offer": LANDED_OFFERS, "score": LANDED_SCORES}

_Check = tuple[Callable[[Any], bool], str]
"""A test of a value, and a description of what it expects."""
MAX_INTEGER = 10**18
"""The bound of the spiders: the largest 64-bit integer, rounded to a double, no longer fits 64 bits."""


@dataclass(frozen=True, kw_only=True)
class Landed:
    """The landed claims of a run, in the columns of `contracts/landed.py`.

    `row_id` counts the rows of `models`, `offers` and `scores` each from 0; `prices` belong to rows of `offers`,
    `capabilities` to rows of `models` or `offers`, as their `item` says.
    """

    models: pd.DataFrame
    offers: pd.DataFrame
    prices: pd.DataFrame
    capabilities: pd.DataFrame
    scores: pd.DataFrame

    def __len__(self) -> int:
        return len(self.models) + len(self.offers) + len(self.scores)


@dataclass(frozen=True, kw_only=True)
class RejectedLine:
    """A landed line that breaks the landed contracts."""

    file: str
    number: int
    problem: str
    text: str

    @property
    def source_id(self) -> str:
        """The source that the file holds."""
        return self.file.rsplit("/", 1)[-1].removesuffix(SUFFIX)


def read_landing(files: Mapping[str, Iterable[bytes]], rejected: list[RejectedLine] | None = None) -> Landed:
    """The claims in the lines of many files, by file name; rows are in order of source, file and line.

    Lines that break the landed contracts are appended to `rejected`; without it LandingError names file and line of the
    first one.
    """
    records: list[dict[str, Any]] = []
    for name in sorted(files):
        for number, line in enumerate(files[name], 1):
            try:
                records.append(parse_line(line))
            except LineError as error:
                if rejected is None:
                    raise LandingError(f"{name}, line {number}: {error}") from error
                text = line.decode("utf-8", "replace")
                rejected.append(RejectedLine(file=name, number=number, problem=str(error), text=text))
    records.sort(key=lambda record: record["source_id"])
    by_kind = {kind: [record for record in records if record["kind"] == kind] for kind in KINDS}
    return Landed(
        models=_frame(KINDS["model"], by_kind["model"]),
        offers=_frame(KINDS["offer"], by_kind["offer"]),
        prices=_prices(by_kind["offer"]),
        capabilities=_capabilities(by_kind),
        scores=_frame(KINDS["score"], by_kind["score"]),
    )


def _frame(table: Table, records: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {name: [record.get(name) for record in records] for name in table.column_names}
    return _typed(table, {**columns, "row_id": list(range(len(records)))})


def _prices(offers: list[dict[str, Any]]) -> pd.DataFrame:
    quotes = [
        {**quote, "row_id": row, "quote": number}
        for row, offer in enumerate(offers)
        for number, quote in enumerate(offer.get("prices", ()))
    ]
    return _typed(LANDED_PRICES, {name: [q[name] for q in quotes] for name in LANDED_PRICES.column_names})


def _capabilities(by_kind: dict[str, list[dict[str, Any]]]) -> pd.DataFrame:
    stated = [
        (kind, row, name, value)
        for kind in ("model", "offer")
        for row, record in enumerate(by_kind[kind])
        for name, value in record.get("capabilities", ())
    ]
    names = LANDED_CAPABILITIES.column_names
    return _typed(LANDED_CAPABILITIES, {name: [row[i] for row in stated] for i, name in enumerate(names)})


def _typed(table: Table, columns: dict[str, list[Any]]) -> pd.DataFrame:
    schema = schema_of(table)
    arrays = []
    for field in schema:
        is_text = pa.types.is_timestamp(field.type) or pa.types.is_dictionary(field.type)
        arrays.append(pa.array(columns[field.name], pa.string() if is_text else field.type).cast(field.type))
    return from_arrow(pa.Table.from_arrays(arrays, schema=schema))


def load_landing(store: Store, landings: Mapping[str, str], rejected: list[RejectedLine] | None = None) -> Landed:
    """The claims of each source in the run whose landing is used, `{source_id: run_id}`.

    `rejected` collects lines that break the landed contracts, as for `read_landing`.
    """
    names = [f"landing/{check_run_id(run_id)}/{source}{SUFFIX}" for source, run_id in sorted(landings.items())]
    return read_landing({name: _lines(store, name) for name in names}, rejected)


def _lines(store: Store, name: str) -> list[bytes]:
    try:
        return gzip.decompress(store.read_bytes(name)).splitlines()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LandingError(f"{store.name}/{name} is damaged: {error}") from error


class LineError(ValueError):
    """A landed line that breaks its contract; the message says how."""


def parse_line(line: bytes) -> dict[str, Any]:
    """The record of a landed line; LineError says what is wrong with it."""
    try:
        record = json.loads(line)
    except ValueError as error:
        raise LineError(f"not JSON: {error}") from error
    if not isinstance(record, dict):
        raise LineError("not a JSON object")
    kind = record.get("kind")
    if kind not in KINDS:
        raise LineError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
    _check_fields(record, *_FIELDS[kind])
    for quote in record.get("prices", ()):
        _check_fields(quote, *_QUOTE)
    stated = [name for name, _ in record.get("capabilities", ())]
    if len(set(stated)) < len(stated):
        raise LineError("field capabilities states one capability twice")
    return record


def _check_fields(record: dict[str, Any], checks: dict[str, _Check], required: frozenset[str]) -> None:
    for name, value in record.items():
        known = checks.get(name)
        if known is None:
            raise LineError(f"unknown field {name!r}")
        if not known[0](value):
            raise LineError(f"field {name} is {str(value)[:60]!r} ({type(value).__name__}), expected {known[1]}")
    if not required <= record.keys():
        raise LineError(f"field {', '.join(sorted(required - record.keys()))} is missing")


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_integer(value: Any) -> bool:
    return type(value) is int and abs(value) < MAX_INTEGER


@lru_cache(maxsize=4096)
def _is_utc(text: str) -> bool:
    try:
        return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_capabilities(value: Any) -> bool:
    return type(value) is list and all(
        type(pair) is list and len(pair) == 2 and type(pair[0]) is str and type(pair[1]) is bool for pair in value
    )


def _is_list_of(type_: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is list and all(type(each) is type_ for each in value)


def _check_of(column: Column) -> _Check:
    if column.values is not None:
        allowed = frozenset(column.values)
        return lambda value: type(value) is str and value in allowed, f"one of {', '.join(column.values)}"
    for test, check, meant in (
        (pa.types.is_string, _is_text, "text"),
        (pa.types.is_timestamp, lambda value: type(value) is str and _is_utc(value), "a UTC time that ends in Z"),
        (pa.types.is_int64, _is_integer, "a whole number"),
        (
            pa.types.is_floating,
            lambda value: isfinite(value) if type(value) is float else _is_integer(value),
            "a number",
        ),
        (pa.types.is_boolean, lambda value: type(value) is bool, "true or false"),
        (pa.types.is_list, _is_list_of(str), "a list of strings"),
    ):
        if test(column.type):
            return check, meant
    raise TypeError(f"landed column {column.name} has the type {column.type}, which a JSON line cannot hold")


def _fields_of(table: Table, computed: set[str], nested: dict[str, _Check]) -> tuple[dict[str, _Check], frozenset[str]]:
    """The checks of a table's fields by name, and the required names."""
    columns = [column for column in table.columns if column.name not in computed]
    required = frozenset(column.name for column in columns if not column.nullable)
    return {**{column.name: _check_of(column) for column in columns}, **nested}, required


_KIND: dict[str, _Check] = {"kind": (_is_text, "text")}
_CAPABILITIES: dict[str, _Check] = {"capabilities": (_is_capabilities, "a list of [name, true or false]")}
_PRICES: dict[str, _Check] = {"prices": (_is_list_of(dict), "a list of price quotes")}
_FIELDS = {
    "model": _fields_of(LANDED_MODELS, {"row_id"}, _KIND | _CAPABILITIES),
    "offer": _fields_of(LANDED_OFFERS, {"row_id"}, _KIND | _CAPABILITIES | _PRICES),
    "score": _fields_of(LANDED_SCORES, {"row_id"}, _KIND),
}
_QUOTE = _fields_of(LANDED_PRICES, {"row_id", "quote"}, {})
