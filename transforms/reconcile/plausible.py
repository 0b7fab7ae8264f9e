"""Plausibility of claims: the check that each claim fails by itself. Failed claims stay in `facts`, unpublished."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
"""Four rows carry 1970-01-01 (Q30, seen 2026-05-18); the first model of the kind is from 2018."""
EARLIEST_CUTOFF = pd.Timestamp("2010-01-01")
CONTEXT_BOUNDS = (512, 12_000_000)
"""99,999,999 and 20,000,000 were printed as sentinels (Q34); 10,000,000 is real (llama-4-scout), so is 512 (bge)."""
RELEASE = "Q30 release date out of range"
CUTOFF = "Q32 knowledge cutoff after the release"
CONTEXT = "Q34 context out of range"
OUTPUT = "Q37 more output than context"
IMAGES = "Q41 images against the vision flag"


def find_failed_checks(claims: DataFrame, states: DataFrame, as_of: datetime) -> Series:
    """The check that each claim fails, null for none; Q37 aside, which needs the published context.

    `states` are the published capability states of models: subject_id, field, state. `as_of` bounds dates.
    """
    value, field = claims["value"], claims["field"]
    latest = pd.Timestamp(as_of.replace(tzinfo=None)) + timedelta(days=1)
    released = read_days(value.where(field == "released_date"))
    cutoff = read_days(value.where(field == "knowledge_cutoff_date"))
    tokens = pd.to_numeric(value.where(field == "context_tokens"), errors="coerce")
    rules = [
        (released.notna() & ~released.between(EARLIEST_RELEASE, latest), RELEASE),
        (cutoff.notna() & ~cutoff.between(EARLIEST_CUTOFF, latest), CUTOFF),
        (is_after_release(claims), CUTOFF),
        (tokens.notna() & ~tokens.between(*CONTEXT_BOUNDS), CONTEXT),
        (contradicts_vision(claims, states), IMAGES),
    ]
    masks = [mask.to_numpy(dtype=bool) for mask, _ in rules]
    found = np.select(masks, [rule for _, rule in rules], default="")
    return Series(found, index=claims.index, dtype="str").replace("", None)


def read_days(text: Series) -> Series:
    """Dates of any precision as days; null for text that is no date."""
    return pd.to_datetime(text, format="ISO8601", errors="coerce")


def months_of_release(claims: DataFrame) -> Series:
    """Release month of each claim's model by most declared claims; null where none states it."""
    released = claims[(claims["field"] == "released_date") & (claims["basis"] == "declared")]
    month = released.assign(month=released["value"].str[:7]).groupby("subject_id")["month"].agg(first_mode)
    return claims["subject_id"].map(month).astype("str")


def is_after_release(claims: DataFrame) -> Series:
    """Whether a knowledge cutoff lies after the month of release: 62 rows do (Q32)."""
    month = months_of_release(claims)
    is_cutoff = claims["field"] == "knowledge_cutoff_date"
    return (is_cutoff & month.notna() & (claims["value"].str[:7] > month)).fillna(False).astype(bool)


def demote_copied_cutoffs(claims: DataFrame) -> DataFrame:
    """Claims in which knowledge cutoffs in the month of release have basis derived: copies of the release date.

    250 rows are copies (Q33).
    """
    is_cutoff = (claims["field"] == "knowledge_cutoff_date") & (claims["basis"] == "declared")
    same = (is_cutoff & (claims["value"].str[:7] == months_of_release(claims))).fillna(False)
    return claims.assign(basis=claims["basis"].mask(same.astype(bool), "derived"))


def demote_assumed_closed_weights(claims: DataFrame) -> DataFrame:
    """Claims in which a catalogue's "no open weights" on another provider's offer has basis default: a filled blank.

    models.dev prints false for every reseller's row of models whose weights are public (gpt-oss-120b at six hosts,
    seen 2026-05-18).
    """
    is_assumed = (claims["field"] == "is_open_weights") & (claims["value"] == "false") & (claims["authority"] > 2)
    return claims.assign(basis=claims["basis"].mask(is_assumed, "default"))


def contradicts_vision(claims: DataFrame, states: DataFrame) -> Series:
    """Whether a list of inputs has images although vision is no, or none although it is yes."""
    vision = states[states["field"] == "capability:vision"].set_index("subject_id")["state"]
    state = claims["subject_id"].map(vision)
    lists = (claims["subject_kind"] == "model") & (claims["field"] == "input_modalities")
    has_images = (";" + claims["value"] + ";").str.contains(";image;", regex=False)
    against = ((state == "yes") & ~has_images) | ((state == "no") & has_images)
    return (lists & against).fillna(False).astype(bool)


def exceeds_context(claims: DataFrame, contexts: Series) -> Series:
    """Whether a claim states a larger max output than the published context, by subject_id (Q37)."""
    tokens = pd.to_numeric(claims["value"].where(claims["field"] == "max_output_tokens"), errors="coerce")
    return tokens > pd.to_numeric(claims["subject_id"].map(contexts))


def first_mode(values: Series) -> str:
    """Most frequent value; the smallest of several."""
    return str(values.mode().min())
