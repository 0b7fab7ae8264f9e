"""Report section on coverage gaps: one row for each field, and those with most impact."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.render.labels import label_field
from llmpairs.report.formats import MOST_VALUABLE, code, fold, format_number, format_plural, paragraph, read_rows, table
from llmpairs.report.run_data import RunData

PRICE_FIELDS = ("price", "offer_price")
MOST_FIELDS = 8
GAP_LABELS = {
    "price": "Any usable price",
    "offer_price": "Own price",
    "identity": "Second source for the identity",
    "all": "Whole sources",
    "some_pages": "Pages of sources",
    "archive": "Sources that this run did not request",
}
SUBJECT_FIELD = ["subject_kind", "subject_id", "field"]


class ReportedGap(NamedTuple):
    """A gap with the recommended action."""

    subject_id: str
    field: str
    state: str
    detail: str | None
    since: pd.Timestamp
    pairs_affected: int
    owner: str
    action: str


class FieldGaps(NamedTuple):
    """Gaps of one field of models, offers or sources."""

    subject_kind: str
    field: str
    gaps: int
    models: int
    new: float
    closed: float
    action: str


def compare_gaps(gaps: pd.DataFrame, parent: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Gaps that are `new`, `closed` or `changed` (same subject and field, another state) since the parent.

    A changed gap has its previous state as `was`.
    """
    now, then = (frame.astype(dict.fromkeys([*SUBJECT_FIELD, "state"], "object")) for frame in (gaps, parent))
    opened = now[~now["gap_id"].isin(then["gap_id"])]
    closed = then[~then["gap_id"].isin(now["gap_id"])]
    was = closed[[*SUBJECT_FIELD, "state", "gap_id"]].rename(columns={"state": "was", "gap_id": "was_id"})
    changed = opened.merge(was, on=SUBJECT_FIELD)
    return {
        "new": opened[~opened["gap_id"].isin(changed["gap_id"])],
        "changed": changed,
        "closed": closed[~closed["gap_id"].isin(changed["was_id"])],
    }


def build_gaps(data: RunData) -> list[Block]:
    """Missing values by field, prices first; the most valuable gaps of single subjects are folded."""
    gaps = data.coverage_gaps
    if gaps is None or gaps.empty:
        return []
    moved = None if data.parent_gaps is None else compare_gaps(gaps, data.parent_gaps)
    counts = [f"{format_plural(len(gaps), 'gap')} in all"]
    if moved:
        listed = ", ".join(f"{format_number(len(rows))} {name}" for name, rows in moved.items())
        counts.append(f"since the last release {listed}")
    rows = _count_by_field(gaps, moved)
    is_compared = any(row.new or row.closed for row in rows)
    blocks: list[Block] = [
        paragraph(f"{'; '.join(counts)}."),
        _tabulate_fields("Gaps by field, prices first", rows[:MOST_FIELDS], is_compared=is_compared),
    ]
    if len(rows) > MOST_FIELDS:
        blocks += fold(
            "Gaps of further fields",
            [_tabulate_fields("Gaps of further fields", rows[MOST_FIELDS:], is_compared=is_compared)],
        )
    largest = [_list_gaps("The most valuable gaps", gaps)]
    if moved:
        largest += [_list_gaps(f"The most valuable {name} gaps", frame) for name, frame in moved.items() if len(frame)]
    return [*blocks, *fold("Gaps of single models and offers", largest)]


def _count_by_field(gaps: pd.DataFrame, moved: dict[str, pd.DataFrame] | None) -> list[FieldGaps]:
    """One row per kind of subject and field: prices first, then by number of gaps."""
    kinds = ["subject_kind", "field"]
    plain = gaps.astype(dict.fromkeys([*kinds, "action"], "object"))
    counts = plain.groupby(kinds).agg(
        gaps=("gap_id", "size"), models=("model_id", "nunique"), action=("action", "first")
    )
    for name in ("new", "closed"):
        sizes = 0 if moved is None else moved[name].astype(dict.fromkeys(kinds, "object")).groupby(kinds).size()
        counts[name] = sizes
    ordered = counts.fillna({"new": 0, "closed": 0}).reset_index()
    ordered["is_later"] = ~ordered["field"].isin(PRICE_FIELDS)
    ordered = ordered.sort_values(["is_later", "gaps", *kinds], ascending=[True, False, True, True])
    return read_rows(ordered, FieldGaps)


def _tabulate_fields(caption: str, fields: list[FieldGaps], *, is_compared: bool) -> Block:
    """One row for each field; `is_compared` adds new and closed gaps."""
    rows = [
        (
            _label_gap(row),
            row.gaps,
            row.models or "",
            *(f"{int(count):,}" if count else "" for count in (row.new, row.closed) if is_compared),
            row.action,
        )
        for row in fields
    ]
    heads = ["Missing", "#Gaps", "#Models", *(["#New", "#Closed"] if is_compared else []), "What to do"]
    return table(caption, heads, rows, prose=(len(heads) - 1,))


def _label_gap(row: FieldGaps) -> str:
    """What is missing, in words."""
    label = GAP_LABELS.get(row.field) or label_field(row.field)
    return f"{label} ({row.subject_kind}s)" if row.subject_kind == "offer" else label


def _list_gaps(caption: str, gaps: pd.DataFrame) -> Block:
    """The most valuable gaps, with the recommended action; of a changed gap also the state before."""
    ranked = gaps.sort_values(["rank_score", "gap_id"], ascending=[False, True]).head(MOST_VALUABLE)
    if "was" in ranked:
        ranked["state"] = ranked["state"].astype("str") + ", was " + ranked["was"].astype("str")
    rows = [
        (
            code(gap.subject_id),
            code(gap.field),
            gap.state,
            Cell(gap.action, note=gap.detail or ""),
            gap.pairs_affected,
            gap.since,
            gap.owner,
        )
        for gap in read_rows(ranked, ReportedGap)
    ]
    heads = ["Subject", "Field", "State", "What to do", "#Pairs", "#Since", "Owner"]
    return table(caption, heads, rows, prose=(3,))
