"""Which pairs to look at next: models near either side, by family, price and use."""

from collections.abc import Iterator, Sequence
from itertools import islice
from math import log2

from llmpairs.pages.content.evidence import Row

PER_SIDE = 4
SAME_PRICE = 1.5
"""Monthly costs within this ratio are one price band."""
NAMES = ("model_id", "display_name", "slug")


def find_related(sides: Sequence[Row], models: Sequence[Row]) -> list[Row]:
    """Neighbours of either side, the nearest first, each with the side it is to be compared with, and why.

    `models` are all that may be proposed: model_id, display_name, slug, developer_id, family, offer_count,
    seed_chat_usd and workloads (those with demands that a priced route of the model serves).
    """
    known = {model["model_id"]: model for model in models}
    ids = {side["model_id"] for side in sides}
    related = []
    for place, side in enumerate(sides):
        if side["model_id"] in known:
            near = rank_neighbours(known[side["model_id"]], models, ids)
            related += [{"side": place, **row} for row in islice(near, PER_SIDE)]
    return related


def rank_neighbours(own: Row, models: Sequence[Row], but: set[str]) -> Iterator[Row]:
    """Models that have something in common with `own`, the nearest first; equal ones by offers, then id."""
    ranked = []
    for model in models:
        if model["model_id"] not in but:
            distance, reasons = nearness(own, model)
            if reasons:
                ranked.append((distance, -model["offer_count"], model["model_id"], reasons, model))
    for _, _, _, reasons, model in sorted(ranked, key=lambda entry: entry[:3]):
        yield {**{name: model[name] for name in NAMES}, "why": reasons}


def nearness(own: Row, model: Row) -> tuple[float, list[str]]:
    """Distance of two models, smaller is nearer, and what they have in common.

    A family counts as one and a half doublings of the price, a common use as a quarter; much-offered models
    are nearer than seldom-offered ones.
    """
    reasons: list[str] = []
    distance = -0.25 * log2(1 + model["offer_count"])
    if own["family"] and (own["developer_id"], own["family"]) == (model["developer_id"], model["family"]):
        reasons.append("same_family")
        distance -= 1.5
    costs = own["seed_chat_usd"], model["seed_chat_usd"]
    gap = abs(log2(costs[0] / costs[1])) if costs[0] and costs[1] else 4.0
    if gap <= log2(SAME_PRICE):
        reasons.append("same_price_band")
    common = set(own["workloads"]) & set(model["workloads"])
    if common:
        reasons.append("same_use")
    return round(distance + min(gap, 4.0) - 0.25 * len(common), 6), reasons
