"""Price candidates: the landed price bundles of each offer, the check that each fails, and their order."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lookup import is_member
from llmpairs.transforms.pricing.price_rules import load_thresholds
from llmpairs.transforms.reconcile.choose import BASIS_RANK, FIRST_HAND_AUTHORITY
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

FIELDS = list(PRICE_FIELDS[:2])
LIMITS = load_thresholds()
BOUNDS, POWER = "Q15 out of bounds", "Q14 power of ten from the model's other routes"
SPREAD = "Q16 over ten times from the model's median"
ONE_SIDE, TIERS = "Q07 one side without a price", "Q20 tier below the base price"
CACHE = "Q18 cache price above the input price"
REASON_ORDER = (
    "subscription", "other_currency", "dynamic", "one_side_missing", "zero_of_unknown_kind", "unparsed",
    "not_per_token", "not_listed",
)  # fmt: skip
"""Reasons for a missing price from the one that says most about the offer to the one that says least."""
CONTENTS = ("tier_price", "reason_rank")
"""Ranks of what candidates with equal prices may differ in."""


def check_candidates(candidates: DataFrame, text_models: Iterable[str]) -> DataFrame:
    """Candidates plus `failed_check`: the check that a price fails by itself or among its model's offers, or null.

    A candidate is one landed offer with offer_id, model_id, route_kind, service_tier, authority, expired, PRICE_FIELDS
    and price_tiers. Q07 applies to the models of `text_models` alone: embeddings have a price on one side only.
    """
    low, high = LIMITS["lowest_usd_per_mtok"], LIMITS["highest_usd_per_mtok"]
    prices = candidates[FIELDS]
    out_of_bounds = ((prices > high) | ((prices > 0) & (prices < low))).any(axis=1)
    sane = candidates[~out_of_bounds]
    decades = DataFrame({field: decades_off(candidates, offer_medians(sane, field), field) for field in FIELDS})
    nearest = decades.round()
    slip = (((decades - nearest).abs() < LIMITS["power_width"]) & (nearest >= 2) & (nearest <= 6)).any(axis=1)
    one_sided = (candidates["price_missing_reason"] == "one_side_missing") & candidates["model_id"].isin(
        list(text_models)
    )
    rules = [
        (out_of_bounds, BOUNDS),
        (one_sided, ONE_SIDE),
        (has_cheaper_tier(candidates), TIERS),
        (slip, POWER),
        ((decades > np.log10(LIMITS["widest_spread"])).any(axis=1), SPREAD),
    ]
    masks = [mask.fillna(False).to_numpy(dtype=bool) for mask, _ in rules]
    found = np.select(masks, [rule for _, rule in rules], default="")
    return candidates.assign(failed_check=Series(found, index=candidates.index, dtype="str").replace("", None))


def offer_medians(candidates: DataFrame, field: str) -> DataFrame:
    """`median` and `offers` by model_id: each offer counts with the median of its candidates of highest priority.

    Aggregate rows are left out.
    """
    rows = candidates[(candidates["route_kind"] != "aggregate") & (candidates[field] > 0)]
    rows = rows[rows["service_tier"] == "standard"]
    best = rows[rows["authority"] == rows.groupby("offer_id")["authority"].transform("min")]
    of_offers = best.groupby(["model_id", "offer_id"])[field].median()
    return of_offers.groupby(level="model_id").agg(median="median", offers="size")


def decades_off(candidates: DataFrame, medians: DataFrame, field: str) -> Series:
    """Powers of ten between a price and its model's median, either way; null where there are too few offers."""
    known = candidates[["model_id"]].join(medians, on="model_id")
    distance = np.abs(np.log10(candidates[field].where(candidates[field] > 0) / known["median"]))
    return Series(distance).where(known["offers"] >= LIMITS["spread_offers"])


def has_cheaper_tier(candidates: DataFrame) -> Series:
    """Whether a price for long prompts is below the base price: the tier was misread."""
    tiered = candidates[candidates["price_tiers"].notna()]
    tiers = tiered[["price_tiers"]].explode("price_tiers")["price_tiers"]
    cheaper = Series(False, index=tiers.index)
    for field in FIELDS:
        own = pd.to_numeric(tiers.map(lambda tier, name=field: tier[name]), errors="coerce")
        cheaper |= own < candidates[field].reindex(tiers.index)
    return cheaper.groupby(level=0).any().reindex(candidates.index, fill_value=False)


def order_candidates(candidates: DataFrame, decided: DataFrame, previous: DataFrame) -> DataFrame:
    """Candidates plus `is_decided`, `basis_rank` and `votes`, from best to worst within each offer.

    Order: fresh, decided, not replaced by newer first-hand evidence (`is_stale`), no copy of an aggregator that lists
    the offer itself, complete, declared before derived, authority, votes, the price published last time, the higher
    price: it is never below what is charged. Rows that are equal in all that is published follow by source, key and
    locator. `decided` is offer_id (as subject_id), field and value of valid decisions, `previous` the offers of the
    previous release. Unlike for specs the reviewed priority of copies comes before their votes: a stale copy would
    otherwise keep an old price.
    """
    is_decided, lacks = match_decided(candidates, decided)
    ranked = candidates.assign(
        is_decided=is_decided,
        lacks=lacks,
        copies=copies_aggregator(candidates),
        incomplete=candidates[FIELDS].isna().any(axis=1),
        basis_rank=candidates["basis"].map(BASIS_RANK).astype("int8"),
        is_incumbent=is_published(candidates, previous),
        **rank_contents(candidates),
    )
    better = ["expired", "lacks", "is_stale", "copies", "incomplete", "basis_rank", "authority"]
    ranked["votes"] = ranked.groupby(["offer_id", *better, *FIELDS], dropna=False)["lineage"].transform("nunique")
    order = {
        "offer_id": True, **dict.fromkeys(better, True), "votes": False, "is_incumbent": False,
        **dict.fromkeys(PRICE_FIELDS, False), **dict.fromkeys(CONTENTS, False), "source_id": True, "model_key": True,
        "locator": True,
    }  # fmt: skip
    ranked = ranked.sort_values(list(order), ascending=list(order.values()), kind="stable")
    return ranked.drop(columns=["lacks", "copies", "incomplete", "is_incumbent", *CONTENTS])


def copies_aggregator(candidates: DataFrame) -> Series:
    """Whether a candidate is a catalogue's copy of an aggregator's offer that the aggregator lists itself.

    The aggregator's own entry counts even where its price is computed, or varies; only one without any price does not.
    """
    is_own = (candidates["authority"] <= FIRST_HAND_AUTHORITY) & ~candidates["expired"].astype(bool)
    states = candidates["price_missing_reason"].fillna("") != "not_listed"
    lists = is_own & states & (candidates["route_kind"] == "aggregate")
    return ~is_own & is_member(candidates["offer_id"], candidates.loc[lists, "offer_id"])


def rank_contents(candidates: DataFrame) -> dict[str, Series]:
    """Ranks of what is published besides the prices, the highest first, by the names of CONTENTS.

    Of equal prices the one with the higher price for long prompts is published, of missing prices the one with the
    reason that says most.
    """
    tiered = candidates.loc[candidates["price_tiers"].notna(), "price_tiers"].explode()
    sums = {field: pd.to_numeric(tiered.map(lambda tier, name=field: tier[name]), errors="coerce") for field in FIELDS}
    highest = DataFrame(sums, index=tiered.index).sum(axis=1).groupby(level=0).max()
    reasons = {reason: -float(place) for place, reason in enumerate(REASON_ORDER)}
    return {
        "tier_price": highest.reindex(candidates.index).fillna(0.0),
        "reason_rank": candidates["price_missing_reason"].map(reasons).fillna(0.0).astype("float64"),
    }


def is_published(candidates: DataFrame, previous: DataFrame) -> Series:
    """Whether a candidate has the prices that its offer had in the previous release."""
    before = previous.drop_duplicates("offer_id").set_index("offer_id")[FIELDS].reindex(candidates["offer_id"])
    same = (before.to_numpy(dtype="float64", na_value=np.nan) == candidates[FIELDS].to_numpy(dtype="float64")).all(
        axis=1
    )
    return Series(same, index=candidates.index)


def match_decided(candidates: DataFrame, decided: DataFrame) -> tuple[Series, Series]:
    """Whether a candidate has a decided price of its offer, and how many decided prices it lacks."""
    has = Series(False, index=candidates.index)
    lacks = Series(0, index=candidates.index)
    for field in PRICE_FIELDS:
        known = decided[decided["field"] == field].set_index("subject_id")["value"]
        value = pd.to_numeric(candidates["offer_id"].map(known), errors="coerce")
        has |= value == candidates[field]
        lacks += (value.notna() & (value != candidates[field])).astype("int64")
    return has, lacks


def list_price_claims(candidates: DataFrame) -> DataFrame:
    """Claims on each price field, as `select_lineage_values` takes them; expired candidates are left out."""
    fresh = candidates[~candidates["expired"].astype(bool)]
    parts = [
        DataFrame(
            {
                "subject_kind": "offer",
                "subject_id": rows["offer_id"],
                "field": field,
                "lineage": rows["lineage"],
                "authority": rows["authority"],
                "value": rows[field].map(repr).astype("str"),
                "basis": rows["basis"],
                "doubt": rows["failed_check"],
            }
        )
        for field in PRICE_FIELDS
        for rows in [fresh[fresh[field].notna()]]
    ]
    return pd.concat(parts, ignore_index=True)
