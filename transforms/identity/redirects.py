"""Model ids across releases: redirects of former ids, and keys that no source lists in this run."""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.identity.resolve import Resolution


def trace_redirects(resolution: Resolution, previous: Mapping[str, DataFrame], as_of: datetime) -> DataFrame:
    """MODEL_REDIRECTS: former ids of models whose keys now resolve to another model.

    `previous` has the tables of the previous release. A moved alias redirects no model; a model whose keys no
    source lists in this run is absent and keeps its id.
    """
    models = resolution.models
    successors = _count_successors(resolution, previous)
    is_new = ~successors["model_id"].isin(previous["models"]["model_id"])
    reasons = is_new.map({True: "renamed", False: "the same model"})
    fresh = successors[["old_model_id", "model_id"]].assign(reason=reasons, since=pd.Timestamp(as_of))
    old = previous["model_redirects"]
    further = dict(zip(fresh["old_model_id"], fresh["model_id"], strict=True))
    chained = old.assign(model_id=old["model_id"].replace(further))
    is_valid = ~chained["old_model_id"].isin([*models["model_id"], *fresh["old_model_id"]])
    table = pd.concat([chained[is_valid], fresh], ignore_index=True) if len(fresh) else chained[is_valid]
    return table[["old_model_id", "model_id", "reason", "since"]].sort_values("old_model_id", ignore_index=True)


def _count_successors(resolution: Resolution, previous: Mapping[str, DataFrame]) -> DataFrame:
    """old_model_id and model_id: the model to which most keys of each vanished model now resolve.

    Of two with equally many, the one that has more keys in all.
    """
    models = previous["models"]["model_id"]
    gone = models[~models.isin(resolution.models["model_id"])]
    before = previous["identities"].loc[previous["identities"]["model_id"].isin(gone), [*KEY, "model_id"]]
    now = before.rename(columns={"model_id": "old_model_id"}).merge(resolution.identities[[*KEY, "model_id"]], on=KEY)
    now = now.dropna(subset="model_id")
    is_moved = pd.MultiIndex.from_frame(now[KEY]).isin(pd.MultiIndex.from_frame(resolution.moves[KEY]))
    counts = now[~is_moved].groupby(["old_model_id", "model_id"], sort=True).size().reset_index(name="keys")
    counts["all_keys"] = counts["model_id"].map(resolution.identities["model_id"].value_counts())
    return counts.sort_values(["keys", "all_keys"], ascending=False, kind="stable").drop_duplicates("old_model_id")


def follow_redirects(previous: Mapping[str, DataFrame], redirects: DataFrame) -> dict[str, DataFrame]:
    """The previous release's tables with the model ids of this run; a merged model has no rows of its own."""
    new_ids = dict(zip(redirects["old_model_id"], redirects["model_id"], strict=True))
    tables = dict(previous)
    for name in ("identities", "models", "offers", "benchmark_scores", "model_capabilities"):
        table = previous[name]
        tables[name] = table.assign(model_id=table["model_id"].replace(new_ids))
    is_renamed = previous["models"]["model_id"].isin(new_ids).to_numpy()
    models = pd.concat([tables["models"][~is_renamed], tables["models"][is_renamed]])
    tables["models"] = models.drop_duplicates("model_id").sort_index()
    own = previous["models"]["model_id"].reindex(tables["models"].index)
    merged = list(new_ids.keys() - set(own))
    capabilities = previous["model_capabilities"]["model_id"]
    tables["model_capabilities"] = tables["model_capabilities"][~capabilities.isin(merged)]
    facts = previous["facts"]
    is_model = facts["subject_kind"] == "model"
    renamed = facts.assign(subject_id=facts["subject_id"].mask(is_model, facts["subject_id"].replace(new_ids)))
    tables["facts"] = renamed[~(is_model & facts["subject_id"].isin(merged))]
    return tables


def carry_absent_keys(identities: DataFrame, previous: DataFrame) -> DataFrame:
    """IDENTITIES: the keys of this run, and resolved keys of the previous release that are no longer listed."""
    before = previous[previous["model_id"].notna()]
    listed_keys = pd.MultiIndex.from_frame(identities[KEY])
    absent = before[~pd.MultiIndex.from_frame(before[KEY]).isin(listed_keys)]
    runs = absent.reindex(columns=["nights_absent"])["nights_absent"].fillna(0).astype("int64") + 1
    listed = identities.assign(nights_absent=0)
    if absent.empty:
        return listed
    table = pd.concat([listed, absent.reindex(columns=listed.columns).assign(nights_absent=runs)], ignore_index=True)
    return table.sort_values(KEY, ignore_index=True)
