"""Models to compare next: near either side by family, price and use."""

from collections.abc import Sequence
from math import log2

from llmpairs.pages.content.evidence import pick
from llmpairs.pages.content.pair_schema import Related
from llmpairs.pages.content.schema import Neighbour, Profile
from llmpairs.pages.rows import CandidateRow

PER_SIDE = 3
SAME_PRICE_RATIO = 1.5
"""Monthly costs within this ratio are one price band."""


def find_related(sides: Sequence[Profile], candidates: Sequence[CandidateRow]) -> list[Related]:
    """Neighbours of either side, the nearest first, each with the side that it is to be compared with, and why."""
    ids = [side["model_id"] for side in sides]
    return [
        {"side": position, **row}
        for position in range(len(sides))
        for row in find_neighbours(ids[position], candidates, ids, PER_SIDE)
    ]


def find_neighbours(
    model_id: str, candidates: Sequence[CandidateRow], excluded: Sequence[str], most: int
) -> list[Neighbour]:
    """Models that have something in common with one, the nearest first; equal ones by offers, then id.

    A model that is no candidate itself has none.
    """
    own = next((row for row in candidates if row["model_id"] == model_id), None)
    others = [] if own is None else [row for row in candidates if row["model_id"] not in excluded]
    ranked = [(*measure_distance(own, row), row) for row in others if own is not None]
    ranked.sort(key=lambda entry: (entry[0], -entry[2]["offer_count"], entry[2]["model_id"]))
    near = [(row, reasons) for _, reasons, row in ranked if reasons]
    return [pick(Neighbour, {**row, "why": reasons}) for row, reasons in near[:most]]


def measure_distance(own: CandidateRow, other: CandidateRow) -> tuple[float, list[str]]:
    """Distance of two models, smaller is nearer, and what they have in common.

    A family counts as one and a half doublings of the price, a common use as a quarter. Models with many offers are
    nearer than models with few.
    """
    reasons: list[str] = []
    distance = -0.25 * log2(1 + other["offer_count"])
    if own["family"] and (own["developer_id"], own["family"]) == (other["developer_id"], other["family"]):
        reasons.append("same_family")
        distance -= 1.5
    costs = own["detailed_usd"], other["detailed_usd"]
    gap = abs(log2(costs[0] / costs[1])) if costs[0] and costs[1] else 4.0
    if gap <= log2(SAME_PRICE_RATIO):
        reasons.append("same_price_band")
    common = set(own["workloads"]) & set(other["workloads"])
    if common:
        reasons.append("same_use")
    return round(distance + min(gap, 4.0) - 0.25 * len(common), 6), reasons
