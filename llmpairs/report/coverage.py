"""How far each field is known, by field and by provider, as a heat map with its trend over the last releases."""

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.layout import MOST_ROWS, MOST_VALUABLE, NOT_REACHED, code, grid, number, rows_of, say
from llmpairs.report.run_data import Attempt
from llmpairs.warehouse.manifest import run_order

ALL = "-"
KEY = ["subject_kind", "provider_id", "field"]
LATELY = 0.01
"""A provider whose share falls by less than this, by rounding or one offer of a hundred, is no news."""


def list_shares(coverage: pd.DataFrame) -> pd.DataFrame:
    """Shares known by subject kind, provider and field, one column for each run, the newest last."""
    plain = coverage.astype(dict.fromkeys(["run_id", *KEY], "object"))
    shares = plain.assign(share=plain["known"] / plain["subjects"].where(plain["subjects"] > 0))
    wide = shares.pivot(index=KEY, columns="run_id", values="share")
    return wide[sorted(wide.columns, key=run_order)]


def tell_coverage(attempt: Attempt) -> list[Block]:
    """Both heat maps, and what providers lost since the release before."""
    coverage = attempt.coverage
    if coverage is None or not (coverage["run_id"] == attempt.run_id).any():
        return [say(NOT_REACHED)]
    tonight = coverage[coverage["run_id"] == attempt.run_id].astype(dict.fromkeys(KEY, "object"))
    shares = list_shares(coverage)
    releases = len(shares.columns) - 1
    trend = (
        "the first with these figures: no trend yet"
        if not releases
        else f"the trend is over {releases + 1} releases"
    )
    return [
        say(
            f"Of live text-generating models, and their active standard offers, those whose field is known; {trend}."
        ),
        _by_field(tonight, shares),
        _by_provider(tonight, shares),
        *_losses(shares),
    ]


def heat(value: float) -> Cell:
    """A share, shaded by how large it is; nothing where there is none."""
    return Cell("") if pd.isna(value) else Cell(f"{value:.0%}", share=float(value))


def trend(series: pd.Series) -> Cell:
    """How a share moved from the oldest release shown to tonight, in points of a hundred, and its line."""
    known = series.dropna()
    if len(known) < 2:
        return Cell("")
    moved = round(100 * float(known.iloc[-1] - known.iloc[0]), 1)
    return Cell(f"{moved:+.1f}" if moved else "0", trend=tuple(map(float, known)))


def _by_field(tonight: pd.DataFrame, shares: pd.DataFrame) -> Block:
    """Every field over all models or all offers, the least known first."""
    rows = tonight[tonight["provider_id"] == ALL]
    rows = rows.assign(share=rows["known"] / rows["subjects"]).sort_values(
        ["subject_kind", "share", "field"], kind="stable"
    )
    lines = []
    for kind, field, known, subjects in rows_of(rows, ("subject_kind", "field", "known", "subjects")):
        series = shares.loc[(kind, ALL, field)]
        counts = [number(known), number(subjects), f"{kind}s"]
        lines.append([code(field), heat(series.iloc[-1]), *_trend_cells(shares, series), *counts])
    heads = ["Field", "Share", *_trend_heads(shares), "#known", "#of", "Of"]
    return grid("Coverage by field, the least known first", heads, lines)


def _by_provider(tonight: pd.DataFrame, shares: pd.DataFrame) -> Block:
    """The providers with most offers, one column a field."""
    offers = tonight[tonight["subject_kind"] == "offer"]
    fields = sorted(set(offers["field"]), key=lambda field: (field != "price", field))
    sizes = offers.groupby("provider_id")["subjects"].max().rename("offers").reset_index()
    sizes["last"] = sizes["provider_id"] != ALL
    largest = sizes.sort_values(["last", "offers", "provider_id"], ascending=[True, False, True]).head(
        MOST_ROWS + 1
    )
    newest = shares.iloc[:, -1]
    lines = []
    for provider, count in rows_of(largest, ("provider_id", "offers")):
        cells = [heat(newest.get(("offer", provider, field), float("nan"))) for field in fields]
        prices = (
            shares.loc[("offer", provider, "price")]
            if ("offer", provider, "price") in shares.index
            else newest[:0]
        )
        name = Cell("all providers", tone="strong") if provider == ALL else code(provider)
        lines.append([name, *cells, *_trend_cells(shares, prices), number(count)])
    trends = [f"{name} of price" for name in _trend_heads(shares)]
    heads = ["Provider", *map(_head, fields), *trends, "#offers"]
    return grid("Coverage by provider, most offers first", heads, lines)


def _head(field: str) -> str:
    return field.removesuffix("_usd_per_mtok").replace("_", " ")


def _trend_heads(shares: pd.DataFrame) -> list[str]:
    return ["Points gained"] if len(shares.columns) > 1 else []


def _trend_cells(shares: pd.DataFrame, series: pd.Series) -> list[Cell]:
    return [trend(series)] if len(shares.columns) > 1 else []


def _losses(shares: pd.DataFrame) -> list[Block]:
    """Providers that lost most of a field since the release before."""
    if len(shares.columns) < 2:
        return []
    ends = shares.iloc[:, [-2, -1]].set_axis(["was", "now"], axis=1).reset_index()
    ends = ends[ends["provider_id"] != ALL].assign(lost=ends["was"] - ends["now"])
    worst = ends[ends["lost"] >= LATELY].sort_values(["lost", *KEY], ascending=[False, True, True, True])
    if worst.empty:
        return []
    rows = [
        [code(provider), code(field), heat(was), heat(now)]
        for provider, field, was, now in rows_of(
            worst.head(MOST_VALUABLE), ("provider_id", "field", "was", "now")
        )
    ]
    return [grid("Where coverage fell since the release before", ["Provider", "Field", "Then", "Now"], rows)]
