"""The command `compare`: one pair as text, Markdown, HTML or JSON."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from llmpairs.flows.commands.output import USAGE, Release, Warehouse, exit_with, one_line_errors
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

    from llmpairs.weights import WeightedScore


def compare(
    a: Annotated[str, typer.Argument(help="Model id, slug, display name, bare name or a provider's key.")],
    b: Annotated[str, typer.Argument(help="The other model.")],
    format_: Annotated[Literal["text", "md", "html", "json"], typer.Option("--format", help="Output format.")] = "text",
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Every section; default of text and json: first screen.")
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(help="Your own weights of cost, quality, context, operators, openness; with text or json."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser, as HTML.")] = False,
    warehouse: Warehouse = None,
    release: Release = None,
) -> None:
    """Compare two models: headline, price, quality, context, speed and the outcome of each workload.

    With --full, or as Markdown or HTML, also costs, offers, capabilities and scores, each with its source.

    Example: llmpairs compare gpt-oss-120b Qwen3.5-4B --format html --out pair.html

    Example: llmpairs compare gpt-5.1 claude-opus-4.5 --weights quality=0.6,cost=0.4
    """
    own = read_weights(weights, format_, is_page=open_)
    if open_:
        format_, out = "html", out or Path(mkdtemp(prefix="llmpairs-")) / "pair.html"
    page = read_page(warehouse_uri(warehouse), release, a, b)
    text = format_page(page, format_, full=full)
    if own:
        text = add_weighted(text, page, weigh(warehouse_uri(warehouse), release, page, own), format_ == "json")
    with one_line_errors():
        if out is None:
            sys.stdout.write(text)
        else:
            out.write_text(text, encoding="utf-8")
    if open_ and out is not None:
        typer.launch(out.absolute().as_uri())


def read_weights(text: str | None, format_: str, *, is_page: bool) -> dict[str, float] | None:
    """The reader's weights; exit 2 for other text, and with pages, which have published outcomes alone."""
    from llmpairs.weights import parse_weights

    if text is None:
        return None
    if is_page or format_ not in ("text", "json"):
        raise exit_with(USAGE, "--weights needs --format text or json: pages show published outcomes only")
    try:
        return parse_weights(text)
    except ValueError as error:
        raise exit_with(USAGE, f"--weights: {error}") from None


def weigh(uri: str, release: str | None, page: Any, weights: dict[str, float]) -> "WeightedScore":
    """Lead of the page's first model by the reader's weights, overall."""
    from llmpairs.release import open as open_release

    with one_line_errors():
        left, right = (side["model_id"] for side in page["sides"])
        return open_release(uri, release=release).weigh((left, right), weights)


def add_weighted(text: str, page: Any, score: "WeightedScore", as_json: bool) -> str:
    """A page with the comparison by the reader's weights below it; as JSON in the field `your_weights`."""
    from llmpairs.weights import render_weighted

    if as_json:
        return json.dumps({**json.loads(text), "your_weights": asdict(score)}, indent=1, ensure_ascii=False) + "\n"
    left, right = (side["display_name"] for side in page["sides"])
    return f"{text}\n{render_weighted(score, (left, right))}"


def read_page(uri: str, release: str | None, a: str, b: str) -> Any:
    """The content of the page of two models; exit 2 for an unknown model or a pair without a record."""
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
                raise exit_with(USAGE, str(error)) from None
            if reason := explain_absence(con, first, second):
                raise exit_with(USAGE, reason)

            from llmpairs.pages.queries import build_pair_pages, select_models

            selection = select_models(con, run_id, [first, second])
            return next(iter(build_pair_pages(con, selection, [(first, second)])))


def explain_absence(con: "duckdb.DuckDBPyConnection", first: str, second: str) -> str | None:
    """Why two known models have no pair record; None where they have one."""
    from llmpairs.warehouse.query import fetch_rows

    if first == second:
        return f"{first} cannot be compared with itself"
    columns = "model_id, kind, is_text_generating, is_live, identity_basis"
    query = f"SELECT {columns} FROM models WHERE model_id IN $1 ORDER BY model_id"
    for row in fetch_rows(con, query, [[first, second]]):
        if not row["is_text_generating"]:
            return f"{row['model_id']} is in no pair: its kind is {row['kind']}, and pairs are of text models"
        if not row["is_live"]:
            is_confirmed = row["identity_basis"] != "unconfirmed"
            why = "all of its offers are retired" if is_confirmed else "one reseller alone names it"
            return f"{row['model_id']} is in no pair: {why}"
    return None


def format_page(page: Any, format_: str, *, full: bool = True) -> str:
    """The page of a pair as text, Markdown, HTML or JSON; not `full`, text and JSON have the first screen."""
    from llmpairs.warehouse.control_characters import escape_harmful, show_harmful

    if format_ == "json":
        if not full:
            from llmpairs.pages.content.brief import shorten_page

            page = shorten_page(page)
        return escape_harmful(json.dumps(page, indent=1, ensure_ascii=False)) + "\n"
    from llmpairs.pages.layout.pair import lay_out_pair

    document = lay_out_pair(page)
    if format_ == "text":
        from llmpairs.render.text import render_lead, render_text

        more = "More: --full for every section, --open for the page."
        return show_harmful(render_text(document) if full else render_lead(document, more))
    if format_ == "md":
        from llmpairs.render.markdown import render_markdown

        return show_harmful(render_markdown(document))
    from llmpairs.render.html import render_html

    return show_harmful(render_html(document))
