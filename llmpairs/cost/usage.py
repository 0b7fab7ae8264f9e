"""Pricing a usage log: each line at the prices that were valid at its time, in DuckDB and in flat memory.

Two passes over the file: the first collects the distinct names and days, whose prices are looked up once; the second
joins each line with them, so that no line is sorted or held.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from llmpairs.cost.usage_format import load_usage_formats, open_usage_log, quote_text
from llmpairs.cost.usage_prices import price_names, read_query
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.query import fetch_typed
from llmpairs.warehouse.views import read_cost_macros

SETTINGS = """
    SET TimeZone = 'UTC';
    SET memory_limit = '1GB';
    SET enable_external_file_cache = false;
    SET disabled_optimizers = 'join_order,build_side_probe_side';
"""
"""No line is held: a file cache would keep the log, and a join that hashes the log instead of the prices its lines."""
DAYS = """
    SELECT DISTINCT provider, model, service_tier, coalesce(time, TIMESTAMPTZ '0001-01-01 00:00:00Z')::DATE AS day
    FROM usage_lines ORDER BY ALL
"""
"""The distinct names of a log, with their days; a line without a time counts to the first day of all."""
SUMMARY = """
    WITH sums AS (
        SELECT
            provider, model, model_id, strftime(time, '%Y-%m') AS month, reason,
            count(*) AS lines,
            sum(requests) AS requests,
            sum(input_tokens) AS input_tokens,
            sum(output_tokens) AS output_tokens,
            sum(cost_usd::DECIMAL(38, 12)) AS cost_usd,
            sum(low_usd::DECIMAL(38, 12)) AS low_usd,
            sum(high_usd::DECIMAL(38, 12)) AS high_usd,
            count(cost_usd) AS priced_lines,
            count(*) - count(high_usd) AS unbounded_lines
        FROM {priced}
        GROUP BY ALL
    )
    SELECT
        provider, model, model_id, month,
        sum(lines)::BIGINT AS lines,
        sum(requests) AS requests,
        sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens,
        coalesce(sum(cost_usd), 0)::DOUBLE AS cost_usd,
        coalesce(sum(low_usd), 0)::DOUBLE AS low_usd,
        coalesce(sum(high_usd), 0)::DOUBLE AS high_usd,
        sum(priced_lines)::BIGINT AS priced_lines,
        sum(unbounded_lines)::BIGINT AS unbounded_lines,
        string_agg(reason || ': ' || lines, '; ' ORDER BY lines DESC, reason) FILTER (reason IS NOT NULL) AS reasons
    FROM sums
    GROUP BY provider, model, model_id, month
    ORDER BY high_usd DESC, provider, model, month
"""


@dataclass(frozen=True, kw_only=True)
class UsageCost:
    """What the lines of one provider, model and month cost, USD."""

    provider: str
    """As the log names it; empty where it names none."""
    model: str
    """As the log names it."""
    model_id: str | None
    """Canonical model; None where the name is unknown."""
    month: str | None
    """Such as 2026-05; None for lines whose time cannot be read."""
    lines: int
    requests: float | None
    input_tokens: float | None
    output_tokens: float | None
    cost_usd: float
    """Sum over the lines whose cost is known."""
    low_usd: float
    """Sum of the lower bounds, known costs included."""
    high_usd: float
    """Sum of the upper bounds, known costs included."""
    priced_lines: int
    """Lines with a cost."""
    unbounded_lines: int
    """Lines without a cost and without bounds: they are in no sum."""
    reasons: str | None
    """Reasons of lines without an exact cost, the most frequent first, such as `model_unknown: 3`."""


def price_usage(
    release: duckdb.DuckDBPyConnection, as_of: datetime, path: Path, out: Path | None = None
) -> list[UsageCost]:
    """Price a usage log at the prices of a release with that as-of time; `out` gets the priced lines as Parquet.

    UsageFormatError for a file that is no usage log. A line that cannot be read keeps its place with a reason.
    """
    with duckdb.connect() as con:
        con.execute(SETTINGS)
        con.execute(read_cost_macros())
        con.execute(f"CREATE VIEW usage_lines AS {open_usage_log(con, path)}")
        spans = price_names(release, con.sql(DAYS).to_arrow_table())
        con.register("spans", spans)
        con.execute(f"CREATE MACRO release_as_of() AS TIMESTAMPTZ '{format_timestamp(as_of)}'")
        con.execute(f"CREATE MACRO long_write_factor() AS {load_usage_formats().long_write_factor}::DOUBLE")
        con.execute(read_query("usage_lines.sql"))
        if out is None:
            return summarise(con, "priced_lines")
        with replacing(out) as part:
            con.execute(f"COPY priced_lines TO {quote_text(part.as_posix())} (FORMAT parquet)")
            return summarise(con, f"read_parquet({quote_text(part.as_posix())})")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` that takes its place when it is complete."""
    part = path.with_name(f"{path.name}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def summarise(con: duckdb.DuckDBPyConnection, priced: str) -> list[UsageCost]:
    """Sums of priced lines by provider, model and month, the most expensive first.

    They are decimal, so that they are the same in any order of the lines.
    """
    return fetch_typed(con, UsageCost, SUMMARY.format(priced=priced))
