"""Price moves, and every other difference from the parent release, counted."""

import pandas as pd

from llmpairs.pages.layout.charts import log_ticks, logarithmic
from llmpairs.render.document import Block, Chart, Lane, Mark
from llmpairs.report.layout import (
    MOST_VALUABLE,
    NOT_REACHED,
    code,
    grid,
    more_than,
    number,
    plural,
    rows_of,
    say,
)
from llmpairs.report.run_data import Attempt
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BASELINE = "This is the first night: a baseline, with nothing to compare it with."


def tell_moves(attempt: Attempt) -> list[Block]:
    """Prices that moved, appeared or went, the furthest first."""
    if attempt.is_first_night:
        return [say(BASELINE)]
    if attempt.changes is None:
        return [say(NOT_REACHED)]
    changes = attempt.changes[attempt.changes["kind"] == "changed"]
    prices = changes[changes["field"].isin(PRICE_FIELDS)]
    moved = prices[prices["ratio"] > 0]
    up, down = int((moved["ratio"] > 1).sum()), int((moved["ratio"] < 1).sum())
    appeared, gone = int(prices["old_value"].isna().sum()), int(prices["new_value"].isna().sum())
    said = f"{plural(len(moved), 'price')} moved, {number(up)} up and {number(down)} down; "
    said += f"{number(appeared)} became known, {number(gone)} went."
    if moved.empty:
        return [say(said)]
    further = moved.assign(times=moved["ratio"].where(moved["ratio"] >= 1, 1 / moved["ratio"]))
    further = further.sort_values(["times", "subject_id", "field"], ascending=[False, True, True])
    rows = [
        (code(subject), code(field), old, new, f"{ratio:.3g}", cause)
        for subject, field, old, new, ratio, cause in rows_of(
            further.head(MOST_VALUABLE), ("subject_id", "field", "old_value", "new_value", "ratio", "cause")
        )
    ]
    heads = ["Offer", "Price", "#before", "#now", "#ratio", "Cause"]
    return [
        say(said),
        _draw(moved),
        grid("Prices that moved furthest, USD per million tokens", heads, rows),
        *more_than(len(rows), len(moved), "llmpairs changes --kind changed"),
    ]


def _draw(moved: pd.DataFrame) -> Chart:
    """Every price that moved as a mark, by field, on one axis of ratios."""
    low, high = min(0.5, float(moved["ratio"].min())), max(2.0, float(moved["ratio"].max()))
    place = logarithmic(low, high)
    lanes = []
    for field in PRICE_FIELDS:
        ratios = moved.loc[moved["field"] == field, "ratio"].sort_values()
        if len(ratios):
            marks = [
                Mark("tick", place(ratio), "a" if ratio < 1 else "b", f"{ratio:.3g} times")
                for ratio in ratios
            ]
            lanes.append(Lane(f"{field}: {number(len(ratios))}", marks))
    ticks = log_ticks(low, high)
    return Chart(
        name="price-moves",
        title="Price moves",
        about="Each mark is a price, at how many times the one before it is, on a logarithmic axis.",
        ticks=[(place(tick), f"{tick:g}x") for tick in ticks],
        lanes=lanes,
        legend=[("a", "down"), ("b", "up")],
    )


def tell_changes(attempt: Attempt) -> list[Block]:
    """What is different from the parent release; a first night is a baseline."""
    if attempt.is_first_night:
        return [say(BASELINE)]
    if attempt.changes is None:
        return [say(NOT_REACHED)]
    if attempt.changes.empty:
        return [say("None since the release before.")]
    names = ["subject_kind", "kind", "cause"]
    plain = attempt.changes.assign(**{name: attempt.changes[name].astype("object") for name in names})
    counts = plain.groupby(names).agg(subjects=("subject_id", "nunique"), changes=("change_id", "size"))
    rows = [
        (subject, kind, cause, number(subjects), number(count))
        for subject, kind, cause, subjects, count in counts.reset_index().to_numpy(dtype=object)
    ]
    heads = ["Of", "What happened", "Cause", "#subjects", "#changes"]
    return [grid("Differences from the release before", heads, rows)]
