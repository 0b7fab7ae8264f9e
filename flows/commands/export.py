"""The commands `export ...`: a data package, pairs for publishers, a static site, a site map."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import (
    USAGE,
    Command,
    Release,
    Restricted,
    Warehouse,
    exit_with,
    one_line_errors,
    split_list,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

    from llmpairs.exports.descriptor import Descriptor


def export_pairs(
    out: Annotated[Path, typer.Option(help="Folder to write; new or empty.")],
    since: Annotated[
        str | None, typer.Option(help="Run id of a kept release: only pairs that differ from it; default: all pairs.")
    ] = None,
    format_: Annotated[Literal["jsonl", "parquet"], typer.Option("--format", help="Output format.")] = "jsonl",
    shards: Annotated[int, typer.Option(help="Number of files; a pair is always in the same one.", min=1)] = 1,
    base_url: Annotated[str, typer.Option(help="Address of the site; default: relative addresses.")] = "",
    release: Release = None,
    include_restricted: Restricted = False,
    warehouse: Warehouse = None,
) -> None:
    """Write all pairs, or those that changed, for a publisher: address, redirects, changes with causes, JSON-LD.

    Example: llmpairs export pairs --since 20260608T235900Z --format jsonl --shards 4 --out changed
    """
    from llmpairs.exports.pairs import PairExportOptions, write_pair_export
    from llmpairs.progress import Progress
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        uri = warehouse_uri(warehouse)
        options = PairExportOptions(
            run_id=release or require_current(open_store(uri)), since=since, format=format_, shards=shards,
            base_url=base_url, include_restricted=include_restricted,
        )  # fmt: skip
        package = write_pair_export(uri, options, out, Progress())
    pairs = package["resources"][0]
    what = f"changed since {since}" if since else "in all"
    print(f"{out}: release {options.run_id}, {pairs['rows']:,} pairs {what}, {pairs['bytes'] / 1e6:,.0f} MB")
    print_left_out(package)


def print_left_out(package: "Descriptor") -> None:
    """Name the sources whose data was left out."""
    if package["left_out_sources"]:
        names = ", ".join(package["left_out_sources"])
        print(f"left out, because their terms forbid redistribution: {names} (--include-restricted keeps them)")


def export_package(
    out: Annotated[Path, typer.Option(help="Folder to write; new or empty.")],
    format_: Annotated[
        Literal["parquet", "csv", "xlsx"], typer.Option("--format", help="Format of the tables.")
    ] = "parquet",
    tables: Annotated[str | None, typer.Option(help="Only these tables, separated by commas.")] = None,
    release: Release = None,
    include_restricted: Restricted = False,
    warehouse: Warehouse = None,
) -> None:
    """Write a release as a data package: tables, datapackage.json (Frictionless), croissant.json, README.

    A sheet of Excel holds 1,048,576 rows; a longer table goes on in a further sheet of its workbook.

    Example: llmpairs export package --out llmpairs-2026-05-18

    Example: llmpairs export package --format xlsx --tables models,offers --out sheets
    """
    from llmpairs.exports.package import PackageOptions, write_package
    from llmpairs.transforms.pairs.scenarios import list_workloads, load_scenarios
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        store = open_store(warehouse_uri(warehouse))
        run_id = release or require_current(store)
        options = PackageOptions(
            workloads=list_workloads(load_scenarios()),
            include_restricted=include_restricted,
            format=format_,
            tables=split_list(tables),
            on_table=lambda table: print(f"  {table}", file=sys.stderr),
        )
        package = write_package(store, run_id, out, options)
    written = [resource for resource in package["resources"] if "parts" in resource]
    size = sum(resource["bytes"] for resource in written)
    print(f"{out}: release {run_id}, {len(written)} tables, {size / 1e6:,.0f} MB")
    print_left_out(package)


def export_feeds(
    out: Annotated[Path, typer.Option(help="Folder to write; feeds in it are replaced.")],
    base_url: Annotated[str, typer.Option(help="Address of the site; default: relative links.")] = "",
    include_restricted: Restricted = False,
    release: Release = None,
    warehouse: Warehouse = None,
) -> None:
    """Write feeds: price changes, new models and retirements of 30 releases, and a calendar of retirement dates.

    changes.atom (Atom), changes.feed.json (JSON Feed), retirements.ics (iCalendar); `export site` writes them too.

    Example: llmpairs export feeds --base-url https://llm.example --out feeds
    """
    from llmpairs.exports.feeds import write_feeds
    from llmpairs.warehouse.query import connect

    with one_line_errors(), connect(warehouse_uri(warehouse), release) as con:
        names = write_feeds(con, out, base_url, include_restricted=include_restricted)
    print(f"{', '.join(names)} in {out}")


def export_iceberg(
    out: Annotated[Path, typer.Option(help="Folder of the catalog; a former export in it is brought up to date.")],
    warehouse: Warehouse = None,
) -> None:
    """Register every kept release in an Iceberg catalog, without copying: one tag per release, `main` is the live one.

    Example: llmpairs export iceberg --out iceberg
    """
    from llmpairs.exports.iceberg import CATALOG_FILE, write_iceberg

    with one_line_errors():
        counts = write_iceberg(warehouse_uri(warehouse), out)
    print(f"{out / CATALOG_FILE}: {counts.tables} tables, main is release {counts.current}")
    for label, run_ids in (("registered", counts.registered), ("no longer kept, tag removed", counts.removed)):
        if run_ids:
            print(f"{label}: {', '.join(run_ids)}")


def export_sitemap(
    base_url: Annotated[str, typer.Option(help="Address of the site: https://llm.example.")],
    out: Annotated[Path, typer.Option(help="Folder for sitemap.xml and its files; it holds nothing else.")],
    release: Release = None,
    warehouse: Warehouse = None,
) -> None:
    """Write a site map of all pairs, 50,000 a file, with the time of each pair's last change.

    Example: llmpairs export sitemap --base-url https://llm.example --out sitemap
    """
    from llmpairs.site.sitemap import write_sitemap
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    if not base_url.startswith(("https://", "http://")):
        raise exit_with(USAGE, f"--base-url {base_url!r} is no address; write https://llm.example")
    with one_line_errors():
        uri = warehouse_uri(warehouse)
        written = write_sitemap(uri, release or require_current(open_store(uri)), base_url, out)
    print(f"{out / 'sitemap.xml'}: {written['addresses']:,} pairs in {written['files']:,} files")


def export_site(
    out: Annotated[Path, typer.Option(help="Folder to write; a former export in it is replaced.")] = Path("site"),
    models: Annotated[
        int, typer.Option(help="Write whole pages of all pairs of this many most offered models.", min=2)
    ] = 60,
    pairs: Annotated[
        Path | None, typer.Option(help="File with two model names a line, tab between, instead of --models.")
    ] = None,
    base_url: Annotated[str, typer.Option(help="Address of the site, for canonical links and a site map.")] = "",
    include_restricted: Restricted = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve the folder on loopback; a complete export of the release is kept.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of --serve; 0 takes a free one.", min=0, max=65535)] = 8000,
    warehouse: Warehouse = None,
    release: Release = None,
) -> None:
    """Export a static site: explorer, any pair by its address, models, providers, changes, whole pages of chosen pairs.

    The first screen of any pair is made in the browser from files of api/v1/: compare/?a=SLUG&b=SLUG.

    Example: llmpairs export site --out ./site --models 60
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors():
        run_id = release or require_current(open_store(uri))
        with connect(uri, run_id) as con:
            from llmpairs.pages.queries import list_most_offered
            from llmpairs.progress import Progress
            from llmpairs.site.write import Site, choose_pairs, is_written, write_site

            chosen = choose_pairs(list_most_offered(con, models)) if pairs is None else list(read_pairs(con, pairs))
            target = Site(out, base_url, include_restricted)
            try:
                if not (serve and is_written(run_id, chosen, target)):
                    pages = write_site(con, run_id, chosen, target, Progress())
                    print(f"{pages['models']:,} models and {pages['pairs']:,} pairs in {out}")
            except ValueError as error:
                raise exit_with(USAGE, str(error)) from None
    if serve:
        serve_site(out, port)
    else:
        print(f"open {out / 'index.html'}; any pair by its address: llmpairs export site --out {out} --serve")


def serve_site(out: Path, port: int) -> None:
    """Serve a folder until interrupted; exit 2 where the port is in use."""
    from llmpairs.site.serve import create_server, format_address

    try:
        server = create_server(out, port)
    except OSError as error:
        raise exit_with(
            USAGE, f"port {port} cannot be used ({error.strerror}): choose another one with --port"
        ) from None
    print(f"{format_address(server)} serves {out}; Ctrl-C ends it", flush=True)
    with server:
        server.serve_forever()


def read_pairs(con: "duckdb.DuckDBPyConnection", path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of a file, two names a line; exit 2 with the number of a line that is not a pair."""
    from llmpairs.comparison import find_pair
    from llmpairs.warehouse.errors import QuestionError

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        names = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or line.startswith("#"):
            continue
        if len(names) != 2:
            raise exit_with(USAGE, f"{path}, line {number}: write two model names with a tab between them")
        try:
            pair = find_pair(con, (names[0], names[1]))
        except QuestionError as error:
            raise exit_with(USAGE, f"{path}, line {number}: {error}") from None
        yield pair


COMMANDS: dict[str, Command] = {
    "feeds": export_feeds,
    "iceberg": export_iceberg,
    "package": export_package,
    "pairs": export_pairs,
    "site": export_site,
    "sitemap": export_sitemap,
}
