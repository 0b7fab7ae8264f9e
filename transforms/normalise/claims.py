"""Landed items to claims: one row per subject and field, with its witness and the witness's standing."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.dates import read_dates
from llmpairs.transforms.normalise.licences import LicenceBook

CLAIM_COLUMNS = [
    "subject_kind", "subject_id", "field", "value", "printed", "source_id", "lineage", "basis", "authority",
    "capture_id", "locator", "provider_model_key", "observed_at",
]  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """What a source's word is worth: frames computed from the registry, and the reviewed ranks.

    `sources`: source_id, kind, lineage, first_party_of, late_after, expires_after (timedeltas).
    `lineages`, `bases`: overrides with provider_key, '*' for every provider.
    """

    sources: DataFrame
    lineages: DataFrame
    bases: DataFrame
    ranks: dict[str, int]


def load_ranks() -> dict[str, int]:
    """Rank of each source that speaks neither as first party nor as a card, from authority.toml."""
    raw = tomllib.loads(
        (files("llmpairs.transforms.normalise") / "authority.toml").read_text(encoding="utf-8")
    )
    return {source: int(entry["rank"]) for source, entry in raw.items()}


def lineage_of(rows: DataFrame, standing: Standing) -> Series:
    """Lineage of each row: that of its provider's rows in the source where the registry says so, else the source's."""
    own = standing.lineages.set_index(["source_id", "provider_key"])["lineage"]
    index = pd.MultiIndex.from_arrays([rows["source_id"], rows["provider_key"].fillna("*")])
    default = rows["source_id"].map(standing.sources.set_index("source_id")["lineage"])
    return Series(own.reindex(index).to_numpy(), index=rows.index, dtype="str").fillna(default)


def authority_on_models(
    rows: DataFrame, standing: Standing, own_provider: Series, developers: Series
) -> Series:
    """Rank of each row's word on its model: 0 first party, 1 card, 2 a catalogue on the first party, else its own.

    `own_provider` is the developer that the row's provider belongs to; `developers` the model's developer.
    """
    known = standing.sources.set_index("source_id")
    speaks = rows["source_id"].map(known["first_party_of"])
    card = rows["source_id"].map(known["kind"]) == "card"
    conditions = [
        (speaks.notna() & (speaks == developers)).to_numpy(dtype=bool),
        card.to_numpy(dtype=bool),
        (own_provider.notna() & (own_provider == developers)).to_numpy(dtype=bool),
    ]
    ranks = rows["source_id"].map(standing.ranks).fillna(4)
    return Series(np.select(conditions, [0, 1, 2], default=ranks), index=rows.index).astype("int8")


def authority_on_offers(rows: DataFrame, standing: Standing, provider_developers: Series) -> Series:
    """Rank of each row's word on a route: 0 when the source is the provider itself, else the source's own.

    `provider_developers` is the developer that the row's provider belongs to.
    """
    known = standing.sources.set_index("source_id")
    speaks = rows["source_id"].map(known["first_party_of"])
    own = (rows["source_id"].map(known["lineage"]) == rows["provider_id"]) | (
        speaks.notna() & (speaks == provider_developers)
    )
    return rows["source_id"].map(standing.ranks).fillna(4).mask(own, 0).astype("int8")


def basis_of(rows: DataFrame, item_field: str, standing: Standing) -> Series:
    """Basis of an item's field in each row: the provider's own entry, the source's, else declared."""
    named = standing.bases[standing.bases["field"] == item_field]
    if named.empty:
        return Series("declared", index=rows.index, dtype="str")
    table = named.set_index(["source_id", "provider_key"])["basis"]
    own = pd.MultiIndex.from_arrays([rows["source_id"], rows["provider_key"].fillna("*")])
    any_provider = pd.MultiIndex.from_arrays([rows["source_id"], ["*"] * len(rows)])
    first = Series(table.reindex(own).to_numpy(), index=rows.index, dtype="str")
    return first.fillna(Series(table.reindex(any_provider).to_numpy(), index=rows.index, dtype="str")).fillna(
        "declared"
    )


def claim(
    rows: DataFrame, subject_kind: str, field: str, value: Series, item_field: str, basis: Series
) -> DataFrame:
    """Claims of one field: rows whose value is known, in CLAIM_COLUMNS."""
    known = value.notna()
    out = rows.loc[known, ["subject_id", "source_id", "lineage", "authority", "capture_id", "locator"]].copy()
    out["subject_kind"] = subject_kind
    out["field"] = field
    out["value"] = value[known].astype("str")
    out["printed"] = as_text(rows.loc[known, item_field])
    out["basis"] = basis[known]
    out["provider_model_key"] = rows.loc[known, "model_key"]
    out["observed_at"] = rows.loc[known, "captured_at"]
    return out[CLAIM_COLUMNS]


def as_text(column: Series) -> Series:
    """What was printed, as text; lists joined by commas."""
    if column.dtype == object and len(column) and isinstance(column.iloc[0], (list, tuple, np.ndarray)):
        return Series([", ".join(words) for words in column], index=column.index, dtype="str")
    return column.astype("str")


def whole(column: Series) -> Series:
    """Positive whole numbers as text; 0 and less say nothing (models.dev prints 0 for an unknown limit)."""
    number = pd.to_numeric(column, errors="coerce")
    return number.where(number > 0).astype("Int64").astype("str").where(number > 0)


def joined(column: Series) -> Series:
    """A list of words in lower case, sorted and joined by ';'; an empty list says nothing."""
    words = [
        ";".join(sorted({word.strip().lower() for word in cell}))
        if isinstance(cell, (list, tuple, np.ndarray))
        else None
        for cell in column
    ]
    return Series(words, index=column.index, dtype="str").replace("", None)


def measured(column: Series) -> Series:
    """Numbers as text that reads back as the same number; one below zero says nothing."""
    return column.where(column >= 0).map(repr, na_action="ignore").astype("str")


def percent(column: Series) -> Series:
    """Measured shares in percent; one above 100 says nothing."""
    return measured(column.where(column <= 100))


def truth(column: Series) -> Series:
    """true or false as text."""
    return column.map({True: "true", False: "false"}).astype("str")


def plain(column: Series) -> Series:
    """Text without surrounding space; empty text says nothing."""
    return column.astype("str").str.strip().replace("", None)


def lowered(column: Series) -> Series:
    """A word of a source in lower case; empty text says nothing."""
    return plain(column).str.lower()


def dated(column: Series) -> Series:
    """ISO dates as printed to their precision: 2025-08-05, 2025-08 or 2025."""
    read = read_dates(column)
    iso = read["date"].dt.strftime("%Y-%m-%d")
    length = read["precision"].map({"day": 10, "month": 7, "year": 4})
    cut = iso.where(length == 10, iso.str[:7].where(length == 7, iso.str[:4]))
    return cut.where(read["precision"].notna())


ModelField = tuple[str, str, Callable[[Series], Series]]
MODEL_FIELDS: tuple[ModelField, ...] = (
    ("display_name", "name", plain),
    ("family", "family", plain),
    ("task", "task", plain),
    ("released_date", "released", dated),
    ("knowledge_cutoff_date", "knowledge_cutoff", dated),
    ("context_tokens", "context_tokens", whole),
    ("unscaled_context_tokens", "unscaled_context_tokens", whole),
    ("max_output_tokens", "max_output_tokens", whole),
    ("parameters_total", "parameters_total", whole),
    ("parameters_active", "parameters_active", whole),
    ("architecture", "architecture", plain),
    ("is_open_weights", "open_weights", truth),
    ("hugging_face_id", "hugging_face_id", plain),
    ("input_modalities", "input_modalities", joined),
    ("output_modalities", "output_modalities", joined),
    ("lifecycle", "status", lowered),
    ("deprecated_on", "deprecated_on", dated),
    ("retire_on", "retire_on", dated),
    ("successor", "successor", plain),
)
OFFER_FIELDS: tuple[ModelField, ...] = (
    ("listed_as", "model_key", plain),
    ("region", "region", plain),
    ("quantization", "quantization", plain),
    ("context_tokens", "context_tokens", whole),
    ("max_output_tokens", "max_output_tokens", whole),
    ("uptime_percent", "uptime_percent", percent),
    ("latency_ms", "latency_ms", measured),
    ("throughput_tokens_per_s", "throughput_tokens_per_s", measured),
    ("status", "status", lowered),
    ("deprecated_on", "deprecated_on", dated),
    ("retire_on", "retire_on", dated),
)


def claim_models(models: DataFrame, standing: Standing, licences: LicenceBook) -> DataFrame:
    """Claims about models from landed ModelClaims that carry subject_id, lineage and authority."""
    parts = [
        claim(models, "model", field, convert(models[column]), column, basis_of(models, column, standing))
        for field, column, convert in MODEL_FIELDS
    ]
    listed = dated(models["listed"])
    derived = Series("derived", index=models.index, dtype="str")
    parts.append(claim(models, "model", "released_date", listed, "listed", derived))
    licence = licences.identify_column(models["license"])
    parts.append(
        claim(models, "model", "license_spdx", licence, "license", basis_of(models, "license", standing))
    )
    return pd.concat(parts, ignore_index=True)


def claim_offers(offers: DataFrame, standing: Standing) -> DataFrame:
    """Claims about offers, prices apart, from landed OfferClaims with subject_id, lineage and authority."""
    parts = [
        claim(offers, "offer", field, convert(offers[column]), column, basis_of(offers, column, standing))
        for field, column, convert in OFFER_FIELDS
    ]
    claims = pd.concat(parts, ignore_index=True)
    unknown_format = (claims["field"] == "quantization") & (claims["value"].str.lower() == "unknown")
    return claims[~unknown_format].reset_index(drop=True)


def claim_models_by_route(offers: DataFrame, model_ids: Series, standing: Standing) -> DataFrame:
    """What routes let one infer of their model's limits: derived, unless the route is the developer's own."""
    rows = offers.assign(subject_id=model_ids)
    rows = rows[rows["subject_id"].notna() & (rows["service_tier"].astype("str") == "standard")]
    parts = []
    for field in ("context_tokens", "max_output_tokens"):
        stated = basis_of(rows, field, standing)
        basis = stated.where((rows["authority"] <= 2) | (stated == "default"), "derived")
        parts.append(claim(rows, "model", field, whole(rows[field]), field, basis))
    return pd.concat(parts, ignore_index=True)
