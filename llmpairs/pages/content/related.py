"""Models to compare next: near either side by family, price and use."""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import log2

from llmpairs.pages.content.pair_schema import Related
from llmpairs.pages.content.schema import Neighbour, Profile
from llmpairs.pages.rows import CandidateRow

PER_SIDE = 4
SAME_PRICE_RATIO = 1.5
"""Monthly costs within this ratio are one price band."""


def find_related(sides: Sequence[Profile], candidates: Sequence[CandidateRow]) -> list[Related]:
    """Neighbours of either side, the nearest first, each with the side that it is to be compared with, and why."""
    known = {row["model_id"]: row for row in candidates}
    ids = {side["model_id"] for side in sides}
    related: list[Related] = []
    for position, side in enumerate(sides):
        if side["model_id"] in known:
            near = islice(rank_neighbours(known[side["model_id"]], candidates, ids), PER_SIDE)
            related += [{"side": position, **row} for row in near]
    return related


def rank_neighbours(own: CandidateRow, candidates: Sequence[CandidateRow], excluded: set[str]) -> Iterator[Neighbour]:
    """Models that have something in common with `own`, the nearest first; equal ones by offers, then id."""
    ranked = []
    for row in candidates:
        if row["model_id"] not in excluded:
            distance, reasons = measure_distance(own, row)
            if reasons:
                ranked.append((distance, -row["offer_count"], row["model_id"], reasons, row))
    for _, _, _, reasons, row in sorted(ranked, key=lambda entry: entry[:3]):
        yield {"model_id": row["model_id"], "display_name": row["display_name"], "slug": row["slug"], "why": reasons}


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
