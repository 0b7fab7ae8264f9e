"""The commands `front` and `coverage`: charts in the terminal."""

import json
from typing import Annotated, Literal

import typer

from llmpairs.flows.commands.output import Release, Warehouse, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

ChartFormat = Annotated[Literal["text", "json"], typer.Option("--format", help="Output format.")]


def front(
    domain: Annotated[
        Literal["general", "coding", "agentic"], typer.Option(help="Domain of the quality index.")
    ] = "general",
    format_: ChartFormat = "text",
    release: Release = None,
    warehouse: Warehouse = None,
) -> None:
    """Plot best price against quality of all models, and list those that no other beats in both.

    Example: llmpairs front --domain coding
    """
    from llmpairs.terminal_charts import find_front, load_priced_models, render_front
    from llmpairs.warehouse.control_characters import escape_harmful, show_harmful
    from llmpairs.warehouse.query import connect

    with one_line_errors(), connect(warehouse_uri(warehouse), release) as con:
        models = load_priced_models(con, domain)
    if format_ == "json":
        print(escape_harmful(json.dumps({"models": models, "front": find_front(models)}, indent=1, ensure_ascii=False)))
    else:
        print(show_harmful(render_front(models, domain)), end="")


def coverage(
    runs: Annotated[int, typer.Option(help="Releases to show, the newest ones.", min=1)] = 30,
    format_: ChartFormat = "text",
    warehouse: Warehouse = None,
) -> None:
    """Plot the share of known values of each field over the last releases.

    Example: llmpairs coverage --runs 90
    """
    from llmpairs.terminal_charts import list_coverage, render_coverage
    from llmpairs.warehouse.log import read_log
    from llmpairs.warehouse.release_history import list_published
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        published = list(list_published(store).items())[-runs:]
        lines = list_coverage(
            read_log(store, "coverage", [run_id for run_id, _ in published]),
            {run_id: as_of.isoformat() for run_id, as_of in published},
        )
    if format_ == "json":
        print(json.dumps(lines, indent=1, ensure_ascii=False))
    else:
        print(render_coverage(lines), end="")
