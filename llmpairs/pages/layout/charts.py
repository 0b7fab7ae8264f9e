"""Charts of a pair and of a model: marks at their positions on an axis."""

from collections.abc import Callable, Iterable, Sequence
from math import floor, log10

from llmpairs.pages.content.pair_schema import Benchmarks, CostRow, SharedRow, SpecRow
from llmpairs.pages.content.schema import Side, WorkloadCost
from llmpairs.render.document import Chart, Lane, Mark
from llmpairs.render.labels import describe_offer, format_count, format_money, format_tokens, label_workload
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

Scale = Callable[[float], float]
TONES = ("a", "b")
LEFT, RIGHT = 1.0, 97.0
"""Ends of the axis, with room for half a mark."""
MAX_ROWS = 14
MAX_TICKS = 8


def linear(low: float, high: float) -> Scale:
    """Map values to positions on a linear axis."""
    width = high - low or 1.0
    return lambda value: round(LEFT + (RIGHT - LEFT) * (value - low) / width, 2)


def logarithmic(low: float, high: float) -> Scale:
    """Map values above 0 to positions on a logarithmic axis."""
    even = linear(log10(low), log10(high))
    return lambda value: even(log10(value))


def log_ticks(low: float, high: float) -> list[float]:
    """Values 1, 2 and 5 times a power of ten between two values; fewer where there would be more than MAX_TICKS."""
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    ticks = [step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high]
    if len(ticks) > MAX_TICKS:
        ticks = [10.0**power for power in powers if low <= 10.0**power <= high]
    return ticks[:: max(1, -(-len(ticks) // MAX_TICKS))]


def _format_short_money(usd: float) -> str:
    if usd >= 1_000_000:
        return f"${usd / 1_000_000:g}M"
    return f"${usd / 1_000:g}k" if usd >= 1_000 else f"${usd:g}"


def _format_short_tokens(number: float) -> str:
    return f"{number / 1_000_000:g}M" if number >= 1_000_000 else f"{number / 1_000:g}k"


def chart_offers(sides: Sequence[Side]) -> Chart | None:
    """Monthly cost of every priced offer in the detailed workload, one line a side."""
    priced = [
        [
            (offer["monthly_usd"][DETAILED_SCENARIO], describe_offer(offer))
            for offer in side["routes"]
            if offer["monthly_usd"].get(DETAILED_SCENARIO, 0) > 0
        ]
        for side in sides
    ]
    costs = [usd for offers in priced for usd, _ in offers]
    if not costs:
        return None
    low, high = min(costs), max(costs)
    position = logarithmic(low, high * 1.0001)
    lanes = []
    for tone, side, offers in zip(TONES, sides, priced, strict=False):
        marks = [Mark("tick", position(usd), tone, f"{format_money(usd)} a month: {text}") for usd, text in offers]
        if offers:
            usd, text = offers[0]
            marks.append(Mark("dot", position(usd), tone, f"lowest: {format_money(usd)}; {text}"))
        count = format_count(len(offers), "priced offer") if offers else "no priced offer is known"
        lanes.append(Lane(f"{side['display_name']}: {count}", marks))
    return Chart(
        name="price-by-route",
        title=f"Monthly cost by offer, {label_workload(DETAILED_SCENARIO)}",
        about="Each mark is one priced offer, on a logarithmic axis in US dollars a month; the dot is the lowest.",
        ticks=[(position(tick), _format_short_money(tick)) for tick in log_ticks(low, high)],
        lanes=lanes,
    )


def chart_costs(costs: Sequence[CostRow], names: Sequence[str]) -> Chart | None:
    """Range of monthly cost over the offers in every workload, with the median."""
    ends = [
        cost["usd"]
        for row in costs
        for side in row["sides"]
        for cost in (side["cheapest"], side["dearest"])
        if cost and cost["usd"] > 0
    ]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    position = logarithmic(low, high * 1.0001)
    return Chart(
        name="cost-by-workload",
        title="Monthly cost by workload",
        about="From the lowest to the highest priced offer, the median marked, on a logarithmic axis in US dollars a "
        "month. Tokens spent on reasoning are not counted.",
        ticks=[(position(tick), _format_short_money(tick)) for tick in log_ticks(low, high)],
        lanes=[Lane(row["label"], list(cost_marks(row["sides"], names, position)), len(names)) for row in costs],
        legend=list(zip(TONES, names, strict=False)),
    )


def cost_marks(sides: Sequence[WorkloadCost], names: Sequence[str], position: Scale) -> Iterable[Mark]:
    """Span and median of each side that has a cost above 0."""
    for lane, (side, name) in enumerate(zip(sides, names, strict=True)):
        low, high, median = side["cheapest"], side["dearest"], side["median_usd"]
        if low and high and median is not None and low["usd"] > 0:
            title = f"{name}: {format_money(low['usd'])} to {format_money(high['usd'])}, "
            title += f"median {format_money(median)}"
            yield Mark("span", position(low["usd"]), TONES[lane], title, end=position(high["usd"]), lane=lane)
            yield Mark("dot", position(median), TONES[lane], title, lane=lane)


def chart_context(specs: Sequence[SpecRow], sides: Sequence[Side]) -> Chart | None:
    """Context window of each model, and the range over its offers."""
    row = next(row for row in specs if row["field"] == "context_tokens")
    windows = [value if isinstance(value, int) else None for value in row["values"]]
    ranges = [side["limits"]["context_tokens"] for side in sides]
    known = [value for value in windows if value] + [limits["greatest"] for limits in ranges if limits]
    if not known:
        return None
    high = max(known)
    position = linear(0, high)
    lanes = []
    for tone, side, value, limits in zip(TONES, sides, windows, ranges, strict=False):
        marks = []
        if value:
            marks.append(Mark("bar", position(value), tone, f"{format_tokens(value)} tokens"))
        if limits:
            title = f"offers: {format_tokens(limits['least'])} to {format_tokens(limits['greatest'])}, "
            title += f"median {limits['median']:,.0f}"
            marks.append(Mark("span", position(limits["least"]), tone, title, end=position(limits["greatest"]), lane=1))
            marks.append(Mark("dot", position(limits["median"]), tone, title, lane=1))
        label = f"{side['display_name']}: {format_tokens(value)}{' tokens' if value else ''}"
        lanes.append(Lane(label, marks, 2))
    ticks = [high * share for share in (0, 0.25, 0.5, 0.75, 1)]
    return Chart(
        name="context",
        title="Context window in tokens",
        about="The bar is the model's own window; the line below it runs from the least to the greatest limit of its "
        "offers, the median marked.",
        ticks=[(position(tick), _format_short_tokens(round(tick / 1000) * 1000)) for tick in ticks],
        lanes=lanes,
    )


def chart_scores(benchmarks: Benchmarks, names: Sequence[str]) -> Chart | None:
    """Shared benchmark rows in percent, both sides on one line."""
    rows: list[SharedRow] = [
        *benchmarks["comparable"],
        *(row for row in benchmarks["indicative"] if not row["is_also_comparable"]),
    ]
    shown = [
        (row, values)
        for row in rows
        if row["unit"] == "percent"
        and len(values := [side["value"] for side in row["sides"] if side["value"] is not None]) == len(row["sides"])
    ][:MAX_ROWS]
    if not shown:
        return None
    position = linear(0, 100)
    lanes = []
    for row, values in shown:
        ends = sorted(position(value) for value in values)
        marks = [Mark("link", ends[0], "muted", end=ends[1])]
        for tone, name, value in zip(TONES, names, values, strict=True):
            marks.append(Mark("dot", position(value), tone, f"{name}: {value:g}%"))
        own = [n for n, side in zip(names, row["sides"], strict=True) if side["evaluator_class"] == "lab_claimed"]
        note = f" ({' and '.join(own)}: the lab's own score)" if own else ""
        lanes.append(Lane(f"{row['benchmark']} {row['version']}, {row['metric']}{note}", marks))
    return Chart(
        name="benchmarks",
        title="Shared benchmark rows in percent",
        about="One line for each row that both models have, the same version, metric and harness.",
        ticks=[(position(tick), f"{tick}%") for tick in (0, 25, 50, 75, 100)],
        lanes=lanes,
        legend=list(zip(TONES, names, strict=True)),
    )
