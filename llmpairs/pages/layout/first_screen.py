"""First screen of a pair's page: headline, one-sided capabilities, the outcome of each workload, and four figures."""

from collections.abc import Iterator, Sequence
from statistics import median

from llmpairs.pages.content.outcomes import REASON_TEXTS, label_outcome
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.schema import Side, names_of
from llmpairs.pages.layout.outcomes import citations
from llmpairs.pages.rows import QualityColumns
from llmpairs.render.document import Bar, Block, Card, Cards, Cell, Chips, Citation, Paragraph
from llmpairs.render.labels import UNKNOWN, format_capability, format_short_tokens, join_names
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

TONES = ("a", "b")
MAX_CAPABILITIES = 3
"""Capabilities that the first screen names for a side; the table has all."""
QUALITY_MARGIN = 5.0
"""Index points beside the outermost interval ends of a quality card."""


def lead_blocks(page: PairPage) -> Iterator[Block]:
    """Blocks above the sections."""
    yield Paragraph([Cell(page["headline"])], "headline")
    only = list(_describe_one_sided(page))
    yield Paragraph([Cell(text) for text in only] or [Cell("No capability is known to be in one only.")], "muted")
    yield outcome_chips(page)
    yield Cards([_list_price_card(page), _quality_card(page), _tokens_card(page, "context_tokens"), _fourth_card(page)])


def _describe_one_sided(page: PairPage) -> Iterator[str]:
    """Capabilities that only one side is known to support and the other is known to lack."""
    for position, name in enumerate(names_of(page["sides"])):
        found = [
            format_capability(row["capability"])
            for row in page["capabilities"]
            if (row["sides"][position]["state"], row["sides"][1 - position]["state"]) == ("yes", "no")
        ]
        if found:
            yield f"Only {name} supports {join_names(found[:MAX_CAPABILITIES])}."


def outcome_chips(page: PairPage) -> Chips:
    """Outcome over all workloads and of each, with its reason as a note."""
    names, record = names_of(page["sides"]), page["record"]
    results = [("Overall", record["overall_outcome"], record["overall_outcome_reason"])]
    results += [(row["label"], row["outcome"], row["reason"]) for row in page["decisions"]]
    return Chips(
        [
            (
                label,
                Cell(
                    label_outcome(outcome, names), note=REASON_TEXTS[reason], tone=outcome if outcome in TONES else ""
                ),
            )
            for label, outcome, reason in results
        ]
    )


def _bars(page: PairPage, figures: Sequence[tuple[float | None, str, tuple[Citation, ...]]]) -> list[Bar]:
    """A bar for each side, to the scale of the greater figure."""
    most = max((value for value, _, _ in figures if value), default=1.0)
    return [
        Bar(
            name,
            Cell(text, refs, tone="unknown" if value is None else ""),
            tone,
            None if value is None else round(100 * value / most, 2),
        )
        for name, tone, (value, text, refs) in zip(names_of(page["sides"]), TONES, figures, strict=True)
    ]


def format_blended(usd_per_mtok: float | None) -> str:
    """Format a blended price to the cent, or to three digits below ten cents."""
    if usd_per_mtok is None:
        return UNKNOWN
    return f"${usd_per_mtok:,.2f}" if usd_per_mtok >= 0.1 or usd_per_mtok == 0 else f"${usd_per_mtok:.3g}"


def _list_price_card(page: PairPage) -> Card:
    """List prices; below them which are medians, and the best prices where they are lower."""
    names, sides = names_of(page["sides"]), page["sides"]
    prices = [side["list_price"]["blended_3to1_usd_per_mtok"] for side in sides]
    best = [side["best_blended_usd_per_mtok"] for side in sides]
    figures = [
        (price, format_blended(price), tuple(side["list_price"]["evidence"]))
        for price, side in zip(prices, sides, strict=True)
    ]
    about = []
    medians = [name for name, side in zip(names, sides, strict=True) if side["list_price"]["basis"] == "median"]
    if medians:
        about.append(f"{join_names(medians)}: median of named operators.")
    if best != prices:
        about.append(f"Best of a named operator: {' / '.join(map(format_blended, best))}")
    return Card("List price per 1M tokens, 3:1", _bars(page, figures), " ".join(about))


def find_general_quality(side: Side) -> QualityColumns | None:
    """Quality index of a model over all domains."""
    return next((row for row in side["quality"] if row["domain"] == QUALITY_DOMAINS[0]), None)


def _quality_card(page: PairPage) -> Card:
    found = [find_general_quality(side) for side in page["sides"]]
    known = [row for row in found if row]
    low = min((row["low95"] for row in known), default=0.0) - QUALITY_MARGIN
    width = max((row["high95"] for row in known), default=0.0) + QUALITY_MARGIN - low
    bars = []
    for name, tone, row in zip(names_of(page["sides"]), TONES, found, strict=True):
        if row is None:
            bars.append(Bar(name, Cell(UNKNOWN, tone="unknown"), tone, None))
            continue
        start, middle, end = (round(100 * (row[key] - low) / width, 2) for key in ("low95", "index", "high95"))
        estimated = ", estimated" if row["basis"] == "estimated" else ""
        interval = f"{row['low95']:.0f}–{row['high95']:.0f}{estimated}"
        bars.append(Bar(name, Cell(f"{row['index']:.0f}", note=interval), tone, middle, (start, end)))
    about = "No published scores: estimated." if any(row["basis"] == "estimated" for row in known) else ""
    return Card("Quality index, 95% interval", bars, about or "100 is the mean of scored models")


def _tokens_card(page: PairPage, field: str) -> Card:
    row = next(row for row in page["specs"] if row["field"] == field)
    values = [value if isinstance(value, int) else None for value in row["values"]]
    figures = [
        (value, format_short_tokens(value), citations(cited))
        for value, cited in zip(values, row["evidence"], strict=True)
    ]
    title = {"context_tokens": "Context window, tokens", "max_output_tokens": "Max output, tokens"}[field]
    return Card(title, _bars(page, figures))


def find_speeds(side: Side) -> list[float]:
    """Known output speeds of active offers with a named operator, tokens per second."""
    return [
        offer["throughput_tokens_per_s"]
        for offer in side["routes"]
        if offer["offer_status"] == "active"
        and offer["operator_known"]
        and offer["throughput_tokens_per_s"] is not None
    ]


def _fourth_card(page: PairPage) -> Card:
    """Output speed where both sides have one, else the max output."""
    speeds = [find_speeds(side) for side in page["sides"]]
    if not all(speeds):
        return _tokens_card(page, "max_output_tokens")
    figures = [(median(known), f"{median(known):.0f}", ()) for known in speeds]
    counts = " and ".join(str(len(known)) for known in speeds)
    return Card("Output speed, tokens per second", _bars(page, figures), f"Median of {counts} offers")
