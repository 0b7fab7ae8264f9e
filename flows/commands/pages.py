"""Commands that write pages for people."""

import json
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import USAGE, Warehouse, leave, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

FORMATS = ("text", "md", "html", "json")
PageFormat = Annotated[str, typer.Option("--format", help="text, md, html or json.")]


def compare(
    a: Annotated[str, typer.Argument(help="Model id, slug, display name, bare name or a provider's key.")],
    b: Annotated[str, typer.Argument(help="The other model.")],
    format_: PageFormat = "text",
    out: Annotated[Path | None, typer.Option(help="File to write; else the page is printed.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser, as HTML.")] = False,
    warehouse: Warehouse = None,
    release: Annotated[
        str | None, typer.Option(help="Run id of the release to read; else the current one.")
    ] = None,
) -> None:
    """Compare two models: verdicts by workload, costs, routes, capabilities, scores, each with its source.

    Example: llmpairs compare gpt-oss-120b Qwen3.5-4B --format html --out pair.html
    """
    if format_ not in FORMATS:
        raise leave(USAGE, f"--format {format_} is not known; take {', '.join(FORMATS)}")
    if open_:
        format_, out = "html", out or Path(mkdtemp(prefix="llmpairs-")) / "pair.html"
    page = read_pair(warehouse_uri(warehouse), release, a, b)
    written = write_page(page, format_)
    with one_line_errors():
        if out is None:
            sys.stdout.write(written)
        else:
            out.write_text(written, encoding="utf-8")
    if open_ and out is not None:
        typer.launch(out.absolute().as_uri())


def read_pair(uri: str, release: str | None, a: str, b: str) -> dict[str, Any]:
    """The page of two models as a person names them; leaves with what is wrong with the names."""
    from llmpairs.model_lookup import UnknownModelError, find_model
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    with one_line_errors():
        run_id = release or require_current(open_store(uri))
        with connect(uri, run_id) as con:
            try:
                first, second = find_model(con, a), find_model(con, b)
            except UnknownModelError as error:
                raise leave(USAGE, str(error)) from None
            if refusal := explain_absence(con, first, second):
                raise leave(USAGE, refusal)

            from llmpairs.pages.queries import pages_of, select_models

            chosen = select_models(con, run_id, [first, second])
            return next(iter(pages_of(con, chosen, [(first, second)])))


def site(
    out: Annotated[Path, typer.Option(help="Folder to write; a former export in it is replaced.")],
    models: Annotated[int, typer.Option(help="Pairs of that many of the most offered models.", min=2)] = 60,
    pairs: Annotated[
        Path | None, typer.Option(help="File with two model names a line, tab between; instead of --models.")
    ] = None,
    base_url: Annotated[
        str, typer.Option(help="Address of the site, for canonical links and a site map.")
    ] = "",
    include_restricted: Annotated[
        bool,
        typer.Option(
            "--include-restricted", help="Also scores whose terms forbid passing them on, for your own use."
        ),
    ] = False,
    warehouse: Warehouse = None,
    release: Annotated[
        str | None, typer.Option(help="Run id of the release to read; else the current one.")
    ] = None,
) -> None:
    """Export a static site: an index with search, a page for every model, pages of chosen pairs.

    Any other pair is one command away: llmpairs compare A B --open.

    Example: llmpairs site --out ./site --models 60
    """
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.releases import require_current
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    with one_line_errors():
        run_id = release or require_current(open_store(uri))
        with connect(uri, run_id) as con:
            from llmpairs.pages.queries import ids_of
            from llmpairs.progress import Stages
            from llmpairs.site.write import Site, choose_pairs, export_site

            chosen = choose_pairs(ids_of(con, models)) if pairs is None else list(read_pairs(con, pairs))
            try:
                target = Site(out, base_url)
                pages = export_site(
                    con, run_id, chosen, target, Stages(), include_restricted=include_restricted
                )
            except ValueError as error:
                raise leave(USAGE, str(error)) from None
    print(f"{pages['models']:,} models and {pages['pairs']:,} pairs in {out}; open {out / 'index.html'}")
    print("any other pair: llmpairs compare A B --open")


def read_pairs(con: "duckdb.DuckDBPyConnection", path: Path) -> "Iterator[tuple[str, str]]":
    """Pairs of a file, two names a line; leaves with the line that names no pair."""
    from llmpairs.model_lookup import UnknownModelError, find_model

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        names = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or line.startswith("#"):
            continue
        if len(names) != 2:
            raise leave(USAGE, f"{path}, line {number}: write two model names with a tab between them")
        try:
            first, second = (find_model(con, name) for name in names)
        except UnknownModelError as error:
            raise leave(USAGE, f"{path}, line {number}: {error}") from None
        if refusal := explain_absence(con, first, second):
            raise leave(USAGE, f"{path}, line {number}: {refusal}")
        yield first, second


def explain_absence(con: "duckdb.DuckDBPyConnection", first: str, second: str) -> str | None:
    """Why two known models have no pair record; None where they have one."""
    from llmpairs.warehouse.query_rows import rows_of

    if first == second:
        return f"{first} cannot be compared with itself"
    query = "SELECT model_id, kind, is_text_generating, is_live FROM models WHERE model_id IN $1 ORDER BY model_id"
    for row in rows_of(con, query, [[first, second]]):
        if not row["is_text_generating"]:
            return f"{row['model_id']} stands in no pair: it is of kind {row['kind']}, and pairs are of text models"
        if not row["is_live"]:
            return f"{row['model_id']} stands in no pair: it has no offer that is not retired"
    return None


def write_page(page: dict[str, Any], format_: str) -> str:
    """A pair's page in one of FORMATS."""
    from llmpairs.warehouse.control_characters import escape_harmful, show_harmful

    if format_ == "json":
        return escape_harmful(json.dumps(page, indent=1, ensure_ascii=False)) + "\n"
    from llmpairs.pages.layout.pair import lay_out_pair

    document = lay_out_pair(page)
    if format_ == "text":
        from llmpairs.render.text import render_text

        return show_harmful(render_text(document))
    if format_ == "md":
        from llmpairs.render.markdown import render_markdown

        return show_harmful(render_markdown(document))
    from llmpairs.render.html import render_html

    return show_harmful(render_html(document))
