"""The command `review aliases`: names without a model, and the reviewed lines that would resolve them."""

from typing import Annotated, Any, Literal

import typer

from llmpairs.flows.commands.output import (
    FAILED,
    USAGE,
    Warehouse,
    exit_with,
    one_line_errors,
    print_rows,
    require_known,
)
from llmpairs.flows.runtime.settings import warehouse_uri


def review_aliases(
    reason: Annotated[
        str | None, typer.Option(help="Only this reason, such as two_candidates or unknown_maker.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only this name, as the list shows it.")] = None,
    model: Annotated[
        str | None, typer.Option(help="With --name: the model of the name, instead of the nearest one.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Names to show.", min=1)] = 20,
    format_: Annotated[Literal["text", "json", "toml"], typer.Option("--format", help="Output format.")] = "text",
    warehouse: Warehouse = None,
) -> None:
    """List names without a model, by the number of affected offers and pairs, and what would resolve each.

    --format toml prints entries for transforms/identity/aliases.toml: check them, and keep one of both choices.

    Example: llmpairs review aliases --reason two_candidates --format toml
    """
    if model and not name:
        raise exit_with(USAGE, "--model needs --name: it states the model of one name")
    with one_line_errors():
        names, as_of = _read_names(warehouse_uri(warehouse))
    require_known(reason, {row["reason"] for row in names}, "--reason")
    require_known(name, {row["name"] for row in names}, "--name")
    found = [row for row in names if name in (None, row["name"]) and reason in (None, row["reason"])]
    if format_ == "toml":
        from llmpairs.transforms.identity.reference_data import load_identity_reference
        from llmpairs.transforms.identity.review import render_alias_entry

        reference = load_identity_reference()
        print("\n\n".join(render_alias_entry(row, as_of, reference, model or "") for row in found[:limit]))
        return
    print_rows([_format_name(row, format_ == "json") for row in found[:limit]], format_)


def _read_names(uri: str) -> tuple[list[dict[str, Any]], Any]:
    """Unresolved names of the live release, and its day."""
    from llmpairs.transforms.identity.reference_data import load_identity_reference
    from llmpairs.transforms.identity.review import list_unresolved_names
    from llmpairs.warehouse.releases import current_run_id, read_manifest, read_table
    from llmpairs.warehouse.store import open_store

    store = open_store(uri)
    run_id = current_run_id(store)
    if run_id is None:
        raise exit_with(FAILED, f"{store.name} has no release yet; `llmpairs refresh` makes one")
    identities, offers, models = (read_table(store, run_id, name) for name in ("identities", "offers", "models"))
    questions = list_unresolved_names(identities, offers, models, load_identity_reference())
    return questions.to_dict("records"), read_manifest(store, run_id).as_of.date()


def _format_name(row: dict[str, Any], as_json: bool) -> dict[str, Any]:
    """A name as a row to print; lists stay lists in JSON."""
    if as_json:
        return {key: value for key, value in row.items() if key != "model_id"}
    return {
        "offers": row["offers"],
        "pairs": row["pairs"],
        "name": row["name"],
        "reason": row["reason"],
        "providers": ", ".join(p for p in row["providers"] if p != "-") or "-",
        "nearest models, and what differs": "\n".join(row["candidates"]) or "none",
    }
