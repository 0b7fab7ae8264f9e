"""Suspicious prices as rows: what is published instead, by which check, since when."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.previous import recall, recall_moment
from transforms.pricing.candidates import order_candidates
from warehouse.vocabulary import PRICE_FIELDS

FIELDS = PRICE_FIELDS[:2]


def list_holds(candidates: DataFrame, offers: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """HOLDS of tonight: the fields of every offer whose best candidate is suspicious (pairs_affected still 0).

    `candidates` are judged; `offers` hold what is published; `previous` is the last release's holds.
    """
    first = order_candidates(candidates).drop_duplicates("offer_id")
    held = first[first["suspicion"].notna()]
    parts = [held_field(held, offers, field) for field in FIELDS]
    holds = pd.concat(parts, ignore_index=True)
    hashed = pd.util.hash_pandas_object(holds[["subject_id", "field", "rule"]], index=False, categorize=False)
    holds["hold_id"] = [f"h{value:016x}" for value in hashed]
    last = previous[previous["state"] == "held"]
    holds["since"] = recall_moment(holds["hold_id"], last, "hold_id", "since", as_of)
    holds["nights"] = recall(holds["hold_id"], last, "hold_id", "nights").fillna(0).astype("int64") + 1
    holds["incident"] = holds["source_id"] + " " + holds["provider_id"] + " " + holds["rule"]
    holds["pairs_affected"] = 0
    holds["state"] = "held"
    holds["decided_by"] = Series(None, index=holds.index, dtype="str")
    return holds.drop(columns="provider_id").sort_values("hold_id").reset_index(drop=True)


def held_field(held: DataFrame, offers: DataFrame, field: str) -> DataFrame:
    """Hold rows of one price field."""
    rows = held[held[field].notna()]
    published = offers.set_index("offer_id")[field].reindex(rows["offer_id"])
    return DataFrame(
        {
            "subject_kind": "offer",
            "subject_id": rows["offer_id"].to_numpy(),
            "field": field,
            "published_value": published.map(repr, na_action="ignore").astype("str").to_numpy(),
            "candidate_value": rows[field].map(repr).to_numpy(),
            "rule": rows["suspicion"].to_numpy(),
            "source_id": rows["source_id"].to_numpy(),
            "capture_id": rows["capture_id"].to_numpy(),
            "provider_id": rows["provider_id"].to_numpy(),
        }
    )
