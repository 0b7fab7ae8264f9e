"""Blocks of a page that compare the two sides row by row; position 0 is the left side, 1 the right one."""

from collections.abc import Sequence

from llmpairs.pages.content.evidence import pick
from llmpairs.pages.content.pair_schema import CapabilityPair, CostRow, SharedNames, SilentSource, SpecRow
from llmpairs.pages.content.profile import DATED_BLOCKS, SPECS
from llmpairs.pages.content.schema import Freshness, Profile, Workload, WorkloadCost
from llmpairs.pages.rows import SourceRow
from llmpairs.render.labels import CAPABILITY_LABELS, COST_STATE_LABELS, NO_NAMED_OPERATOR
from llmpairs.transforms.pairs.scenarios import Scenario

DECIMALS = 6
"""Decimals of costs, as in `llmpairs.transforms.pairs.costs`."""
ALWAYS_SHOWN = 6
"""The first capabilities of CAPABILITY_LABELS are in every matrix."""
SOURCE_KINDS_OF_OFFERS = ("catalogue", "provider")
ANSWERED = ("ok", "partial", "not_configured")


def spec_rows(sides: Sequence[Profile]) -> list[SpecRow]:
    """Specs with basis, evidence and other claims; `differs` is None where a side is unknown."""
    rows: list[SpecRow] = []
    for field in SPECS:
        specs = [side["specs"][field] for side in sides]
        values = [spec["value"] for spec in specs]
        rows.append(
            {
                "field": field,
                "values": values,
                "differs": None if None in values else values[0] != values[1],
                "basis": [spec["basis"] for spec in specs],
                "evidence": [spec["evidence"] for spec in specs],
                "others": [spec["others"] for spec in specs],
            }
        )
    return rows


def capability_rows(sides: Sequence[Profile]) -> list[CapabilityPair]:
    """Build the capability matrix, without capabilities that are unknown for both sides and not always shown."""
    rows: list[CapabilityPair] = [
        {"capability": name, "sides": [side["capabilities"][name] for side in sides]} for name in CAPABILITY_LABELS
    ]
    known = [row for row in rows[ALWAYS_SHOWN:] if any(cell["state"] != "unknown" for cell in row["sides"])]
    return rows[:ALWAYS_SHOWN] + known


NO_NAMED_PRICE = "no price of a named operator"


def cost_row(sides: Sequence[Profile], scenario: Scenario) -> CostRow:
    """Monthly cost of one workload; on the basis `best` ratio left/right and difference right minus left."""
    cells = [side["costs"][scenario.scenario_id] for side in sides]
    usd = [cell["best"]["usd"] for cell in cells if cell["best"]]
    is_known = len(usd) == len(cells)
    missing = [
        f"{side['display_name']}: {explain_no_cost(cell)}"
        for side, cell in zip(sides, cells, strict=True)
        if cell["best"] is None
    ]
    return {
        **describe_workload(scenario),
        "sides": cells,
        "difference_usd": round(usd[1] - usd[0], DECIMALS) if is_known else None,
        "ratio": usd[0] / usd[1] if is_known and min(usd) > 0 else None,
        "no_difference_because": None if is_known else "; ".join(missing),
    }


def explain_no_cost(cost: WorkloadCost) -> str:
    """Why a model has no cost on the basis `best`."""
    return NO_NAMED_OPERATOR if cost["cheapest"] else COST_STATE_LABELS[cost["state"]]


def describe_workload(scenario: Scenario) -> Workload:
    """Traffic and requirements of a workload."""
    computed = {"prompt_tokens": scenario.prompt_tokens, "must_have": list(scenario.must_have)}
    return pick(Workload, vars(scenario) | computed)


def find_shared_names(sides: Sequence[Profile]) -> SharedNames:
    """Providers and operators that both sides have on active offers."""
    left, right = sides
    return {
        "providers": [entry for entry in left["providers"] if entry in right["providers"]],
        "operators": [entry for entry in left["operators"] if entry in right["operators"]],
    }


def find_silent_sources(sources: Sequence[SourceRow]) -> list[SilentSource]:
    """Catalogues and providers that did not answer: their offers of either side are unknown."""
    return [
        pick(SilentSource, row)
        for row in sources
        if row["kind"] in SOURCE_KINDS_OF_OFFERS and row["state"] not in ANSWERED
    ]


def measure_freshness(profiles: Sequence[Profile]) -> list[Freshness]:
    """Oldest, median and newest capture behind each block; a block without evidence has no row."""
    rows: list[Freshness] = []
    for block in DATED_BLOCKS:
        times = sorted({time for profile in profiles for time in profile["moments"][block]})
        if times:
            middle = times[(len(times) - 1) // 2]
            rows.append({"block": block, "oldest": times[0], "median": middle, "newest": times[-1]})
    return rows
