"""The commands `gaps` and `changes`: rows of coverage_gaps and of the change log, filtered."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmpairs.flows.commands.output import RowFormat, Warehouse, one_line_errors, print_rows
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    from llmpairs.listings import GapCount, OpenGap


def gaps(
    field: Annotated[str | None, typer.Option(help="Only this field, such as price or license_spdx.")] = None,
    state: Annotated[
        Literal["missing", "conflict", "stale", "held", "unverified"] | None, typer.Option(help="Only this state.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Only this model.")] = None,
    severity: Annotated[Literal["critical", "warning", "info"] | None, typer.Option(help="Only this severity.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only gaps that this owner closes.")] = None,
    of: Annotated[
        Literal["model", "offer", "source"] | None, typer.Option(help="Only gaps of this kind of subject.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only gaps that are new in the live release.")] = False,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 20,
    count: Annotated[bool, typer.Option("--count", help="Count gaps by field, state and severity.")] = False,
    format_: RowFormat = "text",
    warehouse: Warehouse = None,
) -> None:
    """List missing, contradicted, stale and held values, highest impact first.

    Example: llmpairs gaps --field price --limit 10

    Example: llmpairs gaps --new --severity critical --format csv --limit 1000
    """
    from llmpairs.listings import GapFilter
    from llmpairs.release import open as open_release

    wanted = GapFilter(
        field=field, state=state, model=model, severity=severity, owner=owner, subject_kind=of, is_new=new
    )  # fmt: skip
    with one_line_errors():
        release = open_release(warehouse_uri(warehouse))
        found: Sequence[OpenGap | GapCount] = release.count_gaps(wanted) if count else release.gaps(wanted, limit=limit)
        print_rows([asdict(row) for row in found], format_)


def changes(
    run: Annotated[str | None, typer.Option(help="Run id; default: the live release.")] = None,
    kind: Annotated[
        Literal["added", "changed", "absent", "returned", "retired"] | None, typer.Option(help="Only this kind.")
    ] = None,
    field: Annotated[str | None, typer.Option(help="Only this column.")] = None,
    limit: Annotated[int, typer.Option(help="Rows to show.", min=1)] = 50,
    format_: RowFormat = "text",
    warehouse: Warehouse = None,
) -> None:
    """Show what a run changed compared with the release before, with the cause.

    Example: llmpairs changes --field input_usd_per_mtok
    """
    from llmpairs.release import open as open_release

    with one_line_errors():
        release = open_release(warehouse_uri(warehouse))
        found = release.changes(run=run, kind=kind, field=field, limit=limit)
        print_rows([{name: value for name, value in asdict(row).items() if name != "run_id"} for row in found], format_)
