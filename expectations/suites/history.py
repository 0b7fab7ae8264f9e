"""Checklists of time: prices as history, and nothing lost that the parent release had."""

import pandas as pd

from expectations.from_contract import from_contract
from expectations.rules import Suite, critical, only, that, warning
from warehouse.contracts.offers import PRICE_HISTORY
from warehouse.vocabulary import PRICE_FIELDS

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


def span_is_kept(parent_price_history: pd.DataFrame, price_history: pd.DataFrame) -> pd.Series:
    """The span of history is still there under its key."""
    now, before = (
        pd.MultiIndex.from_arrays([table[name].astype("str") for name in HISTORY])
        for table in (price_history, parent_price_history)
    )
    return pd.Series(before.isin(now), index=parent_price_history.index)


def open_once(price_history: pd.DataFrame) -> pd.Series:
    """One price of a field applies at a time."""
    is_open = price_history["valid_to"].isna() & price_history["known_to"].isna()
    current = price_history[is_open]
    once = ~current.duplicated(["offer_id", "field"], keep=False)
    return once.reindex(price_history.index).astype("boolean")


def spans_run_forward(price_history: pd.DataFrame) -> pd.Series:
    """A span ends after it starts, and is superseded after it was first said."""
    valid, known = (
        price_history[end].isna() | (price_history[end] >= price_history[start])
        for start, end in (("valid_from", "valid_to"), ("known_from", "known_to"))
    )
    return valid & known


def open_is_published(price_history: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The price that applies is the one that a listed offer publishes."""
    is_open = price_history["valid_to"].isna() & price_history["known_to"].isna()
    rows = price_history[is_open]
    listed = offers[offers["nights_absent"] == 0].set_index("offer_id")[list(PRICE_FIELDS)].stack()
    keys = pd.MultiIndex.from_arrays([rows["offer_id"].astype("object"), rows["field"].astype("object")])
    published = listed.reindex(keys).set_axis(rows.index)
    agrees = only(published.notna(), published == rows["usd_per_mtok"])
    return agrees.reindex(price_history.index)


PRICE_HISTORY_SUITE = Suite(
    name="price_history",
    table="price_history",
    key=PRICE_HISTORY.key,
    rules=(
        *from_contract(PRICE_HISTORY),
        critical(
            that(
                "one price of a field applies at a time",
                open_once,
                price_history=("offer_id", "field", *OPEN),
            )
        ),
        critical(
            that(
                "spans run forward",
                spans_run_forward,
                price_history=("valid_from", "known_from", *OPEN),
            )
        ),
        warning(
            that(
                "the open span is the published price",
                open_is_published,
                price_history=("offer_id", "field", "usd_per_mtok", *OPEN),
                offers=("offer_id", "nights_absent", *PRICE_FIELDS),
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
                    "no span of the parent release has vanished",
                    span_is_kept,
                    parent_price_history=HISTORY,
                    price_history=HISTORY,
                ),
                why="history is closed and superseded, never rewritten",
            ),
        ),
    ),
)
