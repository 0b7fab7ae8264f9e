"""Price history: spans of valid time, and the spans of time over which we said so.

Built from the last release's history and tonight's offers alone. A night on which a source is missing
brings no new price and so leaves the history as it is.
"""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from warehouse.vocabulary import PRICE_FIELDS

COLUMNS = [
    "offer_id", "field", "usd_per_mtok", "valid_from", "valid_to", "known_from", "known_to", "reason",
    "valid_from_kind", "source_id", "capture_id",
]  # fmt: skip


def extend_history(
    previous: DataFrame, offers: DataFrame, as_of: datetime, is_first_night: bool
) -> DataFrame:
    """PRICE_HISTORY with tonight's prices: unchanged spans stay, a changed price closes one and opens another."""
    tonight = tonights_prices(offers)
    moment = pd.Timestamp(as_of)
    if previous.empty:
        return open_spans(tonight, moment, "left_censored" if is_first_night else "first_seen")
    is_open = previous["valid_to"].isna() & previous["known_to"].isna()
    current = previous[is_open]
    both = current.merge(
        tonight, on=["offer_id", "field"], how="outer", suffixes=("", "_now"), indicator=True
    )
    changed = both[(both["_merge"] == "both") & differs(both["usd_per_mtok"], both["usd_per_mtok_now"])]
    fresh = both[both["_merge"] == "right_only"]
    superseded = current.merge(changed[["offer_id", "field"]], on=["offer_id", "field"])
    kept = previous.merge(
        superseded[["offer_id", "field", "valid_from", "known_from"]].assign(ended=True),
        on=["offer_id", "field", "valid_from", "known_from"],
        how="left",
    )
    kept["known_to"] = kept["known_to"].mask(kept.pop("ended").notna(), moment)
    closed = changed[COLUMNS].assign(valid_to=changed["observed_at"], known_from=moment)
    opened = open_spans(changed_prices(changed), moment, "first_seen")
    added = open_spans(changed_prices(fresh), moment, "first_seen")
    return pd.concat([kept[COLUMNS], closed[COLUMNS], opened, added], ignore_index=True)


def tonights_prices(offers: DataFrame) -> DataFrame:
    """Long frame of published prices: offer_id, field, usd_per_mtok, observed_at, source_id, capture_id."""
    known = offers[offers["price_observed_at"].notna()]
    stamps = known[["offer_id", "price_observed_at", "price_source_id", "price_capture_id"]].rename(
        columns={
            "price_observed_at": "observed_at",
            "price_source_id": "source_id",
            "price_capture_id": "capture_id",
        }
    )
    parts = [
        stamps.assign(field=field, usd_per_mtok=known[field]).dropna(subset="usd_per_mtok")
        for field in PRICE_FIELDS
    ]
    return pd.concat(parts, ignore_index=True)


def differs(old: Series, new: Series) -> Series:
    """Whether two prices are not the same double."""
    return ~((old == new) | (old.isna() & new.isna()))


def changed_prices(rows: DataFrame) -> DataFrame:
    """The tonight half of a merge, under its own names."""
    return DataFrame(
        {
            "offer_id": rows["offer_id"],
            "field": rows["field"],
            "usd_per_mtok": rows["usd_per_mtok_now"],
            "observed_at": rows["observed_at"],
            "source_id": rows["source_id_now"],
            "capture_id": rows["capture_id_now"],
        }
    )


def open_spans(prices: DataFrame, moment: pd.Timestamp, kind: str) -> DataFrame:
    """Spans that start when the price was captured and still apply."""
    return DataFrame(
        {
            "offer_id": prices["offer_id"],
            "field": prices["field"],
            "usd_per_mtok": prices["usd_per_mtok"],
            "valid_from": prices["observed_at"],
            "valid_to": pd.Series(pd.NaT, index=prices.index, dtype="datetime64[us, UTC]"),
            "known_from": moment,
            "known_to": pd.Series(pd.NaT, index=prices.index, dtype="datetime64[us, UTC]"),
            "reason": "change",
            "valid_from_kind": kind,
            "source_id": prices["source_id"],
            "capture_id": prices["capture_id"],
        }
    )[COLUMNS]
