"""Claims that cannot be right whoever makes them; they stay in `facts` and are never published."""

from datetime import datetime, timedelta

import pandas as pd
from pandas import DataFrame, Series

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
"""Four rows carry 1970-01-01 (Q30, seen 2026-05-18); the first model of the kind is from 2018."""
CONTEXT_BOUNDS = (512, 12_000_000)
"""99,999,999 and 20,000,000 were printed as sentinels (Q34); 10,000,000 is real (llama-4-scout)."""


def find_implausible(claims: DataFrame, as_of: datetime) -> Series:
    """True for claims outside the bounds of their field; `as_of` bounds release dates."""
    value, field = claims["value"], claims["field"]
    latest = pd.Timestamp(as_of.replace(tzinfo=None)) + timedelta(days=1)
    released = pd.to_datetime(value.where(field == "released_date"), format="ISO8601", errors="coerce")
    bad_release = released.notna() & ~released.between(EARLIEST_RELEASE, latest)
    cutoff = pd.to_datetime(value.where(field == "knowledge_cutoff_date"), format="ISO8601", errors="coerce")
    bad_cutoff = cutoff.notna() & ~cutoff.between(pd.Timestamp("2010-01-01"), latest)
    tokens = pd.to_numeric(value.where(field.isin(["context_tokens", "max_output_tokens"])), errors="coerce")
    low, high = CONTEXT_BOUNDS
    bad_context = (field == "context_tokens") & tokens.notna() & ~tokens.between(low, high)
    bad_output = (field == "max_output_tokens") & (tokens > high)
    return bad_release | bad_cutoff | bad_context | bad_output


def doubt_cutoffs(claims: DataFrame) -> DataFrame:
    """Knowledge cutoffs in or after the month of the model's release count as derived: copies of the release date.

    62 rows lie after the release and 250 in its month (Q32, Q33).
    """
    released = claims[(claims["field"] == "released_date") & (claims["basis"] == "declared")]
    month = released.assign(month=released["value"].str[:7]).groupby("subject_id")["month"].agg(first_mode)
    own = claims["subject_id"].map(month).astype("str")
    late = (claims["field"] == "knowledge_cutoff_date") & own.notna() & (claims["value"].str[:7] >= own)
    basis = claims["basis"].mask(late & (claims["basis"] == "declared"), "derived")
    after = late & (claims["value"].str[:7] > own)
    return claims.assign(basis=basis.mask(after, "default"))


def doubt_closed_weights(claims: DataFrame) -> DataFrame:
    """A catalogue's "no open weights" on a route that is not the developer's own counts as a filled blank.

    models.dev prints false for every reseller's row of models whose weights are public (gpt-oss-120b at six hosts,
    seen 2026-05-18).
    """
    hearsay = (
        (claims["field"] == "is_open_weights") & (claims["value"] == "false") & (claims["authority"] > 2)
    )
    return claims.assign(basis=claims["basis"].mask(hearsay, "default"))


def first_mode(values: Series) -> str:
    """Most frequent value; the smallest of several."""
    return str(values.mode().min())
