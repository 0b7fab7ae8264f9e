"""Tables of a pair's page: costs, specs, prices and capabilities."""

from collections.abc import Sequence
from dataclasses import replace

from llmpairs.pages.content.blocks import explain_no_cost
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.schema import Capability, Named, Side, Spec, WorkloadCost
from llmpairs.pages.layout.outcomes import citations, describe_traffic, side_table
from llmpairs.pages.rows import ClaimCount, SpecValue
from llmpairs.render.document import Cell, TableBlock
from llmpairs.render.labels import (
    ARCHITECTURE_LABELS,
    CAPABILITY_LABELS,
    LICENCE_CLASS_LABELS,
    RULE_LABELS,
    SPEC_LABELS,
    UNKNOWN,
    describe_offer,
    format_capability,
    format_date,
    format_derived_price,
    format_money,
)

SHOWN_OTHERS = 3
ONLY_IF_KNOWN = {"deprecated_on", "retire_on"}
"""Specs that most models do not have."""
DATES = {"released_date", "knowledge_cutoff_date", "deprecated_on", "retire_on"}
LABELS_OF_SPECS = {"license_class": LICENCE_CLASS_LABELS, "architecture": ARCHITECTURE_LABELS}


def cost_table(page: PairPage) -> TableBlock:
    """Monthly cost of every workload on both sides, with the offers."""
    rows = []
    for row in page["costs"]:
        difference = row["difference_usd"]
        cells = [Cell(row["label"], note=describe_traffic(row)), *(cost_cell(side) for side in row["sides"])]
        if difference is None:
            cells.append(Cell(UNKNOWN, note=row["no_difference_because"] or "", tone="unknown"))
        else:
            sign = "+" if difference > 0 else "-" if difference < 0 else ""
            cells.append(Cell(f"{sign}{format_money(abs(difference))}"))
        rows.append(cells)
    names = [side["display_name"] for side in page["sides"]]
    head = ("Workload", *names, f"{names[1]} minus {names[0]}")
    return TableBlock(
        "Monthly cost in US dollars, best price of a named operator; tokens spent on reasoning are not counted",
        head,
        rows,
        is_even=True,
    )


def cost_cell(side: WorkloadCost) -> Cell:
    """Best cost of a named operator with its offer, then list price, lower unnamed offers, median and range."""
    best, lowest, highest = side["best"], side["cheapest"], side["dearest"]
    parts = []
    if best:
        parts.append(f"best: {describe_offer(best)}{'; a newer price is held back' if best['held'] else ''}")
    if side["list_usd"] is not None:
        parts.append(f"list price: {format_money(side['list_usd'])}")
    if lowest and (best is None or lowest["offer_id"] != best["offer_id"]):
        parts.append(f"lowest, not compared: {format_money(lowest['usd'])}, {describe_offer(lowest)}")
    if highest and side["eligible_offer_count"] > 1:
        middle = f"median {format_money(side['median_usd'])}, most expensive {format_money(highest['usd'])}"
        parts.append(f"{middle} over {side['eligible_offer_count']} offers")
    if best is None:
        return Cell(UNKNOWN, note="\n".join([explain_no_cost(side), *parts]), tone="unknown")
    return Cell(format_money(best["usd"]), citations(best["evidence"]), note="\n".join(parts))


def spec_table(page: PairPage, *, with_claims: bool = False) -> TableBlock:
    """Specs of both sides; `with_claims` adds the basis, and other claims where sources differ."""
    rows = []
    for row in page["specs"]:
        if row["values"] == [None, None] and (row["field"] in ONLY_IF_KNOWN or not with_claims):
            continue
        columns = zip(row["values"], row["basis"], row["evidence"], row["others"], strict=True)
        specs: list[Spec] = [
            {"value": value, "basis": basis, "evidence": evidence, "others": others}
            for value, basis, evidence, others in columns
        ]
        cells = [spec_value_cell(row["field"], spec) for spec in specs]
        rows.append([Cell(SPEC_LABELS[row["field"]]), *(cells if with_claims else [shorten(cell) for cell in cells])])
    return side_table("Published values and the other claims" if with_claims else "Published values", page, rows)


def list_unknown_specs(page: PairPage) -> list[str]:
    """Labels of the specs that most models have and that are unknown for both."""
    rows = (row for row in page["specs"] if row["values"] == [None, None])
    return [SPEC_LABELS[row["field"]] for row in rows if row["field"] not in ONLY_IF_KNOWN]


def list_same_capabilities(page: PairPage, state: str) -> list[str]:
    """Capabilities that have this state on both sides, as in a sentence."""
    rows = (row for row in page["capabilities"] if all(cell["state"] == state for cell in row["sides"]))
    return [format_capability(row["capability"]) for row in rows]


def shorten(cell: Cell) -> Cell:
    """A cell without its note and explanation, which a folded table has."""
    return replace(cell, text=cell.text.partition(": ")[0], note="")


def spec_value_cell(field: str, spec: Spec) -> Cell:
    """A spec, with notes on a derived value and on other claims."""
    claims = _describe_others(spec["others"])
    if spec["value"] is None:
        return Cell(UNKNOWN, tone="unknown", note=claims)
    notes = ["derived" if spec["basis"] == "derived" else "", claims]
    return Cell(_format_spec(field, spec["value"]), citations(spec["evidence"]), note="; ".join(filter(None, notes)))


def _format_spec(field: str, value: SpecValue) -> str:
    if field in LABELS_OF_SPECS:
        return LABELS_OF_SPECS[field][str(value)]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    if field in DATES:
        return format_date(str(value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _describe_others(others: Sequence[ClaimCount]) -> str:
    if not others:
        return ""
    shown = ", ".join(f"{row['value'].replace(';', ' + ')} ({row['claims']})" for row in others[:SHOWN_OTHERS])
    more = len(others) - SHOWN_OTHERS
    return f"also claimed: {shown}{f' and {more} more' if more > 0 else ''}"


def price_table(page: PairPage) -> TableBlock:
    """Prices and availability of both sides."""
    rows = [
        [Cell("List price, blended 3:1"), *(list_price_cell(side) for side in page["sides"])],
        [Cell("Providers"), *(names_cell(side["providers"], side) for side in page["sides"])],
        [Cell("Known operators"), *(names_cell(side["operators"], side) for side in page["sides"])],
    ]
    return side_table("Prices in US dollars per million tokens", page, rows)


def list_price_cell(side: Side) -> Cell:
    """The list price, and the offers of which it is the median."""
    found = side["list_price"]
    if found["blended_3to1_usd_per_mtok"] is None:
        return Cell(UNKNOWN, tone="unknown", note="no eligible offer")
    of = "the developer's own offers" if found["basis"] == "first_party" else "all eligible offers"
    return Cell(
        format_derived_price(found["blended_3to1_usd_per_mtok"]), tuple(found["evidence"]), note=f"median of {of}"
    )


def names_cell(entries: Sequence[Named], side: Side) -> Cell:
    """Number and names of providers or operators."""
    if not entries:
        return Cell("none known", tone="unknown")
    return Cell(str(len(entries)), tuple(side["route_evidence"]), note=", ".join(entry["name"] for entry in entries))


def capability_table(page: PairPage, *, with_claims: bool = False) -> TableBlock:
    """Capabilities whose states differ; `with_claims` has all of them, with rule and other claims."""
    rows = []
    for row in page["capabilities"]:
        if not with_claims and row["sides"][0]["state"] == row["sides"][1]["state"]:
            continue
        cells = [capability_cell(cell) for cell in row["sides"]]
        cells = cells if with_claims else [shorten(cell) for cell in cells]
        rows.append([Cell(CAPABILITY_LABELS[row["capability"]]), *cells])
    return side_table("How each capability is known" if with_claims else "A no has evidence", page, rows)


def capability_cell(cell: Capability) -> Cell:
    """State of a capability; unknown is not no."""
    notes = [RULE_LABELS[cell["rule"]]]
    if cell["against"]:
        claims = ", ".join(f"{row['claims']} claim {row['value']}" for row in cell["against"])
        notes.append(f"disputed: {claims}" if cell["state"] != "unknown" else f"claims: {claims}")
    if cell["routes_yes"] or cell["routes_no"]:
        notes.append(f"offers: {cell['routes_yes']} yes, {cell['routes_no']} no")
    return Cell(cell["state"], citations(cell["evidence"]), note="\n".join(notes), tone=cell["state"])
