"""Among the sources of a route's price, the one that is published; suspicious ones are set aside, not lost."""

import numpy as np
from pandas import DataFrame, Series

from warehouse.vocabulary import PRICE_FIELDS

BOUNDS_USD_PER_MTOK = (0.001, 1000.0)
"""Largest real price 600 (o1-pro); LiteLLM had one host at 15,000 (Q15, seen 2026-05-18)."""
POWER_WIDTH = 0.06
"""Within 15% of 10^2 to 10^6 times its model's median is a unit slip (Q14: 1,000-fold at helicone, 1e5 at wandb)."""
FEWEST_ROUTES = 3
"""A median over fewer routes says nothing about the next one."""


def judge_candidates(candidates: DataFrame) -> DataFrame:
    """Candidates plus `suspicion`: null, or the check that a price fails ("Q15 bounds", "Q14 power of ten").

    A candidate is one landed offer with offer_id, model_id, route_kind, authority, expired, PRICE_FIELDS.
    """
    low, high = BOUNDS_USD_PER_MTOK
    fields = [candidates[field] for field in PRICE_FIELDS[:2]]
    out_of_bounds = Series(False, index=candidates.index)
    for price in fields:
        out_of_bounds |= (price > high) | ((price > 0) & (price < low))
    sane = candidates[~out_of_bounds]
    slip = Series(False, index=candidates.index)
    for field in PRICE_FIELDS[:2]:
        slip |= is_power_of_ten_off(candidates, route_medians(sane, field), field)
    dear_cache = candidates["cache_read_usd_per_mtok"] > candidates["input_usd_per_mtok"]
    return candidates.assign(
        suspicion=Series(
            np.select([out_of_bounds, slip], ["Q15 bounds", "Q14 power of ten"], default=""),
            index=candidates.index,
            dtype="str",
        ).replace("", None),
        cache_read_usd_per_mtok=candidates["cache_read_usd_per_mtok"].mask(dear_cache),
    )


def route_medians(candidates: DataFrame, field: str) -> DataFrame:
    """`median` and `routes` by model_id over its routes' best candidates, aggregate rows left out."""
    routes = candidates[(candidates["route_kind"] != "aggregate") & (candidates[field] > 0)]
    routes = routes[routes["service_tier"] == "standard"].sort_values(["offer_id", "authority", "source_id"])
    best = routes.drop_duplicates("offer_id")
    return best.groupby("model_id")[field].agg(median="median", routes="size")


def is_power_of_ten_off(candidates: DataFrame, medians: DataFrame, field: str) -> Series:
    """Whether a price is 10^k (k = 2 to 6) times its model's median, or the median that much times it."""
    known = candidates[["model_id"]].join(medians, on="model_id")
    distance = np.abs(np.log10(candidates[field].where(candidates[field] > 0) / known["median"]))
    nearest = distance.round()
    near = (np.abs(distance - nearest) < POWER_WIDTH) & nearest.between(2, 6)
    return near.fillna(False) & (known["routes"].fillna(0) >= FEWEST_ROUTES)


def order_candidates(candidates: DataFrame) -> DataFrame:
    """Candidates from best to worst within each offer: fresh, usable, authority, newest; then source and key."""
    complete = candidates[list(PRICE_FIELDS[:2])].notna().all(axis=1)
    ranked = candidates.assign(incomplete=~complete)
    order = [
        "offer_id",
        "expired",
        "incomplete",
        "authority",
        "captured_at",
        "source_id",
        "model_key",
        "locator",
    ]
    ascending = [True, True, True, True, False, True, True, True]
    return ranked.sort_values(order, ascending=ascending, kind="stable").drop(columns="incomplete")


def choose_prices(candidates: DataFrame) -> DataFrame:
    """One row per offer_id: the best candidate that is not suspicious, and `held` where a suspicious one stood first.

    Where only suspicious candidates exist the prices are null and price_missing_reason is `held`.
    """
    ordered = order_candidates(candidates)
    first = ordered.drop_duplicates("offer_id").set_index("offer_id")
    sound = ordered[ordered["suspicion"].isna()].drop_duplicates("offer_id").set_index("offer_id")
    chosen = sound.reindex(first.index)
    missing = chosen["row_id"].isna()
    for column in ("source_id", "capture_id", "captured_at", "price_kind", "currency", "row_id"):
        chosen[column] = chosen[column].where(~missing, first[column])
    chosen["price_missing_reason"] = chosen["price_missing_reason"].mask(missing, "held")
    chosen["held"] = first["suspicion"].notna()
    return chosen.reset_index()
