"""Price holds: one row per field of a failed bundle that differs from what is published in its place."""

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.holds import FAILED_CHECK_COLUMNS, WAITING
from llmpairs.transforms.pricing.candidates import CACHE, FIELDS, TIERS
from llmpairs.transforms.pricing.change_checks import RELEASABLE, differs

CACHE_FIELD = "cache_read_usd_per_mtok"
TIER_FIELD = "price_tiers"


def fails_own_check(bundles: DataFrame, before: DataFrame) -> Series:
    """Whether a bundle fails a check by itself and differs from what the previous release published."""
    tiers_differ = (format_field(bundles, TIER_FIELD) != format_field(before, TIER_FIELD)) & (
        bundles["failed_check"] == TIERS
    )
    return bundles["failed_check"].notna() & (differs(bundles, before) | tiers_differ.fillna(False))


def format_field(bundles: DataFrame, field: str) -> Series:
    """A field of the bundles as text of holds; a missing price is null."""
    if field == TIER_FIELD:
        return bundles[field].map(format_tiers, na_action="ignore").astype("str")
    return bundles[field].map(repr, na_action="ignore").astype("str")


def format_tiers(tiers: list[dict[str, float]]) -> str:
    """Tiers in one line: "from 200000: 2.5/10.0; from 500000: 5.0/20.0"."""
    return "; ".join(f"from {tier['min_prompt_tokens']}: {tier[FIELDS[0]]}/{tier[FIELDS[1]]}" for tier in tiers)


def keep_previous_rules(rule: Series, bundles: DataFrame, previous: DataFrame) -> Series:
    """Rules in which a candidate that the previous release held stays held by the same check until it changes.

    The candidate is the whole bundle: it changes when its tiers are gone. Moves on a single offer may be released and
    are checked anew.
    """
    fields = [*FIELDS, TIER_FIELD]
    waited = previous[
        previous["state"].isin(WAITING) & previous["field"].isin(fields) & ~previous["rule"].isin(RELEASABLE)
    ]
    values = pd.concat([format_candidate(bundles, field).rename(field) for field in fields], axis=1)
    now = values.stack(future_stack=True).reindex(pd.MultiIndex.from_frame(waited[["subject_id", "field"]]))
    same = Series(now.to_numpy() == waited["candidate_value"].to_numpy(), index=waited.index)
    stays = same.groupby(waited["subject_id"]).all()
    former = waited.drop_duplicates("subject_id").set_index("subject_id")["rule"]
    return rule.where(~rule.index.isin(stays.index[stays]), former.reindex(rule.index))


def format_candidate(bundles: DataFrame, field: str) -> Series:
    """A price as text of its hold: the number, or the reason why there is none; tiers as text, null for none."""
    text = format_field(bundles, field)
    return text if field == TIER_FIELD else text.fillna(bundles["price_missing_reason"])


def list_failed_bundles(bundles: DataFrame, substitutes: DataFrame, rule: Series) -> DataFrame:
    """FAILED_CHECK_COLUMNS of bundles that fail a check: each price, or the tiers, that their substitute lacks."""
    held = bundles[rule.notna()]
    other = substitutes.reindex(held.index)
    parts = []
    for field in FIELDS:
        unchanged = (held[field] == other[field]) | (held[field].isna() & other[field].isna())
        value = format_candidate(held, field)
        parts.append(list_failed_fields(held[~unchanged & value.notna()], field, value, rule))
    tiers = format_field(held, TIER_FIELD)
    differ = tiers.notna() & (tiers != format_field(other, TIER_FIELD)).fillna(True)
    cheaper = (rule.reindex(held.index) == TIERS) & differ
    return pd.concat([*parts, list_failed_fields(held[cheaper], TIER_FIELD, tiers, rule)], ignore_index=True)


def list_failed_fields(rows: DataFrame, field: str, value: Series, rule: Series) -> DataFrame:
    """FAILED_CHECK_COLUMNS of one field."""
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows.index,
            "field": field,
            "candidate_value": value.reindex(rows.index).to_numpy(),
            "rule": rule.reindex(rows.index).to_numpy(),
            "source_id": rows["source_id"].to_numpy(),
            "capture_id": rows["capture_id"].to_numpy(),
            "provider_id": rows["provider_id"].to_numpy(),
        }
    )[FAILED_CHECK_COLUMNS]


def list_failed_cache_prices(prices: DataFrame, before: DataFrame) -> DataFrame:
    """FAILED_CHECK_COLUMNS of cache prices above the input price, in place of a lower one of the previous release."""
    too_high = (prices[CACHE_FIELD] > prices["input_usd_per_mtok"]) & before[CACHE_FIELD].notna()
    too_high &= prices[CACHE_FIELD] != before[CACHE_FIELD]
    rows = prices[too_high]
    return list_failed_fields(rows, CACHE_FIELD, format_field(rows, CACHE_FIELD), Series(CACHE, index=rows.index))
