"""Price history: spans of valid time, and the spans of time over which we said so.

Built from the last release and tonight alone. What is believed of one field of one offer is a row of spans that do
not overlap; a word about a stretch of time overwrites what was believed of it, and the spans that differ afterwards
are said anew: the old ones end to be known tonight, the new ones begin to be. Nothing is rewritten.
"""

from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.lookup import among
from llmpairs.transforms.pricing.corrections import say_decisions
from llmpairs.transforms.pricing.history_updates import KEY, no_end, say_prices
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.convert import empty_frame

SPAN = [name for name in PRICE_HISTORY.column_names if not name.startswith("known_")]
CONTENT = [name for name in SPAN if name != "reason"]
TYPES = empty_frame(PRICE_HISTORY).dtypes.to_dict()
NEVER = pd.Timestamp("9999-12-31T00:00:00Z")


def extend_history(
    prices: DataFrame,
    offers: DataFrame,
    previous: dict[str, DataFrame],
    decisions: DataFrame,
    as_of: datetime,
) -> DataFrame:
    """PRICE_HISTORY with tonight's prices and the reviewers' corrections.

    `prices` are tonight's published bundles, one per listed offer_id; `offers` tonight's table; `previous` the last
    release's tables, of which history, offers, holds and facts are read.
    """
    moment = pd.Timestamp(as_of)
    known = rewind(previous["price_history"], moment)
    words = say_prices(prices, offers, known, previous, moment)
    decided = say_decisions(decisions, known, words)
    return supersede(known, pd.concat([words, decided], ignore_index=True), moment)


def rewind(history: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """The history as it was known before the moment, with `reopened` where that takes a word back.

    A further attempt at one night starts from where the first one did.
    """
    known = history.reindex(columns=list(TYPES)) if list(history.columns) != list(TYPES) else history
    known = known.astype({name: kind for name, kind in TYPES.items() if known.dtypes[name] != kind})
    is_later = known["known_from"] >= moment
    # Texts are costly to copy, and on all but a further attempt nothing was said later.
    earlier = known[~is_later].reset_index(drop=True) if is_later.any() else known
    reopened = earlier["known_to"] >= moment
    return earlier.assign(known_to=earlier["known_to"].mask(reopened), reopened=reopened)


def supersede(known: DataFrame, words: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """History in which each word, in the order of `turn`, overwrites what was believed of its stretch of time."""
    touched = known["known_to"].isna() & among(known["offer_id"], words["offer_id"])
    before = known[touched].reset_index(names="row").merge(words[KEY].drop_duplicates(), on=KEY)
    after = before[SPAN]
    for _, said in words.groupby("turn"):
        after = overwrite(after, said)
    matched = after.merge(before[[*CONTENT, "row"]], on=CONTENT, how="left")
    fresh = matched.loc[matched["row"].isna(), SPAN]
    fresh = fresh.assign(known_from=moment, known_to=no_end(fresh.index))
    ended = before.loc[~before["row"].isin(matched["row"]), "row"]
    known_to = known["known_to"].copy()
    known_to.loc[ended] = moment
    kept = known.assign(known_to=known_to)
    return pd.concat([kept[list(TYPES)], fresh[list(TYPES)].astype(TYPES)], ignore_index=True)


def overwrite(spans: DataFrame, said: DataFrame) -> DataFrame:
    """Spans with a stretch of each named field said anew; `said` has at most one word for a field.

    What is left of a span on either side is cut at the word; a correction makes the remnants corrections too.
    """
    bounds = said[[*KEY, "valid_from", "valid_to", "reason"]]
    both = spans.merge(bounds, on=KEY, how="left", suffixes=("", "_said"))
    start, end = both["valid_from"], both["valid_to"].fillna(NEVER)
    said_from, said_to = both["valid_from_said"].fillna(NEVER), both["valid_to_said"].fillna(NEVER)
    corrects = both["reason_said"] == "correction"
    head = both.assign(
        valid_to=both["valid_to"].mask(end > said_from, said_from),
        reason=both["reason"].mask(corrects & (end > said_from), "correction"),
    )[start < said_from]
    cut = start < said_to
    tail = both.assign(
        valid_from=start.mask(cut, said_to),
        valid_from_kind=both["valid_from_kind"].mask(cut, "declared"),
        reason=both["reason"].mask(corrects & cut, "correction"),
    )[end > said_to]
    return pd.concat([head[SPAN], tail[SPAN], said[SPAN]], ignore_index=True)
