"""Plausibility of claims: the check that each claim fails by itself. Failed claims stay in `facts`, unpublished."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.derived_claims import MAKER_AUTHORITY
from llmpairs.transforms.normalise.name_facts import parse_name_dates
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

EARLIEST_RELEASE = pd.Timestamp("2018-01-01")
"""Four rows carry 1970-01-01 (Q30, seen 2026-05-18); the first model of the kind is from 2018."""
EARLIEST_CUTOFF = pd.Timestamp("2010-01-01")
CONTEXT_BOUNDS = (512, 12_000_000)
"""99,999,999 and 20,000,000 were printed as sentinels (Q34); 10,000,000 is real (llama-4-scout), so is 512 (bge)."""
LISTING_LEAD = pd.Timedelta(days=7)
"""A listing may come before the announced day; gpt-4 was listed 162 days before a release that a catalogue claims."""
KEY_DATE_TOLERANCE = pd.Timedelta(days=45)
"""Makers name snapshots up to some weeks before they release them: claude-opus-4-20250514 came on 2025-05-22."""
RELEASE = "Q30 release date out of range"
LISTED = "Q30 released after it was listed"
KEY_DATE = "Q30 release date against the date in the key"
CUTOFF = "Q32 knowledge cutoff after the release"
CONTEXT = "Q34 context out of range"
OUTPUT = "Q37 more output or input than context"
INPUTS = "Q41 inputs against a capability"
INPUT_CAPABILITIES = {"image": "vision", "audio": "audio_input", "video": "video_input"}
"""Capability of each kind of input that a list of modalities can name."""


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
        (is_after_listing(claims, released), LISTED),
        (contradicts_key_date(claims, released), KEY_DATE),
        (cutoff.notna() & ~cutoff.between(EARLIEST_CUTOFF, latest), CUTOFF),
        (is_after_release(claims), CUTOFF),
        (tokens.notna() & ~tokens.between(*CONTEXT_BOUNDS), CONTEXT),
        (contradicts_inputs(claims, states), INPUTS),
    ]
    masks = [mask.to_numpy(dtype=bool) for mask, _ in rules]
    found = np.select(masks, [rule for _, rule in rules], default="")
    return Series(found, index=claims.index, dtype="str").replace("", None)


def read_days(text: Series) -> Series:
    """Dates of any precision as days; null for text that is no date."""
    return pd.to_datetime(text, format="ISO8601", errors="coerce")


def is_after_listing(claims: DataFrame, released: Series) -> Series:
    """Whether a claimed release is later than the first listing of the model; the maker's own statement stands."""
    listed = claims[claims["field"] == "listed_date"]
    first = read_days(listed["value"]).groupby(listed["subject_id"]).min()
    limit = look_up_days(claims["subject_id"], first) + LISTING_LEAD
    return (released > limit) & (claims["authority"] > MAKER_AUTHORITY)


def contradicts_key_date(claims: DataFrame, released: Series) -> Series:
    """Whether a claimed release is far from every date in the keys of its model, or from the one in its own key.

    The date in the model's id counts alone where there is one; that of a month is its first day.
    """
    is_stated = released.notna() & (claims["authority"] > MAKER_AUTHORITY)
    keys = claims[["subject_id", "provider_model_key"]].drop_duplicates()
    named = Series(pd.unique(pd.concat([keys["subject_id"], keys["provider_model_key"]])), dtype="str")
    dates = read_days(parse_name_dates(named)).set_axis(named.to_numpy())
    own, of_key = (look_up_days(keys[column], dates) for column in ("subject_id", "provider_model_key"))
    keys = keys.assign(date=own.fillna(of_key))
    dated = keys.dropna(subset="date")[["subject_id", "date"]].drop_duplicates()
    stated = DataFrame({"subject_id": claims["subject_id"], "released": released})[is_stated]
    pairs = stated.reset_index(names="claim").merge(dated, on="subject_id")
    apart = (pairs["released"] - pairs["date"]).abs().groupby(pairs["claim"]).min()
    own_key = (released - look_up_days(claims["provider_model_key"], dates)).abs().where(is_stated)
    nearest = pd.to_timedelta(apart.reindex(claims.index))
    return (nearest > KEY_DATE_TOLERANCE) | (own_key > KEY_DATE_TOLERANCE)


def look_up_days(names: Series, days: Series) -> Series:
    """Day of each name; null for a name that `days` does not have."""
    return Series(days.reindex(names).to_numpy(), index=names.index, dtype="datetime64[us]")


def months_of_release(claims: DataFrame) -> Series:
    """Release month of each claim's model by most declared claims; null where none states it.

    The month that a reviewer recorded counts alone.
    """
    released = claims[(claims["field"] == "released_date") & (claims["basis"] == "declared")]
    is_reviewed = released["source_id"] == REVIEW_SOURCE
    released = released[is_reviewed | ~released["subject_id"].isin(released.loc[is_reviewed, "subject_id"])]
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


def contradicts_inputs(claims: DataFrame, states: DataFrame) -> Series:
    """Whether a list of inputs has a kind whose capability is no, or leaves out one whose capability is yes."""
    lists = claims[(claims["subject_kind"] == "model") & (claims["field"] == "input_modalities")]
    kinds = ";" + lists["value"] + ";"
    against = Series(False, index=lists.index)
    for kind, capability in INPUT_CAPABILITIES.items():
        known = states[states["field"] == f"capability:{capability}"].set_index("subject_id")["state"]
        state = lists["subject_id"].map(known)
        is_listed = kinds.str.contains(f";{kind};", regex=False)
        against |= ((state == "yes") & ~is_listed) | ((state == "no") & is_listed)
    return against.reindex(claims.index, fill_value=False).astype(bool)


def exceeds_context(claims: DataFrame, contexts: Series) -> Series:
    """Whether a claim states a larger max output or input than the published context, by subject_id (Q37)."""
    is_limit = claims["field"].isin(["max_output_tokens", "max_input_tokens"])
    tokens = pd.to_numeric(claims["value"].where(is_limit), errors="coerce")
    return tokens > pd.to_numeric(claims["subject_id"].map(contexts))


def first_mode(values: Series) -> str:
    """Most frequent value; the smallest of several."""
    return str(values.mode().min())
