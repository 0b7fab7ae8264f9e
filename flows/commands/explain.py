"""The command `explain`: from a published value to its claims and the archived bytes."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.output import (
    FAILED,
    USAGE,
    Format,
    Release,
    Warehouse,
    exit_with,
    one_line_errors,
    print_json,
    print_rows,
    require_known,
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
        typer.Argument(help="Column, capability, benchmark or workload; default: list them.", show_default=False),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Another model: explain the outcomes of the pair; FIELD is a workload or `overall`."),
    ] = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Read every published fact again; exit 1 if one differs.")
    ] = False,
    table: Annotated[str | None, typer.Option(help="With --all: only the facts of this table, such as offers.")] = None,
    limit: Annotated[int, typer.Option(help="With --all: failures to show.", min=1)] = 20,
    format_: Format = "text",
    warehouse: Warehouse = None,
    release: Release = None,
) -> None:
    """Show why a value is published, with every claim, and read it again from the archived bytes.

    Example: llmpairs explain openai/gpt-oss-120b context_tokens

    Example: llmpairs explain gpt-5.1 coding --against claude-opus-4.5
    """
    if all_ == (subject is not None):
        raise exit_with(USAGE, "give a model or an offer, or --all for every published fact; not both")
    with one_line_errors():
        if subject is not None and against is not None:
            explain_pair(warehouse_uri(warehouse), release, (subject, against), field, format_ == "json")
        elif subject is None:
            explain_all(warehouse_uri(warehouse), release, table, limit, format_ == "json")
        else:
            explain_one(warehouse_uri(warehouse), release, subject, field, format_ == "json")


def explain_one(uri: str, release: str | None, name: str, field: str | None, as_json: bool) -> None:
    """Print one explanation, or the fields that have one; exit 1 when a claim did not come back."""
    from llmpairs.explain.subject import find_field, find_subject, list_fields
    from llmpairs.explain.text import render_explanation
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.store import open_store

    with connect(uri, release) as con:
        try:
            subject = find_subject(con, name)
            wanted = find_field(con, subject, field) if field else None
        except LookupError as error:
            raise exit_with(USAGE, str(error)) from None
        if wanted is None:
            print_rows(list_fields(con, subject), "json" if as_json else "text")
            return
        from llmpairs.flows.ops.explain import explain as explain_field
        from llmpairs.flows.ops.explain import list_failed

        page = explain_field(con, open_store(uri), subject, wanted)
    print(json.dumps(page, indent=1, ensure_ascii=False) if as_json else render_explanation(page), end="\n" * as_json)
    lost = list_failed(page)
    if lost:
        raise exit_with(FAILED, f"{len(lost)} claims did not come back from the archive")


def explain_pair(uri: str, release: str | None, names: tuple[str, str], workload: str | None, as_json: bool) -> None:
    """Print what the outcomes of a pair compare; exit 2 for an unknown name or a pair without a record."""
    from llmpairs.explain.outcome import OVERALL, list_outcomes, render_outcomes
    from llmpairs.flows.commands.compare import read_page
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.vocabulary import SCENARIOS

    require_known(workload, (*SCENARIOS, OVERALL), "FIELD")
    page = read_page(uri, release, *names)
    with connect(uri, release) as con:
        outcomes = [each for each in list_outcomes(con, page) if workload in (None, each.scenario_id)]
    if as_json:
        print_json([asdict(each) for each in outcomes])
    else:
        print(render_outcomes(outcomes), end="")


def explain_all(uri: str, release: str | None, table: str | None, limit: int, as_json: bool) -> None:
    """Print how many published facts came back, by field and by source, and those that did not; exit 1 if any."""
    from llmpairs.flows.ops.provenance import TABLES, recheck_release
    from llmpairs.progress import Progress
    from llmpairs.warehouse.errors import ReleaseError
    from llmpairs.warehouse.releases import current_run_id
    from llmpairs.warehouse.store import open_store

    if table is not None and table not in TABLES:
        raise exit_with(USAGE, f"--table {table} has no facts; take one of {', '.join(TABLES)}")
    store = open_store(uri)
    run_id = release or current_run_id(store)
    if run_id is None:
        raise ReleaseError(f"{uri} has no release yet; `llmpairs refresh` makes one")
    progress = Progress()
    with progress.stage(f"read release {run_id} again from the archive"):
        found = recheck_release(
            store,
            run_id,
            (table,) if table else TABLES,
            lambda done, total: progress.update(f"capture {done} of {total}"),
        )
    lost = found[found["outcome"] != "same"]
    show_all(run_id, found, lost, limit, as_json)
    if len(lost):
        raise exit_with(FAILED, f"{len(lost):,} of {len(found):,} published facts did not come back")


def show_all(run_id: str, found: "DataFrame", lost: "DataFrame", limit: int, as_json: bool) -> None:
    """The summary of a whole release."""
    from llmpairs.transforms.replay_claims import count_outcomes

    by_source = count_outcomes(found, ["source_id"]).to_dict("records")
    by_field = count_outcomes(found, ["table", "field"]).to_dict("records")
    shown = records(lost.head(limit))
    if as_json:
        told = {"run_id": run_id, "facts": len(found), "came_back": len(found) - len(lost)}
        print(
            json.dumps(
                told | {"by_source": by_source, "by_field": by_field, "lost": shown}, indent=1, ensure_ascii=False
            )
        )
        return
    for rows in (by_field, by_source, shown):
        if rows:
            print_rows(rows)
            print()
    print(f"{len(found) - len(lost):,} of {len(found):,} published facts of release {run_id} came back")


def records(rows: "DataFrame") -> list[dict[str, Any]]:
    """Rows as plain values, null as None."""
    found: list[dict[str, Any]] = rows.astype("object").where(rows.notna(), None).to_dict("records")
    return found
