"""Price history: spans of valid time, each with the span of recorded time in which it was published.

Built from the previous release and this run alone. The valid spans of one price field of one offer do not overlap. An
update overwrites its span of time: spans that differ afterwards end in recorded time, and new ones begin. Nothing is
rewritten.
"""

from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.lookup import is_member
from llmpairs.transforms.pricing.corrections import list_correction_updates
from llmpairs.transforms.pricing.history_updates import KEY, list_price_updates, no_end
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.convert import empty_frame

SPAN = [name for name in PRICE_HISTORY.column_names if not name.startswith("known_")]
CONTENT = [name for name in SPAN if name != "reason"]
TYPES = empty_frame(PRICE_HISTORY).dtypes.to_dict()
NEVER = pd.Timestamp("9999-12-31T00:00:00Z")


def extend_history(
    prices: DataFrame, offers: DataFrame, previous: dict[str, DataFrame], decisions: DataFrame, as_of: datetime
) -> DataFrame:
    """PRICE_HISTORY with the prices of this run and the reviewers' corrections.

    `prices` are the published bundles, one per listed offer_id; `offers` the table of this run; `previous` the
    previous release's tables, of which history, offers, holds and facts are read.
    """
    moment = pd.Timestamp(as_of)
    known = rewind(previous["price_history"], moment)
    updates = list_price_updates(prices, offers, known, previous, moment)
    corrections = list_correction_updates(decisions, known, updates)
    return apply_updates(known, pd.concat([updates, corrections], ignore_index=True), moment)


def rewind(history: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """History as known before the moment, plus `reopened`: whether the span ended at the moment or later.

    A second run with the same as-of time starts from where the first one did.
    """
    known = history.reindex(columns=list(TYPES)) if list(history.columns) != list(TYPES) else history
    known = known.astype({name: kind for name, kind in TYPES.items() if known.dtypes[name] != kind})
    is_later = known["known_from"] >= moment
    # Texts are costly to copy, and only a second run with one as-of time has later rows.
    earlier = known[~is_later].reset_index(drop=True) if is_later.any() else known
    reopened = earlier["known_to"] >= moment
    return earlier.assign(known_to=earlier["known_to"].mask(reopened), reopened=reopened)


def apply_updates(known: DataFrame, updates: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """History in which each update, in the order of `turn`, replaces what was known of its span of valid time."""
    touched = known["known_to"].isna() & is_member(known["offer_id"], updates["offer_id"])
    before = known[touched].reset_index(names="row").merge(updates[KEY].drop_duplicates(), on=KEY)
    after = before[SPAN]
    for _, update in updates.groupby("turn"):
        after = overwrite(after, update)
    matched = after.merge(before[[*CONTENT, "row"]], on=CONTENT, how="left")
    fresh = matched.loc[matched["row"].isna(), SPAN]
    fresh = fresh.assign(known_from=moment, known_to=no_end(fresh.index))
    ended = before.loc[~before["row"].isin(matched["row"]), "row"]
    known_to = known["known_to"].copy()
    known_to.loc[ended] = moment
    kept = known.assign(known_to=known_to)
    return pd.concat([kept[list(TYPES)], fresh[list(TYPES)].astype(TYPES)], ignore_index=True)


def overwrite(spans: DataFrame, updates: DataFrame) -> DataFrame:
    """Spans with the time of each update replaced; `updates` has at most one row per offer and field.

    The rest of a span on either side is cut at the update; a correction makes the rest corrections too.
    """
    bounds = updates[[*KEY, "valid_from", "valid_to", "reason"]]
    both = spans.merge(bounds, on=KEY, how="left", suffixes=("", "_new"))
    start, end = both["valid_from"], both["valid_to"].fillna(NEVER)
    new_from, new_to = both["valid_from_new"].fillna(NEVER), both["valid_to_new"].fillna(NEVER)
    corrects = both["reason_new"] == "correction"
    head = both.assign(
        valid_to=both["valid_to"].mask(end > new_from, new_from),
        reason=both["reason"].mask(corrects & (end > new_from), "correction"),
    )[start < new_from]
    cut = start < new_to
    tail = both.assign(
        valid_from=start.mask(cut, new_to),
        valid_from_kind=both["valid_from_kind"].mask(cut, "declared"),
        reason=both["reason"].mask(corrects & cut, "correction"),
    )[end > new_to]
    return pd.concat([head[SPAN], tail[SPAN], updates[SPAN]], ignore_index=True)
