"""The commands `release ...`: list, compare, verify, roll back and prune releases."""

from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.output import (
    FAILED,
    Command,
    Format,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_duration,
    print_json,
    print_rows,
    require_known,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmpairs.warehouse.diff import TableDiff
    from llmpairs.warehouse.store import Store


def release_list(format_: Format = "text", warehouse: Warehouse = None) -> None:
    """List the releases that the warehouse keeps; the live one is marked.

    Example: llmpairs release list
    """
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        print_rows(describe_releases(open_store(warehouse_uri(warehouse))), format_)


def release_verify(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Run id; default: every release.")] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            help="Minisign public key that must have signed them; default: LLMPAIRS_PUBLIC_KEY, then none.",
            envvar="LLMPAIRS_PUBLIC_KEY",
            show_default=False,
            show_envvar=False,
        ),
    ] = None,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Compare the files of the releases with their manifests, and these with their parents, decisions and signatures.

    Exit 1 when a release is damaged or was changed. Without a key signatures are not checked.

    Example: llmpairs release verify 20260608T235900Z
    """
    from llmpairs.warehouse.releases import list_releases, verify_release
    from llmpairs.warehouse.store import open_store
    from llmpairs.warehouse.verification import verify_provenance

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        require_known(run, list_releases(store), "RUN")
        rows = [row for row in describe_releases(store) if run in (None, row["run_id"])]
        problems = {
            row["run_id"]: verify_release(store, row["run_id"]) + verify_provenance(store, row["run_id"], key)
            for row in rows
        }
        print_rows([{**row, "problems": "; ".join(problems[row["run_id"]]) or "none"} for row in rows], format_)
    if any(problems.values()):
        raise exit_with(FAILED, "a release is damaged; `llmpairs release rollback` returns to a sound one")


def describe_releases(store: "Store") -> list[dict[str, Any]]:
    """A row for each release: run id, whether it is live, parent, row counts and bytes."""
    from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest

    live = current_run_id(store)
    manifests = [read_manifest(store, run_id) for run_id in list_releases(store)]
    return [
        {
            "run_id": manifest.run_id, "current": "current" if manifest.run_id == live else "",
            "parent": manifest.parent_run_id,
            **{name: manifest.rows(name) for name in ("models", "offers", "pairs")},
            "bytes": sum(entry.bytes for entry in manifest.files),
        }
        for manifest in manifests
    ]  # fmt: skip


def release_rollback(
    to: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Run id; default: the release before the live one.")
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Make an earlier release live again; nothing is deleted.

    Example: llmpairs release rollback 20260608T235900Z
    """
    from llmpairs.warehouse.releases import rollback
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        print(f"live release: {rollback(open_store(warehouse_uri(warehouse)), to)}")


def release_prune(
    keep_daily: Annotated[int, typer.Option(help="Newest releases to keep, one a day.", min=0)] = 14,
    keep_weekly: Annotated[int, typer.Option(help="Older ones to keep, one a week.", min=0)] = 8,
    keep_monthly: Annotated[int, typer.Option(help="Older ones to keep, one a month.", min=0)] = 12,
    evidence_older_than: Annotated[
        str | None,
        typer.Option(
            help="Also delete older archives, landed lines and crawl logs, such as 400d, which no kept release needs.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Delete old releases, and with --evidence-older-than their evidence; log tables, reports and decisions stay.

    Example: llmpairs release prune --evidence-older-than 400d --dry-run
    """
    from llmpairs.warehouse.evidence_retention import list_old_evidence, prune_evidence
    from llmpairs.warehouse.lease import join_lease
    from llmpairs.warehouse.releases import list_releases
    from llmpairs.warehouse.retention import prune
    from llmpairs.warehouse.store import open_store

    age, now = None, datetime.now(UTC)
    if evidence_older_than is not None:
        age = parse_duration(evidence_older_than, "--evidence-older-than")
    with one_line_errors(), ExitStack() as stack:
        store = open_store(warehouse_uri(warehouse))
        if not dry_run:
            stack.enter_context(join_lease(store, "prune"))  # what is listed stays what is deleted
        gone = prune(store, keep_daily, keep_weekly, keep_monthly, dry_run=True)
        kept = [run_id for run_id in list_releases(store) if run_id not in gone]
        files = list_old_evidence(store, now - age, kept) if age is not None else []
        if not dry_run:
            prune(store, keep_daily, keep_weekly, keep_monthly)
            prune_evidence(store, files, now)
    done = "would delete" if dry_run else "deleted"
    print(f"{done} {len(gone)} releases{': ' if gone else ''}{', '.join(gone)}")
    if age is not None:
        print("\n".join([f"{done} {len(files)} files of evidence", *files]))


def release_diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="Run id of a release.")],
    after: Annotated[str, typer.Argument(metavar="RUN", help="Run id of the other release.")],
    table: Annotated[
        list[str] | None,
        typer.Option(help="Only this table; repeatable. facts, pairs and pair_changes are compared when named here."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows to show of each table and kind.", min=0)] = 5,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Compare two releases: rows added, removed and changed by key, by column, and checks with another result.

    Example: llmpairs release diff 20260608T235900Z 20260609T235900Z --table offers
    """
    from llmpairs.warehouse.contracts import RELEASE_TABLES
    from llmpairs.warehouse.diff import compare_checks, compare_releases
    from llmpairs.warehouse.store import open_store

    for name in table or []:
        require_known(name, [each.name for each in RELEASE_TABLES], "--table")
    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        tables = compare_releases(store, before, after, table or [], limit)
        checks = compare_checks(store, before, after)
    if format_ == "json":
        print_json({"before": before, "after": after, "tables": [asdict(each) for each in tables], "checks": checks})
        return
    print("\n".join([*(line for each in tables for line in format_table_diff(each)), *format_checks(checks)]))


def format_table_diff(diff: "TableDiff") -> list[str]:
    """Lines on the differences of a table."""
    counts = f"{diff.added:,} added, {diff.removed:,} removed, {diff.changed:,} changed"
    lines = [f"{diff.table}: {diff.before:,} rows before, {diff.after:,} after: {counts}"]
    if diff.columns:
        lines.append("  columns: " + ", ".join(f"{name} {count:,}" for name, count in diff.columns.items()))
    for row in diff.rows:
        key = {name: value for name, value in row.items() if name not in ("what", "columns")}
        lines.append(f"  {row['what']} {' | '.join(map(str, key.values()))}")
        lines += [f"    {column}" for column in row.get("columns", [])]
    return [*lines, ""]


def format_checks(checks: "Sequence[Mapping[str, Any]]") -> list[str]:
    """Lines on the checks with another result, before and after."""
    if not checks:
        return ["checks: the same results"]
    lines = [f"checks: {len(checks)} with another result, before -> after, with the rows that failed"]
    for row in checks:
        sides = [
            row[side] if row[f"failed_{side}"] is None else f"{row[side]} {row[f'failed_{side}']:,}"
            for side in ("before", "after")
        ]
        lines.append(f"  {row['severity']:<8} {' -> '.join(sides)}  {row['suite']}: {row['check']}")
    return lines


COMMANDS: dict[str, Command] = {
    "list": release_list,
    "diff": release_diff,
    "verify": release_verify,
    "rollback": release_rollback,
    "prune": release_prune,
}
