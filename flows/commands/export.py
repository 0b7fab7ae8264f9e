"""Commands that hand a release on."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from llmpairs.flows.commands.console import USAGE, Warehouse, leave, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

Release = Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")]
Restricted = Annotated[
    bool,
    typer.Option(
        "--include-restricted", help="Also what its source's terms forbid to pass on, for your own use."
    ),
]


def export_pairs(
    out: Annotated[Path, typer.Option(help="Folder to write; new or empty.")],
    since: Annotated[
        str | None,
        typer.Option(help="Run id of a kept release: only pairs that differ from its. Else all pairs."),
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="jsonl or parquet.")] = "jsonl",
    shards: Annotated[
        int, typer.Option(help="Number of files; a pair always stands in the same.", min=1)
    ] = 1,
    base_url: Annotated[
        str, typer.Option(help="Address of the site; else addresses are relative to it.")
    ] = "",
    release: Release = None,
    include_restricted: Restricted = False,
    warehouse: Warehouse = None,
) -> None:
    """Write the pairs that changed, or all, for a publisher: address, redirects, what changed and why, JSON-LD.

    Example: llmpairs export pairs --since 20260608T235900Z --format jsonl --shards 4 --out changed
    """
    from llmpairs.exports.pairs import Order, export_edition
    from llmpairs.exports.shards import FORMATS
    from llmpairs.progress import Stages
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    if format_ not in FORMATS:
        raise leave(USAGE, f"--format {format_} is not known; take {' or '.join(FORMATS)}")
    with one_line_errors():
        uri = warehouse_uri(warehouse)
        order = Order(
            run_id=release or require_current(open_store(uri)), since=since, format=format_, shards=shards,
            base_url=base_url, include_restricted=include_restricted,
        )  # fmt: skip
        package = export_edition(uri, order, out, Stages())
    pairs = package["resources"][0]
    what = f"changed since {since}" if since else "in all"
    print(f"{out}: release {order.run_id}, {pairs['rows']:,} pairs {what}, {pairs['bytes'] / 1e6:,.0f} MB")
    tell_left_out(package)


def tell_left_out(package: dict[str, Any]) -> None:
    """Name the sources whose words stayed out."""
    if package["left_out_sources"]:
        names = ", ".join(package["left_out_sources"])
        print(
            f"left out, because their terms forbid passing them on: {names} (--include-restricted keeps them)"
        )


def export_release(
    out: Annotated[Path, typer.Option(help="Folder to write; new or empty.")],
    release: Release = None,
    include_restricted: Restricted = False,
    warehouse: Warehouse = None,
) -> None:
    """Write a release as a Frictionless data package: Parquet tables, datapackage.json, README.

    Example: llmpairs export release --out llmpairs-2026-05-18
    """
    from llmpairs.exports.package import write_package
    from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

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
    tell_left_out(package)


def sitemap(
    base_url: Annotated[str, typer.Option(help="Address of the site: https://llm.example.")],
    out: Annotated[Path, typer.Option(help="Folder for sitemap.xml and its files; it holds nothing else.")],
    release: Release = None,
    warehouse: Warehouse = None,
) -> None:
    """Write a site map of every pair that may be listed: files of 50,000, with when each last changed.

    Example: llmpairs sitemap --base-url https://llm.example --out sitemap
    """
    from llmpairs.site.sitemap import write_sitemap
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    if not base_url.startswith(("https://", "http://")):
        raise leave(USAGE, f"--base-url {base_url!r} is no address; write https://llm.example")
    with one_line_errors():
        uri = warehouse_uri(warehouse)
        written = write_sitemap(uri, release or require_current(open_store(uri)), base_url, out)
    print(f"{out / 'sitemap.xml'}: {written['addresses']:,} pairs in {written['files']:,} files")
