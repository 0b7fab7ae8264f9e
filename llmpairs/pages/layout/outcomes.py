"""Outcome and weighted score of a pair in each workload."""

from collections.abc import Sequence

from llmpairs.pages.content.outcomes import label_outcome
from llmpairs.pages.content.pair_schema import PairPage, SilentSource
from llmpairs.pages.content.schema import Side, Workload
from llmpairs.render.document import Cell, Citation, TableBlock
from llmpairs.render.labels import format_capability, format_count, join_names, label_workload

SIDE_TONES = ("a", "b")


def outcome_table(page: PairPage) -> TableBlock:
    """Outcome and reason of each workload."""
    names = [side["display_name"] for side in page["sides"]]
    rows = [
        [
            Cell(row["label"], note=describe_traffic(row)),
            Cell(
                label_outcome(row["outcome"], names),
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


def side_table(caption: str, page: PairPage, rows: list[list[Cell]]) -> TableBlock:
    """A table with a column for each side."""
    return TableBlock(caption, ("", *(side["display_name"] for side in page["sides"])), rows, is_even=True)


def fit_cell(side: Side) -> Cell:
    """Workloads whose requirements the model is known to meet."""
    labels = ", ".join(label_workload(id_) for id_ in side["fits"])
    return Cell(labels or "none known", note="workloads whose requirements are known to be met")


def offers_cell(side: Side, silent: Sequence[SilentSource]) -> Cell:
    """Active offers and known operators; a lower bound while a source is silent."""
    text = f"{format_count(side['offer_count'], 'offer')}, {format_count(len(side['operators']), 'known operator')}"
    note = f"at least: {format_count(len(silent), 'source')} failed" if silent else ""
    return Cell(text, tuple(side["route_evidence"]), note=note)


def citations(citation: Citation | None) -> tuple[Citation, ...]:
    """A citation as the citations of a cell."""
    return () if citation is None else (citation,)
