"""Charts of a pair and of a model: where every mark stands on its axis."""

from collections.abc import Callable, Iterable, Sequence
from math import floor, log10
from typing import Any

from llmpairs.render.document import Chart, Lane, Mark
from llmpairs.render.labels import listed, money, route_words, tokens

Row = dict[str, Any]
Scale = Callable[[float], float]
TONES = ("a", "b")
LEFT, RIGHT = 1.0, 97.0
"""Room for half a mark at either end of the axis."""
MOST_ROWS = 14
MOST_TICKS = 8


def linear(low: float, high: float) -> Scale:
    """Values to places on the axis, evenly."""
    width = high - low or 1.0
    return lambda value: round(LEFT + (RIGHT - LEFT) * (value - low) / width, 2)


def logarithmic(low: float, high: float) -> Scale:
    """Values above 0 to places on the axis, by their logarithm."""
    even = linear(log10(low), log10(high))
    return lambda value: even(log10(value))


def log_ticks(low: float, high: float) -> list[float]:
    """Values 1, 2 and 5 times a power of ten between two values; powers alone, or every second, where many."""
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    ticks = [
        step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high
    ]
    if len(ticks) > MOST_TICKS:
        ticks = [10.0**power for power in powers if low <= 10.0**power <= high]
    return ticks[:: max(1, -(-len(ticks) // MOST_TICKS))]


def short_money(usd: float) -> str:
    """A round amount for an axis."""
    if usd >= 1_000_000:
        return f"${usd / 1_000_000:g}M"
    if usd >= 1_000:
        return f"${usd / 1_000:g}k"
    return f"${usd:g}"


def short_tokens(number: float) -> str:
    """A round count for an axis."""
    return f"{number / 1_000_000:g}M" if number >= 1_000_000 else f"{number / 1_000:g}k"


def chart_routes(sides: Sequence[Row]) -> Chart | None:
    """Monthly cost in seed_chat of every priced route, one line a side."""
    priced = [
        [route for route in side["routes"] if route["monthly_usd"].get("seed_chat", 0) > 0] for side in sides
    ]
    costs = [route["monthly_usd"]["seed_chat"] for routes in priced for route in routes]
    if not costs:
        return None
    low, high = min(costs), max(costs)
    place = logarithmic(low, high * 1.0001)
    lanes = []
    for tone, side, routes in zip(TONES, sides, priced, strict=False):
        marks = [
            Mark("tick", place(route["monthly_usd"]["seed_chat"]), tone,
                 f"{money(route['monthly_usd']['seed_chat'])} a month: {route_words(route)}")
            for route in routes
        ]  # fmt: skip
        if routes:
            first = routes[0]["monthly_usd"]["seed_chat"]
            marks.append(Mark("dot", place(first), tone, f"lowest: {money(first)}; {route_words(routes[0])}"))
        number = f"{len(routes)} priced route{'' if len(routes) == 1 else 's'}"
        lanes.append(
            Lane(f"{side['display_name']}: {number if routes else 'no priced route is established'}", marks)
        )
    return Chart(
        name="price-by-route",
        title="Monthly cost by route, seed_chat",
        about="Each mark is one priced route, on a logarithmic axis in US dollars a month; the dot is the lowest.",
        ticks=[(place(tick), short_money(tick)) for tick in log_ticks(low, high)],
        lanes=lanes,
    )


def chart_costs(costs: Sequence[Row], names: Sequence[str]) -> Chart | None:
    """Range of monthly cost over the routes in every workload, with the median."""
    ends = [
        side[name]["usd"]
        for row in costs
        for side in row["sides"]
        for name in ("cheapest", "dearest")
        if side[name] and side[name]["usd"] > 0
    ]
    if not ends:
        return None
    low, high = min(ends), max(ends)
    place = logarithmic(low, high * 1.0001)
    return Chart(
        name="cost-by-workload",
        title="Monthly cost by workload",
        about="From the lowest to the highest priced route, the median marked, on a logarithmic axis in US dollars a "
        "month. Tokens spent on reasoning are not counted.",
        ticks=[(place(tick), short_money(tick)) for tick in log_ticks(low, high)],
        lanes=[
            Lane(row["scenario_id"], list(cost_marks(row["sides"], names, place)), len(names))
            for row in costs
        ],
        legend=list(zip(TONES, names, strict=False)),
    )


def cost_label(row: Row, names: Sequence[str]) -> str:
    """The workload, and which side has no cost in it."""
    unknown = [name for name, side in zip(names, row["sides"], strict=True) if not side["cheapest"]]
    return f"{row['scenario_id']}{f' (unknown: {listed(unknown)})' if unknown else ''}"


def cost_marks(sides: Sequence[Row], names: Sequence[str], place: Scale) -> Iterable[Mark]:
    """Span and median of each side that has a cost above 0."""
    for lane, (side, name) in enumerate(zip(sides, names, strict=True)):
        low, high = side["cheapest"], side["dearest"]
        if low and high and low["usd"] > 0:
            said = f"{name}: {money(low['usd'])} to {money(high['usd'])}, median {money(side['median_usd'])}"
            yield Mark("span", place(low["usd"]), TONES[lane], said, end=place(high["usd"]), lane=lane)
            yield Mark("dot", place(side["median_usd"]), TONES[lane], said, lane=lane)


def chart_context(specs: Sequence[Row], sides: Sequence[Row]) -> Chart | None:
    """Context window of each model, and the range over its routes."""
    row = next(row for row in specs if row["field"] == "context_tokens")
    known = [value for value in row["values"] if value]
    known += [
        side["limits"]["context_tokens"]["greatest"] for side in sides if side["limits"]["context_tokens"]
    ]
    if not known:
        return None
    high = max(known)
    place = linear(0, high)
    lanes = []
    for tone, side, value in zip(TONES, sides, row["values"], strict=False):
        marks = []
        if value:
            marks.append(Mark("bar", place(value), tone, f"{tokens(value)} tokens"))
        limits = side["limits"]["context_tokens"]
        if limits:
            said = f"routes: {tokens(limits['least'])} to {tokens(limits['greatest'])}, median {limits['median']:,.0f}"
            marks.append(
                Mark("span", place(limits["least"]), tone, said, end=place(limits["greatest"]), lane=1)
            )
            marks.append(Mark("dot", place(limits["median"]), tone, said, lane=1))
        label = f"{side['display_name']}: {tokens(value)}{' tokens' if value else ''}"
        lanes.append(Lane(label, marks, 2))
    ticks = [high * share for share in (0, 0.25, 0.5, 0.75, 1)]
    return Chart(
        name="context",
        title="Context window in tokens",
        about="The bar is the model's own window; the line below it runs from the least to the greatest that a route "
        "offers, its median marked.",
        ticks=[(place(tick), short_tokens(round(tick / 1000) * 1000)) for tick in ticks],
        lanes=lanes,
    )


def chart_scores(benchmarks: Row, names: Sequence[str]) -> Chart | None:
    """Shared benchmark rows in percent, both sides on one line."""
    rows = [
        *benchmarks["comparable"],
        *(row for row in benchmarks["indicative"] if not row["is_also_comparable"]),
    ]
    shown = [
        row
        for row in rows
        if row["unit"] == "percent" and None not in [side["value"] for side in row["sides"]]
    ][:MOST_ROWS]
    if not shown:
        return None
    place = linear(0, 100)
    lanes = []
    for row in shown:
        values = [side["value"] for side in row["sides"]]
        ends = sorted(place(value) for value in values)
        marks = [Mark("link", ends[0], "muted", end=ends[1])]
        for tone, name, value in zip(TONES, names, values, strict=True):
            marks.append(Mark("dot", place(value), tone, f"{name}: {value:g}%"))
        own = [
            n for n, side in zip(names, row["sides"], strict=True) if side["evaluator_class"] == "lab_claimed"
        ]
        said = f" ({' and '.join(own)}: the lab's own score)" if own else ""
        lanes.append(Lane(f"{row['benchmark']} {row['version']}, {row['metric']}{said}", marks))
    return Chart(
        name="benchmarks",
        title="Shared benchmark rows in percent",
        about="One line for each row that both models have, the same version, metric and harness.",
        ticks=[(place(tick), f"{tick}%") for tick in (0, 25, 50, 75, 100)],
        lanes=lanes,
        legend=list(zip(TONES, names, strict=True)),
    )
