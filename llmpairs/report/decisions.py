"""Report section on reviewers' decisions: which took effect in the run, which wait, and which were reopened."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block
from llmpairs.report.formats import MOST_ROWS, code, format_number, format_plural, paragraph, read_rows, table
from llmpairs.report.run_data import RunData
from llmpairs.transforms.decision_outcomes import OUTCOMES

LABELS = {
    "effective": "in effect",
    "waiting": "waiting",
    "reopened": "reopened",
    "not_needed": "not needed",
    "replaced": "replaced",
    "expired": "expired",
}
ATTENTION = ("reopened", "waiting")
"""Outcomes that a reviewer should look at, listed first."""


class ReportedDecision(NamedTuple):
    """A decision with what became of it."""

    decision_id: str
    kind: str
    subject: str
    verdict: str
    decided_by: str
    outcome: str
    detail: str | None


def build_decisions(data: RunData) -> list[Block]:
    """Decisions by outcome: those that were reopened or wait first, then those in effect."""
    decisions = data.decisions
    if decisions is None or decisions.empty:
        return []
    counts = decisions["outcome"].value_counts()
    listed = [f"{format_number(counts[each])} {LABELS[each]}" for each in OUTCOMES if each in counts]
    order = {name: place for place, name in enumerate(dict.fromkeys((*ATTENTION, *OUTCOMES)))}
    ranked = decisions.assign(place=decisions["outcome"].map(order)).sort_values(["place", "decision_id"])
    rows = [
        (
            LABELS[each.outcome],
            each.kind,
            code(each.subject),
            code(each.verdict),
            each.detail or "",
            each.decided_by,
            code(each.decision_id),
        )
        for each in read_rows(ranked.head(MOST_ROWS), ReportedDecision)
    ]
    heads = ["Outcome", "Kind", "Subject", "Verdict", "Detail", "By", "Decision"]
    return [
        paragraph(f"{format_plural(len(decisions), 'decision')}: {', '.join(listed)}."),
        table("Decisions, those to look at first", heads, rows, prose=(4,)),
    ]


def describe_pending(decisions: pd.DataFrame | None) -> Iterator[str]:
    """One line on decisions that were reopened or wait."""
    if decisions is None:
        return
    for outcome, meaning in (
        ("reopened", "reopened: a value that it was based on changed"),
        ("waiting", "waiting: its value is not published"),
    ):
        found = decisions[decisions["outcome"] == outcome]
        if len(found):
            yield f"{format_plural(len(found), 'decision')} {meaning}"
