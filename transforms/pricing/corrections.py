"""Reviewers' corrections of past prices, and what tonight corrects altogether."""

import math
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.lookup import among
from llmpairs.transforms.pricing.history_updates import KEY, WORD, same_price
from llmpairs.warehouse.errors import DecisionError
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

UNKNOWN = "unknown"
"""Verdict of a correction after which no usable price applied."""
NO_WORDS = DataFrame(columns=list(WORD)).astype(WORD)


def say_decisions(decisions: DataFrame, known: DataFrame, words: DataFrame) -> DataFrame:
    """Words (WORD) of the decisions of kind `correction`, a later one with a higher turn than an earlier.

    They go over what any source says of that time. A price whose corrections are all in the history is left out: they
    stand until another is made. None reaches beyond the moment of the release that it was made on, and none speaks of
    a price that is neither in the history, `known`, nor in tonight's `words`. DecisionError when one is not as
    `llmpairs correct` writes it.
    """
    if decisions.empty:
        return NO_WORDS
    rows = decisions[decisions["kind"] == "correction"]
    new = rows.loc[~among(rows["decision_id"], known["decision_id"].dropna().unique()), "subject"]
    rows = rows[rows["subject"].isin(new)]
    if rows.empty:
        return NO_WORDS
    said = DataFrame([read_correction(row) for row in rows.to_dict("records")], columns=list(WORD)).astype(
        WORD
    )
    priced = pd.concat(
        [frame.loc[among(frame["offer_id"], said["offer_id"]), KEY] for frame in (known, words)]
    )
    said = said.merge(priced.drop_duplicates(), on=KEY)
    return said.assign(turn=said.groupby(KEY).cumcount() + 1)


def read_correction(row: dict[str, Any]) -> dict[str, Any]:
    """The word of one decision."""
    offer_id, _, field = str(row["subject"]).rpartition("|")
    where = f"correction {row['decision_id']} of {row['subject']!r}"
    if field not in PRICE_FIELDS:
        raise DecisionError(f"{where}: the subject is offer_id|field, field one of {', '.join(PRICE_FIELDS)}")
    try:
        price = None if row["verdict"] == UNKNOWN else read_price(row["verdict"])
        start, end = (
            pd.Timestamp(row["values"][name]).tz_convert("UTC") for name in ("valid_from", "valid_to")
        )
    except (KeyError, ValueError, TypeError) as error:
        raise DecisionError(f"{where} has no proper price and times ({error}): correct the file") from error
    end = min(end, row["made_on_as_of"])
    if not start < end:
        raise DecisionError(f"{where}: valid_from is not before valid_to and the release that it was made on")
    return {
        "offer_id": offer_id,
        "field": field,
        "usd_per_mtok": price,
        "price_missing_reason": "decision" if price is None else None,
        "valid_from": start,
        "valid_to": end,
        "valid_from_kind": "declared",
        "reason": "correction",
        "decision_id": row["decision_id"],
        "turn": 0,
    }


def read_price(text: str) -> float:
    """A price; ValueError for what is none."""
    price = float(text)
    if not 0 <= price < math.inf:
        raise ValueError(f"{text} is no price")
    return price


def list_corrections(history: DataFrame, previous: DataFrame) -> DataFrame:
    """What tonight's history says otherwise than the last release's of a time before tonight, one row per field.

    On a night that says nothing new the newest rows are an earlier night's, and `previous` has them too. Columns:
    offer_id, field, old_usd_per_mtok, usd_per_mtok, and is_current: whether the corrected price still applies.
    """
    newest = history[history["known_from"] == history["known_from"].max()]
    fresh = newest[newest["known_to"].isna() & (newest["reason"] == "correction")].reset_index(names="row")
    named = previous.loc[among(previous["offer_id"], fresh["offer_id"])]
    believed = named.loc[named["known_to"].isna(), [*KEY, "valid_from", "valid_to", "usd_per_mtok"]]
    both = fresh[[*KEY, "row", "valid_from"]].merge(believed, on=KEY, suffixes=("", "_old"))
    covers = (both["valid_from_old"] <= both["valid_from"]) & ~(both["valid_to"] <= both["valid_from"])
    old = both[covers].set_index("row")["usd_per_mtok"]
    fresh = fresh.assign(old_usd_per_mtok=fresh["row"].map(old), is_current=fresh["valid_to"].isna())
    moved = fresh[~same_price(fresh["old_usd_per_mtok"], fresh["usd_per_mtok"])]
    columns = [*KEY, "old_usd_per_mtok", "usd_per_mtok", "is_current"]
    return moved.sort_values([*KEY, "valid_from"]).drop_duplicates(KEY)[columns].reset_index(drop=True)
