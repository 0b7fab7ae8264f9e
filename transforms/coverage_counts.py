"""Coverage counts of a run: how many subjects have each field, for the heat map and trend of the report."""

from collections.abc import Iterable

import pandas as pd
from pandas import DataFrame, Series

COLUMNS = ["subject_kind", "provider_id", "field", "subjects", "known"]
ALL = "-"
OFFER_FIELDS = ("price", "cache_read_usd_per_mtok", "context_tokens", "max_output_tokens", "quantization")
NOT_PER_TOKEN = ("subscription", "not_per_token")
"""Reasons of offers without a token price, which none is expected to have."""


def count_coverage(models: DataFrame, offers: DataFrame, capabilities: DataFrame, fields: Iterable[str]) -> DataFrame:
    """COVERAGE without its run: `fields` of live text-generating models, and OFFER_FIELDS of their active standard
    offers, over all and by provider.

    The `price` of a model is known if it has an eligible offer. `fields` that are no column of `models`, `price` or
    `capability:<name>` are skipped.
    """
    live = models[models["is_live"].astype(bool) & models["is_text_generating"].astype(bool)]
    known = find_known_model_fields(live, offers, capabilities, list(fields))
    of_models = DataFrame({"field": known.columns, "subjects": len(live), "known": known.sum().to_numpy()})
    active = offers[
        offers["model_id"].isin(live["model_id"])
        & (offers["offer_status"] == "active")
        & (offers["service_tier"] == "standard")
    ]
    parts = [of_models.assign(subject_kind="model", provider_id=ALL)]
    parts += [count_known_offers(active, field) for field in OFFER_FIELDS]
    return pd.concat(parts, ignore_index=True)[COLUMNS].astype({"subjects": "int64", "known": "int64"})


def find_known_model_fields(
    live: DataFrame, offers: DataFrame, capabilities: DataFrame, fields: list[str]
) -> DataFrame:
    """Whether each field of each live model is known, one column per field."""
    known = {field: live[field].notna() for field in fields if field in live.columns}
    if "price" in fields:
        known["price"] = live["model_id"].isin(offers.loc[offers["eligible"].astype(bool), "model_id"])
    stated = capabilities[capabilities["state"] != "unknown"]
    for field in fields:
        kind, _, name = field.partition(":")
        if kind == "capability" and name:
            has = stated.loc[stated["capability"].astype("str") == name, "model_id"]
            known[field] = live["model_id"].isin(has)
    return DataFrame(known, index=live.index)


def count_known_offers(active: DataFrame, field: str) -> DataFrame:
    """One field of active offers, over all and by provider."""
    is_known = find_known_offers(active, field).dropna().astype("int64")
    named = [is_known.groupby(active["provider_id"]), is_known.groupby(Series(ALL, index=active.index))]
    counted = pd.concat([group.agg(subjects="size", known="sum") for group in named])
    return counted.rename_axis("provider_id").reset_index().assign(subject_kind="offer", field=field)


def find_known_offers(active: DataFrame, field: str) -> Series:
    """Whether each offer's field is known; null where none is expected."""
    if field != "price":
        return active[field].notna().astype("boolean")
    known = active["price_missing_reason"].isna().astype("boolean")
    return known.mask(active["price_missing_reason"].isin(NOT_PER_TOKEN).to_numpy(bool))
