"""Verdicts of a pair (overall and by workload), and the scorecard."""

from collections.abc import Sequence

from llmpairs.pages.content.outcomes import OUTCOME_TEXTS
from llmpairs.pages.content.pair_schema import PairPage, SilentSource
from llmpairs.pages.content.schema import Side, Workload
from llmpairs.render.document import Cell, Citation, Paragraph, TableBlock
from llmpairs.render.labels import (
    UNKNOWN,
    describe_offer,
    format_capability,
    format_count,
    format_money,
    format_price,
    format_tokens,
    join_names,
    label_workload,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

SIDE_TONES = ("a", "b")


def headline_paragraph(page: PairPage) -> Paragraph:
    """Cost and quality in a sentence, and the outcome over all workloads."""
    names = [side["display_name"] for side in page["sides"]]
    record = page["record"]
    outcome = OUTCOME_TEXTS[record["overall_outcome"]].format(a=names[0], b=names[1])
    tone = {"a": "a", "b": "b"}.get(record["overall_outcome"], "")
    text = f"{page['headline']} Overall: {outcome}."
    return Paragraph([Cell(text, tone="strong")], f"verdict {tone}".strip())


def outcome_table(page: PairPage) -> TableBlock:
    """Outcome and reason of each workload."""
    names = dict(zip(SIDE_TONES, (side["display_name"] for side in page["sides"]), strict=True))
    rows = [
        [
            Cell(row["label"], note=describe_traffic(row)),
            Cell(
                OUTCOME_TEXTS[row["outcome"]].format(**names),
                tone="muted" if row["winner"] is None else SIDE_TONES[row["winner"]],
            ),
            Cell(row["text"], tuple(row["evidence"])),
        ]
        for row in page["decisions"]
    ]
    return TableBlock("Outcomes by workload", ("Workload", "Outcome", "Why"), rows)


def describe_traffic(row: Workload) -> str:
    """Traffic and requirements of a workload."""
    text = f"{row['prompt_tokens']:,} tokens in, {row['output_tokens']:,} out, "
    text += f"{row['requests_per_month']:,} times a month"
    if row["cached_share"]:
        text += f", {row['cached_share']:.0%} cached"
    if row["service_tier"] != "standard":
        text += f", {row['service_tier']} prices"
    required = [format_capability(name) for name in row["must_have"]]
    return f"{text}; requires {join_names(required)}" if required else text


def scorecard(page: PairPage) -> TableBlock:
    """The most important figures of both sides."""
    label = label_workload(DETAILED_SCENARIO)
    rows = [
        [Cell("Decision fit"), *(fit_cell(side) for side in page["sides"])],
        [Cell("Context window"), *_spec_cells(page, "context_tokens")],
        [Cell(f"Best price, {label}"), *(_cheapest_cell(side) for side in page["sides"])],
        [Cell("Output price of that offer"), *(_output_cell(side) for side in page["sides"])],
        [Cell("Active offers"), *(offers_cell(side, page["silent_sources"]) for side in page["sides"])],
        [Cell("Shared benchmark rows"), *_shared_cells(page)],
    ]
    return side_table("Scorecard", page, rows)


def side_table(caption: str, page: PairPage, rows: list[list[Cell]]) -> TableBlock:
    """A table with a column for each side."""
    return TableBlock(caption, ("", *(side["display_name"] for side in page["sides"])), rows, is_even=True)


def fit_cell(side: Side) -> Cell:
    """Workloads whose requirements the model is known to meet."""
    labels = ", ".join(label_workload(id_) for id_ in side["fits"])
    return Cell(labels or "none known", note="workloads whose requirements are known to be met")


def _spec_cells(page: PairPage, field: str) -> list[Cell]:
    row = next(row for row in page["specs"] if row["field"] == field)
    return [
        Cell(
            format_tokens(value if isinstance(value, int) else None),
            citations(citation),
            tone="unknown" if value is None else "",
        )
        for value, citation in zip(row["values"], row["evidence"], strict=True)
    ]


def _cheapest_cell(side: Side) -> Cell:
    cost = side["costs"][DETAILED_SCENARIO]["best"]
    if cost is None:
        return Cell(UNKNOWN, tone="unknown", note="no usable price of a named operator")
    return Cell(
        f"{format_money(cost['usd'])} a month", citations(cost["evidence"]), note=f"best price: {describe_offer(cost)}"
    )


def _output_cell(side: Side) -> Cell:
    cost = side["costs"][DETAILED_SCENARIO]["best"]
    if cost is None:
        return Cell(UNKNOWN, tone="unknown")
    return Cell(f"{format_price(cost['output_usd_per_mtok'])} per million tokens", citations(cost["evidence"]))


def offers_cell(side: Side, silent: Sequence[SilentSource]) -> Cell:
    """Active offers and known operators; a lower bound while a source is silent."""
    text = f"{format_count(side['offer_count'], 'offer')}, {format_count(len(side['operators']), 'known operator')}"
    note = f"at least: {format_count(len(silent), 'source')} failed" if silent else ""
    return Cell(text, tuple(side["route_evidence"]), note=note)


def _shared_cells(page: PairPage) -> list[Cell]:
    benchmarks = page["benchmarks"]
    text = f"{len(benchmarks['comparable'])} comparable, {len(benchmarks['indicative'])} indicative"
    return [Cell(text, note=f"of {format_count(number, 'score')}") for number in benchmarks["scores"]]


def citations(citation: Citation | None) -> tuple[Citation, ...]:
    """A citation as the citations of a cell."""
    return () if citation is None else (citation,)
