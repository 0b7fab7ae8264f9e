"""Reviewers' decisions on disagreements, and whether each still stands on tonight's values."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

KEYS = ["subject_kind", "subject_id", "field"]
COLUMNS = ["disagreement_id", *KEYS, "value", "decided_by", "changed_since"]


@dataclass(frozen=True)
class Decided:
    """The last decision on each disagreement."""

    rows: DataFrame
    """disagreement_id, subject_kind, subject_id, field, value, decided_by, changed_since (null while it stands)."""

    def values(self, subject_kind: str) -> DataFrame:
        """subject_id, field and value of the decisions on that kind of subject that stand."""
        rows = self.rows[(self.rows["subject_kind"] == subject_kind) & self.rows["changed_since"].isna()]
        return rows[["subject_id", "field", "value"]]

    def beside(self, other: "Decided") -> "Decided":
        """Both sets of decisions."""
        return Decided(pd.concat([self.rows, other.rows], ignore_index=True))


def name_disagreements(keys: DataFrame) -> Series:
    """disagreement_id of each row's subject and field."""
    hashed = pd.util.hash_pandas_object(keys[KEYS].astype("str"), index=False, categorize=False)
    return Series([f"d{value:016x}" for value in hashed], index=keys.index, dtype="str")


def find_decided(words: DataFrame, decisions: DataFrame) -> Decided:
    """Decisions laid beside tonight's word of each lineage: `words` has KEYS, lineage and value.

    A decision stands until a lineage that it was made on says something else; a lineage that is silent tonight has
    not changed its word. A later decision goes over an earlier one.
    """
    made = decisions[decisions["kind"] == "disagreement"] if len(decisions) else decisions
    if made.empty or words.empty:
        return Decided(DataFrame(columns=COLUMNS, dtype="str"))
    said = words.assign(disagreement_id=name_disagreements(words))
    last = made.drop_duplicates("subject", keep="last").rename(columns={"subject": "disagreement_id"})
    named = (
        said[["disagreement_id", *KEYS]]
        .drop_duplicates("disagreement_id")
        .merge(last[["disagreement_id", "verdict", "decided_by", "values"]], on="disagreement_id")
    )
    spoken = said[said["disagreement_id"].isin(named["disagreement_id"])]
    now = {
        key: dict(zip(rows["lineage"], rows["value"], strict=True))
        for key, rows in spoken.groupby("disagreement_id")
    }
    changed = [
        tell_change(values, now[key])
        for key, values in zip(named["disagreement_id"], named["values"], strict=True)
    ]
    told = named.rename(columns={"verdict": "value"}).assign(changed_since=Series(changed, dtype="str"))
    return Decided(told[COLUMNS])


def tell_change(then: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """What lineages say differently by now, as 'lineage=value, was value'; None where none does."""
    told = [
        f"{lineage}={now[lineage]}, was {value}"
        for lineage, value in sorted(then.items())
        if lineage in now and now[lineage] != value
    ]
    return "; ".join(told) or None
