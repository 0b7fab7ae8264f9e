"""Descriptors of data packages, computed from the contracts.

They follow the Data Package standard, version 2 (datapackage.org). A column's `unit` and `null_means` are
properties beside the standard's own, as it allows.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files as resource_files
from typing import Any, TypedDict

import pyarrow as pa

from llmpairs.exports.tabular import DATETIME_FORMAT, Format, is_text_in_files
from llmpairs.exports.terms import ExportTerms, SourceTerms
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.manifest import FileEntry, format_timestamp

SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
"""Names the standard that the descriptor follows; nothing is fetched from there."""
_TYPES: tuple[tuple[Any, str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_list, "array"),
    (pa.types.is_struct, "object"),
)
"""The standard's name of each Arrow type; `string` where nothing else fits."""


MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SOURCE_LICENCE: "Licence" = {"path": "README.md", "title": "Values of sources, under the terms of each: see README.md"}


class Licence(TypedDict, total=False):
    """A licence, as the standard has it."""

    name: str
    path: str
    title: str


class Reference(TypedDict):
    """The column of another table that a foreign key names."""

    resource: str
    fields: list[str]


class ForeignKey(TypedDict):
    """A column that refers to another table."""

    fields: list[str]
    reference: Reference


class FieldDescriptor(TypedDict, total=False):
    """One column."""

    name: str
    type: str
    format: str
    description: str
    unit: str
    null_means: str
    bits: list[str]
    constraints: dict[str, object]


class FilePart(TypedDict):
    """One file of a table."""

    path: str
    rows: int | None
    bytes: int
    hash: str


class Resource(TypedDict, total=False):
    """One table as files (`parts`), or inline (`data`)."""

    name: str
    table: str
    type: str
    title: str
    description: str
    path: list[str]
    format: str
    mediatype: str
    encoding: str
    licenses: list[Licence]
    bytes: int
    rows: int
    parts: list[FilePart]
    data: list[dict[str, object]]
    schema: Mapping[str, Any]
    """Fields and keys, as the standard has them."""


Descriptor = TypedDict(
    "Descriptor",
    {
        "$schema": str,
        "name": str,
        "title": str,
        "description": str,
        "created": str,
        "version": str,
        "since": str | None,
        "contracts_version": str,
        "rules_version": str,
        "licenses": list[Licence],
        "sources": list[SourceTerms],
        "left_out_sources": list[str],
        "resources": list[Resource],
    },
    total=False,
)
"""A package; `since` is in that of exported pairs only, `description` in that of a whole release only."""


def describe_package(
    terms: ExportTerms,
    files: Mapping[str, Sequence[FileEntry]],
    workloads: Sequence[Mapping[str, object]],
    format_: Format = "parquet",
) -> Descriptor:
    """The descriptor of a whole release: `files` are the written files by table, `workloads` the published ones."""
    title: Descriptor = {
        "name": f"llmpairs-{terms.manifest.run_id.lower()}",
        "title": f"llmpairs, release {terms.manifest.run_id}",
        "description": "Public LLM model cards and prices, and one comparison record for every pair of models. "
        "README.md explains how to read it.",
    }
    tables = [describe_table(TABLES[name], entries, files, format_) for name, entries in files.items()]
    return _describe_release(terms, title, {}, [*tables, describe_workloads(workloads)])


def describe_pair_export(
    terms: ExportTerms, table: Table, entries: Sequence[FileEntry], since: str | None
) -> Descriptor:
    """The descriptor of exported pairs: those that changed `since` a release, or every pair."""
    selected = f"changed since release {since}" if since else "all of them"
    title: Descriptor = {
        "name": f"llmpairs-pairs-{terms.manifest.run_id.lower()}",
        "title": f"llmpairs, pairs of release {terms.manifest.run_id}: {selected}",
    }
    return _describe_release(terms, title, {"since": since}, [describe_table(table, entries, {}, find_format(entries))])


def _describe_release(
    terms: ExportTerms, title: Descriptor, selection: Descriptor, resources: list[Resource]
) -> Descriptor:
    return {
        "$schema": SCHEMA,
        **title,
        "created": format_timestamp(terms.manifest.as_of),
        "version": terms.manifest.run_id,
        **selection,
        "contracts_version": terms.manifest.contracts_version,
        "rules_version": terms.manifest.rules_version,
        "licenses": [own_licence(), SOURCE_LICENCE],
        "sources": list(terms.sources),
        "left_out_sources": list(terms.left_out),
        "resources": resources,
    }


@cache
def load_table_terms() -> Mapping[str, Any]:
    """The reviewed terms of the tables of an export."""
    return tomllib.loads((resource_files("llmpairs.exports") / "table_terms.toml").read_text(encoding="utf-8"))


def own_licence() -> Licence:
    """The licence of what llmpairs computes."""
    licence = load_table_terms()["licence"]
    return {"name": licence["name"], "path": licence["path"], "title": licence["title"]}


def licence_of(table: str) -> Licence:
    """The licence of a table: our own where every column is computed, else that of its sources."""
    computed = {*load_table_terms()["computed"]["tables"], "published_pairs"}
    return own_licence() if table in computed else SOURCE_LICENCE


def find_format(entries: Sequence[FileEntry]) -> str:
    """The format of files, by their names."""
    return entries[0].path.rpartition(".")[2] if entries else "parquet"


def describe_table(
    table: Table, entries: Sequence[FileEntry], files: Mapping[str, Sequence[FileEntry]], format_: str
) -> Resource:
    """One table as a resource; its parts have rows, size and digest."""
    return {
        "name": table.name.replace("_", "-"),
        "table": table.name,
        "type": "table",
        "title": f"One row is {table.grain}.",
        "description": " ".join(table.warnings) or f"One row is {table.grain}.",
        "path": [entry.path for entry in entries],
        "format": format_,
        "mediatype": MEDIA_TYPES[format_],
        **({"encoding": "utf-8"} if format_ == "csv" else {}),
        "licenses": [licence_of(table.name)],
        "bytes": sum(entry.bytes for entry in entries),
        "rows": sum(entry.rows or 0 for entry in entries),
        "parts": [{"path": e.path, "rows": e.rows, "bytes": e.bytes, "hash": f"sha256:{e.sha256}"} for e in entries],
        "schema": {
            "fields": [describe_column(column, format_) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": find_foreign_keys(table, files),
        },
    }


def describe_column(column: Column, format_: str) -> FieldDescriptor:
    """One column as a field; properties that do not apply are left out."""
    is_flat = format_ in ("csv", "xlsx")
    constraints = {
        "required": not column.nullable,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "enum": list(column.values) if column.values else None,
    }
    type_ = next((name for test, name in _TYPES if test(column.type)), "string")
    if is_flat and is_text_in_files(column):
        type_ = "string"
    field: FieldDescriptor = {"name": column.name, "type": type_, "description": column.about}
    if type_ == "datetime" and is_flat:
        field["format"] = DATETIME_FORMAT
    if column.unit is not None:
        field["unit"] = column.unit
    if column.null_means is not None:
        field["null_means"] = column.null_means
    if column.bits:
        field["bits"] = list(column.bits)
    field["constraints"] = {name: value for name, value in constraints.items() if value is not None}
    return field


def find_foreign_keys(table: Table, files: Mapping[str, Sequence[FileEntry]]) -> list[ForeignKey]:
    """Columns that refer to another table of the package: those named like its one-column key.

    A column with a value that stands for none refers to nothing there, so it is no foreign key.
    """
    owners = {TABLES[name].key[0]: name for name in files if len(TABLES[name].key) == 1}
    sides = {"model_a_id": "model_id", "model_b_id": "model_id"}
    targets = {column: sides.get(column, column) for column in table.column_names}
    return [
        {"fields": [column], "reference": {"resource": owners[target].replace("_", "-"), "fields": [target]}}
        for column, target in targets.items()
        if owners.get(target, table.name) != table.name and table[column].none_value is None
    ]


def describe_workloads(workloads: Sequence[Mapping[str, object]]) -> Resource:
    """The published workloads as inline data."""
    return {
        "name": "workloads",
        "type": "table",
        "title": "One row is a published workload: what `scenario_id` stands for.",
        "data": [dict(row) for row in workloads],
        "schema": {"fields": [dict(field) for field in WORKLOAD_FIELDS], "primaryKey": ["scenario_id"]},
    }


def _workload_field(name: str, type_: str, unit: str, description: str) -> FieldDescriptor:
    return {"name": name, "type": type_, **({"unit": unit} if unit else {}), "description": description}


WORKLOAD_FIELDS: tuple[FieldDescriptor, ...] = (
    _workload_field("scenario_id", "string", "", "Name of the workload."),
    _workload_field("prompt_tokens", "integer", "tokens per request", "Input, images included."),
    _workload_field("cached_tokens", "number", "tokens per request", "Part of the input that is read from the cache."),
    _workload_field("output_tokens", "integer", "tokens per request", "Output."),
    _workload_field("requests_per_month", "integer", "requests per month", "Requests."),
    _workload_field("service_tier", "string", "", "Service tier whose price is paid."),
    _workload_field("must_have", "array", "", "Capabilities that the offer must have."),
    {
        **_workload_field(
            "context_at_least", "integer", "tokens", "Context window that the offer must be known to have."
        ),
        "null_means": "an unknown context window is accepted",
    },
    _workload_field(
        "context_need",
        "integer",
        "tokens",
        "Context window that is needed: `context_at_least`, else prompt and output together.",
    ),
)
