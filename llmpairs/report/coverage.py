"""Report section on coverage: the share of known values by field and by provider, with its trend over releases."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import MOST_ROWS, MOST_VALUABLE, NOT_REACHED, code, paragraph, read_rows, table
from llmpairs.report.run_data import RunData
from llmpairs.warehouse.manifest import run_order

ALL = "-"
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


def build_coverage(data: RunData) -> list[Block]:
    """Both heat maps, and the losses of providers since the parent release."""
    coverage = data.coverage
    if coverage is None or not (coverage["run_id"] == data.run_id).any():
        return [paragraph(NOT_REACHED)]
    plain = coverage.astype(dict.fromkeys(["run_id", *KEY], "object"))
    plain["share"] = plain["known"] / plain["subjects"].where(plain["subjects"] > 0)
    wide = plain.pivot(index=KEY, columns="run_id", values="share")
    current = plain[plain["run_id"] == data.run_id]
    shares = wide[sorted(wide.columns, key=run_order)]
    trend = "the first release with these figures has no trend yet"
    if len(shares.columns) > 1:
        trend = f"the trend is over {len(shares.columns)} releases"
    scope = "Share of live text-generating models, and of their active standard offers, with a known value"
    return [
        paragraph(f"{scope}; {trend}."),
        _build_by_field(current, shares),
        _build_by_provider(current, shares),
        *_build_losses(shares),
    ]


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


def _build_by_field(current: pd.DataFrame, shares: pd.DataFrame) -> Block:
    """Every field over all models or all offers, the lowest share first."""
    rows = current[current["provider_id"] == ALL].assign(share=current["known"] / current["subjects"])
    trend, lines = TREND[: len(shares.columns) - 1], []
    for row in read_rows(rows.sort_values(["subject_kind", "share", "field"], kind="stable"), FieldCoverage):
        series = shares.loc[(row.subject_kind, ALL, row.field)]
        counts = [row.known, row.subjects, f"{row.subject_kind}s"]
        lines.append([code(row.field), heat_cell(series.iloc[-1]), *map(trend_cell, [series] * len(trend)), *counts])
    heads = ["Field", "Share", *trend, "#known", "#of", "Of"]
    return table("Coverage by field, the least known first", heads, lines)


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
        name = Cell("all providers", tone="strong") if row.provider_id == ALL else code(row.provider_id)
        lines.append([name, *cells, *map(trend_cell, [series] * len(trend)), row.offers])
    labels = [field.removesuffix("_usd_per_mtok").replace("_", " ") for field in fields]
    return table(
        "Coverage by provider, most offers first",
        ["Provider", *labels, *(f"{name} of price" for name in trend), "#offers"],
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
        for loss in read_rows(worst.head(MOST_VALUABLE), CoverageLoss)
    ]
    return [table("Coverage losses since the parent release", ["Provider", "Field", "Before", "Now"], rows)]
