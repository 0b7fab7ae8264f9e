"""The command `backfill`: replay many archived runs in order."""

import time
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmpairs.flows.commands.output import (
    BLOCKED,
    DONE,
    FAILED,
    INTERRUPTED,
    USAGE,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_day,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmpairs.flows.nightly.backfill import ArchivedRun, BackfillResult
    from llmpairs.flows.nightly.run import RunOutcome


def backfill(
    archive: Annotated[
        Path, typer.Option(help="Folder in which each WARC file or subfolder is a run, such as data/archive.")
    ],
    also: Annotated[
        list[Path] | None, typer.Option(help="WARC file or folder that every run reads after its own; repeatable.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-06-08 (UTC).")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day (UTC).")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Replay archived runs in order, with the result of running each one at its time.

    Runs that the warehouse already has from the same bytes are kept, so the same command continues an interrupted
    backfill. A run that the quality gate blocks is skipped; a run that fails ends the backfill.

    Example: llmpairs backfill --archive recorded --also reference.warc.gz --warehouse ./backfilled
    """
    uri = warehouse_uri(warehouse)
    days = parse_day(first, "--from"), parse_day(last, "--to")
    with one_line_errors():
        raise typer.Exit(run_in_order(uri, archive, also or [], days))


def run_in_order(uri: str, archive: Path, also: list[Path], days: tuple[date | None, date | None]) -> int:
    """Run the backfill under the warehouse's lock, print each outcome; returns the exit code."""
    from llmpairs.flows.nightly.backfill import list_archived_runs, run_backfill
    from llmpairs.flows.nightly.plan import PlanError
    from llmpairs.flows.runtime.lock import RefreshRunningError, lock_warehouse
    from llmpairs.spiders.archive import ArchiveError

    missing = [path for path in also if not path.exists()]
    if missing:
        raise exit_with(USAGE, f"--also: {missing[0]} does not exist")
    begin = time.monotonic()
    try:
        runs = choose_runs(list_archived_runs(archive, also), *days)
        with lock_warehouse(uri):
            span = f"from {runs[0].moment:%Y-%m-%d} to {runs[-1].moment:%Y-%m-%d}"
            print(f"{len(runs)} archived runs {span}, into {uri}")
            result = run_backfill(
                uri, runs, lambda number, run, outcome: print_run(f"{number}/{len(runs)}", run, outcome)
            )
    except PlanError as error:
        raise exit_with(USAGE, str(error)) from None
    except (ArchiveError, RefreshRunningError) as error:
        raise exit_with(FAILED, str(error)) from None
    except KeyboardInterrupt:
        raise exit_with(INTERRUPTED, "interrupted; the same command continues with the interrupted run") from None
    return print_result(uri, result, time.monotonic() - begin)


def choose_runs(runs: "list[ArchivedRun]", first: date | None, last: date | None) -> "list[ArchivedRun]":
    """The runs between two days, both included; exit 2 when there is none."""
    from llmpairs.warehouse.release_history import end_of_day

    start = end_of_day(first) if isinstance(first, datetime) else first and datetime.combine(first, clock.min, UTC)
    chosen = [
        run
        for run in runs
        if (start is None or run.moment >= start) and (last is None or run.moment <= end_of_day(last))
    ]
    if not chosen:
        days = f"{runs[0].moment:%Y-%m-%d} to {runs[-1].moment:%Y-%m-%d}"
        raise exit_with(USAGE, f"no archived run between --from and --to; the archive has {days}")
    return chosen


def print_run(position: str, run: "ArchivedRun", outcome: "RunOutcome | None") -> None:
    """One line for one run."""
    head = f"{position}  {run.moment:%Y-%m-%d}  {run.name}"
    if outcome is None:
        print(f"{head}: kept unchanged", flush=True)
    elif outcome.state == "published":
        counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
        print(f"{head}: published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s", flush=True)
    else:
        checks = "; ".join(f"{check['suite']}: {check['check']}" for check in outcome.critical)
        print(f"{head}: {outcome.state} {outcome.run_id}: {outcome.error or checks}", flush=True)


def print_result(uri: str, result: "BackfillResult", seconds: float) -> int:
    """Print the totals and return the exit code; exits when a run failed or was blocked."""
    totals = f"{len(result.published)} runs published, {len(result.kept)} kept, {len(result.blocked)} blocked"
    print(f"{totals}, in {seconds:.0f} s")
    print(*describe_history(uri), sep="\n")
    if result.failed is not None:
        failed = f"run {result.failed.run_id} failed: {result.failed.error}"
        raise exit_with(FAILED, f"{failed}; {result.left} later runs skipped; the same command continues with it")
    if result.blocked:
        reports = f"reports: {uri.rstrip('/')}/runs"
        raise exit_with(BLOCKED, f"the quality gate blocked {', '.join(result.blocked)}; {reports}")
    return DONE


def describe_history(uri: str) -> "Sequence[str]":
    """One line on the price history of the live release; empty without a release."""
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import current_run_id
    from llmpairs.warehouse.store import open_store

    if current_run_id(open_store(uri)) is None:
        return []
    with connect(uri) as con:
        offers, rows, corrections, first = con.execute(
            """SELECT count(DISTINCT offer_id), count(*), count(*) FILTER (reason = 'correction' AND known_to IS NULL),
                 min(known_from)::DATE::TEXT FROM price_history"""
        ).fetchall()[0]
        (changes,) = con.execute("SELECT count(*) FROM price_changes").fetchall()[0]
    size = f"price history since {first}: {rows:,} rows of {offers:,} offers"
    return [f"{size}, {changes:,} price changes, {corrections:,} corrected spans"]
