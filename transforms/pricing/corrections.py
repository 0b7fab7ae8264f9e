"""Corrections of past prices: those that reviewers decide, and the list of what a run corrects."""

import math
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.lookup import is_member
from llmpairs.transforms.pricing.history_updates import KEY, UPDATE, same_price
from llmpairs.warehouse.errors import DecisionError
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

UNKNOWN = "unknown"
"""Verdict of a correction after which no usable price applied."""
NO_UPDATES = DataFrame(columns=list(UPDATE)).astype(UPDATE)


def list_correction_updates(decisions: DataFrame, known: DataFrame, updates: DataFrame) -> DataFrame:
    """UPDATE rows of the decisions of kind `correction`, a later decision with a higher turn.

    They replace what any source states of that time. A price whose corrections are all in the history is left out: they
    stay until another is made. A correction ends at the latest at the as-of time of the release that it was made on,
    and applies only to prices in the history, `known`, or in the `updates` of this run. DecisionError for a malformed
    correction.
    """
    if decisions.empty:
        return NO_UPDATES
    rows = decisions[decisions["kind"] == "correction"]
    new = rows.loc[~is_member(rows["decision_id"], known["decision_id"].dropna().unique()), "subject"]
    rows = rows[rows["subject"].isin(new)]
    if rows.empty:
        return NO_UPDATES
    corrections = [parse_correction(row) for row in rows.to_dict("records")]
    table = DataFrame(corrections, columns=list(UPDATE)).astype(UPDATE)
    priced = pd.concat([frame.loc[is_member(frame["offer_id"], table["offer_id"]), KEY] for frame in (known, updates)])
    table = table.merge(priced.drop_duplicates(), on=KEY)
    return table.assign(turn=table.groupby(KEY).cumcount() + 1)


def parse_correction(row: dict[str, Any]) -> dict[str, Any]:
    """One decision as an UPDATE row."""
    offer_id, _, field = str(row["subject"]).rpartition("|")
    where = f"correction {row['decision_id']} of {row['subject']!r}"
    if field not in PRICE_FIELDS:
        raise DecisionError(f"{where}: the subject is offer_id|field, field one of {', '.join(PRICE_FIELDS)}")
    try:
        price = None if row["verdict"] == UNKNOWN else parse_price(row["verdict"])
        start, end = (pd.Timestamp(row["values"][name]).tz_convert("UTC") for name in ("valid_from", "valid_to"))
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


def parse_price(text: str) -> float:
    """A price; ValueError for text that is no price."""
    price = float(text)
    if not 0 <= price < math.inf:
        raise ValueError(f"{text} is no price")
    return price


def list_corrections(history: DataFrame, previous: DataFrame) -> DataFrame:
    """Corrections of past prices since the previous release, one row per field.

    In a run without news the newest rows are those of an earlier run, which `previous` has too. Columns: offer_id,
    field, old_usd_per_mtok, usd_per_mtok, and is_current: whether the corrected price still applies.
    """
    newest = history[history["known_from"] == history["known_from"].max()]
    fresh = newest[newest["known_to"].isna() & (newest["reason"] == "correction")].reset_index(names="row")
    named = previous.loc[is_member(previous["offer_id"], fresh["offer_id"])]
    recorded = named.loc[named["known_to"].isna(), [*KEY, "valid_from", "valid_to", "usd_per_mtok"]]
    both = fresh[[*KEY, "row", "valid_from"]].merge(recorded, on=KEY, suffixes=("", "_old"))
    covers = (both["valid_from_old"] <= both["valid_from"]) & ~(both["valid_to"] <= both["valid_from"])
    old = both[covers].set_index("row")["usd_per_mtok"]
    fresh = fresh.assign(old_usd_per_mtok=fresh["row"].map(old), is_current=fresh["valid_to"].isna())
    moved = fresh[~same_price(fresh["old_usd_per_mtok"], fresh["usd_per_mtok"])]
    columns = [*KEY, "old_usd_per_mtok", "usd_per_mtok", "is_current"]
    return moved.sort_values([*KEY, "valid_from"]).drop_duplicates(KEY)[columns].reset_index(drop=True)
