"""Price history of a model: a step chart, and a table of changes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, pairwise
from math import log10
from typing import Any

from llmpairs.pages.layout.charts import log_ticks
from llmpairs.render.document import Cell, Step, StepChart, Table
from llmpairs.render.labels import NOT_STATED, PRICE_FIELD_WORDS, price

Row = dict[str, Any]
CHARTED = "output_usd_per_mtok"
MOST_CHANGES = 30


def chart_history(history: Sequence[Row], routes: Sequence[Row], as_of: str) -> StepChart | None:
    """Output price of each route over time; None where no price has changed."""
    lines = [line for line in history if line["field"] == CHARTED and any(prices_of(line))]
    if not any(len(line["spans"]) > 1 for line in lines):
        return None
    prices = [value for line in lines for value in prices_of(line)]
    start = min(moment(line["spans"][0]["from"]) for line in lines)
    end = max(moment(as_of), start + 1)
    low, high = log10(min(prices)), log10(max(prices) * 1.0001)
    names = {route["offer_id"]: route_name(route) for route in routes}
    first = next((route["offer_id"] for route in routes if route["monthly_usd"].get("seed_chat")), None)

    def x(time: float) -> float:
        return round(100 * (min(max(time, start), end) - start) / (end - start), 2)

    def y(value: float) -> float:
        return round(95 - 90 * (log10(value) - low) / ((high - low) or 1.0), 2)

    steps = [
        Step(
            "a" if line["offer_id"] == first else "muted",
            f"{names.get(line['offer_id'], line['offer_id'])}: {span_words(run[-1])}",
            [
                *((x(moment(span["from"])), y(span["usd_per_mtok"])) for span in run),
                (x(moment(run[-1]["to"] or as_of)), y(run[-1]["usd_per_mtok"])),
            ],
        )
        for line in sorted(lines, key=lambda line: line["offer_id"] == first)
        for run in runs_of(line)
    ]
    return StepChart(
        name="price-history",
        title="Output price by route, US dollars per million tokens",
        about="One line for each route on a logarithmic axis; the strong one costs least in seed_chat today.",
        x_ticks=[(0.0, spell(start)), (97.0, spell(end))],
        y_ticks=[(y(tick), f"${tick:g}") for tick in log_ticks(10**low, 10**high)],
        steps=steps,
    )


def route_name(route: Row) -> str:
    """Provider and operator of a route, as far as they differ and are known."""
    is_own = route["operator"] in (NOT_STATED, route["provider"])
    return route["provider"] if is_own else f"{route['provider']}, run by {route['operator']}"


def prices_of(line: Row) -> Iterator[float]:
    """Known prices above 0 of a line, in time order."""
    return (span["usd_per_mtok"] for span in line["spans"] if span["usd_per_mtok"])


def span_words(span: Row) -> str:
    """A price and the day from which it applied."""
    return f"{price(span['usd_per_mtok'])} from {span['from'][:10]}"


def runs_of(line: Row) -> Iterator[list[Row]]:
    """Spans with a price above 0 that follow each other without a gap: where no price is known, no line is drawn."""
    for is_priced, spans in groupby(line["spans"], key=lambda span: bool(span["usd_per_mtok"])):
        if is_priced:
            yield list(spans)


def moment(text: str) -> float:
    """Seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def spell(seconds: float) -> str:
    """A day."""
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()


def change_table(history: Sequence[Row], routes: Sequence[Row]) -> Table | None:
    """Price changes, the newest first; None where there is none."""
    changes = [
        (new["from"], line, old, new)
        for line in history
        for old, new in pairwise(line["spans"])
        if old["usd_per_mtok"] != new["usd_per_mtok"]
    ]
    changes.sort(key=lambda change: (change[0], change[1]["offer_id"], change[1]["field"]), reverse=True)
    if not changes:
        return None
    by_id = {route["offer_id"]: route for route in routes}
    more = f", the newest {MOST_CHANGES} of {len(changes)}" if len(changes) > MOST_CHANGES else ""
    return Table(
        f"Changes of prices, US dollars per million tokens{more}",
        ("Day", "Provider", "Operator", "Price", "Before", "After"),
        [
            [
                Cell(day[:10]),
                Cell(by_id[line["offer_id"]]["provider"] if line["offer_id"] in by_id else line["offer_id"]),
                Cell(by_id[line["offer_id"]]["operator"] if line["offer_id"] in by_id else ""),
                Cell(PRICE_FIELD_WORDS[line["field"]]),
                price_cell(old),
                price_cell(new),
            ]
            for day, line, old, new in changes[:MOST_CHANGES]
        ],
        frozenset({4, 5}),
    )


def price_cell(span: Row) -> Cell:
    """The price of one span."""
    refs = (span["evidence"],) if span["evidence"] else ()
    return Cell(price(span["usd_per_mtok"]), refs, tone="unknown" if span["usd_per_mtok"] is None else "")
