"""The command `watch`: whether prices of some models changed, as an exit code for schedulers."""

from typing import Annotated

import typer

from llmpairs.flows.commands.output import CHANGED, USAGE, Warehouse, exit_with, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri


def watch(
    models: Annotated[list[str], typer.Argument(help="Model ids, slugs or names.")],
    above: Annotated[str, typer.Option(help="Leave out price changes of this size or less.")] = "0%",
    since: Annotated[
        str | None, typer.Option(help="Run id: every release after it; default: the live release only.")
    ] = None,
    warehouse: Warehouse = None,
) -> None:
    """Print price changes and retirements of models; exit code 5 if there are any, 0 if there are none.

    Example: llmpairs watch gpt-oss-120b "Claude Sonnet 4.5" --above 10%
    """
    from llmpairs.exports.reader_events import EventFilter, load_events, select_events
    from llmpairs.model_lookup import find_model
    from llmpairs.warehouse.errors import UnknownNameError
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    share, uri = parse_share(above), warehouse_uri(warehouse)
    with one_line_errors(), connect(uri) as con:
        store = open_store(uri)
        try:
            ids = [find_model(con, name) for name in models]
        except UnknownNameError as error:
            raise exit_with(USAGE, str(error)) from None
        live = require_current(store)
        events = load_events(con, [live] if since is None else list_later(uri, since, live))
    filters = [EventFilter(kind="price", above=share), EventFilter(kind="retirement")]
    found = [event for event in select_events(events, filters) if event.model_id in ids]
    for event in found:
        print(event.text)
    if found:
        raise typer.Exit(CHANGED)
    print(f"nothing changed by more than {above} in release {live}" + (f" since {since}" if since else ""))


def parse_share(text: str) -> float:
    """A percentage as a share; exit 2 for anything else."""
    number = text.removesuffix("%")
    if not number.replace(".", "", 1).isdigit():
        raise exit_with(USAGE, f"--above: {text!r} is not a percentage; write 10%")
    return float(number) / 100


def list_later(uri: str, since: str, until: str) -> list[str]:
    """Published releases after one and up to another; exit 2 where the first was never published."""
    from llmpairs.warehouse.manifest import run_order
    from llmpairs.warehouse.release_history import list_published
    from llmpairs.warehouse.store import open_store

    published = list(list_published(open_store(uri)))
    if since not in published:
        raise exit_with(USAGE, f"--since: no release {since} was published; `llmpairs release list` lists them")
    return [run_id for run_id in published if run_order(since) < run_order(run_id) <= run_order(until)]
