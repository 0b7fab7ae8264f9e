"""Report on what changed for readers since the parent release: models, offers, prices, pairs."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

import pandas as pd

from llmpairs.pages.layout.charts import log_ticks, logarithmic
from llmpairs.render.document import Block, Chart, Lane, Mark
from llmpairs.render.labels import label_field
from llmpairs.report.formats import (
    MOST_SHOWN,
    MOST_VALUABLE,
    code,
    fold,
    format_number,
    format_plural,
    join_some,
    link_rest,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

KINDS = {"added": "new", "absent": "no longer listed", "returned": "listed again", "retired": "retired"}
"""Changes of a whole model or offer that readers notice."""
MIN_MARKS = 3
"""Fewer changed prices have no chart: the table has them all."""


class ReportedPriceChange(NamedTuple):
    """A price that differs from the parent release."""

    subject_id: str
    field: str
    old_value: str
    new_value: str
    ratio: float
    cause: str


def describe_reader_changes(data: RunData) -> Iterator[str]:
    """One line each on models, offers, prices and pairs that changed; one line where nothing did."""
    if data.run["state"] != "published":
        yield "Nothing changed for readers: this run is not published."
        return
    if data.is_first_run:
        yield "This is the first release: there is nothing to compare it with."
        return
    if data.changes is None:
        return
    lines = [*_describe_subjects(data.changes), *_describe_prices(data.changes)]
    pairs = data.row_counts.get("pair_changes", 0)
    lines += [f"{format_plural(pairs, 'pair')} changed in content."] if pairs else []
    yield from lines or ["Nothing changed for readers since the last release."]


def _describe_subjects(changes: pd.DataFrame) -> Iterator[str]:
    """Models and offers that are new, gone, back or retired; models by name."""
    whole = changes[changes["field"] == "-"]
    for subject in ("model", "offer"):
        rows = whole[whole["subject_kind"] == subject]
        for kind, label in KINDS.items():
            ids = sorted(rows.loc[rows["kind"] == kind, "subject_id"])
            if ids:
                names = f": {join_some(ids)}" if subject == "model" else ""
                yield f"{format_plural(len(ids), subject)} {label}{names}."


def _select_prices(changes: pd.DataFrame) -> pd.DataFrame:
    return changes[(changes["kind"] == "changed") & changes["field"].isin(PRICE_FIELDS)]


def count_price_changes(changes: pd.DataFrame) -> dict[str, int]:
    """Number of prices that changed in each run of the log table `changes`."""
    prices = _select_prices(changes)
    counts = prices[prices["ratio"] > 0].groupby("run_id", observed=True).size()
    return {str(run_id): int(count) for run_id, count in counts.items()}


def _describe_prices(changes: pd.DataFrame) -> Iterator[str]:
    prices = _select_prices(changes)
    if prices.empty:
        return
    changed = prices[prices["ratio"] > 0]
    up, down = (format_number(sum(side)) for side in (changed["ratio"] > 1, changed["ratio"] < 1))
    appeared, lost = (int(prices[name].isna().sum()) for name in ("old_value", "new_value"))
    others = [f"{format_number(n)} {text}" for n, text in ((appeared, "became known"), (lost, "became unknown")) if n]
    moved = f"{format_plural(len(changed), 'price')} changed, {up} up and {down} down"
    yield "; ".join([moved, *others]) + "."
    for row in _rank_prices(changed)[:1]:
        provider, _, key, *_ = row.subject_id.split("/")
        label = label_field(row.field).lower()
        yield (
            f"Largest price change: {unquote(key)} at {provider}, {label} {row.old_value} to {row.new_value} USD per "
            "million tokens."
        )


def _rank_prices(changed: pd.DataFrame) -> list[ReportedPriceChange]:
    """The largest price changes, at most MOST_VALUABLE."""
    ordered = changed.assign(factor=changed["ratio"].where(changed["ratio"] >= 1, 1 / changed["ratio"]))
    ordered = ordered.sort_values(["factor", "subject_id", "field"], ascending=[False, True, True])
    return read_rows(ordered.head(MOST_VALUABLE), ReportedPriceChange)


def build_reader_changes(data: RunData) -> list[Block]:
    """The largest price changes, a chart of all, and counts of every change; nothing where nothing changed."""
    if data.is_first_run or data.changes is None or data.changes.empty:
        return []
    prices = _select_prices(data.changes)
    changed = prices[prices["ratio"] > 0]
    return [*_list_prices(changed), *fold("All changes by kind and cause", [_count_changes(data.changes)])]


def _list_prices(changed: pd.DataFrame) -> list[Block]:
    if changed.empty:
        return []
    rows = [
        (code(row.subject_id), label_field(row.field), row.old_value, row.new_value, f"{row.ratio:.3g}", row.cause)
        for row in _rank_prices(changed)
    ]
    heads = ["Offer", "Price", "#Before", "#Now", "#Ratio", "Cause"]
    rest = rows[MOST_SHOWN:]
    return [
        *([_build_chart(changed)] if len(changed) >= MIN_MARKS else []),
        table("Largest price changes, USD per million tokens", heads, rows[:MOST_SHOWN]),
        *(fold("Further price changes", [table("Further price changes", heads, rest)]) if rest else []),
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
            lanes.append(Lane(f"{label_field(field)}: {format_number(len(ratios))}", marks))
    ticks = log_ticks(low, high)
    return Chart(
        name="price-moves",
        title="Price changes",
        about="Each mark is a price, divided by the one before it, on a logarithmic axis.",
        ticks=[(position(tick), f"{tick:g}x") for tick in ticks],
        lanes=lanes,
        legend=[("a", "down"), ("b", "up")],
    )


def _count_changes(changes: pd.DataFrame) -> Block:
    """Counts of all differences from the parent release."""
    names = ["subject_kind", "kind", "cause"]
    plain = changes.assign(**{name: changes[name].astype("object") for name in names})
    counts = plain.groupby(names).agg(subjects=("subject_id", "nunique"), changes=("change_id", "size"))
    heads = ["Of", "What changed", "Cause", "#Subjects", "#Changes"]
    return table("Differences from the parent release", heads, counts.reset_index().to_numpy(dtype=object))
