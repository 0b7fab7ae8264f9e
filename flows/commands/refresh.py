"""The command `refresh`: one run of the pipeline."""

import os
import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import (
    BLOCKED,
    DONE,
    FAILED,
    INTERRUPTED,
    SOURCE_FAILED,
    TERMINATED,
    USAGE,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_duration,
    parse_time,
    print_line,
    split_list,
)
from llmpairs.flows.runtime.settings import DASK_ENV, public_address, warehouse_uri

if TYPE_CHECKING:
    from llmpairs.exports.reader_events import EventFilter
    from llmpairs.flows.nightly.request import RefreshRequest
    from llmpairs.flows.nightly.run import RunOutcome


LogFormat = Annotated[
    Literal["text", "json"] | None,
    typer.Option(
        help="json: one JSON line per event on standard error; default: LLMPAIRS_LOG, then text.", show_default=False
    ),
]
NotifyUrl = Annotated[
    str | None,
    typer.Option(
        help="Webhook for the outcome; default: LLMPAIRS_NOTIFY_URL, which the process list does not show.",
        show_default=False,
    ),
]
NotifyChanges = Annotated[
    str | None,
    typer.Option(
        help="Changes for the webhook: price, new_model, retirement, price>10%, price:anthropic/*>5%, by commas; "
        "default: LLMPAIRS_NOTIFY_CHANGES.",
        show_default=False,
    ),
]
Only = Annotated[str | None, typer.Option("--only", help="Crawl only these sources, separated by commas.")]


def refresh(
    archive: Annotated[
        list[Path] | None, typer.Option(help="WARC file or folder that answers instead of the network; repeatable.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="As-of time of the run; default: the archive's, then now.")] = None,
    warehouse: Warehouse = None,
    only: Only = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the last run after its crawl, when a later step failed.")
    ] = False,
    strict: Annotated[bool, typer.Option(help="Exit with code 4 when a configured source failed.")] = False,
    wait: Annotated[
        str, typer.Option(help="How long to wait for a refresh that is running, such as 2h; 0m: do not wait.")
    ] = "0m",
    notify_url: NotifyUrl = None,
    notify_changes: NotifyChanges = None,
    log_format: LogFormat = None,
    dask: Annotated[
        str | None,
        typer.Option(
            help="Dask cluster for the pairs: local:2 or a scheduler's address; default: LLMPAIRS_DASK.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Crawl, normalise, check, build pairs and publish one release.

    Example: llmpairs refresh --archive nights/2026-05-18.warc.gz --archive reference.warc.gz --warehouse ./data
    """
    choose_log_format(log_format)
    if dask is not None:
        os.environ[DASK_ENV] = dask
    if resume and (archive or as_of or only):
        raise exit_with(USAGE, "--resume takes archives, as-of time and sources from the run that it continues")
    with one_line_errors():
        from llmpairs.flows.nightly.request import RefreshRequest

        code = run_refresh(
            RefreshRequest(
                warehouse=warehouse_uri(warehouse),
                archives=archive or [],
                as_of=parse_time(as_of),
                only=split_list(only),
                resume=resume,
                wait_seconds=parse_duration(wait, "--wait").total_seconds(),
                notify_url=parse_notify_url(notify_url),
                notify_filters=parse_notify_changes(notify_changes),
            ),
            strict,
        )
    raise typer.Exit(code)


def choose_log_format(log_format: str | None) -> None:
    """Set text or JSON logs for this process and its child processes."""
    from llmpairs.logs import LOG_ENV, set_up_logging

    if log_format is not None:
        os.environ[LOG_ENV] = log_format
        set_up_logging()


def parse_notify_url(url: str | None) -> str | None:
    """The webhook's address from the option or the environment; exit 2 for an invalid one."""
    from llmpairs.flows.nightly.notify import NotifyError, notify_url

    try:
        return notify_url(url)
    except NotifyError as error:
        raise exit_with(USAGE, str(error)) from None


def parse_notify_changes(text: str | None) -> "tuple[EventFilter, ...]":
    """The changes for the webhook from the option or the environment; exit 2 for what is no filter."""
    from llmpairs.flows.nightly.notify import NotifyError, notify_filters

    try:
        return notify_filters(text)
    except NotifyError as error:
        raise exit_with(USAGE, str(error)) from None


def run_refresh(request: "RefreshRequest", strict: bool) -> int:
    """Run one refresh, print its outcome and return the exit code."""
    from llmpairs.flows.nightly.plan import PlanError
    from llmpairs.flows.nightly.request import refresh_warehouse
    from llmpairs.flows.runtime.lock import RefreshRunningError
    from llmpairs.progress import Progress
    from llmpairs.spiders.archive import ArchiveError

    missing = [path for path in request.archives if not path.exists()]
    if missing:
        raise exit_with(USAGE, f"--archive: {missing[0]} does not exist")
    signal.signal(signal.SIGTERM, raise_terminated)
    try:
        outcome = refresh_warehouse(request, Progress())
    except Terminated:
        raise exit_with(TERMINATED, "ended by SIGTERM; the live release is unchanged") from None
    except PlanError as error:
        raise exit_with(USAGE, str(error)) from None
    except (ArchiveError, RefreshRunningError) as error:
        raise exit_with(FAILED, str(error)) from None
    except KeyboardInterrupt:
        raise exit_with(INTERRUPTED, "interrupted; the live release is unchanged") from None
    return print_outcome(public_address(request.warehouse), outcome, strict)


class Terminated(KeyboardInterrupt):
    """SIGTERM: the run is recorded and its processes end, as after Ctrl-C."""


def raise_terminated(_number: int, _frame: FrameType | None) -> None:
    """The handler of SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated("ended by SIGTERM")


def print_outcome(uri: str, outcome: "RunOutcome", strict: bool) -> int:
    """Print how a run ended and return the exit code; exits when it failed or was blocked."""
    report = f"{uri.rstrip('/')}/runs/{outcome.run_id}/report.html"
    live = "the live release is unchanged" if outcome.parent_run_id else "there is no live release yet"
    if outcome.state == "failed":
        hint = "; `llmpairs refresh --resume` continues after the crawl" if outcome.is_crawl_finished else ""
        raise exit_with(FAILED, f"{outcome.error}; {live}{hint}; report: {report}")
    if outcome.state == "blocked":
        for check in outcome.critical:
            rows = ", ".join(check["failing_keys"][:5])
            text = f"blocked by {check['suite']}: {check['check']}: {check['observed']} ({rows})"
            print_line(text)
        reason = outcome.error or "a critical check failed"
        raise exit_with(BLOCKED, f"run {outcome.run_id} is blocked: {reason}; {live}; report: {report}")
    counts = ", ".join(f"{outcome.counts[name]:,} {name}" for name in ("models", "offers", "pairs"))
    print(f"published {outcome.run_id}: {counts}, in {outcome.seconds:.0f} s")
    print(f"report: {report}")
    if outcome.error:
        print_line(f"failed after publication: {outcome.error}")
    if outcome.failed_sources:
        print_failed_sources(outcome)
        if strict:
            return SOURCE_FAILED
    return DONE


def print_failed_sources(outcome: "RunOutcome") -> None:
    """Name the failed sources, and whether last known good values are carried forward."""
    lost = sorted(set(outcome.failed_sources) - set(outcome.kept_sources))
    for label, names in (("last known good values carried forward", outcome.kept_sources), ("no earlier values", lost)):
        if names:
            print_line(f"failed sources, {label}: {', '.join(names)}")
