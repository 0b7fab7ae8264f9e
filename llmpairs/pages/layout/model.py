"""Lay out the page of a model as a document."""

from collections.abc import Iterator

from llmpairs.pages.content.schema import ModelContent, ModelPage
from llmpairs.pages.layout.charts import chart_offers
from llmpairs.pages.layout.offer_tables import offer_table
from llmpairs.pages.layout.outcomes import describe_traffic, fit_cell, offers_cell
from llmpairs.pages.layout.pair import NOT_COUNTED, Links, charts, freshness_table, neighbour_cell, note, open_lists
from llmpairs.pages.layout.pair_tables import (
    ONLY_IF_KNOWN,
    capability_cell,
    cost_cell,
    list_price_cell,
    names_cell,
    spec_value_cell,
)
from llmpairs.pages.layout.price_history import change_table, chart_history
from llmpairs.pages.layout.score_tables import own_score_table
from llmpairs.render.document import Block, Bullets, Cell, Document, Section, TableBlock
from llmpairs.render.labels import CAPABILITY_LABELS, SPEC_LABELS, format_count, label_workload
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO


def lay_out_model(page: ModelPage, links: Links) -> Document:
    """Lay out a model's page; `links` are the other pages that exist."""
    model = page["model"]
    sections = [
        Section("overview", "Overview", list(_overview(model))),
        Section("specs", "Specs", [_spec_table(model)]),
        Section("routes", "Offers", list(offer_blocks(model))),
        Section("history", "Price history", list(_history_blocks(page))),
        Section("cost", "Monthly cost", [_cost_table(page), note(NOT_COUNTED)]),
        Section("capabilities", "Capabilities", [capability_table(model)]),
        Section(
            "scores",
            "Scores",
            [own_score_table(model["scores"])] if model["scores"] else [note("No benchmark score of it is known.")],
        ),
        Section("open", "Not known", list(open_lists(model))),
        Section(
            "next",
            "Compare with",
            [Bullets([neighbour_cell(model, row, links) for row in page["related"]])] if page["related"] else [],
        ),
        Section("freshness", "Age of the facts", [freshness_table(page["freshness"])]),
    ]
    return Document(
        title=model["display_name"],
        subtitle=f"as of {page['release']['as_of']}",
        about=f"{model['display_name']} by {model['developer']}: offers, prices, capabilities and scores with sources.",
        sections=[section for section in sections if section.blocks],
        captures=page["captures"],
    )


def _overview(model: ModelContent) -> Iterator[Block]:
    rows = [
        [Cell("Model id"), Cell(model["model_id"])],
        [Cell("Developer"), Cell(model["developer"])],
        [Cell("Kind"), Cell(model["kind"])],
        [Cell("Identity"), Cell(model["identity_basis"].replace("_", " "))],
        [Cell("Decision fit"), fit_cell(model)],
        [Cell("Active offers"), offers_cell(model, ())],
        [Cell("List price, blended 3:1, per million tokens"), list_price_cell(model)],
    ]
    yield TableBlock("In short", ("", model["display_name"]), rows, is_even=True)
    if not (model["is_live"] and model["is_text_generating"]):
        yield note(f"It is not compared: {_explain_absence(model)}.")


def _explain_absence(model: ModelContent) -> str:
    """Why a model is in no pair."""
    if not model["is_text_generating"]:
        return f"its kind is {model['kind']}"
    is_confirmed = model["identity_basis"] != "unconfirmed"
    return "all its known offers are retired" if is_confirmed else "one reseller alone names it"


def _spec_table(model: ModelContent) -> TableBlock:
    rows = [
        [Cell(SPEC_LABELS[field]), spec_value_cell(field, spec)]
        for field, spec in model["specs"].items()
        if spec["value"] is not None or field not in ONLY_IF_KNOWN
    ]
    return TableBlock("Declared values and other claims", ("", model["display_name"]), rows, is_even=True)


def offer_blocks(model: ModelContent) -> Iterator[Block]:
    """Every offer."""
    if not model["routes"]:
        yield note("No offer is known.")
        return
    yield from charts(chart_offers([model]))
    rows = [
        [Cell("Providers"), names_cell(model["providers"], model)],
        [Cell("Known operators"), names_cell(model["operators"], model)],
    ]
    yield TableBlock("Providers and operators", ("", model["display_name"]), rows, is_even=True)
    count = format_count(len(model["routes"]), "offer")
    yield offer_table(f"{count} by monthly cost, {label_workload(DETAILED_SCENARIO)}", model["routes"])


def _history_blocks(page: ModelPage) -> Iterator[Block]:
    yield from charts(chart_history(page["history"], page["model"]["routes"], page["release"]["as_of"]))
    changes = change_table(page["history"], page["model"]["routes"])
    if changes:
        yield changes
        return
    starts = sorted(line["spans"][0]["from"] for line in page["history"])
    yield note(f"No price of its offers has changed since {starts[0][:10]}." if starts else "No price is known.")


def _cost_table(page: ModelPage) -> TableBlock:
    costs = page["model"]["costs"]
    rows = [
        [Cell(row["label"], note=describe_traffic(row)), cost_cell(costs[row["scenario_id"]])]
        for row in page["workloads"]
    ]
    return TableBlock("Monthly cost in US dollars", ("Workload", page["model"]["display_name"]), rows, is_even=True)


def capability_table(model: ModelContent) -> TableBlock:
    """Every capability with its rule and claims."""
    rows = [[Cell(label), capability_cell(model["capabilities"][name])] for name, label in CAPABILITY_LABELS.items()]
    return TableBlock("Capabilities: yes, no or unknown; a no has evidence", ("", model["display_name"]), rows)
