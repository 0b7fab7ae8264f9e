"""When a model or a route that nobody lists any more counts as retired, and what is to replace it."""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.previous_release import recall

RETIRED_AFTER_NIGHTS = 7
HEALTHY = ("ok", "partial")
LISTING_KINDS = ("catalogue", "provider")
"""Kinds of sources whose lists say what is sold; a card or a table of scores outlives its model."""


def lists_are_healthy(subject_ids: Series, facts: DataFrame, sources: DataFrame) -> Series:
    """Whether every list that named the subject in the last release was read well tonight, beside the ids.

    Only such a night counts against a subject that is absent: a source that failed says nothing of what is gone.
    """
    lists = sources[sources["kind"].isin(LISTING_KINDS)]
    named = facts.loc[
        facts["source_id"].isin(lists["source_id"]), ["subject_id", "source_id"]
    ].drop_duplicates()
    healthy = named["source_id"].isin(lists.loc[lists["state"].isin(HEALTHY), "source_id"])
    all_healthy = healthy.groupby(named["subject_id"]).all()
    return subject_ids.map(all_healthy).astype("boolean").fillna(False).astype(bool)


def count_absence(absent: DataFrame, counts: Series) -> Series:
    """Nights in a row on which healthy sources no longer listed each row of the last release, tonight's added."""
    return (absent["nights_absent"] + counts.to_numpy(dtype="int64")).astype("int64")


def stamp_retired(
    table: DataFrame, is_retired: Series, previous: DataFrame, key: str, as_of: datetime
) -> DataFrame:
    """Table plus retired_on: the stated day once it has come, else the day on which it was first counted as retired."""
    today = pd.Timestamp(as_of.replace(tzinfo=None)).normalize()
    stated = table["retire_on"].where(table["retire_on"] <= today)
    known = pd.to_datetime(recall(table[key], previous, key, "retired_on"))
    day = stated.fillna(known).fillna(today).where(is_retired)
    return table.assign(retired_on=day.astype("datetime64[us]"))


def find_successors(stated: Series, developers: Series, identities: DataFrame) -> Series:
    """model_id of the stated successor's key, by model_id; null where it leads to no single model of the developer.

    `stated` and `developers` are indexed by model_id; nothing is read into a text that is no key.
    """
    known = identities[identities["model_id"].notna()]
    keys = DataFrame(
        {
            "key": known["provider_model_key"].str.lower(),
            "developer_id": known["model_id"].str.split("/").str[0],
            "model_id": known["model_id"],
        }
    ).drop_duplicates()
    single = keys[~keys.duplicated(["key", "developer_id"], keep=False)].set_index(["key", "developer_id"])
    asked = pd.MultiIndex.from_arrays([stated.str.lower(), developers.reindex(stated.index)])
    found = Series(single["model_id"].reindex(asked).to_numpy(), index=stated.index, dtype="str")
    return found.where(np.asarray(found != stated.index.to_series(), dtype=bool))
