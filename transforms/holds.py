"""Holds: suspicious values that wait for a decision from run to run, and the incidents that they belong to.

Checks list the values that fail; nothing here depends on whether they are prices, dates or capabilities.
"""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lookup import look_up_previous, look_up_previous_time

FAILED_CHECK_COLUMNS = [
    "subject_kind", "subject_id", "field", "candidate_value", "rule", "source_id", "capture_id", "provider_id",
]  # fmt: skip
"""A value that failed a check (`rule`); `provider_id` is the provider that it belongs to, '-' for none."""
ALL_PROVIDERS = "all"
RULE_FAMILIES = {
    "Q09": "crossing", "Q11 move beyond half": "move", "Q11 moves within a week beyond half": "move",
    "Q11 cut of a developer's own price": "move", "Q21": "move", "Q13": "mass-move",
    "Q13 one factor for most prices of a provider": "provider-move",
}  # fmt: skip
"""Family of holds by check. SCALE_RULES are of family `scale`; every other check is a family of its own."""
SCALE_RULES = ("Q11 move beyond a factor of ten", "Q14", "Q15", "Q16")
WAITING = ("held", "rejected")
"""States of holds whose candidate is not published."""


def open_holds(failed: DataFrame, previous: DataFrame, as_of: datetime) -> DataFrame:
    """HOLDS but for published_value, state and decided_by, plus provider_id; sorted by hold_id.

    A candidate that the previous release held already keeps counting its runs; another one starts at 1.
    """
    holds = failed.reset_index(drop=True).astype("str")
    names = holds[["subject_id", "field", "rule"]].astype("str")
    hashed = pd.util.hash_pandas_object(names, index=False, categorize=False)
    holds["hold_id"] = Series([f"h{value:016x}" for value in hashed], index=holds.index, dtype="str")

    def before(column: str) -> Series:
        return look_up_previous(holds["hold_id"], previous, "hold_id", column)

    same = (before("candidate_value") == holds["candidate_value"]).fillna(False).astype(bool)
    is_new_capture = (before("capture_id") != holds["capture_id"]).fillna(True).astype("int64")
    since = look_up_previous_time(holds["hold_id"], previous, "hold_id", "since", as_of)
    holds["since"] = since.where(same, pd.Timestamp(as_of))
    holds["nights"] = before("nights").where(same).fillna(0).astype("int64") + 1
    holds["nights_seen"] = (before("nights_seen").where(same).fillna(0).astype("int64") + is_new_capture).clip(lower=1)
    holds["incident"] = name_incidents(holds)
    holds["pairs_affected"] = 0
    return holds.sort_values("hold_id").reset_index(drop=True)


def name_incidents(holds: DataFrame) -> Series:
    """Incident id, which needs no quoting in a shell: source, provider, family of the check and day.

    A mass move is one incident of its source, over all providers.
    """
    family = classify_rules(holds["rule"])
    provider = holds["provider_id"].where(family != "mass-move", ALL_PROVIDERS)
    day = holds["since"].dt.strftime("%Y-%m-%d")
    return (holds["source_id"] + "/" + provider + "/" + family + "/" + day).astype("str")


def classify_rules(rules: Series) -> Series:
    """Family of each check, such as `crossing`, `scale` or `q34`."""
    number = rules.str.split(" ").str[0]
    known = rules.map(RULE_FAMILIES).fillna(number.map(RULE_FAMILIES))
    is_scale = rules.isin(SCALE_RULES) | number.isin(SCALE_RULES)
    return known.mask(is_scale, "scale").fillna(number.str.lower())


def apply_decisions(holds: DataFrame, decisions: DataFrame) -> DataFrame:
    """Holds plus state and decided_by.

    A decision names a hold or an incident, and is valid while the candidates that it was made on are unchanged:
    `values` has them by hold_id. The holds of one subject are decided together: input and output are one price.
    """
    out = holds.assign(state="held", decided_by=Series(None, index=holds.index, dtype="str"))
    made = decisions[decisions["kind"] == "hold"] if len(decisions) else decisions
    for subject, verdict, by, values in zip(
        *(made.get(column, ()) for column in ("subject", "verdict", "decided_by", "values")), strict=True
    ):
        candidates = dict(values)
        named = out["hold_id"].isin([subject, *candidates]) | (out["incident"] == subject)
        is_valid = out["hold_id"].map(candidates) == out["candidate_value"] if candidates else named
        changed = out.loc[named & ~is_valid.fillna(False), "subject_id"]
        hit = named & ~out["subject_id"].isin(changed)
        out.loc[hit, "state"] = {"accept": "accepted", "reject": "rejected"}[verdict]
        out.loc[hit, "decided_by"] = by
    return out
