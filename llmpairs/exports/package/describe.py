"""The descriptor of a data package, computed from the contracts.

Shapes are those of the Data Package standard, version 2 (datapackage.org). A column's `unit` and what its null
means stand beside the standard's own properties, as it allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.manifest import FileEntry, Manifest, spell_moment

SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
"""Names the standard that the descriptor follows; nothing is fetched from there."""
PARQUET = {"format": "parquet", "mediatype": "application/vnd.apache.parquet"}
_TYPES: tuple[tuple[Any, str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_floating, "number"),
    (pa.types.is_timestamp, "datetime"),
    (pa.types.is_date, "date"),
    (pa.types.is_list, "array"),
    (pa.types.is_struct, "object"),
)


def describe_package(
    manifest: Manifest,
    files: Mapping[str, Sequence[FileEntry]],
    sources: Iterable[Mapping[str, Any]],
    workloads: Sequence[Mapping[str, Any]],
    left_out: Sequence[str],
) -> dict[str, Any]:
    """The package's descriptor.

    `files` are the written files by table; `sources` rows of the log table `sources`; `workloads` the published
    scenarios; `left_out` the sources whose rows may not be passed on and are not in the package.
    """
    return {
        "$schema": SCHEMA,
        "name": f"llmpairs-{manifest.run_id.lower()}",
        "title": f"llmpairs, release {manifest.run_id}",
        "description": "Public LLM model cards and prices, and one comparison record for every pair of models. "
        "README.md says how to read it.",
        "created": spell_moment(manifest.as_of),
        "version": manifest.run_id,
        "contracts_version": manifest.contracts_version,
        "rules_version": manifest.rules_version,
        "sources": [describe_source(row) for row in sources],
        "left_out_sources": list(left_out),
        "resources": [
            *(describe_table(TABLES[name], entries, files) for name, entries in files.items()),
            describe_workloads(workloads),
        ],
    }


def describe_edition(
    manifest: Manifest,
    table: Table,
    entries: Sequence[FileEntry],
    sources: Iterable[Mapping[str, Any]],
    left_out: Sequence[str],
    since: str | None,
) -> dict[str, Any]:
    """The descriptor of exported pairs: what changed `since` a release, or every pair."""
    told = f"changed since release {since}" if since else "all of them"
    resource = describe_table(table, entries, {})
    if entries[0].path.endswith(".jsonl"):
        resource |= {"format": "jsonl", "mediatype": "application/x-ndjson"}
    return {
        "$schema": SCHEMA,
        "name": f"llmpairs-pairs-{manifest.run_id.lower()}",
        "title": f"llmpairs, pairs of release {manifest.run_id}: {told}",
        "created": spell_moment(manifest.as_of),
        "version": manifest.run_id,
        "since": since,
        "contracts_version": manifest.contracts_version,
        "rules_version": manifest.rules_version,
        "sources": [describe_source(row) for row in sources],
        "left_out_sources": list(left_out),
        "resources": [resource],
    }


def describe_source(row: Mapping[str, Any]) -> dict[str, Any]:
    """A source with its terms; `redistributable` is null where they do not say."""
    allowed = row["redistributable"]
    return {
        "title": row["title"],
        "path": row["homepage"],
        "source_id": row["source_id"],
        "terms": row["terms"],
        "redistributable": None if allowed is None or allowed != allowed else bool(allowed),
    }


def describe_table(
    table: Table, entries: Sequence[FileEntry], files: Mapping[str, Sequence[FileEntry]]
) -> dict[str, Any]:
    """One table as a resource; its parts carry rows, size and digest."""
    return {
        "name": table.name.replace("_", "-"),
        "table": table.name,
        "type": "table",
        "title": f"One row is {table.grain}.",
        "description": " ".join(table.warnings) or f"One row is {table.grain}.",
        "path": [entry.path for entry in entries],
        **PARQUET,
        "bytes": sum(entry.bytes for entry in entries),
        "rows": sum(entry.rows or 0 for entry in entries),
        "parts": [
            {"path": e.path, "rows": e.rows, "bytes": e.bytes, "hash": f"sha256:{e.sha256}"} for e in entries
        ],
        "schema": {
            "fields": [describe_column(column) for column in table.columns],
            "primaryKey": list(table.key),
            "foreignKeys": find_foreign_keys(table, files),
        },
    }


def describe_column(column: Column) -> dict[str, Any]:
    """One column as a field."""
    constraints = {
        "required": not column.nullable,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "enum": list(column.values) if column.values else None,
    }
    said = {
        "name": column.name,
        "type": field_type(column.type),
        "description": column.about,
        "unit": column.unit,
        "null_means": column.null_means,
        "bits": list(column.bits) if column.bits else None,
        "constraints": {name: value for name, value in constraints.items() if value is not None},
    }
    return {name: value for name, value in said.items() if value is not None}


def field_type(type_: pa.DataType) -> str:
    """The standard's word for an Arrow type; text where nothing else fits."""
    return next((word for test, word in _TYPES if test(type_)), "string")


def find_foreign_keys(table: Table, files: Mapping[str, Sequence[FileEntry]]) -> list[dict[str, Any]]:
    """Columns that name a row of another table of the package: those called like its one-column key."""
    owners = {TABLES[name].key[0]: name for name in files if len(TABLES[name].key) == 1}
    sides = {"model_a_id": "model_id", "model_b_id": "model_id"}
    keys = []
    for column in table.column_names:
        target = sides.get(column, column)
        owner = owners.get(target)
        if owner is not None and owner != table.name:
            reference = {"resource": owner.replace("_", "-"), "fields": [target]}
            keys.append({"fields": [column], "reference": reference})
    return keys


def describe_workloads(workloads: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The published scenarios as inline data."""
    return {
        "name": "workloads",
        "type": "table",
        "title": "One row is a published workload: what `scenario_id` stands for.",
        "data": [dict(row) for row in workloads],
        "schema": {"fields": [dict(field) for field in WORKLOAD_FIELDS], "primaryKey": ["scenario_id"]},
    }


WORKLOAD_FIELDS = (
    {"name": "scenario_id", "type": "string", "description": "Name of the workload."},
    {
        "name": "prompt_tokens",
        "type": "integer",
        "unit": "tokens per request",
        "description": "Input, images included.",
    },
    {
        "name": "cached_tokens",
        "type": "number",
        "unit": "tokens per request",
        "description": "Part of it read from the cache.",
    },
    {"name": "output_tokens", "type": "integer", "unit": "tokens per request", "description": "Output."},
    {
        "name": "requests_per_month",
        "type": "integer",
        "unit": "requests per month",
        "description": "Requests.",
    },
    {
        "name": "service_tier",
        "type": "string",
        "description": "Tier of service whose price is paid.",
    },
    {"name": "must_have", "type": "array", "description": "Capabilities that the route must have."},
    {
        "name": "context_at_least",
        "type": "integer",
        "unit": "tokens",
        "description": "Context that must be known to be there.",
        "null_means": "an unknown context will do",
    },
    {
        "name": "context_need",
        "type": "integer",
        "unit": "tokens",
        "description": "Context that it asks for: `context_at_least`, else prompt and answer together.",
    },
)
