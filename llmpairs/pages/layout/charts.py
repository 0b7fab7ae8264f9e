"""Charts of offers: marks at their positions on an axis."""

from collections.abc import Callable, Sequence
from math import floor, log10

from llmpairs.pages.content.schema import Side
from llmpairs.render.document import Chart, Lane, Mark
from llmpairs.render.labels import describe_offer, format_count, format_money, label_workload
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

Scale = Callable[[float], float]
TONES = ("a", "b")
LEFT, RIGHT = 1.0, 97.0
"""Ends of the axis, with room for half a mark."""
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
