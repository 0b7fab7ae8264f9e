"""Updates of the price history: each price that differs from the open span, and the time from which it applies.

An update is a `change` when it begins after all evidence of the previous price, and a `correction` when it begins
before that: the same printed text parsed differently, or a day that the source states. The first corrects the whole
span, which was one reading; the second reaches back over the source's own spans only.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.lookup import find_positions, is_member
from llmpairs.transforms.pricing.price_holds import CARRIED_ROW_ID
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

KEY = ["offer_id", "field"]
UPDATE = {
    name: kind
    for name, kind in {**empty_frame(PRICE_HISTORY).dtypes, "turn": np.dtype("int64")}.items()
    if not name.startswith("known_")
}
"""Columns and types of an update of one span of valid time; those of a higher `turn` apply later."""
STATED = {
    "offer_id": "offer_id", "source_id": "source_id", "capture_id": "capture_id", "printed": "printed",
    "captured_at": "observed_at", "prices_since": "declared", "is_current": "is_current",
    "price_missing_reason": "price_missing_reason",
}  # fmt: skip
OPEN = {
    "usd_per_mtok": "usd_before", "valid_from": "from_before", "valid_from_kind": "kind_before",
    "source_id": "source_before", "reopened": "reopened",
}  # fmt: skip


def list_price_updates(
    prices: DataFrame, offers: DataFrame, known: DataFrame, previous: dict[str, DataFrame], moment: pd.Timestamp
) -> DataFrame:
    """UPDATE rows for the prices that differ from the history, and for the ends of retired offers.

    `known` is the history so far. The offers of a source that is missing in this run keep their prices. A null price is
    an update where a price applied before, unless it is held without a last known good value.
    """
    is_open = known["valid_to"].isna() & known["known_to"].isna()
    open_spans = known.loc[is_open, [*KEY, *OPEN]].rename(columns=OPEN)
    retired = offers.loc[offers["offer_status"] == "retired", ["offer_id", "retire_on"]]
    is_skipped = (prices["price_missing_reason"].isin(["held", "implausible"])) | is_member(
        prices["offer_id"], retired["offer_id"]
    )
    changed = list_changed_prices(prices[~is_skipped].reset_index(drop=True), open_spans.reset_index(drop=True))
    updates = date_updates(changed, known, previous, moment)
    ends = list_retirements(retired, open_spans, previous["offers"], moment)
    return pd.concat([updates, ends], ignore_index=True)


def list_changed_prices(prices: DataFrame, open_spans: DataFrame) -> DataFrame:
    """Price fields that differ from their open span, or whose stated day is before its start, beside that span.

    Prices are compared as numbers, all offers at once; the other columns are joined for the differing ones alone.
    """
    is_current = prices["row_id"] != CARRIED_ROW_ID
    declared = pd.to_datetime(prices["prices_since"].where(is_current), errors="coerce", utc=True, format="ISO8601")
    stated = prices.assign(
        prices_since=declared.where(declared <= prices["captured_at"]),
        is_current=is_current,
        price_missing_reason=prices["price_missing_reason"].fillna("not_listed"),
    )
    position = find_positions(open_spans["offer_id"], stated["offer_id"])
    found = [find_changed_rows(stated, open_spans, position, field) for field in PRICE_FIELDS]
    rows, spans = (np.concatenate(each) for each in zip(*found, strict=True))
    changed = stated.loc[rows, list(STATED)].rename(columns=STATED).reset_index(drop=True)
    beside = open_spans[list(OPEN.values())].reindex(spans).reset_index(drop=True)
    changed = pd.concat([changed, beside.assign(reopened=beside["reopened"].eq(True))], axis=1)
    changed["field"] = np.repeat(PRICE_FIELDS, [len(each) for each, _ in found])
    now = [stated[field].to_numpy()[each] for field, (each, _) in zip(PRICE_FIELDS, found, strict=True)]
    changed["usd_per_mtok"] = np.concatenate(now)
    changed["price_missing_reason"] = changed["price_missing_reason"].where(changed["usd_per_mtok"].isna())
    changed["differs"] = ~same_price(changed["usd_per_mtok"], changed["usd_before"])
    changed["is_new"] = spans < 0
    is_earlier = (changed["declared"] < changed["from_before"]) & (changed["source_id"] == changed["source_before"])
    return changed[changed["differs"] | is_earlier].reset_index(drop=True)


def find_changed_rows(
    stated: DataFrame, open_spans: DataFrame, position: npt.NDArray[np.int64], field: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of one field that may differ and their open spans, -1 for none.

    `position` is the row of `stated` of each open span's offer, -1 for none.
    """
    of_field = np.flatnonzero((open_spans["field"] == field).to_numpy(dtype=bool) & (position >= 0))
    span = np.full(len(stated), -1)
    span[position[of_field]] = of_field
    now, before = stated[field].to_numpy(), np.full(len(stated), np.nan)
    before[position[of_field]] = open_spans["usd_before"].to_numpy()[of_field]
    differs = ~((now == before) | (np.isnan(now) & np.isnan(before)))
    is_dated = (span >= 0) & ~np.isnan(now) & stated["prices_since"].notna().to_numpy()
    rows = np.flatnonzero(differs | is_dated)
    return rows, span[rows]


def no_end(index: pd.Index) -> Series:
    """Null ends, for spans that still apply."""
    return Series(pd.NaT, index=index, dtype="datetime64[us, UTC]")


def same_price(one: Series, other: Series) -> Series:
    """Whether two prices are the same double, or both unknown."""
    return (one == other) | (one.isna() & other.isna())


def date_updates(
    changed: DataFrame, known: DataFrame, previous: dict[str, DataFrame], moment: pd.Timestamp
) -> DataFrame:
    """UPDATE rows: the time from which each applies, how that is known, and whether it is a correction."""
    seen = last_evidence(changed, previous["offers"])
    reread = is_reread(changed, previous["facts"])
    held = held_since(changed, previous["holds"])
    declared = limit_declared(changed, known, seen)
    observed = changed["observed_at"]
    start = Series(moment, index=changed.index).mask(changed["is_new"] | (observed > seen), observed)
    start = start.mask(held > seen, held)
    kind = Series("first_seen", index=changed.index).mask(
        changed["is_new"] & ~is_known_source(changed, known, previous["facts"]), "left_censored"
    )
    kind, start = kind.mask(declared.notna(), "declared"), start.mask(declared.notna(), declared)
    kind, start = kind.mask(reread, changed["kind_before"]), start.mask(reread, changed["from_before"])
    corrects = ~changed["is_new"] & (reread | (start <= seen))
    updates = changed.assign(
        valid_from=start,
        valid_to=no_end(changed.index),
        valid_from_kind=kind,
        reason=np.where(corrects, "correction", "change"),
        decision_id=None,
        turn=0,
    )
    is_update = updates["differs"] | (updates["valid_from"] < updates["from_before"])
    return updates.loc[is_update, list(UPDATE)]


def last_evidence(changed: DataFrame, offers: DataFrame) -> Series:
    """Capture time of the previous price, or the start of its span if that is later."""
    position = find_positions(changed["offer_id"], offers["offer_id"])
    captured = offers["price_observed_at"].reset_index(drop=True).reindex(position).set_axis(changed.index)
    captured = pd.to_datetime(captured, utc=True).mask(changed["reopened"])
    return captured.where(captured > changed["from_before"], changed["from_before"])


def is_reread(changed: DataFrame, facts: DataFrame) -> Series:
    """Whether the source prints what the previous price was parsed from: the same text, or the same response."""
    columns = ["subject_id", "field", "source_id", "printed", "capture_id"]
    read = facts.loc[is_member(facts["subject_id"], changed["offer_id"]) & facts["is_chosen"], columns]
    read = read.drop_duplicates(["subject_id", "field"])
    both = changed[[*KEY, "source_id", "printed", "capture_id"]].merge(
        read.rename(columns={"subject_id": "offer_id"}), on=KEY, how="left", suffixes=("", "_before")
    )
    same = (both["printed"] == both["printed_before"]) | (both["capture_id"] == both["capture_id_before"])
    same &= both["source_id"] == both["source_id_before"]
    usable = (
        changed["is_current"]
        & changed["differs"]
        & ~changed["is_new"]
        & ~changed["reopened"].fillna(False).astype(bool)
    )
    return Series(same.to_numpy(dtype=bool), index=changed.index) & usable


def held_since(changed: DataFrame, holds: DataFrame) -> Series:
    """As-of time of the first release that held the price published now; null where it was not held."""
    candidate = (
        changed["usd_per_mtok"].map(repr, na_action="ignore").astype("str").fillna(changed["price_missing_reason"])
    )
    held = holds[["subject_id", "field", "candidate_value", "since"]].drop_duplicates(["subject_id", "field"])
    keys = changed[KEY].assign(candidate_value=candidate)
    found = keys.merge(held.rename(columns={"subject_id": "offer_id"}), on=[*KEY, "candidate_value"], how="left")
    return pd.to_datetime(found["since"], utc=True).set_axis(changed.index)


def limit_declared(changed: DataFrame, known: DataFrame, seen: Series) -> Series:
    """The stated first day, but not before the end of the last span of another source."""
    if changed["declared"].isna().all():
        return changed["declared"]
    same_source = changed["source_id"] == changed["source_before"]
    dated = changed.loc[same_source & changed["declared"].notna(), [*KEY, "source_id"]]
    is_known = is_member(known["offer_id"], dated["offer_id"]) & known["known_to"].isna()
    ours = known.loc[is_known, [*KEY, "source_id", "valid_to"]]
    spans = dated.merge(ours, on=KEY, suffixes=("_now", ""))
    others = spans[spans["source_id"].isna() | (spans["source_id"] != spans["source_id_now"])]
    limits = others.groupby(KEY)["valid_to"].max().rename("limit")
    limit = changed[KEY].join(limits, on=KEY)["limit"]
    declared = changed["declared"].where(~(limit > changed["declared"]), limit)
    return declared.where(changed["is_new"] | same_source | (declared > seen))


def is_known_source(changed: DataFrame, known: DataFrame, facts: DataFrame) -> Series:
    """Whether the previous release has facts of the source."""
    if known.empty:
        return Series(False, index=changed.index)
    return changed["source_id"].isin(facts["source_id"].unique())


def list_retirements(retired: DataFrame, open_spans: DataFrame, offers: DataFrame, moment: pd.Timestamp) -> DataFrame:
    """UPDATE rows that end the prices of retired offers: on the stated day, or at `moment` if evidence is newer."""
    priced = open_spans[open_spans["usd_before"].notna()]
    position = find_positions(priced["offer_id"], retired["offer_id"])
    ends = priced[position >= 0].reset_index(drop=True)
    stated = retired["retire_on"].reset_index(drop=True).reindex(position[position >= 0]).set_axis(ends.index)
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
    )[list(UPDATE)]
