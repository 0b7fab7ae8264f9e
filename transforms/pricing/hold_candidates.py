"""What is held of a price: one row per field that differs from what the last release published."""

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.holds import DOUBTED, WAITING
from llmpairs.transforms.pricing.candidates import CACHE, FIELDS, TIERS
from llmpairs.transforms.pricing.change_checks import RELEASABLE, differs

CACHE_FIELD = "cache_read_usd_per_mtok"
TIER_FIELD = "price_tiers"


def is_slipped(bundles: DataFrame, before: DataFrame) -> Series:
    """Whether a bundle fails a check by itself and is not what the last release published anyway."""
    tiers_differ = (text_of(bundles, TIER_FIELD) != text_of(before, TIER_FIELD)) & (
        bundles["suspicion"] == TIERS
    )
    return bundles["suspicion"].notna() & (differs(bundles, before) | tiers_differ.fillna(False))


def text_of(bundles: DataFrame, field: str) -> Series:
    """A field of the bundles as holds spell it; a missing price is null."""
    if field == TIER_FIELD:
        return bundles[field].map(spell_tiers, na_action="ignore").astype("str")
    return bundles[field].map(repr, na_action="ignore").astype("str")


def spell_tiers(tiers: list[dict[str, float]]) -> str:
    """Tiers in one line: "from 200000: 2.5/10.0; from 500000: 5.0/20.0"."""
    return "; ".join(
        f"from {tier['min_prompt_tokens']}: {tier[FIELDS[0]]}/{tier[FIELDS[1]]}" for tier in tiers
    )


def keep_rules(rule: Series, bundles: DataFrame, previous: DataFrame) -> Series:
    """Rules in which a candidate that the last release held stays held by the same check until it changes.

    Only moves on a single route may be let go, so only theirs are judged afresh.
    """
    waited = previous[
        previous["state"].isin(WAITING) & previous["field"].isin(FIELDS) & ~previous["rule"].isin(RELEASABLE)
    ]
    said = pd.concat([told_of(bundles, field).rename(field) for field in FIELDS], axis=1)
    now = said.stack(future_stack=True).reindex(pd.MultiIndex.from_frame(waited[["subject_id", "field"]]))
    same = Series(now.to_numpy() == waited["candidate_value"].to_numpy(), index=waited.index)
    stays = same.groupby(waited["subject_id"]).all()
    former = waited.drop_duplicates("subject_id").set_index("subject_id")["rule"]
    return rule.where(~rule.index.isin(stays.index[stays]), former.reindex(rule.index))


def told_of(bundles: DataFrame, field: str) -> Series:
    """A price as its hold tells it: the number, or why there is none."""
    return text_of(bundles, field).fillna(bundles["price_missing_reason"])


def doubt_bundles(bundles: DataFrame, substitutes: DataFrame, rule: Series) -> DataFrame:
    """DOUBTED rows of bundles that fail a check: each price, or its tiers, that what stands in for them has not."""
    held = bundles[rule.notna()]
    other = substitutes.reindex(held.index)
    parts = []
    for field in FIELDS:
        unchanged = (held[field] == other[field]) | (held[field].isna() & other[field].isna())
        told = told_of(held, field)
        parts.append(doubt(held[~unchanged & told.notna()], field, told, rule))
    tiers = text_of(held, TIER_FIELD)
    cheaper = (rule.reindex(held.index) == TIERS) & (tiers != text_of(other, TIER_FIELD)).fillna(True)
    return pd.concat([*parts, doubt(held[cheaper], TIER_FIELD, tiers, rule)], ignore_index=True)


def doubt(rows: DataFrame, field: str, told: Series, rule: Series) -> DataFrame:
    """DOUBTED rows of one field."""
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows.index,
            "field": field,
            "candidate_value": told.reindex(rows.index).to_numpy(),
            "rule": rule.reindex(rows.index).to_numpy(),
            "source_id": rows["source_id"].to_numpy(),
            "capture_id": rows["capture_id"].to_numpy(),
            "provider_id": rows["provider_id"].to_numpy(),
        }
    )[DOUBTED]


def doubt_caches(prices: DataFrame, before: DataFrame) -> DataFrame:
    """DOUBTED rows of cache prices above the input price, but for those that the last release published."""
    dear = (prices[CACHE_FIELD] > prices["input_usd_per_mtok"]) & (prices[CACHE_FIELD] != before[CACHE_FIELD])
    rows = prices[dear]
    return doubt(rows, CACHE_FIELD, text_of(rows, CACHE_FIELD), Series(CACHE, index=rows.index))
