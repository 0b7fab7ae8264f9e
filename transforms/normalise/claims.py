"""Builds claims from landed items: one row per subject, field and statement of a source."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.fields import MODEL_FIELDS, OFFER_FIELDS, ClaimField, iso_date, positive_integer
from llmpairs.transforms.normalise.licences import LicenceReference
from llmpairs.transforms.normalise.source_metadata import SourceMetadata, lookup_basis

DAY_LENGTH, MONTH_LENGTH = 10, 7
FILLER_SHARE = 0.2
"""Share of a provider's release dates on the first of a month from which they stand for the month. One in thirty is
chance; of models.dev's providers helicone has 32 of 88, io-net 9 of 17, most fewer than one in ten (2026-05-18)."""
FEWEST_FILLERS = 3
"""Firsts of a provider below which no share is taken."""
CLAIM_COLUMNS = [
    "subject_kind", "subject_id", "field", "value", "printed", "source_id", "lineage", "operator_id", "basis",
    "authority", "capture_id", "locator", "provider_model_key", "observed_at",
]  # fmt: skip


def format_printed(column: Series) -> Series:
    """Printed values as text; lists joined by commas."""
    if column.dtype == object and len(column) and isinstance(column.iloc[0], (list, tuple, np.ndarray)):
        return Series([", ".join(entries) for entries in column], index=column.index, dtype="str")
    return column.astype("str")


def build_model_claims(models: DataFrame, metadata: SourceMetadata, licences: LicenceReference) -> DataFrame:
    """Claims about models from landed ModelClaims with subject_id, lineage, authority and has_filler_day."""
    licence = ClaimField("license_spdx", "license", licences.identify_column)
    fields = [field for field in MODEL_FIELDS if field.name != licence.name]
    stated = _list_stated(models, (*fields, licence))
    parts = [_build_claims(models, "model", field, metadata) for field in stated]
    return pd.concat([shorten_filler_days(part, models) for part in parts], ignore_index=True)


def find_filler_days(models: DataFrame) -> Series:
    """Whether each landed row's release on the first of a month stands for it: its provider's dates pile up there.

    All rows of one provider in one capture count, whether or not their keys resolve to a model.
    """
    day = iso_date(models["released"])
    day = day.where(day.str.len() == DAY_LENGTH)
    is_first = day.str.endswith("-01").fillna(False).astype("float64").where(day.notna())
    firsts = is_first.groupby([models["capture_id"], models["provider_key"].fillna("-")])
    piles_up = (firsts.transform("mean") >= FILLER_SHARE) & (firsts.transform("sum") >= FEWEST_FILLERS)
    return ((is_first == 1) & piles_up).astype(bool)


def shorten_filler_days(claims: DataFrame, models: DataFrame) -> DataFrame:
    """Claims of one field, with the month alone as release of rows with a filler day; `claims` have the rows' index."""
    is_filler = models["has_filler_day"].reindex(claims.index) & (claims["field"] == "released_date")
    return claims.assign(value=claims["value"].mask(is_filler, claims["value"].str[:MONTH_LENGTH]))


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
    """Claims of several fields."""
    parts = [_build_claims(rows, subject_kind, field, metadata) for field in _list_stated(rows, fields)]
    return pd.concat(parts, ignore_index=True)


def _list_stated(rows: DataFrame, fields: Sequence[ClaimField]) -> Sequence[ClaimField]:
    """The fields that some row states: the others cost nothing; the first where none is stated."""
    return [field for field in fields if rows[field.item_field].notna().any()] or fields[:1]


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
        operator_id=name_voter(known),
        provider_model_key=known["model_key"],
        observed_at=known["captured_at"],
    )
    return claims[CLAIM_COLUMNS]


def name_voter(rows: DataFrame) -> Series:
    """Operator of each row, else its provider: the unit that has one vote within an independent source group."""
    if "operator_id" not in rows:
        return rows["provider_id"]
    return rows["operator_id"].where(rows["operator_id"] != "unspecified", rows["provider_id"])
