"""The commands `status` and `schedule`: is the data fresh, and run the pipeline by the clock."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from llmpairs.flows.commands.output import (
    FAILED,
    USAGE,
    Format,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_duration,
    split_list,
)
from llmpairs.flows.commands.refresh import (
    LogFormat,
    NotifyUrl,
    Only,
    choose_log_format,
    parse_notify_changes,
    parse_notify_url,
)
from llmpairs.flows.runtime.settings import WAREHOUSE_ENV, public_address, warehouse_uri


def status(
    max_age: Annotated[str, typer.Option(help="Age above which the release is stale: 26h, 90m or 2d.")] = "26h",
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show the live release, its age and the last runs; exit 1 when it is stale.

    Example: llmpairs status --max-age 26h --format json
    """
    limit = parse_duration(max_age, "--max-age")
    with one_line_errors():
        from llmpairs.flows.ops.status import check_status, render_status

        found = check_status(warehouse_uri(warehouse), limit, datetime.now(UTC))
    print(json.dumps(found, indent=1) if format_ == "json" else render_status(found))
    if found["problem"]:
        raise exit_with(FAILED, found["problem"])


def schedule(
    cron: Annotated[str, typer.Option(help="When runs start, in cron syntax.")] = "0 3 * * *",
    timezone: Annotated[str, typer.Option(help="Time zone of the schedule, such as Europe/Berlin.")] = "UTC",
    only: Only = None,
    port: Annotated[
        int, typer.Option(help="Loopback port of the Prefect server started when PREFECT_API_URL is unset.")
    ] = 4200,
    notify_url: NotifyUrl = None,
    log_format: LogFormat = None,
    warehouse: Warehouse = None,
) -> None:
    """Run a live refresh by the clock through Prefect, one at a time, until interrupted.

    Example: llmpairs schedule --cron "0 3 * * *" --timezone Europe/Berlin --warehouse /srv/llmpairs
    """
    choose_log_format(log_format)
    require_timezone(timezone)
    parse_notify_url(notify_url)
    parse_notify_changes(None)
    uri = warehouse_uri(warehouse)
    # Through the environment: Prefect stores parameters in its database, and an address may hold credentials.
    os.environ[WAREHOUSE_ENV] = uri if "://" in uri else str(Path(uri).resolve())
    with one_line_errors():
        from llmpairs.flows.nightly.plan import check_sources_exist, check_writable
        from llmpairs.flows.ops.scheduler import ServerError, serve_schedule
        from llmpairs.warehouse.store import open_store

        sources = split_list(only)
        try:
            check_sources_exist(sources)
            check_writable(open_store(uri))
            serve_schedule(cron, timezone, {"only": sources}, port, public_address(uri))
        except ServerError as error:
            raise exit_with(FAILED, str(error)) from None
        except ValueError as error:
            raise exit_with(USAGE, str(error)) from None


def require_timezone(timezone: str) -> None:
    """Exit 2 for an unknown time zone, before a server is started for it."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise exit_with(USAGE, f"--timezone: {timezone!r} is unknown; write Europe/Berlin") from None
