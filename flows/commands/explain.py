"""The command that leads a published value back to the bytes it was read from."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import (
    FAILED,
    USAGE,
    Format,
    Warehouse,
    leave,
    one_line_errors,
    show_rows,
)
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from pandas import DataFrame


def explain(
    subject: Annotated[
        str | None, typer.Argument(help="A model by any name, or an offer id.", show_default=False)
    ] = None,
    field: Annotated[
        str | None,
        typer.Argument(
            help="Column, capability, benchmark or workload; left out: list them.", show_default=False
        ),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Read every published fact again; exit 1 if one does not come back.")
    ] = False,
    table: Annotated[
        str | None, typer.Option(help="With --all: only the facts of this table, such as offers.")
    ] = None,
    limit: Annotated[int, typer.Option(help="With --all: failures to show.", min=1)] = 20,
    format_: Format = "text",
    warehouse: Warehouse = None,
    release: Annotated[str | None, typer.Option(help="Run id of the release; else the current one.")] = None,
) -> None:
    """Say why a value is what it is, and read it again from the archived bytes.

    Example: llmpairs explain openai/gpt-oss-120b context_tokens
    """
    if format_ not in ("text", "json"):
        raise leave(USAGE, f"--format {format_} is not known; take text or json")
    if all_ == (subject is not None):
        raise leave(USAGE, "give a model or an offer, or --all for every published fact; not both")
    with one_line_errors():
        if subject is None:
            explain_all(warehouse_uri(warehouse), release, table, limit, format_ == "json")
        else:
            explain_one(warehouse_uri(warehouse), release, subject, field, format_ == "json")


def explain_one(uri: str, release: str | None, name: str, field: str | None, as_json: bool) -> None:
    """Print one explanation, or the fields that have one; exit 1 when a claim did not come back."""
    from llmpairs.explain.subject import find_field, find_subject, list_fields
    from llmpairs.explain.text import render_claims
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.store import open_store

    with connect(uri, release) as con:
        try:
            subject = find_subject(con, name)
            wanted = find_field(con, subject, field) if field else None
        except LookupError as error:
            raise leave(USAGE, str(error)) from None
        if wanted is None:
            show_rows(list_fields(con, subject), as_json)
            return
        from llmpairs.flows.ops.explain import explain as explain_field
        from llmpairs.flows.ops.explain import list_failed

        page = explain_field(con, open_store(uri), subject, wanted)
    print(
        json.dumps(page, indent=1, ensure_ascii=False) if as_json else render_claims(page), end="\n" * as_json
    )
    lost = list_failed(page)
    if lost:
        raise leave(FAILED, f"{len(lost)} claims did not come back from the archive")


def explain_all(uri: str, release: str | None, table: str | None, limit: int, as_json: bool) -> None:
    """Print how many published facts came back, by field and by source, and those that did not; exit 1 if any."""
    from llmpairs.flows.ops.recheck import TABLES, recheck
    from llmpairs.progress import Stages
    from llmpairs.warehouse.errors import ReleaseError
    from llmpairs.warehouse.releases import current_run_id
    from llmpairs.warehouse.store import open_store

    if table is not None and table not in TABLES:
        raise leave(USAGE, f"--table {table} has no facts; take one of {', '.join(TABLES)}")
    store = open_store(uri)
    run_id = release or current_run_id(store)
    if run_id is None:
        raise ReleaseError(f"{uri} has no release yet; `llmpairs refresh` makes one")
    stages = Stages()
    with stages.stage(f"read release {run_id} again from the archive"):
        found = recheck(
            store,
            run_id,
            (table,) if table else TABLES,
            lambda done, total: stages.detail(f"capture {done} of {total}"),
        )
    lost = found[found["outcome"] != "same"]
    show_all(run_id, found, lost, limit, as_json)
    if len(lost):
        raise leave(FAILED, f"{len(lost):,} of {len(found):,} published facts did not come back")


def show_all(run_id: str, found: "DataFrame", lost: "DataFrame", limit: int, as_json: bool) -> None:
    """The summary of a whole release."""
    from llmpairs.flows.ops.recheck import summarise

    by_source = summarise(found, ["source_id"]).to_dict("records")
    by_field = summarise(found, ["table", "field"]).to_dict("records")
    shown = records(lost.head(limit))
    if as_json:
        told = {"run_id": run_id, "facts": len(found), "came_back": len(found) - len(lost)}
        print(
            json.dumps(
                told | {"by_source": by_source, "by_field": by_field, "lost": shown},
                indent=1,
                ensure_ascii=False,
            )
        )
        return
    for rows in (by_field, by_source, shown):
        if rows:
            show_rows(rows, as_json=False)
            print()
    print(f"{len(found) - len(lost):,} of {len(found):,} published facts of release {run_id} came back")


def records(rows: "DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values, null as None."""
    found: list[dict[str, Any]] = rows.astype("object").where(rows.notna(), None).to_dict("records")
    return found
