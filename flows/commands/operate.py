"""Commands that keep nights coming, and say whether they do."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from llmpairs.flows.commands.console import (
    DONE,
    FAILED,
    USAGE,
    Format,
    Warehouse,
    leave,
    one_line_errors,
    read_span,
    split_words,
)
from llmpairs.flows.commands.refresh import LogFormat, NotifyUrl, choose_log_format, read_notify_url
from llmpairs.flows.runtime.settings import WAREHOUSE_ENV, public_address, warehouse_uri


def status(
    max_age: Annotated[
        str, typer.Option(help="Age from which the release is too old: 26h, 90m or 2d.")
    ] = "26h",
    format_: Format = "text",
    warehouse: Warehouse = None,
) -> None:
    """Say which release readers have, how old it is and how the last attempts went; exit 1 when it is too old.

    Example: llmpairs status --max-age 26h --format json
    """
    limit = read_span(max_age, "--max-age")
    with one_line_errors():
        from llmpairs.flows.ops.status import look_at, tell_status

        found = look_at(warehouse_uri(warehouse), limit, datetime.now(UTC))
    print(json.dumps(found, indent=1) if format_ == "json" else tell_status(found))
    if found["problem"]:
        raise leave(FAILED, found["problem"])


def serve(
    cron: Annotated[str, typer.Option(help="When a night starts, as cron writes it.")] = "0 3 * * *",
    timezone: Annotated[str, typer.Option(help="Zone of those times, such as Europe/Berlin.")] = "UTC",
    only: Annotated[str | None, typer.Option(help="Crawl only these sources, separated by commas.")] = None,
    port: Annotated[
        int,
        typer.Option(
            help="Loopback port of the Prefect server that is started when PREFECT_API_URL is unset."
        ),
    ] = 4200,
    notify_url: NotifyUrl = None,
    log_format: LogFormat = None,
    warehouse: Warehouse = None,
) -> None:
    """Start a live night by the clock, through Prefect, until interrupted; one at a time.

    Example: llmpairs serve --cron "0 3 * * *" --timezone Europe/Berlin --warehouse /srv/llmpairs
    """
    choose_log_format(log_format)
    refuse_bad_zone(timezone)
    read_notify_url(notify_url)
    uri = warehouse_uri(warehouse)
    # Through the environment, because parameters stand in Prefect's database and an address may hold credentials.
    os.environ[WAREHOUSE_ENV] = uri if "://" in uri else str(Path(uri).resolve())
    with one_line_errors():
        from llmpairs.flows.nightly.plan import refuse_unknown, try_writing
        from llmpairs.flows.ops.scheduler import ServerError, serve_nights
        from llmpairs.warehouse.store import open_store

        wanted = split_words(only)
        try:
            refuse_unknown(wanted)
            try_writing(open_store(uri))
            serve_nights(cron, timezone, {"only": wanted}, port, public_address(uri))
        except ServerError as error:
            raise leave(FAILED, str(error)) from None
        except ValueError as error:
            raise leave(USAGE, str(error)) from None
    raise typer.Exit(DONE)


def refuse_bad_zone(timezone: str) -> None:
    """Exit 2 for a zone that is none, before a server is started for it."""
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise leave(USAGE, f"--timezone {timezone!r} is not known; write Europe/Berlin") from None
