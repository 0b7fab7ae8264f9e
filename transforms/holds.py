"""Suspicious values as rows that last from night to night, the incidents that they make up, and what reviewers say.

A check names what it doubts; this module knows nothing of prices, dates or capabilities.
"""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.previous_release import recall, recall_moment

DOUBTED = [
    "subject_kind", "subject_id", "field", "candidate_value", "rule", "source_id", "capture_id", "provider_id",
]  # fmt: skip
"""What a check says of a value; `provider_id` is whose value it is, '-' where no provider's."""
OF_ALL_PROVIDERS = "all"
FAMILIES = {
    "Q09": "crossing",
    "Q11 move beyond half": "move",
    "Q21": "move",
    "Q13": "mass-move",
}
"""Checks whose holds are of one sort. All other checks of prices tell a wrong scale, the rest goes by its number."""
SCALE = ("Q11 move beyond a factor of ten", "Q14", "Q15", "Q16")
WAITING = ("held", "rejected")
"""States of holds whose candidate is not published."""


def open_holds(doubted: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """HOLDS but for published_value, state and decided_by, plus provider_id; sorted by hold_id.

    A candidate that the last release held already goes on counting its nights; another one starts anew.
    """
    holds = doubted.reset_index(drop=True).astype("str")
    names = holds[["subject_id", "field", "rule"]].astype("str")
    hashed = pd.util.hash_pandas_object(names, index=False, categorize=False)
    holds["hold_id"] = Series([f"h{value:016x}" for value in hashed], index=holds.index, dtype="str")

    def before(column: str) -> Series:
        return recall(holds["hold_id"], previous, "hold_id", column)

    same = (before("candidate_value") == holds["candidate_value"]).fillna(False).astype(bool)
    seen_anew = (before("capture_id") != holds["capture_id"]).fillna(True).astype("int64")
    since = recall_moment(holds["hold_id"], previous, "hold_id", "since", as_of)
    holds["since"] = since.where(same, pd.Timestamp(as_of))
    holds["nights"] = before("nights").where(same).fillna(0).astype("int64") + 1
    holds["nights_seen"] = (before("nights_seen").where(same).fillna(0).astype("int64") + seen_anew).clip(
        lower=1
    )
    holds["incident"] = name_incidents(holds)
    holds["pairs_affected"] = 0
    return holds.sort_values("hold_id").reset_index(drop=True)


def name_incidents(holds: DataFrame) -> Series:
    """An id that needs no quoting in a shell for what arose together: source, provider, sort of check and day.

    A mass move is its source's, whatever providers it lists.
    """
    family = family_of(holds["rule"])
    provider = holds["provider_id"].where(family != "mass-move", OF_ALL_PROVIDERS)
    day = holds["since"].dt.strftime("%Y-%m-%d")
    return (holds["source_id"] + "/" + provider + "/" + family + "/" + day).astype("str")


def family_of(rules: Series) -> Series:
    """The sort of each check, such as `crossing`, `scale` or `q34`."""
    number = rules.str.split(" ").str[0]
    known = rules.map(FAMILIES).fillna(number.map(FAMILIES))
    is_scale = rules.isin(SCALE) | number.isin(SCALE)
    return known.mask(is_scale, "scale").fillna(number.str.lower())


def apply_decisions(holds: DataFrame, decisions: DataFrame) -> DataFrame:
    """Holds plus state and decided_by.

    A decision names a hold or an incident, and counts while the candidates that it was made on stand: `values` has
    them by hold_id. What is held of one subject is decided as a whole: an input and an output price are one price.
    """
    out = holds.assign(state="held", decided_by=Series(None, index=holds.index, dtype="str"))
    made = decisions[decisions["kind"] == "hold"] if len(decisions) else decisions
    for subject, verdict, by, values in zip(
        *(made.get(column, ()) for column in ("subject", "verdict", "decided_by", "values")), strict=True
    ):
        candidates = dict(values)
        named = out["hold_id"].isin([subject, *candidates]) | (out["incident"] == subject)
        stands = out["hold_id"].map(candidates) == out["candidate_value"] if candidates else named
        fallen = out.loc[named & ~stands.fillna(False), "subject_id"]
        hit = named & ~out["subject_id"].isin(fallen)
        out.loc[hit, "state"] = {"accept": "accepted", "reject": "rejected"}[verdict]
        out.loc[hit, "decided_by"] = by
    return out
