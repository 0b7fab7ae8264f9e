"""Published prices: the bundle of each offer, the bundles held back, and the decisions on those."""

from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.holds import WAITING, apply_decisions, open_holds
from llmpairs.transforms.pricing.candidates import FIELDS, order_candidates
from llmpairs.transforms.pricing.change_checks import (
    CONFIRMABLE,
    MASS,
    SCALED,
    check_moves,
    is_ordinary_move,
    loses_price,
    may_release,
)
from llmpairs.transforms.pricing.hold_candidates import (
    CACHE_FIELD,
    fails_own_check,
    format_field,
    keep_previous_rules,
    list_failed_bundles,
    list_failed_cache_prices,
)
from llmpairs.transforms.pricing.joint_moves import PriceRange, find_week_range
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BUNDLE = [*PRICE_FIELDS, "price_tiers", "price_kind", "price_missing_reason", "currency"]
STAMPS = {"source_id": "price_source_id", "capture_id": "price_capture_id", "captured_at": "price_observed_at"}
CARRIED_ROW_ID = -1
"""row_id of a bundle carried forward from the previous release."""


@dataclass(frozen=True)
class PublishedPrices:
    """One bundle per offer, and what is held or was released."""

    candidates: DataFrame
    """All candidates, from best to worst within each offer."""
    prices: DataFrame
    """The bundle by offer_id, with row_id, `held`, `by_decision`, and of what is held back `held_row_id`, `held_rule`
    and `held_cache`."""
    holds: DataFrame
    """HOLDS of prices; pairs_affected is 0."""


@dataclass(frozen=True)
class OfferCandidates:
    """Candidates of each offer: row_ids and the previous release's row, indexed by offer_id."""

    best: Series
    """The candidate of the highest priority."""
    sound: Series
    """The first that fails no check by itself; null where there is none."""
    own: Series
    """The fresh one of the source of the previous price; null where there is none."""
    before: DataFrame
    """The previous release's offer, null where it had none."""
    week: PriceRange
    """Its published prices of the last week."""


def publish_prices(candidates: DataFrame, decided: DataFrame, context: RunContext) -> PublishedPrices:
    """The bundle that each offer publishes: the best candidate, or the substitute of one that is held.

    `candidates` are checked bundles; `decided` has the prices that settle disagreements: subject_id, field, value. In
    place of a held candidate the previous price is published; without one the next sound candidate, else null with the
    reason `held`.
    """
    previous = context.previous["holds"]
    ordered = order_candidates(candidates, decided, context.previous["offers"])
    ordered = ordered.set_index("row_id", drop=False).rename_axis(None)
    offers = group_candidates(ordered, context)
    selected = select_candidates(offers, ordered)
    bundles = take_rows(ordered, selected)
    rule = keep_previous_rules(check_bundles(bundles, offers, ordered), bundles, previous)
    rule = rule.mask(bundles["is_decided"])
    fails = rule.notna()
    # What was never published is no move: an implausible first price is left out and needs no decision.
    is_first = fails & offers.before[FIELDS].isna().all(axis=1)
    substitutes = substitute_held(selected, fails, offers, ordered)
    failed = list_failed_bundles(bundles, substitutes, rule.mask(is_first))
    holds = apply_decisions(open_holds(failed, previous, context.as_of), context.decisions)
    holds = release_moves(holds, bundles, offers, ordered)
    is_open = Series(rule.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"]), index=rule.index)
    waits = is_open | is_first
    accepted = rule.index.isin(holds.loc[holds["state"] == "accepted", "subject_id"])
    published = substitutes if waits.equals(fails) else substitute_held(selected, waits, offers, ordered)
    prices = published.assign(
        held_row_id=selected.where(is_open),
        held_rule=rule.where(is_open),
        by_decision=accepted | (bundles["is_decided"] & ~waits),
    )
    failed = list_failed_cache_prices(prices, offers.before)
    cache_holds = apply_decisions(open_holds(failed, previous, context.as_of), context.decisions)
    prices = substitute_held_caches(drop_first_caches(prices, offers.before), offers.before, cache_holds)
    holds = add_published_values(pd.concat([holds, cache_holds], ignore_index=True), prices, previous)
    held = prices.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"])
    return PublishedPrices(ordered.reset_index(drop=True), prices.assign(held=held).reset_index(drop=True), holds)


def group_candidates(ordered: DataFrame, context: RunContext) -> OfferCandidates:
    """Candidates of each offer, sorted from best to worst, beside the previous release's offer."""
    best = first_rows(ordered)
    before = context.previous["offers"].drop_duplicates("offer_id").set_index("offer_id").reindex(best.index)
    source = ordered["offer_id"].map(before["price_source_id"])
    is_own = (ordered["source_id"] == source).fillna(False) & ~ordered["expired"].astype(bool)
    return OfferCandidates(
        best=best,
        sound=first_rows(ordered[ordered["failed_check"].isna()]).reindex(best.index),
        own=first_rows(ordered[is_own]).reindex(best.index),
        before=before,
        week=find_week_range(context.previous["price_history"], best.index, context.as_of),
    )


def first_rows(ordered: DataFrame) -> Series:
    """row_id of the first candidate by offer_id, sorted."""
    return ordered.drop_duplicates("offer_id").set_index("offer_id")["row_id"].sort_index()


def take_rows(ordered: DataFrame, row_ids: Series) -> DataFrame:
    """The candidates of those row_ids, indexed by offer_id; null rows where there is none."""
    return ordered.reindex(row_ids.to_numpy()).set_axis(row_ids.index)


def select_candidates(offers: OfferCandidates, ordered: DataFrame) -> Series:
    """row_id of the bundle that would be published if nothing were held.

    That is the best candidate. Where the source of the previous price still lists the offer without a price, it is that
    row: another source replaces it only if it has more authority.
    """
    best, own = take_rows(ordered, offers.best), take_rows(ordered, offers.own)
    lost = own["row_id"].notna() & loses_price(own, offers.before)
    outranked = (best["authority"] < own["authority"]) | best["is_decided"].astype(bool) | best["failed_check"].notna()
    return offers.best.where(~(lost & ~outranked), offers.own).astype("int64")


def check_bundles(bundles: DataFrame, offers: OfferCandidates, ordered: DataFrame) -> Series:
    """The check that each bundle fails: by itself, among its model's offers, or against the previous release."""
    moves = check_moves(bundles, take_rows(ordered, offers.own), offers.before, offers.week, ordered)
    return moves.where(moves.isin([MASS, SCALED]) | ~fails_own_check(bundles, offers.before), bundles["failed_check"])


def release_moves(holds: DataFrame, bundles: DataFrame, offers: OfferCandidates, ordered: DataFrame) -> DataFrame:
    """Holds in which moves are released by `may_release`; decided holds stay as they are."""
    waiting = holds[(holds["state"] == "held") & holds["rule"].isin(CONFIRMABLE)]
    releasable = may_release(bundles, ordered, offers.before, waiting)
    free = holds.index.isin(waiting.index[waiting["subject_id"].isin(releasable.index[releasable])])
    return holds.assign(state=holds["state"].mask(free, "released"))


def substitute_held(selected: Series, waits: Series, offers: OfferCandidates, ordered: DataFrame) -> DataFrame:
    """Bundles by offer_id: the selected one; in place of one that waits the previous price, else a sound candidate."""
    had = offers.before[FIELDS].notna().any(axis=1)
    own = take_rows(ordered, offers.own)
    # A failed candidate of another source does not hold back the source of the previous price.
    continues = had & (offers.own != selected) & own["failed_check"].isna() & is_ordinary_move(own, offers.before)
    other = offers.own.where(continues, offers.sound.where(~had))
    chosen = selected.where(~waits | other.isna(), other).astype("int64")
    prices = take_rows(ordered, chosen)
    is_stuck = waits & other.isna()
    blank, carried = is_stuck & ~had, is_stuck & had
    prices[list(PRICE_FIELDS)] = prices[list(PRICE_FIELDS)].mask(blank, axis=0)
    prices["price_tiers"] = prices["price_tiers"].mask(blank, None)
    prices["price_missing_reason"] = prices["price_missing_reason"].mask(blank, "implausible")
    for column in [*BUNDLE, *STAMPS]:
        values = offers.before[STAMPS.get(column, column)]
        prices[column] = prices[column].where(~carried, values)
    prices["row_id"] = prices["row_id"].mask(carried, CARRIED_ROW_ID)
    return prices.assign(expired=prices["expired"].astype(bool) & ~carried)


def drop_first_caches(prices: DataFrame, before: DataFrame) -> DataFrame:
    """Prices without a cache price above the input price of offers that had no cache price before."""
    is_first = (prices[CACHE_FIELD] > prices["input_usd_per_mtok"]) & before[CACHE_FIELD].isna()
    return prices.assign(**{CACHE_FIELD: prices[CACHE_FIELD].mask(is_first)})


def substitute_held_caches(prices: DataFrame, before: DataFrame, holds: DataFrame) -> DataFrame:
    """Prices plus held_cache; a cache price that waits is replaced by the previous one if it fits, else by null."""
    waits = prices.index.isin(holds.loc[holds["state"].isin(WAITING), "subject_id"])
    fits = before[CACHE_FIELD].where(before[CACHE_FIELD] <= prices["input_usd_per_mtok"])
    return prices.assign(**{CACHE_FIELD: prices[CACHE_FIELD].where(~waits, fits), "held_cache": waits})


def add_published_values(holds: DataFrame, prices: DataFrame, previous: DataFrame) -> DataFrame:
    """Holds plus published_value; a value that was never held is not listed as released."""
    fields = [*PRICE_FIELDS, "price_tiers"]
    shown = pd.concat([format_field(prices, field).rename(field) for field in fields], axis=1).stack(future_stack=True)
    keys = pd.MultiIndex.from_frame(holds[["subject_id", "field"]])
    published = Series(shown.reindex(keys).to_numpy(), index=holds.index, dtype="str")
    unheld = (holds["state"] == "released") & ~holds["hold_id"].isin(previous["hold_id"])
    out = holds.assign(published_value=published)[~unheld]
    return out.drop(columns="provider_id").reset_index(drop=True)
