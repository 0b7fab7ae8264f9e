"""Builds claims from landed items: one row per subject, field and statement of a source."""

from collections.abc import Sequence

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
    licence = ClaimField("license_spdx", "license", licences.identify_column)
    fields = [field for field in MODEL_FIELDS if field.name != licence.name]
    parts = [_build_stated(models, "model", fields, metadata)]
    listed = ClaimField("released_date", "listed", iso_date)
    parts.append(_build_claims(models, "model", listed, metadata).assign(basis="derived"))
    parts.append(_build_claims(models, "model", licence, metadata))
    return pd.concat(parts, ignore_index=True)


def build_offer_claims(offers: DataFrame, metadata: SourceMetadata) -> DataFrame:
    """Claims about offers, prices apart, from landed OfferClaims with subject_id, lineage and authority."""
    claims = _build_stated(offers, "offer", OFFER_FIELDS, metadata)
    unknown_format = (claims["field"] == "quantization") & (claims["value"].str.lower() == "unknown")
    return claims[~unknown_format].reset_index(drop=True)


def build_model_claims_from_offers(offers: DataFrame, model_ids: Series, metadata: SourceMetadata) -> DataFrame:
    """Claims about a model's limits from its offers: derived, unless the offer is the developer's own."""
    rows = offers.assign(subject_id=model_ids)
    rows = rows[rows["subject_id"].notna() & (rows["service_tier"].astype("str") == "standard")]
    limits = [ClaimField(name, name, positive_integer) for name in ("context_tokens", "max_output_tokens")]
    claims = _build_stated(rows, "model", limits, metadata)
    is_stated = (claims["authority"] <= 2) | (claims["basis"] == "default")
    return claims.assign(basis=claims["basis"].where(is_stated, "derived"))


def _build_stated(
    rows: DataFrame, subject_kind: str, fields: Sequence[ClaimField], metadata: SourceMetadata
) -> DataFrame:
    """Claims of several fields; those that no row states cost nothing."""
    stated = [field for field in fields if rows[field.item_field].notna().any()] or fields[:1]
    return pd.concat([_build_claims(rows, subject_kind, field, metadata) for field in stated], ignore_index=True)


def _build_claims(rows: DataFrame, subject_kind: str, field: ClaimField, metadata: SourceMetadata) -> DataFrame:
    """Claims of one field, in CLAIM_COLUMNS: the rows whose value is known."""
    values = field.convert(rows[field.item_field])
    known = rows[values.notna()]
    claims = known.assign(
        subject_kind=subject_kind,
        field=field.name,
        value=values[values.notna()].astype("str"),
        printed=format_printed(known[field.item_field]),
        basis=lookup_basis(known, field.item_field, metadata),
        provider_model_key=known["model_key"],
        observed_at=known["captured_at"],
    )
    return claims[CLAIM_COLUMNS]
