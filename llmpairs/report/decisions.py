"""Report section on reviewers' decisions: which took effect in the run, which wait, and which were reopened."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import MOST_ROWS, code, fold, format_number, format_plural, paragraph, read_rows, table
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


def describe_decisions(data: RunData) -> Iterator[str]:
    """One line on the decisions that are in effect, and one each on those that were reopened or wait."""
    if data.decisions is None:
        return
    by_decision = 0 if data.changes is None else int((data.changes["cause"] == "decision").sum())
    moved = format_plural(by_decision, "value") if by_decision else "no value"
    for outcome, meaning in (
        ("effective", f"in effect; {moved} changed by one in this run"),
        ("reopened", "reopened: a value that it was based on changed"),
        ("waiting", "waiting: its value is not published"),
    ):
        found = int((data.decisions["outcome"] == outcome).sum())
        if found:
            yield f"{format_plural(found, 'decision')} {meaning}."


def build_decisions(data: RunData) -> list[Block]:
    """Decisions by outcome: those that were reopened or wait are visible, the others folded."""
    decisions = data.decisions
    if decisions is None or decisions.empty:
        return []
    counts = decisions["outcome"].value_counts()
    listed = [f"{format_number(counts[each])} {LABELS[each]}" for each in OUTCOMES if each in counts]
    order = {name: place for place, name in enumerate(dict.fromkeys((*ATTENTION, *OUTCOMES)))}
    ranked = decisions.assign(place=decisions["outcome"].map(order)).sort_values(["place", "decision_id"])
    is_urgent = ranked["outcome"].isin(ATTENTION)
    urgent, others = ranked[is_urgent], ranked[~is_urgent]
    heads = ["Outcome", "Kind", "Subject", "Verdict", "Detail", "By", "Decision"]
    blocks: list[Block] = [paragraph(f"{format_plural(len(decisions), 'decision')}: {', '.join(listed)}.")]
    if len(urgent):
        blocks.append(table("Decisions to look at", heads, _list_rows(urgent), prose=(4,)))
    if len(others):
        blocks += fold("Other decisions", [table("Other decisions", heads, _list_rows(others), prose=(4,))])
    return blocks


def _list_rows(decisions: pd.DataFrame) -> list[tuple[str | Cell, ...]]:
    return [
        (
            LABELS[each.outcome],
            each.kind,
            code(each.subject),
            code(each.verdict),
            each.detail or "",
            each.decided_by,
            code(each.decision_id),
        )
        for each in read_rows(decisions.head(MOST_ROWS), ReportedDecision)
    ]
