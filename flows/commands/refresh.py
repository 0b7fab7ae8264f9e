"""Commands that make a night."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import (
    BLOCKED,
    DONE,
    FAILED,
    INTERRUPTED,
    SOURCE_FAILED,
    USAGE,
    Warehouse,
    leave,
    one_line_errors,
    read_moment,
    read_span,
    split_words,
)
from llmpairs.flows.runtime.settings import DASK_ENV, public_address, warehouse_uri

if TYPE_CHECKING:
    from llmpairs.flows.nightly.request import Wanted


LogFormat = Annotated[
    str | None,
    typer.Option(
        help="json: one JSON line per event on standard error; else LLMPAIRS_LOG.", show_default=False
    ),
]
NotifyUrl = Annotated[
    str | None,
    typer.Option(
        help="Webhook to tell how the night ended; else LLMPAIRS_NOTIFY_URL, which others cannot read.",
        show_default=False,
    ),
]


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
    wait: Annotated[
        str, typer.Option(help="How long to wait for a refresh that is running: 2h, 30m; 0m leaves at once.")
    ] = "0m",
    notify_url: NotifyUrl = None,
    log_format: LogFormat = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Dask cluster that makes the pairs: local:2, or a scheduler's address; else LLMPAIRS_DASK.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Crawl, normalise, check, pair and publish one night.

    Example: llmpairs refresh --archive nights/2026-05-18.warc.gz --archive reference.warc.gz --warehouse ./data
    """
    choose_log_format(log_format)
    if dask is not None:
        os.environ[DASK_ENV] = dask
    with one_line_errors():
        from llmpairs.flows.nightly.request import Wanted

        code = refresh_once(
            Wanted(
                warehouse=warehouse_uri(warehouse),
                archives=archive or [],
                as_of=read_moment(as_of),
                only=split_words(only),
                wait_seconds=read_span(wait, "--wait").total_seconds(),
                notify_url=read_notify_url(notify_url),
            ),
            strict,
        )
    raise typer.Exit(code)


def choose_log_format(given: str | None) -> None:
    """Take text or JSON lines for this process and those that it starts; exit 2 for another word."""
    from llmpairs.logs import LOG_ENV, set_up_logging

    if given not in (None, "text", "json"):
        raise leave(USAGE, f"--log-format {given} is not known; take text or json")
    if given is not None:
        os.environ[LOG_ENV] = given
        set_up_logging()


def read_notify_url(given: str | None) -> str | None:
    """The webhook's address; exit 2 when it is none."""
    from llmpairs.flows.nightly.notify import NotifyError, notify_url

    try:
        return notify_url(given)
    except NotifyError as error:
        raise leave(USAGE, str(error)) from None


def refresh_once(wanted: "Wanted", strict: bool) -> int:
    """Run one night, say how it ended, return the exit code."""
    from llmpairs.flows.nightly.plan import PlanError
    from llmpairs.flows.nightly.request import refresh_warehouse
    from llmpairs.flows.runtime.lock import NightRunningError
    from llmpairs.progress import Stages
    from llmpairs.spiders.archive import ArchiveError

    missing = [path for path in wanted.archives if not path.exists()]
    if missing:
        raise leave(USAGE, f"no archive at {missing[0]}")
    try:
        outcome = refresh_warehouse(wanted, Stages())
    except (PlanError, ArchiveError) as error:
        raise leave(USAGE if isinstance(error, PlanError) else FAILED, str(error)) from None
    except NightRunningError as error:
        raise leave(FAILED, str(error)) from None
    except KeyboardInterrupt:
        raise leave(INTERRUPTED, "interrupted; what readers have stays as it was") from None
    return conclude(public_address(wanted.warehouse), outcome, strict)


def conclude(uri: str, outcome: Any, strict: bool) -> int:
    """What a person reads last, and the exit code."""
    report = f"{uri.rstrip('/')}/runs/{outcome.run_id}/report.html"
    readers = "readers keep the last release" if outcome.parent_run_id else "readers have no release yet"
    if outcome.state == "failed":
        raise leave(FAILED, f"{outcome.error}; {readers}; report: {report}")
    if outcome.state == "blocked":
        for check in outcome.critical:
            rows = ", ".join(check["failing_keys"][:5])
            print(
                f"blocked by {check['suite']}: {check['check']}: {check['observed']} ({rows})",
                file=sys.stderr,
            )
        raise leave(BLOCKED, f"the gate blocked run {outcome.run_id}; {readers}; report: {report}")
    counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
    print(f"published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s")
    print(f"report: {report}")
    if outcome.error:
        print(f"after it was published: {outcome.error}", file=sys.stderr)
    if outcome.failed_sources:
        tell_failed_sources(outcome)
        if strict:
            return SOURCE_FAILED
    return DONE


def tell_failed_sources(outcome: Any) -> None:
    """Which sources failed, and for which of them earlier values stand in."""
    for told, names in (
        ("last good values kept", outcome.kept_sources),
        ("nothing earlier to keep", sorted(set(outcome.failed_sources) - set(outcome.kept_sources))),
    ):
        if names:
            print(f"failed sources, {told}: {', '.join(names)}", file=sys.stderr)
