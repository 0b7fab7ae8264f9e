"""Builds claims from landed items: one row per subject, field and statement of a source."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.fields import MODEL_FIELDS, OFFER_FIELDS, ClaimField, iso_date, positive_integer
from llmpairs.transforms.normalise.licences import LicenceReference
from llmpairs.transforms.normalise.source_metadata import SourceMetadata, lookup_basis

CLAIM_COLUMNS = [
    "subject_kind", "subject_id", "field", "value", "printed", "source_id", "lineage", "basis", "authority",
    "capture_id", "locator", "provider_model_key", "observed_at",
]  # fmt: skip


def format_printed(column: Series) -> Series:
    """Printed values as text; lists joined by commas."""
    if column.dtype == object and len(column) and isinstance(column.iloc[0], (list, tuple, np.ndarray)):
        return Series([", ".join(entries) for entries in column], index=column.index, dtype="str")
    return column.astype("str")


def build_model_claims(models: DataFrame, metadata: SourceMetadata, licences: LicenceReference) -> DataFrame:
    """Claims about models from landed ModelClaims that carry subject_id, lineage and authority."""
    parts = [
        _build_field_claims(models, "model", field, metadata) for field in MODEL_FIELDS if field.name != "license_spdx"
    ]
    listed = _ClaimedValues("released_date", "listed", iso_date(models["listed"]))
    parts.append(_build_claims(models, "model", listed, Series("derived", index=models.index, dtype="str")))
    licence = _ClaimedValues("license_spdx", "license", licences.identify_column(models["license"]))
    parts.append(_build_claims(models, "model", licence, lookup_basis(models, "license", metadata)))
    return pd.concat(parts, ignore_index=True)


def build_offer_claims(offers: DataFrame, metadata: SourceMetadata) -> DataFrame:
    """Claims about offers, prices apart, from landed OfferClaims with subject_id, lineage and authority."""
    parts = [_build_field_claims(offers, "offer", field, metadata) for field in OFFER_FIELDS]
    claims = pd.concat(parts, ignore_index=True)
    unknown_format = (claims["field"] == "quantization") & (claims["value"].str.lower() == "unknown")
    return claims[~unknown_format].reset_index(drop=True)


def build_model_claims_from_offers(offers: DataFrame, model_ids: Series, metadata: SourceMetadata) -> DataFrame:
    """Claims about a model's limits from its offers: derived, unless the offer is the developer's own."""
    rows = offers.assign(subject_id=model_ids)
    rows = rows[rows["subject_id"].notna() & (rows["service_tier"].astype("str") == "standard")]
    parts = []
    for field in ("context_tokens", "max_output_tokens"):
        stated = lookup_basis(rows, field, metadata)
        basis = stated.where((rows["authority"] <= 2) | (stated == "default"), "derived")
        values = _ClaimedValues(field, field, positive_integer(rows[field]))
        parts.append(_build_claims(rows, "model", values, basis))
    return pd.concat(parts, ignore_index=True)


class _ClaimedValues(NamedTuple):
    """Converted values of one field, and the landed column that states them."""

    field: str
    column: str
    values: Series


def _build_field_claims(rows: DataFrame, subject_kind: str, field: ClaimField, metadata: SourceMetadata) -> DataFrame:
    values = _ClaimedValues(field.name, field.item_field, field.convert(rows[field.item_field]))
    return _build_claims(rows, subject_kind, values, lookup_basis(rows, field.item_field, metadata))


def _build_claims(rows: DataFrame, subject_kind: str, claimed: _ClaimedValues, basis: Series) -> DataFrame:
    """Claims of one field, in CLAIM_COLUMNS: the rows whose value is known."""
    known = claimed.values.notna()
    out = rows.loc[known, ["subject_id", "source_id", "lineage", "authority", "capture_id", "locator"]].copy()
    out["subject_kind"] = subject_kind
    out["field"] = claimed.field
    out["value"] = claimed.values[known].astype("str")
    out["printed"] = format_printed(rows.loc[known, claimed.column])
    out["basis"] = basis[known]
    out["provider_model_key"] = rows.loc[known, "model_key"]
    out["observed_at"] = rows.loc[known, "captured_at"]
    return out[CLAIM_COLUMNS]
