"""Checklists of the price history, and of what the parent release had: nothing is lost or rewritten."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, only_where, rows_satisfy, warning
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

HISTORY = PRICE_HISTORY.key
ENDS = ("valid_to", "known_to")


def model_is_kept(parent_models: pd.DataFrame, models: pd.DataFrame, model_redirects: pd.DataFrame) -> pd.Series:
    """The model is still in the release, or a redirect names its new id."""
    ids = parent_models["model_id"]
    return ids.isin(models["model_id"]) | ids.isin(model_redirects["old_model_id"])


def offer_is_kept(parent_offers: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The offer is still in the release, retired or not."""
    return parent_offers["offer_id"].isin(offers["offer_id"])


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
    rows = price_history[price_history["known_to"].isna()]
    return rows.sort_values(["offer_id", "field", "valid_from"])


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


def recorded_until_as_of(price_history: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """No recorded time, start or end, is after the as-of time."""
    as_of = run["as_of"].iloc[0]
    return (price_history["known_from"] <= as_of) & ~(price_history["known_to"] > as_of)


def null_has_reason(price_history: pd.DataFrame) -> pd.Series:
    """Exactly the spans without a price have a reason."""
    return price_history["usd_per_mtok"].isna() == price_history["price_missing_reason"].notna()


def has_origin(price_history: pd.DataFrame) -> pd.Series:
    """A span comes from a source or a decision, or its offer was retired."""
    has_claim = price_history["source_id"].notna() | price_history["decision_id"].notna()
    return has_claim | (price_history["price_missing_reason"] == "retired")


def ends_after_start(price_history: pd.DataFrame) -> pd.Series:
    """Valid time and recorded time end no earlier than they start."""
    valid, known = (
        price_history[end].isna() | (price_history[end] >= price_history[start])
        for start, end in (("valid_from", "valid_to"), ("known_from", "known_to"))
    )
    return valid & known


def open_is_published(price_history: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The open span of a listed offer has its published price, or null where it has none."""
    rows = price_history[price_history["valid_to"].isna() & price_history["known_to"].isna()]
    listed = offers[(offers["nights_absent"] == 0) & (offers["offer_status"] != "retired")]
    published = listed.set_index("offer_id")[list(PRICE_FIELDS)].stack(future_stack=True)
    keys = pd.MultiIndex.from_arrays([rows["offer_id"].astype("object"), rows["field"].astype("object")])
    price = published.reindex(keys).set_axis(rows.index)
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
            rows_satisfy(
                "current spans do not overlap",
                spans_do_not_overlap,
                price_history=("offer_id", "field", "valid_from", *ENDS),
            )
        ),
        critical(
            rows_satisfy(
                "the last current span of a price is open",
                last_span_is_open,
                price_history=("offer_id", "field", "valid_from", *ENDS),
            ),
            why="a price that ends is followed by another, or by a null with its reason",
        ),
        critical(
            rows_satisfy(
                "no span ends before it starts", ends_after_start, price_history=("valid_from", "known_from", *ENDS)
            )
        ),
        critical(
            rows_satisfy(
                "no recorded time is after the as-of time",
                recorded_until_as_of,
                price_history=("known_from", "known_to"),
                run=("as_of",),
            )
        ),
        critical(
            rows_satisfy(
                "price_missing_reason is set exactly where the price is null",
                null_has_reason,
                price_history=("usd_per_mtok", "price_missing_reason"),
            )
        ),
        critical(
            rows_satisfy(
                "a span has a source, a decision or a retirement",
                has_origin,
                price_history=("source_id", "decision_id", "price_missing_reason"),
            )
        ),
        warning(
            rows_satisfy(
                "the open span is the published price",
                open_is_published,
                price_history=("offer_id", "field", "usd_per_mtok", *ENDS),
                offers=("offer_id", "nights_absent", "offer_status", *PRICE_FIELDS),
            )
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
                rows_satisfy(
                    "no model of the parent release is missing",
                    model_is_kept,
                    parent_models=("model_id",),
                    models=("model_id",),
                    model_redirects=("old_model_id",),
                ),
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
                rows_satisfy(
                    "no offer of the parent release is missing",
                    offer_is_kept,
                    parent_offers=("offer_id",),
                    offers=("offer_id",),
                ),
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
                rows_satisfy(
                    "no span of the parent release is missing or changed",
                    span_is_kept,
                    parent_price_history=(*HISTORY, "usd_per_mtok", *ENDS),
                    price_history=(*HISTORY, "usd_per_mtok", *ENDS),
                    run=("as_of",),
                ),
                why="history is closed and superseded, never rewritten",
            ),
        ),
    ),
)
