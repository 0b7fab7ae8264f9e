"""Tables of a pair's page: costs, specs, prices, routes, capabilities and scores."""

from collections.abc import Sequence
from typing import Any

from llmpairs.pages.layout.verdicts import refs, side_table, workload_words
from llmpairs.render.document import Cell, Table
from llmpairs.render.labels import (
    ARCHITECTURE_WORDS,
    CAPABILITY_WORDS,
    COST_STATE_WORDS,
    LICENCE_CLASS_WORDS,
    RULE_WORDS,
    SPEC_WORDS,
    UNKNOWN,
    derived_price,
    money,
    price,
    route_words,
)

Row = dict[str, Any]
SHOWN_OTHERS = 3
ONLY_IF_KNOWN = {"deprecated_on", "retire_on"}
"""Absent on most models, and that is as it should be."""
WORDS_OF_SPECS = {"license_class": LICENCE_CLASS_WORDS, "architecture": ARCHITECTURE_WORDS}


def cost_table(page: Row) -> Table:
    """Monthly cost of every workload on both sides, with the routes."""
    rows = []
    for row in page["costs"]:
        difference = row["difference_usd"]
        cells = [
            Cell(row["scenario_id"], note=workload_words(row)),
            *(cost_cell(side) for side in row["sides"]),
        ]
        if difference is None:
            cells.append(Cell(UNKNOWN, note=row["no_difference_because"], tone="unknown"))
        else:
            sign = "+" if difference > 0 else "-" if difference < 0 else ""
            cells.append(Cell(f"{sign}{money(abs(difference))}"))
        rows.append(cells)
    names = [side["display_name"] for side in page["sides"]]
    head = ("Workload", *names, f"{names[1]} less {names[0]}")
    return Table(
        "Monthly cost in US dollars on the cheapest route that may serve the workload",
        head,
        rows,
        is_even=True,
    )


def cost_cell(side: Row) -> Cell:
    """Cheapest of any route and of direct ones, median and dearest."""
    cheapest, direct, dearest = side["cheapest"], side["cheapest_direct"], side["dearest"]
    if cheapest is None:
        return Cell(UNKNOWN, note=COST_STATE_WORDS[side["state"]], tone="unknown")
    parts = [f"cheapest: {route_words(cheapest)}"]
    if direct and direct["offer_id"] != cheapest["offer_id"]:
        parts.append(f"cheapest direct: {money(direct['usd'])}, {route_words(direct)}")
    if side["eligible_offer_count"] > 1:
        middle = f"median {money(side['median_usd'])}, dearest {money(dearest['usd'])}"
        parts.append(f"{middle} over {side['eligible_offer_count']} routes")
    else:
        parts.append("the only priced route")
    if cheapest["held"]:
        parts.append("a newer price is held back as suspicious")
    return Cell(money(cheapest["usd"]), refs(cheapest["evidence"]), note="\n".join(parts))


def spec_table(page: Row) -> Table:
    """Specs of both sides, with other claims where sources differ."""
    rows = []
    for row in page["specs"]:
        if row["values"] == [None, None] and row["field"] in ONLY_IF_KNOWN:
            continue
        rows.append([Cell(SPEC_WORDS[row["field"]]), *(spec_cell(row, place) for place in (0, 1))])
    return side_table("What sources declare, and what else is claimed", page, rows)


def spec_cell(row: Row, place: int) -> Cell:
    """One spec of one side."""
    spec = {name: row[name][place] for name in ("basis", "evidence", "others")}
    spec["value"] = row["values"][place]
    return spec_value_cell(row["field"], spec)


def spec_value_cell(field: str, spec: Row) -> Cell:
    """A spec; a value that was computed says so, and so do sources that say otherwise."""
    claims = others_words(spec["others"])
    if spec["value"] is None:
        return Cell(UNKNOWN, tone="unknown", note=claims)
    notes = ["derived" if spec["basis"] == "derived" else "", claims]
    return Cell(spec_words(field, spec["value"]), refs(spec["evidence"]), note="; ".join(filter(None, notes)))


def spec_words(field: str, value: Any) -> str:
    """A spec as a person reads it."""
    if field in WORDS_OF_SPECS:
        return WORDS_OF_SPECS[field][value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def others_words(others: Sequence[Row]) -> str:
    """What else is claimed, the most often said first."""
    if not others:
        return ""
    shown = ", ".join(
        f"{row['value'].replace(';', ' + ')} ({row['claims']})" for row in others[:SHOWN_OTHERS]
    )
    more = len(others) - SHOWN_OTHERS
    return f"also claimed: {shown}{f' and {more} more' if more > 0 else ''}"


def offer_table(page: Row) -> Table:
    """Prices and availability of both sides."""
    rows = [
        [Cell("List price, blended 3:1"), *(list_price_cell(side) for side in page["sides"])],
        [
            Cell("Input / output on the cheapest route"),
            *(cheapest_price_cell(side) for side in page["sides"]),
        ],
        [Cell("Providers"), *(names_cell(side["providers"], side) for side in page["sides"])],
        [Cell("Known operators"), *(names_cell(side["operators"], side) for side in page["sides"])],
    ]
    return side_table("Prices in US dollars per million tokens", page, rows)


def list_price_cell(side: Row) -> Cell:
    """The list price and what it is the median of."""
    found = side["list_price"]
    if found["blended_3to1_usd_per_mtok"] is None:
        return Cell(UNKNOWN, tone="unknown", note="no eligible route")
    of = "the developer's own routes" if found["basis"] == "first_party" else "all eligible routes"
    return Cell(
        derived_price(found["blended_3to1_usd_per_mtok"]), tuple(found["evidence"]), note=f"median of {of}"
    )


def cheapest_price_cell(side: Row) -> Cell:
    """Both prices of the route that is cheapest in seed_chat."""
    cost = side["costs"]["seed_chat"]["cheapest"]
    if cost is None:
        return Cell(UNKNOWN, tone="unknown", note=COST_STATE_WORDS[side["costs"]["seed_chat"]["state"]])
    text = f"{price(cost['input_usd_per_mtok'])} / {price(cost['output_usd_per_mtok'])}"
    return Cell(text, refs(cost["evidence"]), note=f"cheapest in seed_chat: {route_words(cost)}")


def names_cell(entries: Sequence[Row], side: Row) -> Cell:
    """How many, and which."""
    if not entries:
        return Cell("none known", tone="unknown")
    return Cell(
        str(len(entries)), tuple(side["route_evidence"]), note=", ".join(entry["name"] for entry in entries)
    )


def capability_table(page: Row) -> Table:
    """The matrix: state, what it rests on, and who says otherwise."""
    rows = [
        [Cell(CAPABILITY_WORDS[row["capability"]]), *(capability_cell(cell) for cell in row["sides"])]
        for row in page["capabilities"]
    ]
    return side_table("Capabilities: yes, no or unknown; a no has evidence", page, rows)


def capability_cell(cell: Row) -> Cell:
    """One state; an unknown is never a no."""
    notes = [RULE_WORDS[cell["rule"]]]
    if cell["against"]:
        said = ", ".join(f"{row['claims']} say {row['value']}" for row in cell["against"])
        notes.append(f"disputed: {said}" if cell["state"] != "unknown" else f"claims: {said}")
    if cell["routes_yes"] or cell["routes_no"]:
        notes.append(f"routes: {cell['routes_yes']} yes, {cell['routes_no']} no")
    return Cell(cell["state"], refs(cell["evidence"]), note="\n".join(notes), tone=cell["state"])
