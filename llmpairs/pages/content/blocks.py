"""Blocks of a page that set the two sides beside each other; position 0 is the left side, 1 the right one."""

from collections.abc import Sequence
from typing import Any

from llmpairs.pages.content.evidence import Row
from llmpairs.pages.content.profile import BLOCKS, SPECS
from llmpairs.render.labels import CAPABILITY_WORDS, COST_STATE_WORDS
from llmpairs.transforms.pairs.scenarios import Scenario, Scenarios

DECIMALS = 6
"""Of costs, as in `llmpairs.transforms.pairs.monthly`."""
ALWAYS_SHOWN = 6
"""The first capabilities of CAPABILITY_WORDS stand in every matrix."""
SOURCE_KINDS_OF_ROUTES = ("catalogue", "provider")
ANSWERED = ("ok", "partial", "not_configured")


def both(sides: Sequence[Row], *path: str) -> list[Any]:
    """The value at a path of each side."""
    values = []
    for side in sides:
        value: Any = side
        for key in path:
            value = None if value is None else value[key]
        values.append(value)
    return values


def spec_rows(sides: Sequence[Row]) -> list[Row]:
    """Specs with basis, evidence and other claims; `differs` is null where a side is unknown."""
    rows = []
    for field in SPECS:
        values = both(sides, "specs", field, "value")
        rows.append(
            {
                "field": field,
                "values": values,
                "differs": None if None in values else values[0] != values[1],
                **{name: both(sides, "specs", field, name) for name in ("basis", "evidence", "others")},
            }
        )
    return rows


def capability_rows(sides: Sequence[Row]) -> list[Row]:
    """The capability matrix; one that nobody knows of either side is left out unless it is always shown."""
    rows = []
    for place, name in enumerate(CAPABILITY_WORDS):
        cells = both(sides, "capabilities", name)
        if place < ALWAYS_SHOWN or any(cell["state"] != "unknown" for cell in cells):
            rows.append({"capability": name, "sides": cells})
    return rows


def cost_rows(sides: Sequence[Row], scenarios: Scenarios) -> list[Row]:
    """Monthly cost of every workload: both sides, ratio left/right and difference right minus left."""
    return [cost_row(sides, scenario) for scenario in scenarios]


def cost_row(sides: Sequence[Row], scenario: Scenario) -> Row:
    """One workload; ratio and difference are null with a reason where a side has no cost."""
    cells = both(sides, "costs", scenario.scenario_id)
    usd: list[float] = [cell["cheapest"]["usd"] for cell in cells if cell["cheapest"]]
    is_known = len(usd) == len(cells)
    return {
        **traffic(scenario),
        "sides": cells,
        "difference_usd": round(usd[1] - usd[0], DECIMALS) if is_known else None,
        "ratio": usd[0] / usd[1] if is_known and min(usd) > 0 else None,
        "no_difference_because": None if is_known else why_no_difference(sides, cells),
    }


def why_no_difference(sides: Sequence[Row], cells: Sequence[Row]) -> str:
    """Which sides have no cost, and why."""
    return "; ".join(
        f"{side['display_name']}: {COST_STATE_WORDS[cell['state']]}"
        for side, cell in zip(sides, cells, strict=True)
        if cell["cheapest"] is None
    )


def traffic(scenario: Scenario) -> Row:
    """What a month of the workload is."""
    return {
        "scenario_id": scenario.scenario_id,
        "about": scenario.about,
        "prompt_tokens": scenario.prompt_tokens,
        "output_tokens": scenario.output_tokens,
        "requests_per_month": scenario.requests_per_month,
        "cached_share": scenario.cached_share,
        "service_tier": scenario.service_tier,
        "must_have": list(scenario.must_have),
        "context_at_least": scenario.context_at_least,
    }


def shared_routes(sides: Sequence[Row]) -> Row:
    """Providers and operators that both sides have on active routes."""
    return {name: in_both(both(sides, name)) for name in ("providers", "operators")}


def in_both(lists: Sequence[Sequence[Row]]) -> list[Row]:
    """Entries of the left list that the right one has too."""
    right = {entry["id"] for entry in lists[1]}
    return [entry for entry in lists[0] if entry["id"] in right]


def silent_sources(sources: Sequence[Row]) -> list[Row]:
    """Catalogues and providers that were asked and did not answer: what they sell of either side is not known."""
    return [
        {"source_id": row["source_id"], "title": row["title"], "state": row["state"]}
        for row in sources
        if row["kind"] in SOURCE_KINDS_OF_ROUTES and row["state"] not in ANSWERED
    ]


def measure_freshness(profiles: Sequence[Row]) -> list[Row]:
    """Oldest, middle and newest capture behind each block; a block without evidence has no row."""
    rows = []
    for block in BLOCKS:
        moments = sorted({moment for profile in profiles for moment in profile["moments"][block]})
        if moments:
            middle = moments[(len(moments) - 1) // 2]
            rows.append({"block": block, "oldest": moments[0], "median": middle, "newest": moments[-1]})
    return rows
