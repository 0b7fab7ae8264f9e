"""What tonight's prices say of time: each price that is not what the last release held, and since when it applies.

A word is a `change` when it begins after everything that the last release's price rested on, and a `correction` when
it reaches back before that: the same printed words read otherwise, or a day that the source itself states. The first
corrects its whole span, which was one reading; the second reaches no further back than the source's own words.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lookup import among, locate
from llmpairs.transforms.pricing.price_holds import NOT_A_ROW
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

KEY = ["offer_id", "field"]
WORD = {
    name: kind
    for name, kind in {**empty_frame(PRICE_HISTORY).dtypes, "turn": np.dtype("int64")}.items()
    if not name.startswith("known_")
}
"""Columns and types of a word about a stretch of time; words of a higher `turn` go over those of a lower one."""
STATED = {
    "offer_id": "offer_id", "source_id": "source_id", "capture_id": "capture_id", "printed": "printed",
    "captured_at": "observed_at", "prices_since": "declared", "is_tonights": "is_tonights",
    "price_missing_reason": "price_missing_reason",
}  # fmt: skip
OPEN = {
    "usd_per_mtok": "usd_before", "valid_from": "from_before", "valid_from_kind": "kind_before",
    "source_id": "source_before", "reopened": "reopened",
}  # fmt: skip


def say_prices(
    prices: DataFrame,
    offers: DataFrame,
    known: DataFrame,
    previous: dict[str, DataFrame],
    moment: pd.Timestamp,
) -> DataFrame:
    """Words (WORD) for the prices that differ from what is believed, and for the ends of retired routes.

    `known` is the history as it stands. A source that is missing tonight says nothing: its offers keep
    their prices. A null price is a word where a price applied before; one that is held without a last good value is
    none.
    """
    is_open = known["valid_to"].isna() & known["known_to"].isna()
    open_spans = known.loc[is_open, [*KEY, *OPEN]].rename(columns=OPEN)
    retired = offers.loc[offers["offer_status"] == "retired", ["offer_id", "retire_on"]]
    is_silent = (prices["price_missing_reason"] == "held") | among(prices["offer_id"], retired["offer_id"])
    news = list_news(prices[~is_silent].reset_index(drop=True), open_spans.reset_index(drop=True))
    said = date_words(news, known, previous, moment)
    ends = say_ends(retired, open_spans, previous["offers"], moment)
    return pd.concat([said, ends], ignore_index=True)


def list_news(prices: DataFrame, open_spans: DataFrame) -> DataFrame:
    """Tonight's price fields that differ from their open span, or whose stated day is before its start; with both.

    Every price is looked at as a number, all offers at once; the rest is put together only for those that are news.
    """
    is_tonights = prices["row_id"] != NOT_A_ROW
    declared = pd.to_datetime(
        prices["prices_since"].where(is_tonights), errors="coerce", utc=True, format="ISO8601"
    )
    stated = prices.assign(
        prices_since=declared.where(declared <= prices["captured_at"]),
        is_tonights=is_tonights,
        price_missing_reason=prices["price_missing_reason"].fillna("not_listed"),
    )
    place = locate(open_spans["offer_id"], stated["offer_id"])
    found = [find_news(stated, open_spans, place, field) for field in PRICE_FIELDS]
    rows, spans = (np.concatenate(each) for each in zip(*found, strict=True))
    news = stated.loc[rows, list(STATED)].rename(columns=STATED).reset_index(drop=True)
    beside = open_spans[list(OPEN.values())].reindex(spans).reset_index(drop=True)
    news = pd.concat([news, beside.assign(reopened=beside["reopened"].eq(True))], axis=1)
    news["field"] = np.repeat(PRICE_FIELDS, [len(each) for each, _ in found])
    now = [stated[field].to_numpy()[each] for field, (each, _) in zip(PRICE_FIELDS, found, strict=True)]
    news["usd_per_mtok"] = np.concatenate(now)
    news["price_missing_reason"] = news["price_missing_reason"].where(news["usd_per_mtok"].isna())
    news["differs"] = ~same_price(news["usd_per_mtok"], news["usd_before"])
    news["is_new"] = spans < 0
    is_earlier = (news["declared"] < news["from_before"]) & (news["source_id"] == news["source_before"])
    return news[news["differs"] | is_earlier].reset_index(drop=True)


def find_news(
    stated: DataFrame, open_spans: DataFrame, place: npt.NDArray[np.int64], field: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of one field's possible news and their open spans, -1 for none.

    `place` is the row of `stated` of each open span's offer, -1 for none.
    """
    of_field = np.flatnonzero((open_spans["field"] == field).to_numpy(dtype=bool) & (place >= 0))
    span = np.full(len(stated), -1)
    span[place[of_field]] = of_field
    now, before = stated[field].to_numpy(), np.full(len(stated), np.nan)
    before[place[of_field]] = open_spans["usd_before"].to_numpy()[of_field]
    differs = ~((now == before) | (np.isnan(now) & np.isnan(before)))
    is_dated = (span >= 0) & ~np.isnan(now) & stated["prices_since"].notna().to_numpy()
    rows = np.flatnonzero(differs | is_dated)
    return rows, span[rows]


def no_end(index: pd.Index) -> Series:
    """Ends of spans that still apply."""
    return Series(pd.NaT, index=index, dtype="datetime64[us, UTC]")


def same_price(one: Series, other: Series) -> Series:
    """Whether two prices are the same double, or both unknown."""
    return (one == other) | (one.isna() & other.isna())


def date_words(
    news: DataFrame, known: DataFrame, previous: dict[str, DataFrame], moment: pd.Timestamp
) -> DataFrame:
    """Words with the moment from which each applies, how that is known, and whether it is a correction."""
    seen = last_evidence(news, previous["offers"])
    reread = is_reread(news, previous["facts"])
    held = held_since(news, previous["holds"])
    declared = reach_back(news, known, seen)
    observed = news["observed_at"]
    start = Series(moment, index=news.index).mask(news["is_new"] | (observed > seen), observed)
    start = start.mask(held > seen, held)
    kind = Series("first_seen", index=news.index).mask(
        news["is_new"] & ~is_known_source(news, known, previous["facts"]), "left_censored"
    )
    kind, start = kind.mask(declared.notna(), "declared"), start.mask(declared.notna(), declared)
    kind, start = kind.mask(reread, news["kind_before"]), start.mask(reread, news["from_before"])
    corrects = ~news["is_new"] & (reread | (start <= seen))
    words = news.assign(
        valid_from=start,
        valid_to=no_end(news.index),
        valid_from_kind=kind,
        reason=np.where(corrects, "correction", "change"),
        decision_id=None,
        turn=0,
    )
    is_news = words["differs"] | (words["valid_from"] < words["from_before"])
    return words.loc[is_news, list(WORD)]


def last_evidence(news: DataFrame, offers: DataFrame) -> Series:
    """When the price that the last release published was captured, or its span began if that was later."""
    place = locate(news["offer_id"], offers["offer_id"])
    captured = offers["price_observed_at"].reset_index(drop=True).reindex(place).set_axis(news.index)
    captured = pd.to_datetime(captured, utc=True).mask(news["reopened"])
    return captured.where(captured > news["from_before"], news["from_before"])


def is_reread(news: DataFrame, facts: DataFrame) -> Series:
    """Whether the source prints what the last release's price was read from: the same words, or the same response."""
    columns = ["subject_id", "field", "source_id", "printed", "capture_id"]
    read = facts.loc[among(facts["subject_id"], news["offer_id"]) & facts["is_chosen"], columns]
    read = read.drop_duplicates(["subject_id", "field"])
    both = news[[*KEY, "source_id", "printed", "capture_id"]].merge(
        read.rename(columns={"subject_id": "offer_id"}), on=KEY, how="left", suffixes=("", "_before")
    )
    same = (both["printed"] == both["printed_before"]) | (both["capture_id"] == both["capture_id_before"])
    same &= both["source_id"] == both["source_id_before"]
    usable = (
        news["is_tonights"] & news["differs"] & ~news["is_new"] & ~news["reopened"].fillna(False).astype(bool)
    )
    return Series(same.to_numpy(dtype=bool), index=news.index) & usable


def held_since(news: DataFrame, holds: DataFrame) -> Series:
    """Moment of the first release that held back what is published tonight; null where it was not held."""
    candidate = (
        news["usd_per_mtok"].map(repr, na_action="ignore").astype("str").fillna(news["price_missing_reason"])
    )
    held = holds[["subject_id", "field", "candidate_value", "since"]].drop_duplicates(["subject_id", "field"])
    wanted = news[KEY].assign(candidate_value=candidate)
    found = wanted.merge(
        held.rename(columns={"subject_id": "offer_id"}), on=[*KEY, "candidate_value"], how="left"
    )
    return pd.to_datetime(found["since"], utc=True).set_axis(news.index)


def reach_back(news: DataFrame, known: DataFrame, seen: Series) -> Series:
    """The stated first day as far as it may reach: over the source's own words, not over those of others."""
    if news["declared"].isna().all():
        return news["declared"]
    same_source = news["source_id"] == news["source_before"]
    dated = news.loc[same_source & news["declared"].notna(), [*KEY, "source_id"]]
    is_said = among(known["offer_id"], dated["offer_id"]) & known["known_to"].isna()
    ours = known.loc[is_said, [*KEY, "source_id", "valid_to"]]
    spans = dated.merge(ours, on=KEY, suffixes=("_now", ""))
    others = spans[spans["source_id"].isna() | (spans["source_id"] != spans["source_id_now"])]
    limits = others.groupby(KEY)["valid_to"].max().rename("limit")
    limit = news[KEY].join(limits, on=KEY)["limit"]
    declared = news["declared"].where(~(limit > news["declared"]), limit)
    return declared.where(news["is_new"] | same_source | (declared > seen))


def is_known_source(news: DataFrame, known: DataFrame, facts: DataFrame) -> Series:
    """Whether the last release had looked at the source."""
    if known.empty:
        return Series(False, index=news.index)
    return news["source_id"].isin(facts["source_id"].unique())


def say_ends(retired: DataFrame, open_spans: DataFrame, offers: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """Words that end the prices of retired routes: on the stated day where nothing was seen after it, else tonight."""
    priced = open_spans[open_spans["usd_before"].notna()]
    place = locate(priced["offer_id"], retired["offer_id"])
    ends = priced[place >= 0].reset_index(drop=True)
    stated = retired["retire_on"].reset_index(drop=True).reindex(place[place >= 0]).set_axis(ends.index)
    day = pd.to_datetime(stated).dt.tz_localize("UTC")
    is_stated = (day > last_evidence(ends, offers)) & (day <= moment)
    return ends.assign(
        usd_per_mtok=np.nan,
        price_missing_reason="retired",
        valid_from=Series(moment, index=ends.index).mask(is_stated, day),
        valid_to=no_end(ends.index),
        valid_from_kind=np.where(is_stated, "declared", "first_seen"),
        reason="change",
        source_id=None,
        capture_id=None,
        decision_id=None,
        turn=0,
    )[list(WORD)]
