"""Commands that keep releases: list, verify, go back, prune."""

from typing import Annotated, Any

import typer

from llmpairs.flows.commands.console import FAILED, Format, Warehouse, leave, one_line_errors, show_rows
from llmpairs.flows.runtime.settings import warehouse_uri


def releases(
    verify: Annotated[bool, typer.Option("--verify", help="Compare every file with its manifest.")] = False,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """List releases; the current one is marked.

    Example: llmpairs releases --verify
    """
    from llmpairs.warehouse.releases import current_run_id, list_releases, read_manifest, verify_release
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        current = current_run_id(store)
        damaged = False
        rows = []
        for run_id in list_releases(store):
            manifest = read_manifest(store, run_id)
            row: dict[str, Any] = {
                "run_id": run_id, "current": "current" if run_id == current else "", "parent": manifest.parent_run_id,
                **{name: manifest.rows(name) for name in ("models", "offers", "pairs")},
                "bytes": sum(entry.bytes for entry in manifest.files),
            }  # fmt: skip
            if verify:
                problems = verify_release(store, run_id)
                damaged = damaged or bool(problems)
                row["problems"] = "; ".join(problems) or "none"
            rows.append(row)
        show_rows(rows, format_ == "json")
    if damaged:
        raise leave(FAILED, "a release is damaged; `llmpairs rollback` goes back to a sound one")


def rollback(
    to: Annotated[str | None, typer.Argument(help="Run id; else the release before the current one.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Make an earlier release current again; nothing is deleted.

    Example: llmpairs rollback 20260608T235900Z
    """
    from llmpairs.warehouse.releases import rollback as go_back
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        print(f"current is now {go_back(open_store(warehouse_uri(warehouse)), to)}")


def prune(
    keep_daily: Annotated[int, typer.Option(help="Newest releases to keep, one a day.", min=0)] = 14,
    keep_weekly: Annotated[int, typer.Option(help="Of older ones, one a week.", min=0)] = 8,
    keep_monthly: Annotated[int, typer.Option(help="Of older ones, one a month.", min=0)] = 12,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    warehouse: Warehouse = None,
) -> None:
    """Delete old releases; logs, reports, decisions and archives stay.

    Example: llmpairs prune --dry-run
    """
    from llmpairs.warehouse.retention import prune as prune_releases
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        gone = prune_releases(
            open_store(warehouse_uri(warehouse)), keep_daily, keep_weekly, keep_monthly, dry_run=dry_run
        )
    print(
        f"{'would delete' if dry_run else 'deleted'} {len(gone)} releases{': ' if gone else ''}{', '.join(gone)}"
    )
