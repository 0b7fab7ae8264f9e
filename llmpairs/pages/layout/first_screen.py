"""First screen of a pair's page: headline, one-sided capabilities, the outcome of each workload, and four figures.

`llmpairs/render/templates/compare.js` lays out the same from the files of `api/v1/`.
"""

from collections.abc import Iterator, Sequence

from llmpairs.pages.content.figures import Figure, SideFigures, list_figures
from llmpairs.pages.content.outcomes import label_outcome
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.phrases import FIRST_SCREEN, REASON_TEXTS
from llmpairs.pages.content.schema import names_of
from llmpairs.pages.layout.outcomes import citations
from llmpairs.render.document import Bar, Block, Card, Cards, Cell, Chips, Citation, Paragraph
from llmpairs.render.labels import UNKNOWN, format_capability, join_names

TONES = ("a", "b")
MAX_CAPABILITIES = 3
"""Capabilities that the first screen names for a side; the table has all."""
QUALITY_MARGIN = 5.0
"""Index points beside the outermost interval ends of a quality card."""


def lead_blocks(page: PairPage) -> Iterator[Block]:
    """Blocks above the sections."""
    figures = list_figures(page)
    yield Paragraph([Cell(page["headline"])], "headline")
    only = list(_describe_one_sided(page))
    yield Paragraph([Cell(text) for text in only] or [Cell(FIRST_SCREEN["no_difference"])], "muted")
    yield outcome_chips(page)
    yield Cards(
        [
            _list_price_card(page, figures),
            _quality_card(page, figures),
            _tokens_card(page, "context_tokens", [figure["context_tokens"] for figure in figures]),
            _fourth_card(page, figures),
        ]
    )


def _describe_one_sided(page: PairPage) -> Iterator[str]:
    """Capabilities that only one side is known to support and the other is known to lack."""
    for position, name in enumerate(names_of(page["sides"])):
        found = [
            format_capability(row["capability"])
            for row in page["capabilities"]
            if (row["sides"][position]["state"], row["sides"][1 - position]["state"]) == ("yes", "no")
        ]
        if found:
            yield FIRST_SCREEN["only_one"].format(name=name, capabilities=join_names(found[:MAX_CAPABILITIES]))


def outcome_chips(page: PairPage) -> Chips:
    """Outcome over all workloads and of each, with its reason as a note."""
    names, record = names_of(page["sides"]), page["record"]
    results = [(FIRST_SCREEN["overall"], record["overall_outcome"], record["overall_outcome_reason"])]
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


def _bars(page: PairPage, figures: Sequence[Figure], cited: Sequence[Sequence[Citation]] = ((), ())) -> list[Bar]:
    """A bar for each side, to the scale of the greater figure."""
    most = max((figure["value"] for figure in figures if figure["value"]), default=1.0)
    return [
        Bar(
            name,
            Cell(figure["text"], tuple(refs), tone="unknown" if figure["value"] is None else ""),
            tone,
            None if figure["value"] is None else round(100 * figure["value"] / most, 2),
        )
        for name, tone, figure, refs in zip(names_of(page["sides"]), TONES, figures, cited, strict=True)
    ]


def _list_price_card(page: PairPage, figures: Sequence[SideFigures]) -> Card:
    """List prices; below them which are medians, and the best prices where they differ."""
    prices, best = ([figure[key] for figure in figures] for key in ("list_price", "best_price"))
    medians = [name for name, each in zip(names_of(page["sides"]), figures, strict=True) if each["is_median"]]
    about = [FIRST_SCREEN["median"].format(names=join_names(medians))] if medians else []
    if best != prices:
        about.append(FIRST_SCREEN["best_price"].format(a=best[0]["text"], b=best[1]["text"]))
    cited = [side["list_price"]["evidence"] for side in page["sides"]]
    return Card(FIRST_SCREEN["list_price"], _bars(page, prices, cited), " ".join(about))


def _quality_card(page: PairPage, figures: Sequence[SideFigures]) -> Card:
    known = [figure["quality"] for figure in figures if figure["quality"]]
    low = min((row["low95"] for row in known), default=0.0) - QUALITY_MARGIN
    width = max((row["high95"] for row in known), default=0.0) + QUALITY_MARGIN - low
    bars = []
    for name, tone, figure in zip(names_of(page["sides"]), TONES, figures, strict=True):
        row = figure["quality"]
        if row is None:
            bars.append(Bar(name, Cell(UNKNOWN, tone="unknown"), tone, None))
            continue
        start, middle, end = (
            round(100 * (value - low) / width, 2) for value in (row["low95"], row["index"], row["high95"])
        )
        bars.append(Bar(name, Cell(row["text"], note=row["interval"]), tone, middle, (start, end)))
    is_estimated = any(row["is_estimated"] for row in known)
    return Card(FIRST_SCREEN["quality"], bars, FIRST_SCREEN["quality_estimated" if is_estimated else "quality_scale"])


def _tokens_card(page: PairPage, field: str, figures: Sequence[Figure]) -> Card:
    row = next(row for row in page["specs"] if row["field"] == field)
    return Card(FIRST_SCREEN[field], _bars(page, figures, [citations(cited) for cited in row["evidence"]]))


def _fourth_card(page: PairPage, figures: Sequence[SideFigures]) -> Card:
    """Output speed where both sides have one, else the max output."""
    if not all(figure["speed_offers"] for figure in figures):
        field = "max_output_tokens"
        return _tokens_card(page, field, [figure["max_output_tokens"] for figure in figures])
    a, b = (figure["speed_offers"] for figure in figures)
    bars = _bars(page, [figure["speed"] for figure in figures])
    return Card(FIRST_SCREEN["speed"], bars, FIRST_SCREEN["speed_offers"].format(a=a, b=b))
