"""Commands that hand a release on."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.console import Warehouse, one_line_errors
from flows.settings import warehouse_uri

Release = Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")]
Restricted = Annotated[
    bool,
    typer.Option(
        "--include-restricted", help="Also what its source's terms forbid to pass on, for your own use."
    ),
]


def export_release(
    out: Annotated[Path, typer.Option(help="Folder to write; new or empty.")],
    release: Release = None,
    include_restricted: Restricted = False,
    warehouse: Warehouse = None,
) -> None:
    """Write a release as a Frictionless data package: Parquet tables, datapackage.json, README.

    Example: llmpairs export release --out llmpairs-2026-05-18
    """
    from transforms.pairs.scenarios import list_workloads, load_scenarios
    from warehouse.package import write_package
    from warehouse.releases import require_current
    from warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        run_id = release or require_current(store)
        package = write_package(
            store,
            run_id,
            out,
            list_workloads(load_scenarios()),
            include_restricted=include_restricted,
            say=lambda table: print(f"  {table}", file=sys.stderr),
        )
    tables = [resource for resource in package["resources"] if "parts" in resource]
    size = sum(resource["bytes"] for resource in tables)
    print(f"{out}: release {run_id}, {len(tables)} tables, {size / 1e6:,.0f} MB")
    if package["left_out_sources"]:
        names = ", ".join(package["left_out_sources"])
        print(
            f"left out, because their terms forbid passing them on: {names} (--include-restricted keeps them)"
        )
