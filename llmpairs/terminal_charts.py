"""Charts for a terminal: price against quality with the Pareto front, and shares over time. Drawn with plotext."""

from collections.abc import Mapping, Sequence
from math import log10
from typing import TypedDict

import duckdb
import plotext
from pandas import DataFrame

from llmpairs.pages.layout.charts import log_ticks
from llmpairs.render.labels import format_date, label_field
from llmpairs.render.text import format_table
from llmpairs.warehouse.query import fetch_rows

WIDTH, HEIGHT = 96, 22
MARKERS = "abcdef"
"""One for each line of a chart; more lines cannot be told apart."""
FRONT = """
    SELECT model_id, any_value(display_name) AS display_name, min(blended_3to1_usd_per_mtok) AS usd_per_mtok,
      any_value(quality.index) AS quality, any_value(low95) AS low95, any_value(high95) AS high95
    FROM offers_eligible JOIN models USING (model_id) JOIN model_quality AS quality USING (model_id)
    WHERE quality.domain = $1 AND quality.basis = 'measured' AND is_live AND operator_known AND NOT is_price_outlier
    GROUP BY model_id HAVING usd_per_mtok > 0
    ORDER BY usd_per_mtok, quality DESC, model_id
"""


class PricedModel(TypedDict):
    """A model with its best price, USD per million tokens blended 3:1, and its quality index with a 95% interval."""

    model_id: str
    display_name: str
    usd_per_mtok: float
    quality: float
    low95: float
    high95: float


def load_priced_models(con: duckdb.DuckDBPyConnection, domain: str) -> list[PricedModel]:
    """Live models with a measured quality index and a price of a named operator, the cheapest first.

    Free tiers are left out: a limit on requests is no price.
    """
    rows: list[PricedModel] = fetch_rows(con, FRONT, [domain])
    return rows


def find_front(models: Sequence[PricedModel]) -> list[PricedModel]:
    """Models that no other model beats in both price and quality; `models` are in order of price."""
    front: list[PricedModel] = []
    for model in models:
        if not front or model["quality"] > front[-1]["quality"]:
            front.append(model)
    return front


def render_front(models: Sequence[PricedModel], domain: str) -> str:
    """The chart of all models with the front marked, and the front as a table."""
    if not models:
        return f"no model has both a price and a measured index of {domain} quality\n"
    front = find_front(models)
    others = [model for model in models if model not in front]
    _start_chart(f"Best price and quality ({domain}): {len(models)} models; o: none is both cheaper and better")
    for group, marker in ((others, "."), (front, "o")):
        plotext.scatter(
            [log10(each["usd_per_mtok"]) for each in group], [each["quality"] for each in group], marker=marker
        )
    ticks = log_ticks(models[0]["usd_per_mtok"], models[-1]["usd_per_mtok"])
    plotext.xticks([log10(tick) for tick in ticks], [f"${tick:g}" for tick in ticks])
    plotext.xlabel("USD per 1M tokens, 3:1")
    head = ("Model on the front", "$ per 1M", "Index", "95% interval")
    rows = [
        (each["display_name"], f"{each['usd_per_mtok']:.3g}", f"{each['quality']:.0f}",
         f"{each['low95']:.0f} to {each['high95']:.0f}")
        for each in front
    ]  # fmt: skip
    return "\n".join([_finish_chart(), "", *format_table([head, *rows])]) + "\n"


def list_coverage(coverage: DataFrame, times: Mapping[str, str]) -> dict[str, list[tuple[str, float]]]:
    """Share of known values by field of all models or offers, as (ISO day, percent) in order of time.

    `coverage` has rows of the log table; `times` is the as-of time of each release, oldest first.
    """
    rows = coverage[(coverage["provider_id"] == "-") & (coverage["subjects"] > 0)]
    lines: dict[str, list[tuple[str, float]]] = {}
    shares = (100 * rows["known"] / rows["subjects"]).round(1)
    by_run = rows.assign(share=shares, order=rows["run_id"].map(list(times).index)).sort_values("order", kind="stable")
    for run_id, kind, field, share in by_run[["run_id", "subject_kind", "field", "share"]].to_numpy(dtype=object):
        lines.setdefault(f"{label_field(field)}, {kind}s", []).append((times[run_id][:10], float(share)))
    return lines


def render_coverage(lines: Mapping[str, Sequence[tuple[str, float]]]) -> str:
    """The fields that changed most as lines, and every field as a row: first, last and change in points."""
    if not lines:
        return "no release has figures of coverage yet; `llmpairs refresh` makes one\n"
    moved = sorted(lines, key=lambda name: (-abs(lines[name][-1][1] - lines[name][0][1]), name))
    drawn = [name for name in moved if lines[name][-1][1] != lines[name][0][1]][: len(MARKERS)]
    chart = _draw_lines({name: lines[name] for name in drawn}) if drawn else ""
    head = ("Known values", "first", "now", "points")
    rows = [
        (name, f"{points[0][1]:.1f}%", f"{points[-1][1]:.1f}%", f"{points[-1][1] - points[0][1]:+.1f}")
        for name, points in ((name, lines[name]) for name in moved)
    ]
    return "\n".join([*([chart, ""] if chart else []), *format_table([head, *rows])]) + "\n"


def _draw_lines(lines: Mapping[str, Sequence[tuple[str, float]]]) -> str:
    days = sorted({day for points in lines.values() for day, _ in points})
    _start_chart(f"Share of known values, {format_date(days[0])} to {format_date(days[-1])}; largest changes")
    for marker, (name, points) in zip(MARKERS, lines.items(), strict=False):
        at = [days.index(day) for day, _ in points]
        plotext.plot(at, [share for _, share in points], label=name, marker=marker)
    shown = range(0, len(days), max(1, len(days) // 6))
    plotext.xticks(list(shown), [days[at] for at in shown])
    return _finish_chart()


def _finish_chart() -> str:
    """The chart as lines of plain text."""
    text: str = plotext.uncolorize(plotext.build())
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _start_chart(title: str) -> None:
    """An empty chart without colours, of one size on every terminal."""
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)
    plotext.plotsize(WIDTH, HEIGHT)
    plotext.title(title)
