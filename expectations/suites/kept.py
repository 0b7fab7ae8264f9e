"""Nothing is lost: what the parent release had, this one has too."""

import pandas as pd

from expectations.rules import Suite, critical, that, warning

HISTORY = ("offer_id", "field", "valid_from", "known_from")


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


KEPT_SUITES = (
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
