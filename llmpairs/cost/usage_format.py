"""Reading a usage log: its columns are recognised by the reviewed formats of usage_formats.toml."""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

SNIFFED_LINES = 1000
"""Lines of a JSON log from which its columns are taken: a field that first appears later counts 0."""
JSON_ENDS, CSV_ENDS, PARQUET_ENDS = (".jsonl", ".ndjson", ".json"), (".csv", ".tsv"), (".parquet",)
COMPRESSED_ENDS = (".gz", ".zst")
TOKENS = ("input", "cached", "cache_write", "cache_write_long", "output")
FACTS = ("time", "model", "provider", "requests", "batch", "service_tier")


class UsageFormatError(ValueError):
    """A usage log that cannot be read as one; the message names the file and what it lacks."""


@dataclass(frozen=True, kw_only=True)
class UsageFormat:
    """One reviewed format: the columns of each kind of tokens."""

    name: str
    needs: frozenset[str]
    tokens: Mapping[str, tuple[str, ...]]
    provider: str | None
    is_bucket: bool


@dataclass(frozen=True, kw_only=True)
class UsageFormats:
    """The reviewed formats, in the order in which they are tried."""

    formats: tuple[UsageFormat, ...]
    columns: Mapping[str, tuple[str, ...]]
    tiers: Mapping[str, str]
    """Service tier by the name that a log has for it."""
    long_write_factor: float
    """Price of a cache write that is kept for an hour, over the input price."""


@cache
def load_usage_formats() -> UsageFormats:
    """Load usage_formats.toml."""
    raw = tomllib.loads((files("llmpairs.cost") / "usage_formats.toml").read_text("utf-8"))
    return UsageFormats(
        formats=tuple(parse_format(entry) for entry in raw["format"]),
        columns={name: tuple(raw["columns"][name]) for name in FACTS},
        tiers={name: tier for tier, names in raw["tier"].items() if isinstance(names, list) for name in names},
        long_write_factor=float(raw["long_cache_write"]["factor"]),
    )


def parse_format(entry: Mapping[str, Any]) -> UsageFormat:
    """One entry of the file; UsageFormatError where it has no reason, date or evidence."""
    lacking = [name for name in ("reason", "date", "evidence") if not entry.get(name)]
    if lacking:
        raise UsageFormatError(f"usage_formats.toml [{entry['name']}]: {', '.join(lacking)} is missing")
    return UsageFormat(
        name=entry["name"],
        needs=frozenset(entry["needs"]),
        tokens={kind: tuple(entry.get(kind, ())) for kind in TOKENS},
        provider=entry.get("provider"),
        is_bucket=entry.get("is_bucket", False),
    )


def open_usage_log(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """SQL of the lines of a usage log, as in `select_lines`; UsageFormatError where the file or a column is missing."""
    formats = load_usage_formats()
    if not path.is_file():
        raise UsageFormatError(f"{path}: no such file")
    try:
        scan, present = describe_file(con, path)
    except duckdb.Error as error:
        raise UsageFormatError(f"{path} cannot be read: {str(error).splitlines()[0]}") from None
    chosen = next((each for each in formats.formats if each.needs <= set(present)), None)
    if chosen is None:
        raise UsageFormatError(
            f"{path} has no columns for tokens: give input_tokens and output_tokens, see docs/COST.md; "
            f"found: {', '.join(sorted(present)[:20]) or 'none'}"
        )
    facts = {name: next((each for each in formats.columns[name] if each in present), None) for name in FACTS}
    lacking = [name for name in ("time", "model") if facts[name] is None]
    if lacking:
        tried = "; ".join(f"{name}: one of {', '.join(formats.columns[name])}" for name in lacking)
        raise UsageFormatError(f"{path} has no column for {' and '.join(lacking)}; {tried}")
    return select_lines(scan, chosen, {name: present.get(column or "") for name, column in facts.items()}, present)


def describe_file(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, dict[str, str]]:
    """SQL that reads a file, and the SQL expression of each of its columns as text, nested ones by dotted name."""
    name = path.name.lower()
    for end in COMPRESSED_ENDS:
        name = name.removesuffix(end)
    file = quote_text(path.as_posix())
    if name.endswith(PARQUET_ENDS):
        return describe_table(con, f"read_parquet({file})")
    if name.endswith(CSV_ENDS):
        return describe_table(
            con, f"read_csv({file}, all_varchar = true, header = true, null_padding = true, store_rejects = true)"
        )
    if not name.endswith(JSON_ENDS):
        raise UsageFormatError(f"{path}: name it .jsonl, .csv or .parquet, by what it holds")
    sample = f"read_ndjson_objects({file}, ignore_errors = true)"
    found = con.execute(
        f"SELECT json_structure(json) FROM (FROM {sample} LIMIT {SNIFFED_LINES}) GROUP BY ALL"
    ).fetchall()
    paths = sorted({each for (text,) in found if text for each in list_paths(json.loads(text))})
    tops = sorted({each[0] for each in paths})
    types = ", ".join(f"{quote_name(top)}: 'JSON'" for top in tops)
    scan = f"read_ndjson({file}, columns = {{{types}}}, ignore_errors = true)" if tops else sample
    return scan, {".".join(each): select_json(each) for each in paths}


def list_paths(structure: object, prefix: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    """Paths of the values of a JSON structure; what lies in arrays is left out."""
    if not isinstance(structure, dict):
        return [prefix] if prefix else []
    return [path for name, inner in structure.items() for path in list_paths(inner, (*prefix, name))]


def select_json(path: Sequence[str]) -> str:
    """SQL of a value of a JSON column as text."""
    inner = "".join(f'."{name}"' for name in path[1:])
    return f"json_extract_string({quote_name(path[0])}, {quote_text('$' + inner)})"


def describe_table(con: duckdb.DuckDBPyConnection, scan: str) -> tuple[str, dict[str, str]]:
    """The same of a scan whose columns DuckDB knows; fields of structs have dotted names."""
    result = con.execute(f"SELECT * FROM {scan} LIMIT 0")
    columns: dict[str, str] = {}
    for name, type_ in ((column[0], column[1]) for column in result.description):
        columns |= list_fields(name, quote_name(name), type_)
    return scan, columns


def list_fields(name: str, expression: str, type_: Any) -> dict[str, str]:
    """A column, or the fields of a struct, as SQL by dotted name."""
    if getattr(type_, "id", None) != "struct":
        return {name: f"{expression}::VARCHAR"}
    found: dict[str, str] = {}
    for inner, inner_type in type_.children:
        found |= list_fields(f"{name}.{inner}", f"{expression}.{quote_name(inner)}", inner_type)
    return found


def select_lines(scan: str, chosen: UsageFormat, facts: Mapping[str, str | None], present: Mapping[str, str]) -> str:
    """SQL of the lines of a log: time (UTC), provider, model, service_tier, requests, is_bucket, and tokens by kind.

    A value that cannot be read is null; tokens that the log does not have are 0.
    """
    tiers = load_usage_formats().tiers
    stated = f"lower(coalesce({facts['service_tier'] or 'NULL'}, ''))"
    names = " ".join(f"WHEN {quote_text(name)} THEN {quote_text(tier)}" for name, tier in tiers.items())
    is_batch = f"lower({facts['batch'] or 'NULL'}) IN ('true', 't', '1', 'yes')"
    requests = f"TRY_CAST(coalesce({facts['requests']}, '1') AS DOUBLE)" if facts["requests"] else "1.0"
    tokens = ", ".join(f"{sum_tokens(chosen.tokens[kind], present)} AS {kind}_tokens" for kind in TOKENS)
    many = "true" if chosen.is_bucket and not facts["requests"] else f"coalesce({requests} > 1, false)"
    provider = f"coalesce({facts['provider'] or 'NULL'}, {quote_text(chosen.provider or '')})"
    return f"""
        SELECT
            {read_time(str(facts["time"]))} AS time,
            lower(trim({provider})) AS provider,
            lower(trim(coalesce({facts["model"]}, ''))) AS model,
            CASE WHEN {is_batch} THEN 'batch' ELSE CASE {stated} {names} ELSE 'unknown' END END AS service_tier,
            {requests} AS requests,
            {many} AS is_bucket,
            {tokens}
        FROM {scan}
    """


def sum_tokens(columns: Sequence[str], present: Mapping[str, str]) -> str:
    """SQL of a kind of tokens: the sum of the columns that the log has; null where one is no number."""
    parts = [f"TRY_CAST(coalesce({present[name]}, '0') AS DOUBLE)" for name in columns if name in present]
    return " + ".join(parts) or "0.0"


def read_time(column: str) -> str:
    """SQL of a time: ISO 8601, in UTC where it has no zone, or seconds or milliseconds since 1970."""
    number = f"TRY_CAST({column} AS DOUBLE)"
    seconds = f"CASE WHEN {number} > 1e11 THEN {number} / 1000 ELSE {number} END"
    return f"coalesce(TRY_CAST({column} AS TIMESTAMPTZ), to_timestamp({seconds}))"


def quote_text(text: str) -> str:
    """A text as an SQL literal."""
    return "'{}'".format(text.replace("'", "''"))


def quote_name(name: str) -> str:
    """A name as an SQL identifier."""
    return '"{}"'.format(name.replace('"', '""'))
