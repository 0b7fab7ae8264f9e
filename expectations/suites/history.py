"""Checklists of time: prices as history, and nothing lost that the parent release had."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, only, that, warning
from llmpairs.warehouse.contracts.offers import PRICE_HISTORY
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

HISTORY = PRICE_HISTORY.key
OPEN = ("valid_to", "known_to")


def model_is_kept(
    parent_models: pd.DataFrame, models: pd.DataFrame, model_redirects: pd.DataFrame
) -> pd.Series:
    """The model is still there, or a redirect says where it went."""
    ids = parent_models["model_id"]
    return ids.isin(models["model_id"]) | ids.isin(model_redirects["old_model_id"])


def offer_is_kept(parent_offers: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The offer is still there, retired or not."""
    return parent_offers["offer_id"].isin(offers["offer_id"])


def span_is_kept(
    parent_price_history: pd.DataFrame, price_history: pd.DataFrame, run: pd.DataFrame
) -> pd.Series:
    """The span is still there under its key and says the same; tonight may only end our saying so.

    What was first said at this very moment, by an earlier attempt at the night, may be said anew; what was said after
    it may not, so that no night is built over a later one.
    """
    as_of = run["as_of"].iloc[0]
    told = [*HISTORY, "usd_per_mtok", *OPEN]
    both = parent_price_history[told].merge(
        price_history[told], on=list(HISTORY), how="left", suffixes=("", "_now"), indicator=True
    )
    was_open = both["known_to"].isna() | (both["known_to"] == as_of)
    ends_tonight = was_open & (both["known_to_now"].isna() | (both["known_to_now"] == as_of))
    same = (both["_merge"] == "both") & ((both["known_to_now"] == both["known_to"]) | ends_tonight)
    for name in ("usd_per_mtok", "valid_to"):
        same &= (both[f"{name}_now"] == both[name]) | (both[f"{name}_now"].isna() & both[name].isna())
    return only(parent_price_history["known_from"] != as_of, same.set_axis(parent_price_history.index))


def known_now(price_history: pd.DataFrame) -> pd.DataFrame:
    """The spans that are known now, those of one price in order."""
    rows = price_history[price_history["known_to"].isna()]
    return rows.sort_values(["offer_id", "field", "valid_from"])


def spans_do_not_overlap(price_history: pd.DataFrame) -> pd.Series:
    """At any time one price of a field applies, as far as is known now."""
    rows = known_now(price_history)
    following = rows.groupby(["offer_id", "field"], observed=True)["valid_from"].shift(-1)
    ends_first = following.isna() | (rows["valid_to"] <= following)
    return ends_first.astype("boolean").reindex(price_history.index)


def reaches_today(price_history: pd.DataFrame) -> pd.Series:
    """What is known of a price ends with a span that still applies, be it of no price."""
    rows = known_now(price_history)
    is_last = ~rows.duplicated(["offer_id", "field"], keep="last")
    return only(is_last, rows["valid_to"].isna()).reindex(price_history.index)


def known_by_tonight(price_history: pd.DataFrame, run: pd.DataFrame) -> pd.Series:
    """Nothing is said, or unsaid, by a release after this one."""
    as_of = run["as_of"].iloc[0]
    return (price_history["known_from"] <= as_of) & ~(price_history["known_to"] > as_of)


def null_says_why(price_history: pd.DataFrame) -> pd.Series:
    """A span without a price has its reason, and no other has one."""
    return price_history["usd_per_mtok"].isna() == price_history["price_missing_reason"].notna()


def has_a_witness(price_history: pd.DataFrame) -> pd.Series:
    """A source or a reviewer says so, or the route was retired."""
    said = price_history["source_id"].notna() | price_history["decision_id"].notna()
    return said | (price_history["price_missing_reason"] == "retired")


def spans_run_forward(price_history: pd.DataFrame) -> pd.Series:
    """A span ends after it starts, and is superseded after it was first said."""
    valid, known = (
        price_history[end].isna() | (price_history[end] >= price_history[start])
        for start, end in (("valid_from", "valid_to"), ("known_from", "known_to"))
    )
    return valid & known


def open_is_published(price_history: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The price that applies, or that none does, is what a listed offer publishes."""
    rows = price_history[price_history["valid_to"].isna() & price_history["known_to"].isna()]
    listed = offers[(offers["nights_absent"] == 0) & (offers["offer_status"] != "retired")]
    published = listed.set_index("offer_id")[list(PRICE_FIELDS)].stack(future_stack=True)
    keys = pd.MultiIndex.from_arrays([rows["offer_id"].astype("object"), rows["field"].astype("object")])
    price = published.reindex(keys).set_axis(rows.index)
    same = (price == rows["usd_per_mtok"]) | (price.isna() & rows["usd_per_mtok"].isna())
    agrees = only(rows["offer_id"].isin(listed["offer_id"]), same)
    return agrees.reindex(price_history.index)


PRICE_HISTORY_SUITE = Suite(
    name="price_history",
    table="price_history",
    key=PRICE_HISTORY.key,
    rules=(
        *from_contract(PRICE_HISTORY),
        critical(
            that(
                "spans that are known now do not overlap",
                spans_do_not_overlap,
                price_history=("offer_id", "field", "valid_from", *OPEN),
            )
        ),
        critical(
            that(
                "what is known of a price reaches today",
                reaches_today,
                price_history=("offer_id", "field", "valid_from", *OPEN),
            ),
            why="a price that ends is followed by one, or by a null with its reason",
        ),
        critical(
            that(
                "spans run forward",
                spans_run_forward,
                price_history=("valid_from", "known_from", *OPEN),
            )
        ),
        critical(
            that(
                "nothing is known from after tonight",
                known_by_tonight,
                price_history=("known_from", "known_to"),
                run=("as_of",),
            )
        ),
        critical(
            that(
                "a null price says why, and only that",
                null_says_why,
                price_history=("usd_per_mtok", "price_missing_reason"),
            )
        ),
        critical(
            that(
                "a source or a reviewer says so",
                has_a_witness,
                price_history=("source_id", "decision_id", "price_missing_reason"),
            )
        ),
        warning(
            that(
                "the open span is the published price",
                open_is_published,
                price_history=("offer_id", "field", "usd_per_mtok", *OPEN),
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
                that(
                    "no model of the parent release has vanished",
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
                that(
                    "no offer of the parent release has vanished",
                    offer_is_kept,
                    parent_offers=("offer_id",),
                    offers=("offer_id",),
                ),
                why="offers retire; an id that is gone breaks what readers have stored",
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
                that(
                    "no span of the parent release has vanished or says otherwise",
                    span_is_kept,
                    parent_price_history=(*HISTORY, "usd_per_mtok", *OPEN),
                    price_history=(*HISTORY, "usd_per_mtok", *OPEN),
                    run=("as_of",),
                ),
                why="history is closed and superseded, never rewritten",
            ),
        ),
    ),
)
