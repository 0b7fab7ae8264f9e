"""Checklists of the price history, and of what the parent release had: nothing is lost or rewritten."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, only_where, warning
from llmpairs.expectations.suites.offer_prices import published_prices
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

HISTORY = PRICE_HISTORY.key
ENDS = ("valid_to", "known_to")


def span_is_kept(parent_price_history: pd.DataFrame, price_history: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """The span is unchanged under its key; the current run may only end its recorded time.

    A span first recorded at this as-of time, by an earlier attempt at the same run, may be replaced. A span recorded
    after it may not, so that no run builds on a later one.
    """
    as_of = run["as_of"].iloc[0]
    columns = [*HISTORY, "usd_per_mtok", *ENDS]
    both = parent_price_history[columns].merge(
        price_history[columns], on=list(HISTORY), how="left", suffixes=("", "_now"), indicator=True
    )
    was_open = both["known_to"].isna() | (both["known_to"] == as_of)
    ends_now = was_open & (both["known_to_now"].isna() | (both["known_to_now"] == as_of))
    same = (both["_merge"] == "both") & ((both["known_to_now"] == both["known_to"]) | ends_now)
    for name in ("usd_per_mtok", "valid_to"):
        same &= (both[f"{name}_now"] == both[name]) | (both[f"{name}_now"].isna() & both[name].isna())
    return only_where(parent_price_history["known_from"] != as_of, same.set_axis(parent_price_history.index))


def current_spans(price_history: pd.DataFrame) -> pd.DataFrame:
    """The spans whose recorded time is open, by offer, field and start."""
    return price_history[price_history["known_to"].isna()].sort_values(["offer_id", "field", "valid_from"])


def spans_do_not_overlap(price_history: pd.DataFrame) -> pd.Series:
    """At any time at most one current span of a price applies."""
    rows = current_spans(price_history)
    following = rows.groupby(["offer_id", "field"], observed=True)["valid_from"].shift(-1)
    ends_first = following.isna() | (rows["valid_to"] <= following)
    return ends_first.astype("boolean").reindex(price_history.index)


def last_span_is_open(price_history: pd.DataFrame) -> pd.Series:
    """The last current span of a price is open, also where the price is null."""
    rows = current_spans(price_history)
    is_last = ~rows.duplicated(["offer_id", "field"], keep="last")
    return only_where(is_last, rows["valid_to"].isna()).reindex(price_history.index)


def ends_after_start(rows: pd.DataFrame, time: str) -> pd.Series:
    """A valid or recorded time ends no earlier than it starts."""
    return rows[f"{time}_to"].isna() | (rows[f"{time}_to"] >= rows[f"{time}_from"])


def open_is_published(price_history: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The open span of a listed offer has its published price, or null where it has none."""
    rows = price_history[price_history["valid_to"].isna() & price_history["known_to"].isna()]
    listed = offers[(offers["nights_absent"] == 0) & (offers["offer_status"] != "retired")]
    price = published_prices(listed, rows["offer_id"], rows["field"])
    same = (price == rows["usd_per_mtok"]) | (price.isna() & rows["usd_per_mtok"].isna())
    agrees = only_where(rows["offer_id"].isin(listed["offer_id"]), same)
    return agrees.reindex(price_history.index)


PRICE_HISTORY_SUITE = Suite(
    name="price_history",
    table="price_history",
    key=PRICE_HISTORY.key,
    rules=(
        *from_contract(PRICE_HISTORY),
        critical(
            "current spans do not overlap",
            spans_do_not_overlap,
            price_history=("offer_id", "field", "valid_from", *ENDS),
        ),
        critical(
            "the last current span of a price is open",
            last_span_is_open,
            price_history=("offer_id", "field", "valid_from", *ENDS),
            why="a price that ends is followed by another, or by a null with its reason",
        ),
        critical(
            "no span ends before it starts",
            lambda rows: ends_after_start(rows, "valid") & ends_after_start(rows, "known"),
            rows=("valid_from", "known_from", *ENDS),
        ),
        critical(
            "no recorded time is after the as-of time",
            lambda rows, run: (rows["known_from"] <= run["as_of"].iloc[0]) & ~(rows["known_to"] > run["as_of"].iloc[0]),
            rows=("known_from", "known_to"),
            run=("as_of",),
        ),
        critical(
            "price_missing_reason is set exactly where the price is null",
            lambda rows: rows["usd_per_mtok"].isna() == rows["price_missing_reason"].notna(),
            rows=("usd_per_mtok", "price_missing_reason"),
        ),
        critical(
            "a span has a source, a decision or a retirement",
            lambda rows: (
                rows["source_id"].notna() | rows["decision_id"].notna() | (rows["price_missing_reason"] == "retired")
            ),
            rows=("source_id", "decision_id", "price_missing_reason"),
        ),
        warning(
            "the open span is the published price",
            open_is_published,
            price_history=("offer_id", "field", "usd_per_mtok", *ENDS),
            offers=("offer_id", "nights_absent", "offer_status", *PRICE_FIELDS),
        ),
    ),
)

HISTORY_SUITES = (
    PRICE_HISTORY_SUITE,
    Suite(
        name="models kept",
        table="models",
        subject="parent_models",
        key=("model_id",),
        rules=(
            critical(
                "no model of the parent release is missing",
                lambda parent_models, models, model_redirects: (
                    parent_models["model_id"].isin(models["model_id"])
                    | parent_models["model_id"].isin(model_redirects["old_model_id"])
                ),
                parent_models=("model_id",),
                models=("model_id",),
                model_redirects=("old_model_id",),
                why="models retire or are redirected; they are never deleted",
                check_id="Q50",
            ),
        ),
    ),
    Suite(
        name="offers kept",
        table="offers",
        subject="parent_offers",
        key=("offer_id",),
        rules=(
            warning(
                "no offer of the parent release is missing",
                lambda parent_offers, offers: parent_offers["offer_id"].isin(offers["offer_id"]),
                parent_offers=("offer_id",),
                offers=("offer_id",),
                why="offers retire; a missing id breaks stored references",
                check_id="Q50",
            ),
        ),
    ),
    Suite(
        name="price history kept",
        table="price_history",
        subject="parent_price_history",
        key=HISTORY,
        rules=(
            critical(
                "no span of the parent release is missing or changed",
                span_is_kept,
                parent_price_history=(*HISTORY, "usd_per_mtok", *ENDS),
                price_history=(*HISTORY, "usd_per_mtok", *ENDS),
                run=("as_of",),
                why="history is closed and superseded, never rewritten",
            ),
        ),
    ),
)
