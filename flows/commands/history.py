"""The command that shows prices over time."""

import csv
import json
import sys
from typing import Annotated

import typer

from llmpairs.flows.commands.console import USAGE, Warehouse, leave, one_line_errors, read_day
from llmpairs.flows.runtime.settings import warehouse_uri

FORMATS = ("text", "json", "csv")


def history(
    model: Annotated[str, typer.Argument(help="Model id, slug, display name or bare name.")],
    field: Annotated[
        str | None,
        typer.Option(help="One price: input, output, cache_read or cache_write; else input and output."),
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="text, json or csv.")] = "text",
    known_at: Annotated[
        str | None, typer.Option(help="Show what was known at this time, or at the end of this day (UTC).")
    ] = None,
    release: Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Print and plot the prices of a model's routes over time; corrections are marked, with what was said before.

    Example: llmpairs history gpt-oss-120b --field input
    """
    from llmpairs.model_lookup import UnknownModelError, find_model
    from llmpairs.price_history import describe_history, render_history
    from llmpairs.warehouse.query import connect

    if format_ not in FORMATS:
        raise leave(USAGE, f"--format {format_} is not known; take {', '.join(FORMATS)}")
    fields = read_fields(field)
    day = read_day(known_at, "--known-at")
    with one_line_errors(), connect(warehouse_uri(warehouse), release, known_at=day) as con:
        try:
            page = describe_history(con, find_model(con, model), fields)
        except UnknownModelError as error:
            raise leave(USAGE, str(error)) from None
    if format_ == "json":
        print(json.dumps(page, indent=1, ensure_ascii=False))
    elif format_ == "csv":
        print_csv(page["spans"])
    else:
        print(render_history(page, blocks=(sys.stdout.encoding or "").lower().startswith("utf")), end="")


def read_fields(given: str | None) -> tuple[str, ...]:
    """The price fields that an option names, with or without their unit."""
    from llmpairs.warehouse.vocabulary import PRICE_FIELDS

    if given is None:
        return PRICE_FIELDS[:2]
    wanted = given if given.endswith("_usd_per_mtok") else f"{given}_usd_per_mtok"
    if wanted not in PRICE_FIELDS:
        known = ", ".join(name.removesuffix("_usd_per_mtok") for name in PRICE_FIELDS)
        raise leave(USAGE, f"{given!r} is no price; take one of {known}")
    return (wanted,)


def print_csv(spans: list[dict[str, object]]) -> None:
    """Spans with a header; an empty cell is a null, and no cell is a formula."""
    from llmpairs.flows.commands.tables import neutralise
    from llmpairs.warehouse.contracts.offers import PRICE_HISTORY

    writer = csv.DictWriter(
        sys.stdout, PRICE_HISTORY.column_names, extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows({name: neutralise(value) for name, value in span.items()} for span in spans)
