"""The command `history`: prices of a model over time."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Literal

import typer

from llmpairs.flows.commands.output import USAGE, Release, Warehouse, exit_with, one_line_errors, parse_day
from llmpairs.flows.runtime.settings import warehouse_uri


def history(
    model: Annotated[
        str, typer.Argument(help="Model id, slug, display name, bare name, or a seller's key of no known model.")
    ],
    field: Annotated[
        str | None, typer.Option(help="One price: input, output, cache_read or cache_write; else input and output.")
    ] = None,
    format_: Annotated[Literal["text", "json", "csv"], typer.Option("--format", help="Output format.")] = "text",
    known_at: Annotated[
        str | None, typer.Option(help="Show what was known at this time, or at the end of this day (UTC).")
    ] = None,
    release: Release = None,
    warehouse: Warehouse = None,
) -> None:
    """Print and plot the prices of a model's offers over time; corrections are marked, with the former value.

    Example: llmpairs history gpt-oss-120b --field input
    """
    from llmpairs.price_history import render_price_history
    from llmpairs.release import open as open_release
    from llmpairs.warehouse.query import to_plain

    fields = parse_price_fields(field)
    day = parse_day(known_at, "--known-at")
    with one_line_errors():
        page = open_release(warehouse_uri(warehouse), release=release).history(model, fields, known_at=day)
    if format_ == "json":
        print(json.dumps(asdict(page), indent=1, ensure_ascii=False, default=to_plain))
    elif format_ == "csv":
        print_csv([{name: to_plain(value) for name, value in asdict(span).items()} for span in page.spans])
    else:
        print(render_price_history(page, blocks=(sys.stdout.encoding or "").lower().startswith("utf")), end="")


def parse_price_fields(name: str | None) -> tuple[str, ...]:
    """The price fields that an option names, with or without their unit."""
    from llmpairs.warehouse.vocabulary import PRICE_FIELDS

    if name is None:
        return PRICE_FIELDS[:2]
    field = name if name.endswith("_usd_per_mtok") else f"{name}_usd_per_mtok"
    if field not in PRICE_FIELDS:
        known = ", ".join(name.removesuffix("_usd_per_mtok") for name in PRICE_FIELDS)
        raise exit_with(USAGE, f"{name!r} is not a price; known: {known}")
    return (field,)


def print_csv(spans: Sequence[Mapping[str, object]]) -> None:
    """Spans with a header; an empty cell is a null, and no cell is a formula."""
    from llmpairs.flows.commands.output import escape_formula
    from llmpairs.warehouse.contracts.offers import PRICE_HISTORY

    writer = csv.DictWriter(sys.stdout, PRICE_HISTORY.column_names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: escape_formula(value) for name, value in span.items()} for span in spans)
