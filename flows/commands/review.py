"""The command that asks a reviewer about names that lead to no model."""

from typing import Annotated, Any

import typer

from llmpairs.flows.commands.console import FAILED, USAGE, Warehouse, leave, one_line_errors, show_rows
from llmpairs.flows.runtime.settings import warehouse_uri

FORMATS = ("text", "json", "toml")


def review(
    reason: Annotated[
        str | None, typer.Option(help="Only this reason, such as two_candidates or unknown_maker.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only this name, as the list shows it.")] = None,
    model: Annotated[
        str | None, typer.Option(help="With --name: the model that the name is, instead of the nearest.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Names to show.", min=1)] = 20,
    format_: Annotated[str, typer.Option("--format", help="text, json or toml.")] = "text",
    warehouse: Warehouse = None,
) -> None:
    """List names that lead to no model, by the offers and pairs that hang on them, and what would settle each.

    --format toml prints lines for transforms/identity/aliases.toml: check them, keep one of both choices.

    Example: llmpairs review --reason two_candidates --format toml
    """
    if format_ not in FORMATS:
        raise leave(USAGE, f"--format {format_} is not known; take {', '.join(FORMATS)}")
    if model and not name:
        raise leave(USAGE, "--model says what one name is; say which with --name")
    with one_line_errors():
        questions, as_of = _read_questions(warehouse_uri(warehouse), reason or "")
    found = [question for question in questions if name in (None, question["name"])]
    if name and not found:
        raise leave(USAGE, f"no unresolved name is {name!r}; `llmpairs review --limit 1000` lists them")
    if format_ == "toml":
        from llmpairs.transforms.identity.reference_data import load_books
        from llmpairs.transforms.identity.review import write_toml

        books = load_books()
        print("\n\n".join(write_toml(question, as_of, books, model or "") for question in found[:limit]))
        return
    show_rows([_plain(question, format_ == "json") for question in found[:limit]], format_ == "json")


def _read_questions(uri: str, reason: str) -> tuple[list[dict[str, Any]], Any]:
    """The questions of the current release, and its day."""
    from llmpairs.transforms.identity.reference_data import load_books
    from llmpairs.transforms.identity.review import list_questions
    from llmpairs.warehouse.releases import current_run_id, read_manifest, read_table
    from llmpairs.warehouse.store import open_store

    store = open_store(uri)
    run_id = current_run_id(store)
    if run_id is None:
        raise leave(FAILED, f"{store.name} has no release yet: `llmpairs refresh` makes one")
    identities, offers, models = (
        read_table(store, run_id, name) for name in ("identities", "offers", "models")
    )
    questions = list_questions(identities, offers, models, load_books(), reason)
    return questions.to_dict("records"), read_manifest(store, run_id).as_of.date()


def _plain(question: dict[str, Any], as_json: bool) -> dict[str, Any]:
    """A question as a row to show; lists stay lists in JSON."""
    if as_json:
        return {key: value for key, value in question.items() if key != "model_id"}
    return {
        "offers": question["offers"],
        "pairs": question["pairs"],
        "name": question["name"],
        "reason": question["reason"],
        "providers": ", ".join(p for p in question["providers"] if p != "-") or "-",
        "nearest models, and what differs": "\n".join(question["candidates"]) or "none",
    }
