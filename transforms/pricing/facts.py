"""Price candidates as claims: every printed price stays on record, with why it is or is not published."""

import json

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from transforms.normalise.claims import CLAIM_COLUMNS, Standing, basis_of
from warehouse.vocabulary import PRICE_FIELDS

BUNDLE_FIELDS = (*PRICE_FIELDS, "price_tiers", "currency")
"""What a source prints of a price; the rest of the bundle follows from it."""


def claim_prices(candidates: DataFrame, prices: DataFrame, standing: Standing) -> DataFrame:
    """Claims about the prices, tiers and currency of every offer, with is_chosen and reason.

    `candidates` are judged bundles; `prices` the published bundle per offer_id with the row_id it came from.
    """
    keyed = candidates.merge(
        prices[["offer_id", "row_id", "authority", "price_missing_reason"]],
        on="offer_id",
        suffixes=("", "_chosen"),
    )
    published = prices.set_index("offer_id")
    parts = [choose_field(keyed, spell(published, field), field, standing) for field in BUNDLE_FIELDS]
    return pd.concat(parts, ignore_index=True)


def choose_field(keyed: DataFrame, published: Series, field: str, standing: Standing) -> DataFrame:
    """Claims of one part of the bundle, compared with what is published."""
    rows = keyed[keyed[field].notna()].reset_index(drop=True)
    claims = state_field(rows, field, standing)
    is_same = rows["offer_id"].map(published) == claims["value"]
    chosen = (rows["row_id"] == rows["row_id_chosen"]) & is_same
    # A suspicious price is published only where a reviewer has accepted it; nobody suspects a currency.
    suspect = rows["suspicion"].notna() & (field in PRICE_FIELDS)
    conditions = [
        chosen & suspect,
        chosen,
        rows["suspicion"].notna() & (rows["price_missing_reason_chosen"] == "held"),
        rows["suspicion"].notna(),
        is_same,
        rows["authority"] > rows["authority_chosen"],
    ]
    words = ["decision", "chosen", "held", "implausible", "agrees", "lower_authority"]
    reason = np.select([c.to_numpy(dtype=bool) for c in conditions], words, default="older")
    return claims.assign(is_chosen=chosen, reason=reason)


def state_prices(candidates: DataFrame, standing: Standing) -> DataFrame:
    """What every bundle says, before any is chosen."""
    rows = candidates.reset_index(drop=True)
    return pd.concat(
        [state_field(rows[rows[field].notna()], field, standing) for field in BUNDLE_FIELDS],
        ignore_index=True,
    )


def state_field(rows: DataFrame, field: str, standing: Standing) -> DataFrame:
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
            "basis": basis_of(rows.assign(provider_key=rows["provider_id"]), "prices", standing),
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
