"""Price history of a model: a step chart and a table of changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from math import log10

from llmpairs.pages.content.schema import Offer, PriceLine, PriceSpan
from llmpairs.pages.layout.charts import log_ticks
from llmpairs.render.document import Cell, Step, StepChart, TableBlock
from llmpairs.render.labels import NOT_STATED, PRICE_FIELD_LABELS, format_date, format_price, label_workload
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

CHARTED = "output_usd_per_mtok"
MAX_CHANGES = 30


@dataclass(frozen=True)
class Axes:
    """Time and logarithmic price axes of a step chart."""

    start: float
    end: float
    """Seconds since 1970."""
    low: float
    high: float
    """Logarithms to base 10 of USD per million tokens."""

    @classmethod
    def around(cls, lines: Sequence[PriceLine], as_of: str) -> "Axes":
        """Axes that hold all prices of some lines until `as_of`."""
        prices = [value for line in lines for value in prices_of(line)]
        start = min(_to_seconds(line["spans"][0]["from"]) for line in lines)
        end = max(_to_seconds(as_of), start + 1)
        return cls(start, end, log10(min(prices)), log10(max(prices) * 1.0001))

    def x(self, time: float) -> float:
        """Position of a time, 0 to 100 from the left."""
        return round(100 * (min(max(time, self.start), self.end) - self.start) / (self.end - self.start), 2)

    def y(self, price: float) -> float:
        """Position of a price, 0 to 100 from the top."""
        return round(95 - 90 * (log10(price) - self.low) / ((self.high - self.low) or 1.0), 2)

    def points(self, run: Sequence[PriceSpan], as_of: str) -> list[tuple[float, float]]:
        """Start of each span of a run, and the end of the last."""
        prices = [span["usd_per_mtok"] or 0.0 for span in run]
        starts = [_to_seconds(span["from"]) for span in run]
        points = [(self.x(time), self.y(price)) for time, price in zip(starts, prices, strict=True)]
        return [*points, (self.x(_to_seconds(run[-1]["to"] or as_of)), self.y(prices[-1]))]


def chart_history(history: Sequence[PriceLine], offers: Sequence[Offer], as_of: str) -> StepChart | None:
    """Output price of each offer over time; None where no price has changed."""
    lines = [line for line in history if line["field"] == CHARTED and any(prices_of(line))]
    if not any(len(line["spans"]) > 1 for line in lines):
        return None
    axes = Axes.around(lines, as_of)
    names = {offer["offer_id"]: _name_offer(offer) for offer in offers}
    first = next((offer["offer_id"] for offer in offers if offer["monthly_usd"].get(DETAILED_SCENARIO)), None)
    steps = []
    for line in sorted(lines, key=lambda line: line["offer_id"] == first):
        tone = "a" if line["offer_id"] == first else "muted"
        name = names.get(line["offer_id"], line["offer_id"])
        for run in runs_of(line):
            title = f"{name}: {format_price(run[-1]['usd_per_mtok'])} from {run[-1]['from'][:10]}"
            steps.append(Step(tone, title, axes.points(run, as_of)))
    return StepChart(
        name="price-history",
        title="Output price by offer, US dollars per million tokens",
        about="One line for each offer on a logarithmic axis; the strong one costs least for "
        f"{label_workload(DETAILED_SCENARIO)} now.",
        x_ticks=[(0.0, _format_day(axes.start)), (97.0, _format_day(axes.end))],
        y_ticks=[(axes.y(tick), f"${tick:g}") for tick in log_ticks(10**axes.low, 10**axes.high)],
        steps=steps,
    )


def chart_both_histories(lines: Sequence[Sequence[PriceLine]], names: Sequence[str], as_of: str) -> StepChart | None:
    """Output price of both sides over time; None where neither has changed."""
    shown = [
        (tone, name, line)
        for tone, name, of_side in zip("ab", names, lines, strict=True)
        for line in of_side
        if line["field"] == CHARTED and any(prices_of(line))
    ]
    if not any(len(line["spans"]) > 1 for _, _, line in shown):
        return None
    axes = Axes.around([line for _, _, line in shown], as_of)
    steps = [
        Step(
            tone,
            f"{name}: {format_price(run[-1]['usd_per_mtok'])} from {format_date(run[-1]['from'])}",
            axes.points(run, as_of),
        )
        for tone, name, line in shown
        for run in runs_of(line)
    ]
    return StepChart(
        name="price-history",
        title="Output price, US dollars per million tokens",
        about="Best offer of a named operator now, on a logarithmic axis.",
        x_ticks=[(0.0, _format_day(axes.start)), (97.0, _format_day(axes.end))],
        y_ticks=[(axes.y(tick), f"${tick:g}") for tick in log_ticks(10**axes.low, 10**axes.high)],
        steps=steps,
        legend=list(zip("ab", names, strict=True)),
    )


def _name_offer(offer: Offer) -> str:
    is_own = offer["operator"] in (NOT_STATED, offer["provider"])
    return offer["provider"] if is_own else f"{offer['provider']}, run by {offer['operator']}"


def prices_of(line: PriceLine) -> Iterator[float]:
    """Known prices above 0 of a line, in time order."""
    return (span["usd_per_mtok"] for span in line["spans"] if span["usd_per_mtok"])


def runs_of(line: PriceLine) -> Iterator[list[PriceSpan]]:
    """Spans with a price above 0 that follow each other; no line is drawn where no price is known."""
    for is_priced, spans in groupby(line["spans"], key=lambda span: bool(span["usd_per_mtok"])):
        if is_priced:
            yield list(spans)


def _to_seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _format_day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).date().isoformat()


def change_table(history: Sequence[PriceLine], offers: Sequence[Offer]) -> TableBlock | None:
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
    by_id = {offer["offer_id"]: offer for offer in offers}
    more = f", the newest {MAX_CHANGES} of {len(changes)}" if len(changes) > MAX_CHANGES else ""
    return TableBlock(
        f"Changes of prices, US dollars per million tokens{more}",
        ("Day", "Provider", "Operator", "Price", "Before", "After"),
        [
            [
                Cell(day[:10]),
                Cell(by_id[line["offer_id"]]["provider"] if line["offer_id"] in by_id else line["offer_id"]),
                Cell(by_id[line["offer_id"]]["operator"] if line["offer_id"] in by_id else ""),
                Cell(PRICE_FIELD_LABELS[line["field"]]),
                _price_cell(old),
                _price_cell(new),
            ]
            for day, line, old, new in changes[:MAX_CHANGES]
        ],
        frozenset({4, 5}),
    )


def _price_cell(span: PriceSpan) -> Cell:
    refs = (span["evidence"],) if span["evidence"] else ()
    return Cell(format_price(span["usd_per_mtok"]), refs, tone="unknown" if span["usd_per_mtok"] is None else "")
