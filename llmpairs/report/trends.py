"""Report section on trends: figures of the last releases, and the share of known values by field and provider."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.render.labels import label_field
from llmpairs.report.formats import MOST_ROWS, MOST_SHOWN, code, fold, paragraph, read_rows, table
from llmpairs.report.run_data import RunData, RunFigures
from llmpairs.warehouse.manifest import run_order

ALL = "-"
MIN_TREND = 2
MOST_FIELDS = 8
FIGURES = {"Coverage gaps": 1, "Held values": 2, "Prices changed": 3, "Run time, seconds": 4}
"""Rows of the trend: label, and position in RunFigures."""
KEY = ["subject_kind", "provider_id", "field"]
TREND = ["Points gained"]
"""Columns for trends, from the second release on."""
MIN_LOSS = 0.01
"""A smaller loss, by rounding or one offer of a hundred, is not listed."""


class FieldCoverage(NamedTuple):
    """Known values of a field over all models or all offers."""

    subject_kind: str
    field: str
    known: int
    subjects: int


class ProviderSize(NamedTuple):
    """Number of offers of a provider."""

    provider_id: str
    offers: int


class CoverageLoss(NamedTuple):
    """Share of known values of a field at a provider, in the parent release and now."""

    provider_id: str
    field: str
    was: float
    now: float


def build_trends(data: RunData) -> list[Block]:
    """Figures of the last releases as lines, coverage by field, and coverage by provider with its losses."""
    blocks = _build_figures(data.trend)
    coverage = data.coverage
    if coverage is None or not (coverage["run_id"] == data.run_id).any():
        return blocks
    plain = coverage.astype(dict.fromkeys(["run_id", *KEY], "object"))
    plain["share"] = plain["known"] / plain["subjects"].where(plain["subjects"] > 0)
    wide = plain.pivot(index=KEY, columns="run_id", values="share")
    current = plain[plain["run_id"] == data.run_id]
    shares = wide[sorted(wide.columns, key=run_order)]
    rows, heads = _list_fields(current, shares)
    scope = "Share of live text-generating models, and of their active standard offers, with a known value."
    rest = [table("Coverage of further fields", heads, rows[MOST_FIELDS:])] if rows[MOST_FIELDS:] else []
    return [
        *blocks,
        paragraph(scope),
        table("Coverage by field, prices first, then the least known", heads, rows[:MOST_FIELDS]),
        *_build_losses(shares),
        *fold("Coverage of further fields and by provider", [*rest, _build_by_provider(current, shares)]),
    ]


def _build_figures(trend: tuple[RunFigures, ...]) -> list[Block]:
    """Gaps, held values, changed prices and run time of the last releases; nothing of a first release."""
    if len(trend) < MIN_TREND:
        return []
    rows = []
    for label, position in FIGURES.items():
        known = [float(value) for figures in trend if (value := figures[position]) is not None]
        if known:
            change = known[-1] - known[0]
            cells = [f"{known[0]:,.0f}", f"{known[-1]:,.0f}", f"{change:+,.0f}" if change else "0"]
            rows.append([label, *cells, Cell("", trend=tuple(known))])
    return [table(f"The last {len(trend)} releases", ["Figure", "#First", "#Now", "#Change", "Trend"], rows)]


def heat_cell(value: float) -> Cell:
    """A share, shaded by its value; empty where there is none."""
    return Cell("") if pd.isna(value) else Cell(f"{value:.0%}", share=float(value))


def trend_cell(series: pd.Series) -> Cell:
    """The change of a share from the oldest release shown to the current run, in percentage points, and its line."""
    known = series.dropna()
    if len(known) < 2:
        return Cell("")
    change = round(100 * float(known.iloc[-1] - known.iloc[0]), 1)
    return Cell(f"{change:+.1f}" if change else "0", trend=tuple(map(float, known)))


def _list_fields(current: pd.DataFrame, shares: pd.DataFrame) -> tuple[list[list[Cell | int | str]], list[str]]:
    """Rows and heads of every field over all models or all offers, prices first, then the lowest share."""
    rows = current[current["provider_id"] == ALL].assign(share=current["known"] / current["subjects"])
    rows["is_later"] = rows["field"] != "price"
    trend = TREND[: len(shares.columns) - 1]
    lines: list[list[Cell | int | str]] = []
    ordered = rows.sort_values(["is_later", "share", "subject_kind", "field"], kind="stable")
    for row in read_rows(ordered, FieldCoverage):
        series = shares.loc[(row.subject_kind, ALL, row.field)]
        cells = [heat_cell(series.iloc[-1]), *map(trend_cell, [series] * len(trend))]
        lines.append([f"{label_field(row.field)}, {row.subject_kind}s", *cells, row.known, row.subjects])
    return lines, ["Field", "Share", *trend, "#Known", "#Of"]


def _build_by_provider(current: pd.DataFrame, shares: pd.DataFrame) -> Block:
    """The providers with most offers, one column a field."""
    offers = current[current["subject_kind"] == "offer"]
    fields = sorted(set(offers["field"]), key=lambda field: (field != "price", field))
    sizes = offers.groupby("provider_id")["subjects"].max().rename("offers").reset_index()
    sizes["last"] = sizes["provider_id"] != ALL
    largest = sizes.sort_values(["last", "offers", "provider_id"], ascending=[True, False, True]).head(MOST_ROWS + 1)
    newest = shares.iloc[:, -1]
    trend, lines = TREND[: len(shares.columns) - 1], []
    for row in read_rows(largest, ProviderSize):
        cells = [heat_cell(newest.get(("offer", row.provider_id, field), float("nan"))) for field in fields]
        price = ("offer", row.provider_id, "price")
        series = shares.loc[price] if price in shares.index else newest[:0]
        name = Cell("All providers", tone="strong") if row.provider_id == ALL else code(row.provider_id)
        lines.append([name, *cells, *map(trend_cell, [series] * len(trend)), row.offers])
    labels = [field.removesuffix("_usd_per_mtok").replace("_", " ") for field in fields]
    return table(
        "Coverage by provider, most offers first",
        ["Provider", *labels, *(f"{name} of price" for name in trend), "#Offers"],
        lines,
    )


def _build_losses(shares: pd.DataFrame) -> list[Block]:
    """The largest losses of a field at a provider since the parent release."""
    if len(shares.columns) < 2:
        return []
    ends = shares.iloc[:, [-2, -1]].set_axis(["was", "now"], axis=1).reset_index()
    ends = ends[ends["provider_id"] != ALL].assign(lost=ends["was"] - ends["now"])
    worst = ends[ends["lost"] >= MIN_LOSS].sort_values(["lost", *KEY], ascending=[False, True, True, True])
    if worst.empty:
        return []
    rows = [
        [code(loss.provider_id), code(loss.field), heat_cell(loss.was), heat_cell(loss.now)]
        for loss in read_rows(worst.head(MOST_SHOWN), CoverageLoss)
    ]
    return [table("Coverage losses since the parent release", ["Provider", "Field", "Before", "Now"], rows)]
