"""Landed JSON lines to the five landed frames.

A line is what `to_record` of the spiders makes of an item; `landing/<run_id>/<source>.jsonl.gz` holds the lines
of one source in one run.
"""

import gzip
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts.landed import LANDED_CAPABILITIES, LANDED_PRICES
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.errors import LandingError
from llmpairs.warehouse.landed_line import KINDS, LineError, parse_line
from llmpairs.warehouse.manifest import check_run_id
from llmpairs.warehouse.schema import schema_of
from llmpairs.warehouse.store import Store

SUFFIX = ".jsonl.gz"


@dataclass(frozen=True, kw_only=True)
class Landed:
    """The landed claims of a night, in the columns of `contracts/landed.py`.

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


def read_landing(files: Mapping[str, Iterable[bytes]]) -> Landed:
    """The claims in the lines of many files, by file name; rows are in order of source, file and line.

    LandingError names file and line of the first line that is not as the spiders promise.
    """
    records: list[dict[str, Any]] = []
    for name in sorted(files):
        for number, line in enumerate(files[name], 1):
            try:
                records.append(parse_line(line))
            except LineError as error:
                raise LandingError(f"{name}, line {number}: {error}") from error
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
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return from_arrow(pa.Table.from_arrays(arrays, schema=schema))


def _array(values: list[Any], type_: pa.DataType) -> pa.Array:
    if pa.types.is_timestamp(type_):
        return pa.array(values, pa.string()).cast(type_)
    if pa.types.is_dictionary(type_):
        return pa.array(values, pa.string()).dictionary_encode().cast(type_)
    return pa.array(values, type_)


def load_landing(store: Store, landings: Mapping[str, str]) -> Landed:
    """The claims of each source in the run whose landing is used, `{source_id: run_id}`."""
    names = [
        f"landing/{check_run_id(run_id)}/{source}{SUFFIX}" for source, run_id in sorted(landings.items())
    ]
    return read_landing({name: _lines(store, name) for name in names})


def _lines(store: Store, name: str) -> list[bytes]:
    try:
        return gzip.decompress(store.read_bytes(name)).splitlines()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LandingError(f"{store.name}/{name} is damaged: {error}") from error
