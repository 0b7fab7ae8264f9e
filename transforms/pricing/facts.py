"""Price candidates as claims: every printed price stays on record, with why it is or is not published."""

import json

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS
from llmpairs.transforms.pricing.candidates import CACHE
from llmpairs.transforms.pricing.hold_candidates import CACHE_FIELD
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BUNDLE_FIELDS = (*PRICE_FIELDS, "price_tiers", "currency")
"""What a source prints of a price; the rest of the bundle follows from it."""
OF_CHOSEN = [
    "offer_id", "row_id", "authority", "basis_rank", "price_missing_reason", "held_row_id", "held_rule", "held_cache",
    "by_decision",
]  # fmt: skip


def claim_prices(ordered: DataFrame, prices: DataFrame) -> DataFrame:
    """Claims about the prices, tiers and currency of every offer, with is_chosen, reason and doubt.

    `ordered` are judged candidates with basis and basis_rank; `prices` what `publish_prices` made of them.
    """
    keyed = ordered.merge(prices[OF_CHOSEN], on="offer_id", suffixes=("", "_chosen"))
    published = prices.set_index("offer_id")
    parts = [choose_field(keyed, spell(published, field), field) for field in BUNDLE_FIELDS]
    return pd.concat(parts, ignore_index=True)


def choose_field(keyed: DataFrame, published: Series, field: str) -> DataFrame:
    """Claims of one part of the bundle, compared with what is published."""
    rows = keyed[keyed[field].notna()].reset_index(drop=True)
    claims = state_field(rows, field)
    is_same = rows["offer_id"].map(published) == claims["value"]
    is_row = rows["row_id"] == rows["row_id_chosen"]
    chosen = is_row & is_same
    held = rows["row_id"] == rows["held_row_id"]
    dear_cache = is_row & rows["held_cache"] & (field == CACHE_FIELD)
    suspect = rows["suspicion"].notna() & (field != "currency")
    conditions = [
        chosen & rows["by_decision"],
        chosen,
        held | dear_cache,
        suspect,
        is_same,
        rows["by_decision"],
        rows["basis_rank"] > rows["basis_rank_chosen"],
        rows["authority"] > rows["authority_chosen"],
    ]
    words = [
        "decision",
        "chosen",
        "held",
        "implausible",
        "agrees",
        "decision",
        "not_declared",
        "lower_authority",
    ]
    masks = [condition.fillna(False).to_numpy(dtype=bool) for condition in conditions]
    reason = Series(np.select(masks, words, default="older"), index=rows.index, dtype="str")
    doubt = rows["suspicion"].where(suspect).mask(held, rows["held_rule"]).mask(dear_cache, CACHE)
    # The currency of a held bundle is published with it, and nobody doubts it.
    doubt = doubt.mask(chosen & ~rows["by_decision"])
    return claims.assign(is_chosen=chosen.fillna(False).astype(bool), reason=reason, doubt=doubt)


def state_prices(candidates: DataFrame) -> DataFrame:
    """What every bundle says, before any is chosen."""
    rows = candidates.reset_index(drop=True)
    return pd.concat(
        [state_field(rows[rows[field].notna()], field) for field in BUNDLE_FIELDS], ignore_index=True
    )


def state_field(rows: DataFrame, field: str) -> DataFrame:
    """One part of each bundle that has it, as claims."""
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows["offer_id"],
            "field": field,
            "value": spell(rows, field),
            "printed": rows["printed_tiers" if field == "price_tiers" else "printed"],
            "source_id": rows["source_id"],
            "lineage": rows["lineage"],
            "basis": rows["basis"],
            "authority": rows["authority"],
            "capture_id": rows["capture_id"],
            "locator": rows["locator"],
            "provider_model_key": rows["model_key"],
            "observed_at": rows["captured_at"],
        }
    )[CLAIM_COLUMNS]


def spell(rows: DataFrame, field: str) -> Series:
    """A part of the bundle as text: prices read back as the same number, tiers are JSON."""
    word = {"price_tiers": json.dumps, "currency": str}.get(field, repr)
    return rows[field].map(word, na_action="ignore").astype("str")
