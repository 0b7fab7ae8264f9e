"""Differences between two releases by table and key: rows added, removed and changed, and in which columns."""

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.query import fetch_rows, plain_types
from llmpairs.warehouse.releases import read_arrow
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store

VOLATILE_SUFFIXES = (
    "capture_id", "captured_at", "fact_id", "last_seen_at", "locator", "nights", "nights_seen", "observed_at",
    "oldest_fact_at", "pairs_affected", "rules_version",
)  # fmt: skip
"""Name endings of columns that differ between any two runs; they do not make a row changed."""
LARGE = ("facts", "pairs", "pair_changes")
"""Compared only on request: both releases' rows are held in memory, and many differ in every run."""


@dataclass(frozen=True, kw_only=True)
class TableDiff:
    """How one table differs."""

    table: str
    before: int
    """Rows of the first release."""
    after: int
    added: int
    removed: int
    changed: int
    """Rows with the same key and another value in at least one column; volatile columns do not count."""
    columns: dict[str, int]
    """Rows in which each column differs, most first, volatile columns included."""
    rows: list[dict[str, Any]]
    """A selection of rows: `what` happened, the key, and for a changed row its columns as before -> after."""


def compare_releases(store: Store, before: str, after: str, tables: list[str], most: int) -> list[TableDiff]:
    """The tables of two releases that differ at all, in the order of the contracts; `most` rows of each kind.

    Without `tables` all of them but LARGE. ReleaseError for an unknown release or table.
    """
    wanted = [contract_of(name) for name in tables] or [t for t in RELEASE_TABLES if t.name not in LARGE]
    found = (compare_table(store, before, after, contract, most) for contract in wanted)
    return [diff for diff in found if diff.added or diff.removed or diff.columns]


def compare_table(store: Store, before: str, after: str, contract: Table, most: int) -> TableDiff:
    """One table of both releases, joined by its key."""
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    for side, run_id in (("a", before), ("b", after)):
        rows = read_arrow(store, run_id, contract.name, contract.column_names)
        con.register(side, rows.cast(plain_types(rows.schema)))
    others = [name for name in contract.column_names if name not in contract.key]
    differs = {name: f"(a.{name} IS DISTINCT FROM b.{name})" for name in others}
    join = " AND ".join(f"a.{name} = b.{name}" for name in contract.key)
    counted = ", ".join(f"count(*) FILTER ({test}) AS {name}" for name, test in differs.items())
    compared = [name for name in others if not name.endswith(VOLATILE_SUFFIXES)]
    is_changed = " OR ".join(differs[name] for name in compared) or "false"
    both = fetch_rows(con, f"SELECT count(*) AS _rows, count(*) FILTER ({is_changed}) AS _changed"
                        f"{', ' if counted else ''}{counted} FROM a JOIN b ON {join}")[0]  # fmt: skip
    before_rows, after_rows = (fetch_rows(con, f"SELECT count(*) AS n FROM {side}")[0]["n"] for side in "ab")
    shared, changed = both.pop("_rows"), both.pop("_changed")
    columns = sorted((-count, name) for name, count in both.items() if count)
    shown = list_changed(con, contract, compared, join, most) if changed else []
    for what, side, other in (("removed", "a", "b"), ("added", "b", "a")):
        keys = ", ".join(f"{side}.{name}" for name in contract.key)
        shown += fetch_rows(con, f"SELECT '{what}' AS what, {keys} FROM {side} ANTI JOIN {other} ON {join} "
                              f"ORDER BY {keys} LIMIT {most}")  # fmt: skip
    return TableDiff(
        table=contract.name, before=before_rows, after=after_rows, added=after_rows - shared,
        removed=before_rows - shared, changed=changed, columns={name: -count for count, name in columns}, rows=shown,
    )  # fmt: skip


def list_changed(
    con: duckdb.DuckDBPyConnection, contract: Table, columns: list[str], join: str, most: int
) -> list[dict[str, Any]]:
    """Changed rows, those first whose numbers moved by the largest factor, then those with most columns changed."""
    keys = ", ".join(f"a.{name}" for name in contract.key)
    differs = [f"(a.{name} IS DISTINCT FROM b.{name})" for name in columns]
    factors = [
        f"CASE WHEN a.{name} > 0 AND b.{name} > 0 THEN abs(ln(b.{name} / a.{name})) ELSE 0 END"
        for name in columns
        if pa.types.is_floating(contract[name].type) or pa.types.is_integer(contract[name].type)
    ]
    furthest = [f"greatest({', '.join(factors)}) DESC"] if factors else []
    order = [*furthest, f"{' + '.join(f'{test}::INT' for test in differs)} DESC", keys]
    texts = ", ".join(
        f"CASE WHEN {test} THEN '{name}: ' || coalesce(a.{name}::VARCHAR, 'null') || ' -> ' || "
        f"coalesce(b.{name}::VARCHAR, 'null') END"
        for name, test in zip(columns, differs, strict=True)
    )
    return fetch_rows(
        con,
        f"""SELECT 'changed' AS what, {keys}, [one FOR one IN [{texts}] IF one IS NOT NULL] AS columns
            FROM a JOIN b ON {join} WHERE {" OR ".join(differs)}
            ORDER BY {", ".join(order)} LIMIT {most}""",
    )


def compare_checks(store: Store, before: str, after: str) -> list[dict[str, Any]]:
    """Checks whose outcome or figure differs between two runs, changed outcomes first, critical ones first."""
    con = duckdb.connect()
    for side, run_id in (("a", before), ("b", after)):
        rows = read_log_arrow(store, "quality_results", run_id)
        con.register(side, rows.cast(plain_types(rows.schema)))
    return fetch_rows(
        con,
        """FROM (
             SELECT suite, "check", coalesce(b.severity, a.severity) AS severity,
               coalesce(a.outcome, 'not made') AS before, coalesce(b.outcome, 'not made') AS after,
               a.rows_failed AS failed_before, b.rows_failed AS failed_after
             FROM a FULL JOIN b USING (suite, "check"))
           WHERE before <> after OR failed_before IS DISTINCT FROM failed_after
           ORDER BY before = after, array_position(['critical', 'warning', 'info'], severity), suite, "check" """,
    )
