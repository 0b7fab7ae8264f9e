"""Which prices of tonight are published, which are held back, and what the reviewer says of those."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.holds import WAITING, apply_decisions, open_holds
from llmpairs.transforms.pricing.candidates import FIELDS, order_candidates
from llmpairs.transforms.pricing.change_checks import (
    MASS,
    RELEASABLE,
    judge_moves,
    loses_price,
    may_go,
    moves_quietly,
)
from llmpairs.transforms.pricing.hold_candidates import (
    CACHE_FIELD,
    doubt_bundles,
    doubt_caches,
    is_slipped,
    keep_rules,
    text_of,
)
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BUNDLE = [*PRICE_FIELDS, "price_tiers", "price_kind", "price_missing_reason", "currency"]
STAMPS = {
    "source_id": "price_source_id",
    "capture_id": "price_capture_id",
    "captured_at": "price_observed_at",
}
NOT_A_ROW = -1
"""row_id of a bundle that no source of tonight gave."""


@dataclass(frozen=True)
class Published:
    """One bundle per offer, and what is held or was let go."""

    prices: DataFrame
    """The bundle by offer_id, with row_id, `held`, `by_decision`, and of what is held back `held_row_id`, `held_rule`
    and `held_cache`."""
    holds: DataFrame
    """HOLDS of prices; pairs_affected is 0."""


@dataclass(frozen=True)
class Lineup:
    """What speaks for each offer tonight: row_ids of candidates and the last release's row, indexed by offer_id."""

    best: Series
    """The candidate whose word goes first."""
    sound: Series
    """The first that fails no check by itself; null where there is none."""
    own: Series
    """The fresh one of the source of the last release's price; null where there is none."""
    before: DataFrame
    """The last release's offer, null where it had none."""


def publish_prices(
    candidates: DataFrame,
    last: DataFrame,
    previous: DataFrame,
    decisions: DataFrame,
    decided: DataFrame,
    as_of: datetime,
) -> Published:
    """The bundle that each offer publishes tonight: the best candidate, or what stands in for one that is held.

    `candidates` are judged bundles; `last` and `previous` the last release's offers and holds; `decisions` the
    reviewer's on holds, `decided` the prices that settle disagreements: subject_id, field, value. In place of a held
    candidate the last release's price is published; without one the next sound candidate, else null with the reason
    `held`.
    """
    ordered = order_candidates(candidates, decided).set_index("row_id", drop=False).rename_axis(None)
    lineup = line_up(ordered, last)
    wanted = choose_wanted(lineup, ordered)
    bundles = rows_of(ordered, wanted)
    rule = keep_rules(judge(bundles, lineup, ordered), bundles, previous)
    rule = rule.mask(bundles["is_decided"])
    substitutes = stand_in(wanted, rule.notna(), lineup, ordered)
    holds = apply_decisions(open_holds(doubt_bundles(bundles, substitutes, rule), previous, as_of), decisions)
    holds = release_moves(holds, bundles, ordered)
    waits = Series(rule.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"]), index=rule.index)
    accepted = rule.index.isin(holds.loc[holds["state"] == "accepted", "subject_id"])
    prices = stand_in(wanted, waits, lineup, ordered).assign(
        held_row_id=wanted.where(waits),
        held_rule=rule.where(waits),
        by_decision=accepted | (bundles["is_decided"] & ~waits),
    )
    caches = doubt_caches(prices, lineup.before)
    cache_holds = apply_decisions(open_holds(caches, previous, as_of), decisions)
    prices = drop_caches(prices, lineup.before, cache_holds)
    holds = tell_published(pd.concat([holds, cache_holds], ignore_index=True), prices, previous)
    held = prices.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"])
    return Published(prices.assign(held=held).reset_index(drop=True), holds)


def line_up(ordered: DataFrame, last: DataFrame) -> Lineup:
    """Tonight's candidates, from best to worst within each offer, beside what the last release published."""
    best = first_rows(ordered)
    before = last.drop_duplicates("offer_id").set_index("offer_id").reindex(best.index)
    source = ordered["offer_id"].map(before["price_source_id"])
    is_own = (ordered["source_id"] == source).fillna(False) & ~ordered["expired"].astype(bool)
    return Lineup(
        best=best,
        sound=first_rows(ordered[ordered["suspicion"].isna()]).reindex(best.index),
        own=first_rows(ordered[is_own]).reindex(best.index),
        before=before,
    )


def first_rows(ordered: DataFrame) -> Series:
    """row_id of the first candidate by offer_id, sorted."""
    return ordered.drop_duplicates("offer_id").set_index("offer_id")["row_id"].sort_index()


def rows_of(ordered: DataFrame, row_ids: Series) -> DataFrame:
    """The candidates of those row_ids, indexed by offer_id; null rows where there is none."""
    return ordered.reindex(row_ids.to_numpy()).set_axis(row_ids.index)


def choose_wanted(lineup: Lineup, ordered: DataFrame) -> Series:
    """row_id of the bundle that would be published if nothing were held.

    It is the best candidate's. But where the source of the last price still lists the route and its price is gone, it
    is that loss: a copy of the price elsewhere stands in for it only if its source has more authority.
    """
    best, own = rows_of(ordered, lineup.best), rows_of(ordered, lineup.own)
    lost = own["row_id"].notna() & loses_price(own, lineup.before)
    outranked = (
        (best["authority"] < own["authority"]) | best["is_decided"].astype(bool) | best["suspicion"].notna()
    )
    return lineup.best.where(~(lost & ~outranked), lineup.own).astype("int64")


def judge(bundles: DataFrame, lineup: Lineup, ordered: DataFrame) -> Series:
    """The check that each wanted bundle fails: by itself, among its model's routes, or against the last release."""
    moves = judge_moves(bundles, rows_of(ordered, lineup.own), lineup.before, ordered)
    return moves.where((moves == MASS) | ~is_slipped(bundles, lineup.before), bundles["suspicion"])


def release_moves(holds: DataFrame, bundles: DataFrame, ordered: DataFrame) -> DataFrame:
    """Holds in which moves on a single route are released once they may go; a reviewer's word stays as it is."""
    waiting = holds[(holds["state"] == "held") & holds["rule"].isin(RELEASABLE)]
    goes = may_go(bundles, ordered, waiting)
    free = holds.index.isin(waiting.index[waiting["subject_id"].isin(goes.index[goes])])
    return holds.assign(state=holds["state"].mask(free, "released"))


def stand_in(wanted: Series, waits: Series, lineup: Lineup, ordered: DataFrame) -> DataFrame:
    """Bundles by offer_id: the wanted one, or in place of one that waits what was good before, else what is sound."""
    had = lineup.before[FIELDS].notna().any(axis=1)
    own = rows_of(ordered, lineup.own)
    # A slip of another source leaves the source of the last price free to go on.
    goes_on = had & (lineup.own != wanted) & own["suspicion"].isna() & moves_quietly(own, lineup.before)
    other = lineup.own.where(goes_on, lineup.sound.where(~had))
    chosen = wanted.where(~waits | other.isna(), other).astype("int64")
    prices = rows_of(ordered, chosen)
    stuck = waits & other.isna()
    blank = stuck & ~had
    prices[list(PRICE_FIELDS)] = prices[list(PRICE_FIELDS)].mask(blank, axis=0)
    prices["price_tiers"] = prices["price_tiers"].mask(blank, None)
    prices["price_missing_reason"] = prices["price_missing_reason"].mask(blank, "held")
    for column in [*BUNDLE, *STAMPS]:
        values = lineup.before[STAMPS.get(column, column)]
        prices[column] = prices[column].where(~(stuck & had), values)
    prices["row_id"] = prices["row_id"].mask(stuck & had, NOT_A_ROW)
    return prices.assign(expired=prices["expired"].astype(bool) & ~(stuck & had))


def drop_caches(prices: DataFrame, before: DataFrame, holds: DataFrame) -> DataFrame:
    """Prices plus held_cache; in place of a cache price that waits stands the last release's if it fits, else null."""
    waits = prices.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"])
    fits = before[CACHE_FIELD].where(before[CACHE_FIELD] <= prices["input_usd_per_mtok"])
    return prices.assign(**{CACHE_FIELD: prices[CACHE_FIELD].where(~waits, fits), "held_cache": waits})


def tell_published(holds: DataFrame, prices: DataFrame, previous: DataFrame) -> DataFrame:
    """Holds plus published_value; what was never held is not shown as released."""
    fields = [*PRICE_FIELDS, "price_tiers"]
    shown = pd.concat([text_of(prices, field).rename(field) for field in fields], axis=1).stack(
        future_stack=True
    )
    keys = pd.MultiIndex.from_frame(holds[["subject_id", "field"]])
    published = Series(shown.reindex(keys).to_numpy(), index=holds.index, dtype="str")
    unheld = (holds["state"] == "released") & ~holds["hold_id"].isin(previous["hold_id"])
    out = holds.assign(published_value=published)[~unheld]
    return out.drop(columns="provider_id").reset_index(drop=True)
