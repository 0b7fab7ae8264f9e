"""The command `report`: the data-quality report of a run."""

import json
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import USAGE, Warehouse, exit_with, one_line_errors, require_known
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from llmpairs.warehouse.store import Store


def report(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="Run id; default: the last run.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    format_: Annotated[Literal["md", "html", "json"], typer.Option("--format", help="Output format.")] = "md",
    warehouse: Warehouse = None,
) -> None:
    """Print the data-quality report of a run, or show it as a page: what is wrong, and what to do first.

    Example: llmpairs report --open
    """
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        run_id = run or find_last_run(store)
        require_known(run_id, list_reported_runs(store), "RUN")
        name = f"runs/{run_id}/report.{'html' if open_ else format_}"
        text = store.read_bytes(name)
        if not open_:
            print(text.decode(), end="")
            return
        path = store.local_path(name)
        if path is None:
            path = Path(mkdtemp(prefix="llmpairs-")) / "report.html"
            path.write_bytes(text)
    typer.launch(path.as_uri())


def find_last_run(store: "Store") -> str:
    """The run that ended last; exit 2 where there is none."""
    from llmpairs.flows.nightly.report import LATEST

    if store.exists(LATEST):
        return str(json.loads(store.read_bytes(LATEST))["run_id"])
    known = list_reported_runs(store)
    if not known:
        raise exit_with(USAGE, f"{store.name} has no report yet; `llmpairs refresh` writes one")
    return known[-1]


def list_reported_runs(store: "Store") -> list[str]:
    """Runs that have a report, in order of their as-of times."""
    from llmpairs.warehouse.manifest import run_order

    names = store.list_files("runs")
    return sorted((name.split("/")[1] for name in names if name.endswith("/report.html")), key=run_order)
