"""MODELS: one row per canonical model, from chosen claims, its identity and its offers."""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.lifecycle import RETIRED_AFTER_NIGHTS, count_absence, stamp_retired
from llmpairs.transforms.normalise.fields import MODEL_FIELDS, parse_column
from llmpairs.transforms.normalise.kinds import classify_models
from llmpairs.transforms.reconcile.name_forms import apply_repository_names, separate_names

COUNTED_FIELDS = (
    "released_date", "knowledge_cutoff_date", "context_tokens", "max_output_tokens", "parameters_total", "architecture",
    "license_spdx", "input_modalities",
)  # fmt: skip
COUNTED_CAPABILITIES = ("reasoning", "function_calling", "structured_outputs")
PROPRIETARY = "proprietary"
"""Licence class of a model whose weights are not published."""
PRECISION = {10: "day", 7: "month", 4: "year"}


def assemble_models(
    identified: DataFrame, chosen: DataFrame, released_basis: Series, stated_names: DataFrame, context: RunContext
) -> DataFrame:
    """MODELS but for what depends on offers, capabilities and earlier releases.

    `identified` is the identity step's models; `chosen` the published claim text by model_id, one column per field;
    `released_basis` the basis of the published release date by model_id; `stated_names` every claim on a display name.
    """
    table = identified.set_index("model_id").sort_index()
    text = chosen.reindex(table.index)
    out = DataFrame({"developer_id": table["developer_id"]}, index=table.index)
    out["slug"] = table.index.str.replace("/", "--", regex=False)
    out["display_name"] = separate_names(apply_repository_names(stated_names, table), stated_names)
    out["family"] = table["family"].fillna(text["family"])
    out = out.join(classify_models(text, context.reference_data.kinds))
    for field in MODEL_FIELDS:
        if field.column is not None:
            out[field.name] = parse_column(text, field.column)
    out["released_precision"] = text["released_date"].str.len().map(PRECISION)
    out["released_basis"] = released_basis.reindex(out.index)
    of_licence = context.reference_data.licences.classify(text["license_spdx"])
    out["license_class"] = of_licence.fillna(text["is_open_weights"].map({"false": PROPRIETARY}))
    out["hugging_face_id"] = table["hugging_face_id"].fillna(text["hugging_face_id"])
    out["base_model_id"] = table["base_model_id"]
    out["relation_to_base"] = table["relation_to_base"].where(table["base_model_id"].notna())
    today = pd.Timestamp(context.as_of.replace(tzinfo=None))
    ended, deprecated = (
        (out[day] <= today).fillna(False) | (text["lifecycle"] == state).fillna(False)
        for day, state in (("retire_on", "retired"), ("deprecated_on", "deprecated"))
    )
    out["lifecycle"] = np.select([ended.to_numpy(bool), deprecated.to_numpy(bool)], ["retired", "deprecated"], "active")
    out["identity_basis"] = table["identity_basis"]
    return out.reset_index()


def carry_absent_models(models: DataFrame, previous: DataFrame, healthy: Series, as_of: datetime) -> DataFrame:
    """Models plus retired_on, and those of the previous release that no list names now, retired in time.

    `healthy` states for each model of `previous` whether all of its lists were read well in this run.
    """
    absent = previous.reindex(columns=[*previous.columns, *models.columns.difference(previous.columns)])
    absent = absent[~previous["model_id"].isin(models["model_id"])].copy()
    absent["nights_absent"] = count_absence(absent, healthy.reindex(absent.index))
    ended = (absent["retire_on"] <= pd.Timestamp(as_of.replace(tzinfo=None))).fillna(False)
    gone = ended | (absent["nights_absent"] >= RETIRED_AFTER_NIGHTS)
    absent["lifecycle"] = absent["lifecycle"].where(~gone, "retired")
    table = pd.concat([models, absent[models.columns]], ignore_index=True)
    return stamp_retired(table, table["lifecycle"] == "retired", previous, "model_id", as_of)


def count_offers(models: DataFrame, offers: DataFrame) -> DataFrame:
    """Models plus is_live, offer_count and operator_count."""
    known = offers[offers["model_id"].notna()]
    active = known[known["offer_status"] == "active"]
    named = active[active["operator_id"] != "unspecified"]
    live = known[known["offer_status"] != "retired"]["model_id"].unique()
    out = models.assign(is_live=models["model_id"].isin(live) & (models["identity_basis"] != "unconfirmed"))
    out["offer_count"] = out["model_id"].map(active.groupby("model_id").size()).fillna(0).astype("int64")
    operators = named.groupby("model_id")["operator_id"].nunique()
    out["operator_count"] = out["model_id"].map(operators).fillna(0).astype("int64")
    return out


def measure_completeness(models: DataFrame, capabilities: DataFrame, offers: DataFrame) -> Series:
    """Share of the twelve fields a comparison needs that are known: eight specs, three capabilities, a price."""
    specs = models[list(COUNTED_FIELDS)].notna().sum(axis=1)
    counted = capabilities[capabilities["capability"].isin(COUNTED_CAPABILITIES) & (capabilities["state"] != "unknown")]
    known = models["model_id"].map(counted.groupby("model_id").size()).fillna(0).astype("int64")
    priced = models["model_id"].isin(offers.loc[offers["eligible"], "model_id"])
    total = len(COUNTED_FIELDS) + len(COUNTED_CAPABILITIES) + 1
    return ((specs + known + priced.astype("int64")) / total).astype("float32")
