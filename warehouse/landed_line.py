"""One landed line against the landed contracts: known fields of the right types, nothing required left out."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any

import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.landed import LANDED_MODELS, LANDED_OFFERS, LANDED_PRICES, LANDED_SCORES

KINDS: dict[str, Table] = {"model": LANDED_MODELS, "offer": LANDED_OFFERS, "score": LANDED_SCORES}

_Check = tuple[Callable[[Any], bool], str]
"""A test of a value, and what it expects in words."""

LARGEST = 10**18
"""The bound of the spiders: rounded to a double, the largest whole number of 64 bits is none of 64 bits any more."""


class LineError(ValueError):
    """What is wrong with a line."""


def parse_line(line: bytes) -> dict[str, Any]:
    """The record of a landed line; LineError says what is wrong with it."""
    try:
        record = json.loads(line)
    except ValueError as error:
        raise LineError(f"no JSON: {error}") from error
    if not isinstance(record, dict):
        raise LineError("no JSON object")
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
            raise LineError(
                f"field {name} is {str(value)[:60]!r} ({type(value).__name__}), expected {known[1]}"
            )
    if not required <= record.keys():
        raise LineError(f"field {', '.join(sorted(required - record.keys()))} is left out")


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) < LARGEST


def _is_number(value: Any) -> bool:
    return (type(value) is float and isfinite(value)) or _is_whole(value)


def _is_flag(value: Any) -> bool:
    return type(value) is bool


def _is_words(value: Any) -> bool:
    return type(value) is list and all(type(word) is str for word in value)


def _is_moment(value: Any) -> bool:
    return type(value) is str and _is_utc(value)


@lru_cache(maxsize=4096)
def _is_utc(text: str) -> bool:
    try:
        return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_capabilities(value: Any) -> bool:
    return type(value) is list and all(
        type(pair) is list and len(pair) == 2 and type(pair[0]) is str and type(pair[1]) is bool
        for pair in value
    )


def _is_quotes(value: Any) -> bool:
    return type(value) is list and all(type(quote) is dict for quote in value)


def _check_of(column: Column) -> _Check:
    if column.values is not None:
        words = frozenset(column.values)
        return lambda value: type(value) is str and value in words, f"one of {', '.join(column.values)}"
    for test, check, meant in (
        (pa.types.is_string, _is_text, "text"),
        (pa.types.is_timestamp, _is_moment, "a UTC time that ends in Z"),
        (pa.types.is_int64, _is_whole, "a whole number"),
        (pa.types.is_floating, _is_number, "a number"),
        (pa.types.is_boolean, _is_flag, "true or false"),
        (pa.types.is_list, _is_words, "a list of words"),
    ):
        if test(column.type):
            return check, meant
    raise TypeError(f"landed column {column.name} has the type {column.type}, which no line can hold")


def _fields_of(
    table: Table, made_here: set[str], nested: dict[str, _Check]
) -> tuple[dict[str, _Check], frozenset[str]]:
    """The checks of a table's fields by name, and the names that every line must have."""
    columns = [column for column in table.columns if column.name not in made_here]
    required = frozenset(column.name for column in columns if not column.nullable)
    return {**{column.name: _check_of(column) for column in columns}, **nested}, required


_KIND: dict[str, _Check] = {"kind": (_is_text, "text")}
_CAPABILITIES: dict[str, _Check] = {"capabilities": (_is_capabilities, "a list of [name, true or false]")}
_PRICES: dict[str, _Check] = {"prices": (_is_quotes, "a list of price quotes")}
_FIELDS = {
    "model": _fields_of(LANDED_MODELS, {"row_id"}, _KIND | _CAPABILITIES),
    "offer": _fields_of(LANDED_OFFERS, {"row_id"}, _KIND | _CAPABILITIES | _PRICES),
    "score": _fields_of(LANDED_SCORES, {"row_id"}, _KIND),
}
_QUOTE = _fields_of(LANDED_PRICES, {"row_id", "quote"}, {})
