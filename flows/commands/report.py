"""Commands of the morning: read the report, compare two releases, publish a blocked night that was judged."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import BLOCKED, FAILED, USAGE, Format, Warehouse, leave, one_line_errors
from llmpairs.flows.runtime.settings import public_address, warehouse_uri

if TYPE_CHECKING:
    from llmpairs.warehouse.diff import TableDiff
    from llmpairs.warehouse.store import Store


def report(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Run id; else the attempt that ended last.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    format_: Annotated[str, typer.Option("--format", help="md or html.")] = "md",
    warehouse: Warehouse = None,
) -> None:
    """Print the data-quality report of an attempt, or show it as a page: what is wrong, and what to do first.

    Example: llmpairs report --open
    """
    if format_ not in ("md", "html"):
        raise leave(USAGE, f"--format {format_} is not known; take md or html")
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        name = f"runs/{run or find_latest(store)}/report.{'html' if open_ else format_}"
        if not store.exists(name):
            raise leave(
                USAGE,
                f"{store.name} has no {name}; runs with a report: {', '.join(list_reported(store)[-3:])}",
            )
        text = store.read_bytes(name)
        if not open_:
            print(text.decode(), end="")
            return
        path = store.local_path(name)
        if path is None:
            path = Path(mkdtemp(prefix="llmpairs-")) / "report.html"
            path.write_bytes(text)
    typer.launch(path.as_uri())


def find_latest(store: "Store") -> str:
    """The attempt that ended last; exit 2 where none has."""
    from llmpairs.flows.nightly.report import LATEST

    if store.exists(LATEST):
        return str(json.loads(store.read_bytes(LATEST))["run_id"])
    known = list_reported(store)
    if not known:
        raise leave(USAGE, f"{store.name} has no report yet; `llmpairs refresh` writes one")
    return known[-1]


def list_reported(store: "Store") -> list[str]:
    """Attempts that have a report, in order of their moments."""
    from llmpairs.warehouse.manifest import run_order

    return sorted(
        (name.split("/")[1] for name in store.list_files("runs") if name.endswith("/report.md")),
        key=run_order,
    )


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="Run id of a release.")],
    after: Annotated[str, typer.Argument(metavar="RUN", help="Run id of the other release.")],
    table: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this table; repeatable. facts, pairs and pair_changes are compared when named here."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows to show of each table and kind.", min=0)] = 5,
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Compare two releases: rows added, removed and changed in each table, and the checks that came out otherwise.

    Example: llmpairs diff 20260608T235900Z 20260609T235900Z --table offers
    """
    from llmpairs.flows.commands.tables import refuse_format
    from llmpairs.warehouse.contracts import RELEASE_TABLES

    refuse_format(format_, ("text", "json"))
    known = [contract.name for contract in RELEASE_TABLES]
    strange = sorted(set(table or ()) - set(known))
    if strange:
        raise leave(USAGE, f"no table {', '.join(strange)}; take {', '.join(known)}")
    with one_line_errors():
        from llmpairs.warehouse.diff import compare_releases, compare_verdicts
        from llmpairs.warehouse.store import open_store

        store = open_store(warehouse_uri(warehouse))
        tables = compare_releases(store, before, after, table or [], limit)
        verdicts = compare_verdicts(store, before, after)
    if format_ == "json":
        found = {
            "before": before,
            "after": after,
            "tables": [asdict(one) for one in tables],
            "checks": verdicts,
        }
        print(json.dumps(found, indent=1, ensure_ascii=False, default=str))
        return
    print("\n".join([*(line for one in tables for line in tell_table(one)), *tell_verdicts(verdicts)]))


def tell_table(found: "TableDiff") -> list[str]:
    """A table's differences in a few lines."""
    counts = f"{found.added:,} added, {found.removed:,} removed, {found.changed:,} changed"
    lines = [f"{found.table}: {found.before:,} rows before, {found.after:,} after: {counts}"]
    if found.columns:
        lines.append("  columns: " + ", ".join(f"{name} {count:,}" for name, count in found.columns.items()))
    for row in found.rows:
        what, columns = row.pop("what"), row.pop("columns", [])
        lines.append(f"  {what} {' | '.join(map(str, row.values()))}")
        lines += [f"    {column}" for column in columns]
    return [*lines, ""]


def tell_verdicts(verdicts: list[dict[str, Any]]) -> list[str]:
    """Checks that came out otherwise, both results side by side."""
    if not verdicts:
        return ["checks: the same results"]
    lines = [f"checks: {len(verdicts)} with another result, before -> after, with the rows that failed"]
    for row in verdicts:
        sides = [
            row[side] if row[f"failed_{side}"] is None else f"{row[side]} {row[f'failed_{side}']:,}"
            for side in ("before", "after")
        ]
        lines.append(f"  {row['severity']:<8} {' -> '.join(sides)}  {row['suite']}: {row['check']}")
    return lines


def publish(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id of a blocked night.")],
    override: Annotated[
        list[str],
        typer.Option(help='A critical check that failed, "suite: check" as the report names it; repeatable.'),
    ],
    reason: Annotated[str, typer.Option(help="Why its rows are right, in a sentence.")],
    evidence: Annotated[
        str | None,
        typer.Option(help="Where you looked; else the report of the blocked night.", show_default=False),
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who decides; else the user of this machine.", show_default=False)
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Publish a blocked night over the named checks: made again from what it landed, and checked again.

    Any other critical failure still blocks. The decision stands in the log, the manifest and the report.

    Example: llmpairs publish 20260609T235900Z --override "offers: a price is in US dollars" --reason "the page says so"
    """
    from llmpairs.flows.commands.decide import current_user
    from llmpairs.flows.commands.refresh import conclude
    from llmpairs.flows.nightly.override import Override, OverrideError, StillBlockedError, publish_over
    from llmpairs.flows.runtime.lock import NightRunningError
    from llmpairs.progress import Stages

    if not reason.strip():
        raise leave(USAGE, "an override needs a reason: --reason says why the rows are right")
    uri = warehouse_uri(warehouse)
    decided = Override(
        run_id=run,
        checks=tuple(dict.fromkeys(override)),
        reason=reason.strip(),
        evidence=(evidence or "").strip() or f"runs/{run}/report.html",
        decided_by=by or current_user(),
    )
    with one_line_errors():
        try:
            outcome = publish_over(uri, decided, Stages())
        except OverrideError as error:
            raise leave(USAGE, str(error)) from None
        except StillBlockedError as error:
            raise leave(BLOCKED, str(error)) from None
        except NightRunningError as error:
            raise leave(FAILED, str(error)) from None
    raise typer.Exit(conclude(public_address(uri), outcome, strict=False))
