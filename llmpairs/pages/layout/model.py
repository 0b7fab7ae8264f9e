"""The page of a model as a document."""

from collections.abc import Iterator, Sequence
from typing import Any

from llmpairs.pages.layout.charts import chart_routes
from llmpairs.pages.layout.offer_tables import route_table
from llmpairs.pages.layout.pair import NEAR, NOT_COUNTED, Links, freshness_table, open_lists, pair_key
from llmpairs.pages.layout.pair_tables import (
    capability_cell,
    cost_cell,
    list_price_cell,
    names_cell,
    spec_value_cell,
)
from llmpairs.pages.layout.price_history import change_table, chart_history
from llmpairs.pages.layout.score_tables import own_score_table
from llmpairs.pages.layout.verdicts import fit_cell, routes_cell, workload_words
from llmpairs.render.document import Block, Bullets, Cell, Document, Para, Section, Table
from llmpairs.render.labels import CAPABILITY_WORDS, SPEC_WORDS, count_of, listed

Row = dict[str, Any]
ONLY_IF_KNOWN = ("deprecated_on", "retire_on")


def lay_out_model(page: Row, links: Links) -> Document:
    """The document of a model's page; `links` are the pages that exist beside it."""
    model = page["model"]
    sections = [
        Section("overview", "Overview", list(overview(model))),
        Section("specs", "Specs", [spec_table(model)]),
        Section("routes", "Offers", list(route_blocks(model))),
        Section("history", "Price history", list(history_blocks(page))),
        Section("cost", "Monthly cost", [cost_table(page), Para([Cell(NOT_COUNTED)], "muted")]),
        Section("capabilities", "Capabilities", [capability_table(model)]),
        Section("scores", "Scores", [own_score_table(model["scores"])] if model["scores"] else [no_scores()]),
        Section("open", "Not established", list(open_lists(model))),
        Section("next", "Compare with", [Bullets(neighbours(page, links))] if page["related"] else []),
        Section("freshness", "How old the facts are", [freshness_table(page["freshness"])]),
    ]
    return Document(
        title=model["display_name"],
        subtitle=f"as of {page['release']['as_of']}",
        about=f"{model['display_name']} by {model['developer']}: offers, prices, capabilities and scores with sources.",
        sections=[section for section in sections if section.blocks],
        captures=page["captures"],
    )


def overview(model: Row) -> Iterator[Block]:
    """What it is, and whether it stands in pairs."""
    rows = [
        [Cell("Model id"), Cell(model["model_id"])],
        [Cell("Developer"), Cell(model["developer"])],
        [Cell("Kind"), Cell(model["kind"])],
        [Cell("Identity"), Cell(model["identity_basis"].replace("_", " "))],
        [Cell("Decision fit"), fit_cell(model)],
        [Cell("Active routes"), routes_cell(model, ())],
        [Cell("List price, blended 3:1, per million tokens"), list_price_cell(model)],
    ]
    yield Table("In short", ("", model["display_name"]), rows, is_even=True)
    if not (model["is_live"] and model["is_text_generating"]):
        no_route = "no route of it is known that is not retired"
        why = no_route if model["is_text_generating"] else f"its kind is {model['kind']}"
        yield Para([Cell(f"It stands in no pair: {why}.")], "muted")


def spec_table(model: Row) -> Table:
    """Specs with their sources."""
    rows = [
        [Cell(SPEC_WORDS[field]), spec_value_cell(field, spec)]
        for field, spec in model["specs"].items()
        if spec["value"] is not None or field not in ONLY_IF_KNOWN
    ]
    return Table(
        "What sources declare, and what else is claimed", ("", model["display_name"]), rows, is_even=True
    )


def route_blocks(model: Row) -> Iterator[Block]:
    """Every route."""
    if not model["routes"]:
        yield Para([Cell("No route is known.")], "muted")
        return
    chart = chart_routes([model])
    if chart:
        yield chart
    yield Table(
        "Who sells and runs it",
        ("", model["display_name"]),
        [
            [Cell("Providers"), names_cell(model["providers"], model)],
            [Cell("Known operators"), names_cell(model["operators"], model)],
        ],
        is_even=True,
    )
    yield route_table(
        f"{count_of(len(model['routes']), 'route')} by monthly cost in seed_chat", model["routes"]
    )


def history_blocks(page: Row) -> Iterator[Block]:
    """Output prices over time, and each change."""
    chart = chart_history(page["history"], page["model"]["routes"], page["release"]["as_of"])
    if chart:
        yield chart
    changes = change_table(page["history"], page["model"]["routes"])
    if changes:
        yield changes
        return
    starts = sorted(line["spans"][0]["from"] for line in page["history"])
    text = f"No price of its routes has changed since {starts[0][:10]}." if starts else "No price is known."
    yield Para([Cell(text)], "muted")


def cost_table(page: Row) -> Table:
    """Monthly cost of every workload."""
    costs = page["model"]["costs"]
    rows = [
        [Cell(row["scenario_id"], note=workload_words(row)), cost_cell(costs[row["scenario_id"]])]
        for row in page["workloads"]
    ]
    return Table(
        "Monthly cost in US dollars", ("Workload", page["model"]["display_name"]), rows, is_even=True
    )


def capability_table(model: Row) -> Table:
    """Every capability with what its state rests on."""
    rows = [
        [Cell(words), capability_cell(model["capabilities"][name])]
        for name, words in CAPABILITY_WORDS.items()
    ]
    return Table("Capabilities: yes, no or unknown; a no has evidence", ("", model["display_name"]), rows)


def no_scores() -> Block:
    """What stands where no score is known."""
    return Para([Cell("No benchmark score of it is known.")], "muted")


def neighbours(page: Row, links: Links) -> Sequence[Cell]:
    """Near models: a link to the pair's page where there is one, else the command that makes it."""
    own = page["model"]
    items = []
    for row in page["related"]:
        why = listed([NEAR[reason] for reason in row["why"]])
        address = links.get(pair_key(own["model_id"], row["model_id"]), "")
        command = "" if address else f"llmpairs compare {own['model_id']} {row['model_id']}"
        title = f"{own['display_name']} vs {row['display_name']}"
        items.append(Cell(title, note="; ".join(filter(None, (why, command))), href=address))
    return items
