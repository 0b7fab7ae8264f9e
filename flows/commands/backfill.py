"""The command that makes many archived nights again."""

import time
from datetime import UTC, date, datetime
from datetime import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmpairs.flows.commands.console import (
    BLOCKED,
    DONE,
    FAILED,
    INTERRUPTED,
    USAGE,
    Warehouse,
    leave,
    one_line_errors,
    read_day,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from llmpairs.flows.nightly.backfill import PastNight, Rebuilt
    from llmpairs.flows.nightly.run import Outcome


def rebuild(
    archive: Annotated[
        Path,
        typer.Option(help="Folder in which each WARC file or subfolder is a night, such as data/archive."),
    ],
    also: Annotated[
        list[Path] | None,
        typer.Option(help="WARC file or folder that answers on every night, after its own; repeatable."),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-06-08 (UTC).")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day (UTC).")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Replay many nights in order, as if each had been run when it came.

    Nights that the warehouse has from the same bytes are kept, so that the same command goes on where it stopped.
    A night that the gate blocks is passed over; one that fails ends the work.

    Example: llmpairs rebuild --archive nights --also reference.warc.gz --warehouse ./rebuilt
    """
    uri = warehouse_uri(warehouse)
    with one_line_errors():
        raise typer.Exit(
            rebuild_all(uri, archive, also or [], read_day(first, "--from"), read_day(last, "--to"))
        )


def rebuild_all(uri: str, archive: Path, also: list[Path], first: date | None, last: date | None) -> int:
    """Rebuild under the lock, say how each night ended and what came out; returns the exit code."""
    from llmpairs.flows.nightly.backfill import list_nights, rebuild
    from llmpairs.flows.nightly.plan import PlanError
    from llmpairs.flows.runtime.lock import NightRunningError, one_night
    from llmpairs.spiders.archive import ArchiveError

    missing = [path for path in also if not path.exists()]
    if missing:
        raise leave(USAGE, f"no archive at {missing[0]}")
    begin = time.monotonic()
    try:
        with one_night(uri):
            nights = choose_nights(list_nights(archive, also), first, last)
            print(
                f"{len(nights)} nights from {nights[0].moment:%Y-%m-%d} to {nights[-1].moment:%Y-%m-%d}, into {uri}"
            )
            result = rebuild(
                uri, nights, lambda number, night, outcome: tell(number, len(nights), night, outcome)
            )
    except (PlanError, ArchiveError) as error:
        raise leave(USAGE if isinstance(error, PlanError) else FAILED, str(error)) from None
    except NightRunningError as error:
        raise leave(FAILED, str(error)) from None
    except KeyboardInterrupt:
        raise leave(
            INTERRUPTED, "interrupted; the same command goes on with the night that was cut off"
        ) from None
    return conclude(uri, result, time.monotonic() - begin)


def choose_nights(nights: "list[PastNight]", first: date | None, last: date | None) -> "list[PastNight]":
    """The nights between two days, both included; leaves when there is none."""
    from llmpairs.warehouse.release_history import end_of

    start = (
        end_of(first) if isinstance(first, datetime) else first and datetime.combine(first, clock.min, UTC)
    )
    chosen = [
        night
        for night in nights
        if (start is None or night.moment >= start) and (last is None or night.moment <= end_of(last))
    ]
    if not chosen:
        days = f"{nights[0].moment:%Y-%m-%d} to {nights[-1].moment:%Y-%m-%d}"
        raise leave(USAGE, f"no night lies between --from and --to; the archive has {days}")
    return chosen


def tell(number: int, total: int, night: "PastNight", outcome: "Outcome | None") -> None:
    """One line for one night."""
    head = f"{number}/{total}  {night.moment:%Y-%m-%d}  {night.name}"
    if outcome is None:
        print(f"{head}: kept as it is", flush=True)
    elif outcome.state == "published":
        counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
        print(f"{head}: published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s", flush=True)
    else:
        why = outcome.error or "; ".join(f"{check['suite']}: {check['check']}" for check in outcome.critical)
        print(f"{head}: {outcome.state} {outcome.run_id}: {why}", flush=True)


def conclude(uri: str, result: "Rebuilt", seconds: float) -> int:
    """Sums, and the exit code."""
    told = f"{len(result.published)} nights published, {len(result.kept)} kept"
    print(f"{told}, {len(result.blocked)} blocked, in {seconds:.0f} s")
    print(*sum_up(uri), sep="\n")
    if result.failed is not None:
        raise leave(
            FAILED,
            f"run {result.failed.run_id} failed: {result.failed.error}; {result.left} nights after it were not tried, "
            "the same command goes on with it",
        )
    if result.blocked:
        raise leave(
            BLOCKED, f"the gate blocked {', '.join(result.blocked)}; reports are in {uri.rstrip('/')}/runs"
        )
    return DONE


def sum_up(uri: str) -> list[str]:
    """What the current release's price history holds, in a line; nothing without a release."""
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
    told = f"price history since {first}: {rows:,} rows of {offers:,} offers"
    return [f"{told}, {changes:,} changes of a price, {corrections:,} corrected spans"]
