"""Report sections on changes since the parent release: prices, and counts of all changes."""

from typing import NamedTuple

import pandas as pd

from llmpairs.pages.layout.charts import log_ticks, logarithmic
from llmpairs.render.document import Block, Chart, Lane, Mark
from llmpairs.report.formats import (
    MOST_VALUABLE,
    NOT_REACHED,
    code,
    format_number,
    format_plural,
    link_rest,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

BASELINE = "This is the first run: a baseline, with nothing to compare it with."


class ReportedPriceChange(NamedTuple):
    """A price that differs from the parent release."""

    subject_id: str
    field: str
    old_value: str
    new_value: str
    ratio: float
    cause: str


def build_price_changes(data: RunData) -> list[Block]:
    """Prices that changed, appeared or were lost, the largest change first."""
    if data.is_first_run:
        return [paragraph(BASELINE)]
    if data.changes is None:
        return [paragraph(NOT_REACHED)]
    changes = data.changes[data.changes["kind"] == "changed"]
    prices = changes[changes["field"].isin(PRICE_FIELDS)]
    changed = prices[prices["ratio"] > 0]
    up, down = (format_number(sum(side)) for side in (changed["ratio"] > 1, changed["ratio"] < 1))
    appeared, lost = (format_number(prices[name].isna().sum()) for name in ("old_value", "new_value"))
    counts = f"{format_plural(len(changed), 'price')} changed, {up} up and {down} down; "
    counts += f"{appeared} became known, {lost} became unknown."
    if changed.empty:
        return [paragraph(counts)]
    ordered = changed.assign(factor=changed["ratio"].where(changed["ratio"] >= 1, 1 / changed["ratio"]))
    ordered = ordered.sort_values(["factor", "subject_id", "field"], ascending=[False, True, True])
    rows = [
        (code(row.subject_id), code(row.field), row.old_value, row.new_value, f"{row.ratio:.3g}", row.cause)
        for row in read_rows(ordered.head(MOST_VALUABLE), ReportedPriceChange)
    ]
    heads = ["Offer", "Price", "#before", "#now", "#ratio", "Cause"]
    return [
        paragraph(counts),
        _build_chart(changed),
        table("Largest price changes, USD per million tokens", heads, rows),
        *link_rest(len(rows), len(changed), "llmpairs changes --kind changed"),
    ]


def _build_chart(changed: pd.DataFrame) -> Chart:
    """Every changed price as a mark, by field, on one axis of ratios."""
    low, high = min(0.5, float(changed["ratio"].min())), max(2.0, float(changed["ratio"].max()))
    position = logarithmic(low, high)
    lanes = []
    for field in PRICE_FIELDS:
        ratios = changed.loc[changed["field"] == field, "ratio"].sort_values()
        if len(ratios):
            marks = [Mark("tick", position(ratio), "a" if ratio < 1 else "b", f"{ratio:.3g} times") for ratio in ratios]
            lanes.append(Lane(f"{field}: {format_number(len(ratios))}", marks))
    ticks = log_ticks(low, high)
    return Chart(
        name="price-moves",
        title="Price changes",
        about="Each mark is a price, divided by the one before it, on a logarithmic axis.",
        ticks=[(position(tick), f"{tick:g}x") for tick in ticks],
        lanes=lanes,
        legend=[("a", "down"), ("b", "up")],
    )


def build_changes(data: RunData) -> list[Block]:
    """Counts of all differences from the parent release."""
    if data.is_first_run:
        return [paragraph(BASELINE)]
    if data.changes is None:
        return [paragraph(NOT_REACHED)]
    if data.changes.empty:
        return [paragraph("None since the parent release.")]
    names = ["subject_kind", "kind", "cause"]
    plain = data.changes.assign(**{name: data.changes[name].astype("object") for name in names})
    counts = plain.groupby(names).agg(subjects=("subject_id", "nunique"), changes=("change_id", "size"))
    heads = ["Of", "What changed", "Cause", "#subjects", "#changes"]
    return [table("Differences from the parent release", heads, counts.reset_index().to_numpy(dtype=object))]
