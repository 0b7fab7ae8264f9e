"""Suspicious values as rows that last from night to night, and what reviewers say of them."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from transforms.previous import recall, recall_moment


def open_holds(doubted: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """HOLDS but for published_value, state and decided_by, plus provider_id; sorted by hold_id.

    A candidate that the last release held already goes on counting its nights; another one starts anew.
    """
    holds = doubted.reset_index(drop=True).astype("str")
    names = holds[["subject_id", "field", "rule"]]
    hashed = pd.util.hash_pandas_object(names, index=False, categorize=False)
    holds["hold_id"] = Series([f"h{value:016x}" for value in hashed], index=holds.index, dtype="str")
    same = (
        recall(holds["hold_id"], previous, "hold_id", "candidate_value") == holds["candidate_value"]
    ).fillna(False)
    since = recall_moment(holds["hold_id"], previous, "hold_id", "since", as_of)
    nights = recall(holds["hold_id"], previous, "hold_id", "nights").where(same).fillna(0).astype("int64")
    holds["since"] = since.where(same.astype(bool), pd.Timestamp(as_of))
    holds["nights"] = nights + 1
    day = holds["since"].dt.strftime("%Y-%m-%d")
    number = holds["rule"].str.split(" ").str[0].str.lower()
    holds["incident"] = (holds["source_id"] + "/" + holds["provider_id"] + "/" + number + "/" + day).astype(
        "str"
    )
    holds["pairs_affected"] = 0
    return holds.sort_values("hold_id").reset_index(drop=True)


def apply_decisions(holds: DataFrame, decisions: DataFrame) -> DataFrame:
    """Holds plus state and decided_by.

    A decision names a hold or an incident, and counts while the candidates that it was made on stand: `values` has
    them by hold_id.
    """
    out = holds.assign(state="held", decided_by=Series(None, index=holds.index, dtype="str"))
    made = decisions[decisions["kind"] == "hold"] if len(decisions) else decisions
    for subject, verdict, by, values in zip(
        *(made.get(column, ()) for column in ("subject", "verdict", "decided_by", "values")), strict=True
    ):
        candidates = dict(values)
        named = out["hold_id"].isin([subject, *candidates]) | (out["incident"] == subject)
        stands = out["hold_id"].map(candidates) == out["candidate_value"] if candidates else named
        hit = named & stands.fillna(False).astype(bool)
        out.loc[hit, "state"] = {"accept": "accepted", "reject": "rejected"}[verdict]
        out.loc[hit, "decided_by"] = by
    return out
