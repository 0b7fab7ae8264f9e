"""MODELS: one row per canonical model, from chosen claims, its identity and its offers."""

from datetime import datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lifecycle import RETIRED_AFTER_NIGHTS, count_absence, stamp_retired
from llmpairs.transforms.normalise.kinds import KindWords, classify_models
from llmpairs.transforms.normalise.licences import LicenceBook

FIELDS = (
    "display_name", "family", "task", "released_date", "knowledge_cutoff_date", "context_tokens",
    "unscaled_context_tokens", "max_output_tokens", "parameters_total", "parameters_active", "architecture",
    "is_open_weights", "license_spdx", "hugging_face_id", "input_modalities", "output_modalities", "lifecycle",
    "deprecated_on", "retire_on", "successor",
)  # fmt: skip
WHOLE_NUMBERS = (
    "context_tokens", "unscaled_context_tokens", "max_output_tokens", "parameters_total", "parameters_active",
)  # fmt: skip
COUNTED_FIELDS = (
    "released_date", "knowledge_cutoff_date", "context_tokens", "max_output_tokens", "parameters_total", "architecture",
    "license_spdx", "input_modalities",
)  # fmt: skip
COUNTED_CAPABILITIES = ("reasoning", "function_calling", "structured_outputs")
PRECISION = {10: "day", 7: "month", 4: "year"}


def assemble_models(
    identified: DataFrame,
    chosen: DataFrame,
    facts: DataFrame,
    licences: LicenceBook,
    kinds: KindWords,
    as_of: datetime,
) -> DataFrame:
    """MODELS but for what depends on offers, capabilities and earlier releases.

    `identified` is the identity step's models; `chosen` the pivoted claims by model_id; `facts` the chosen claims.
    """
    table = identified.set_index("model_id").sort_index()
    text = chosen.reindex(table.index)
    out = DataFrame({"developer_id": table["developer_id"]}, index=table.index)
    out["slug"] = table.index.str.replace("/", "--", regex=False)
    out["display_name"] = unique_names(bare_names(table["display_name"].fillna(text["display_name"])))
    out["family"] = table["family"].fillna(text["family"])
    out = out.join(classify_models(text, kinds))
    released = text["released_date"]
    out["released_date"] = first_day(released)
    out["released_precision"] = released.str.len().map(PRECISION)
    basis = facts[facts["field"] == "released_date"].set_index("subject_id")["basis"]
    out["released_basis"] = basis.reindex(out.index)
    for field in ("knowledge_cutoff_date", "deprecated_on", "retire_on"):
        out[field] = first_day(text[field])
    for field in WHOLE_NUMBERS:
        out[field] = pd.to_numeric(text[field], errors="coerce").astype("Int64")
    out["architecture"] = text["architecture"].where(text["architecture"].isin(["dense", "moe"]))
    out["is_open_weights"] = text["is_open_weights"].map({"true": True, "false": False}).astype("boolean")
    out["license_spdx"] = text["license_spdx"]
    out["license_class"] = licences.classify(text["license_spdx"])
    for field in ("input_modalities", "output_modalities"):
        out[field] = text[field].str.split(";")
    out["hugging_face_id"] = table["hugging_face_id"].fillna(text["hugging_face_id"])
    out["base_model_id"] = table["base_model_id"]
    out["relation_to_base"] = table["relation_to_base"].where(table["base_model_id"].notna())
    today = pd.Timestamp(as_of.replace(tzinfo=None))
    ended = (out["retire_on"] <= today).fillna(False) | (text["lifecycle"] == "retired").fillna(False)
    advised = (out["deprecated_on"] <= today).fillna(False) | (text["lifecycle"] == "deprecated").fillna(
        False
    )
    out["lifecycle"] = np.select(
        [ended.to_numpy(bool), advised.to_numpy(bool)], ["retired", "deprecated"], "active"
    )
    out["identity_basis"] = table["identity_basis"]
    return out.reset_index()


def first_day(text: Series) -> Series:
    """First day of a date known to the day, the month or the year."""
    padded = text.where(text.str.len() != 7, text + "-01")
    padded = padded.where(text.str.len() != 4, text + "-01-01")
    return pd.to_datetime(padded, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")


def bare_names(names: Series) -> Series:
    """Names without the maker that catalogues put before them: "Qwen/Qwen3.5-4B", "OpenAI: gpt-oss-120b"."""
    return names.str.replace(r"^(?:[\w.-]+/|[\w. -]{2,30}: )", "", regex=True).str.strip()


def unique_names(names: Series) -> Series:
    """Display names by model_id; where two models share one, or there is none, the id tells them apart."""
    ids = names.index.to_series()
    filled = names.fillna(ids.str.split("/").str[-1])
    twice = filled.str.casefold().duplicated(keep=False)
    return filled.where(~twice, filled + " (" + ids + ")")


def carry_absent_models(models: DataFrame, previous: DataFrame, counts: Series, as_of: datetime) -> DataFrame:
    """Models plus those of the last release that no list names tonight; they are kept and retired in time.

    `counts` says for each model of `previous` whether its sources were healthy tonight; adds retired_on.
    """
    absent = previous.reindex(columns=[*previous.columns, *models.columns.difference(previous.columns)])
    absent = absent[~previous["model_id"].isin(models["model_id"])].copy()
    absent["nights_absent"] = count_absence(absent, counts.reindex(absent.index))
    ended = (absent["retire_on"] <= pd.Timestamp(as_of.replace(tzinfo=None))).fillna(False)
    gone = ended | (absent["nights_absent"] >= RETIRED_AFTER_NIGHTS)
    absent["lifecycle"] = absent["lifecycle"].where(~gone, "retired")
    table = pd.concat([models, absent[models.columns]], ignore_index=True)
    return stamp_retired(table, table["lifecycle"] == "retired", previous, "model_id", as_of)


def count_offers(models: DataFrame, offers: DataFrame) -> DataFrame:
    """Models plus is_live, offer_count, operator_count and last_seen_at from their offers."""
    known = offers[offers["model_id"].notna()]
    active = known[known["offer_status"] == "active"]
    named = active[active["operator_id"] != "unspecified"]
    live = known[known["offer_status"] != "retired"]["model_id"].unique()
    out = models.assign(is_live=models["model_id"].isin(live))
    out["offer_count"] = out["model_id"].map(active.groupby("model_id").size()).fillna(0).astype("int64")
    operators = named.groupby("model_id")["operator_id"].nunique()
    out["operator_count"] = out["model_id"].map(operators).fillna(0).astype("int64")
    return out


def measure_completeness(models: DataFrame, capabilities: DataFrame, offers: DataFrame) -> Series:
    """Share of the twelve fields a comparison needs that are established: eight specs, three capabilities, a price."""
    established = models[list(COUNTED_FIELDS)].notna().sum(axis=1)
    counted = capabilities[
        capabilities["capability"].isin(COUNTED_CAPABILITIES) & (capabilities["state"] != "unknown")
    ]
    known = models["model_id"].map(counted.groupby("model_id").size()).fillna(0)
    priced = models["model_id"].isin(offers.loc[offers["eligible"], "model_id"])
    total = len(COUNTED_FIELDS) + len(COUNTED_CAPABILITIES) + 1
    return ((established + known + priced.astype("int64")) / total).astype("float32")
