"""Identities from release to release: held moves, former ids, and keys that no source lists tonight."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.key_nodes import KEY, Key

FIELD = "model_id"
RULE = "Q29 alias moved"
SEPARATOR = "|"
"""Between source, provider and key in the subject of a hold or decision; the key may have it too."""
REDIRECT_COLUMNS = ["old_model_id", "model_id", "reason", "since"]


def name_subjects(keys: DataFrame) -> Series:
    """The subject of each key in holds, changes and decisions: source, provider and key."""
    return (keys[KEY[0]] + SEPARATOR + keys[KEY[1]] + SEPARATOR + keys[KEY[2]]).astype("str")


def read_subject(subject: str) -> Key:
    """The key that a subject names."""
    source_id, provider_id, key = subject.split(SEPARATOR, 2)
    return source_id, provider_id, key


def read_confirmed(holds: DataFrame) -> set[Key]:
    """Keys whose move a reviewer accepted, by holds that know their decisions."""
    return {read_subject(subject) for subject in holds.loc[holds["state"] == "accepted", "subject_id"]}


def doubt_moves(moves: DataFrame, captures: DataFrame) -> DataFrame:
    """Moves as doubted values with what is published and the capture that says otherwise.

    `captures` has KEY and capture_id. A confirmed move is published, and stands here once more on that night.
    """
    first = captures.sort_values([*KEY, "capture_id"]).drop_duplicates(KEY).set_index(KEY)["capture_id"]
    return DataFrame(
        {
            "subject_kind": "identity",
            "subject_id": name_subjects(moves),
            "field": FIELD,
            "candidate_value": moves["new_model_id"],
            "rule": RULE,
            "source_id": moves["source_id"],
            "capture_id": first.reindex(pd.MultiIndex.from_frame(moves[KEY])).to_numpy(),
            "provider_id": moves["provider_id"],
            "published_value": moves["old_model_id"].where(
                moves["is_held"].astype(bool), moves["new_model_id"]
            ),
        }
    ).astype("str")


def trace_redirects(
    identities: DataFrame,
    models: DataFrame,
    moves: DataFrame,
    previous: Mapping[str, DataFrame],
    as_of: datetime,
) -> DataFrame:
    """MODEL_REDIRECTS: former ids of models whose keys have gone over to another one, by the last release.

    `identities`, `models` and `moves` are tonight's. A key that moved because its source says otherwise takes
    no model along; one whose keys nobody lists tonight is absent and keeps its id.
    """
    gone = previous["models"].loc[~previous["models"]["model_id"].isin(models["model_id"]), "model_id"]
    before = previous["identities"].loc[previous["identities"]["model_id"].isin(gone), [*KEY, "model_id"]]
    now = before.merge(identities[[*KEY, "model_id"]], on=KEY, suffixes=("_old", "")).dropna(
        subset="model_id"
    )
    moved = pd.MultiIndex.from_frame(moves[KEY])
    now = now[~pd.MultiIndex.from_frame(now[KEY]).isin(moved)]
    counts = now.groupby(["model_id_old", "model_id"], sort=True).size().reset_index(name="keys")
    went = counts.sort_values("keys", ascending=False, kind="stable").drop_duplicates("model_id_old")
    is_new = ~went["model_id"].isin(previous["models"]["model_id"])
    fresh = DataFrame(
        {
            "old_model_id": went["model_id_old"],
            "model_id": went["model_id"],
            "reason": is_new.map({True: "renamed", False: "the same model"}),
            "since": pd.Timestamp(as_of),
        }
    )
    old = previous["model_redirects"]
    further = dict(zip(fresh["old_model_id"], fresh["model_id"], strict=True))
    chained = old.assign(model_id=old["model_id"].replace(further))
    stands = ~chained["old_model_id"].isin([*models["model_id"], *fresh["old_model_id"]])
    table = pd.concat([chained[stands], fresh], ignore_index=True) if len(fresh) else chained[stands]
    return table[REDIRECT_COLUMNS].sort_values("old_model_id", ignore_index=True)


def follow_redirects(previous: Mapping[str, DataFrame], redirects: DataFrame) -> dict[str, DataFrame]:
    """The last release's tables in tonight's ids: a renamed model is the same row, a merged one has none."""
    went = dict(zip(redirects["old_model_id"], redirects["model_id"], strict=True))
    tables = dict(previous)
    for name in ("identities", "models", "offers", "benchmark_scores", "model_capabilities"):
        table = previous[name]
        tables[name] = table.assign(model_id=table["model_id"].replace(went))
    models = previous["models"]
    is_own = ~models["model_id"].isin(went)
    first = (
        tables["models"]
        .assign(is_own=is_own.to_numpy())
        .sort_values("is_own", ascending=False, kind="stable")
    )
    tables["models"] = first.drop_duplicates("model_id").drop(columns="is_own").sort_index()
    return tables


def carry_absent_keys(identities: DataFrame, previous: DataFrame) -> DataFrame:
    """IDENTITIES: tonight's keys, and those of the last release that led to a model and are listed no more."""
    before = previous[previous["model_id"].notna()]
    tonight = pd.MultiIndex.from_frame(identities[KEY])
    absent = before[~pd.MultiIndex.from_frame(before[KEY]).isin(tonight)]
    nights = absent.reindex(columns=["nights_absent"])["nights_absent"].fillna(0).astype("int64") + 1
    listed = identities.assign(nights_absent=0)
    if absent.empty:
        return listed
    table = pd.concat(
        [listed, absent.reindex(columns=listed.columns).assign(nights_absent=nights)], ignore_index=True
    )
    return table.sort_values(KEY, ignore_index=True)
