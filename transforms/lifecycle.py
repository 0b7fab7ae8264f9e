"""Lifecycle: when a model or offer that no source lists any more counts as retired, and its successor."""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lookup import look_up_previous

RETIRED_AFTER_NIGHTS = 7
HEALTHY = ("ok", "partial")
LISTING_KINDS = ("catalogue", "provider")
"""Kinds of sources whose lists state what is sold; a card or a table of scores outlives its model."""


def lists_are_healthy(subject_ids: Series, facts: DataFrame, sources: DataFrame) -> Series:
    """Whether every list that named the subject in the previous release was read well in this run, by row.

    Only such runs count against an absent subject: a failed source does not show what is gone.
    """
    lists = sources[sources["kind"].isin(LISTING_KINDS)]
    named = facts.loc[facts["source_id"].isin(lists["source_id"]), ["subject_id", "source_id"]].drop_duplicates()
    healthy = named["source_id"].isin(lists.loc[lists["state"].isin(HEALTHY), "source_id"])
    all_healthy = healthy.groupby(named["subject_id"]).all()
    return subject_ids.map(all_healthy).astype("boolean").fillna(False).astype(bool)


def count_absence(absent: DataFrame, healthy: Series) -> Series:
    """Runs in a row in which healthy sources no longer listed each row of the previous release, this run included."""
    return (absent["nights_absent"] + healthy.to_numpy(dtype="int64")).astype("int64")


def stamp_retired(table: DataFrame, is_retired: Series, previous: DataFrame, key: str, as_of: datetime) -> DataFrame:
    """Table plus retired_on: the stated day once it has come, else the day on which it was first counted as retired."""
    today = pd.Timestamp(as_of.replace(tzinfo=None)).normalize()
    stated = table["retire_on"].where(table["retire_on"] <= today)
    known = pd.to_datetime(look_up_previous(table[key], previous, key, "retired_on"))
    day = stated.fillna(known).fillna(today).where(is_retired)
    return table.assign(retired_on=day.astype("datetime64[us]"))


def find_successors(stated: Series, developers: Series, identities: DataFrame) -> Series:
    """model_id of the stated successor's key, by model_id; null where it resolves to no single model of the developer.

    `stated` and `developers` are indexed by model_id. Only exact keys match.
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
    wanted = pd.MultiIndex.from_arrays([stated.str.lower(), developers.reindex(stated.index)])
    found = Series(single["model_id"].reindex(wanted).to_numpy(), index=stated.index, dtype="str")
    return found.where(np.asarray(found != stated.index.to_series(), dtype=bool))
