"""Report sections on coverage gaps: new, changed and closed ones, counts by field, and those with most impact."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import (
    MOST_VALUABLE,
    NOT_REACHED,
    code,
    format_number,
    format_plural,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData
from llmpairs.warehouse.vocabulary import GAP_STATES

PRICE_FIELDS = ("price", "offer_price")
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


def build_gap_changes(data: RunData) -> list[Block]:
    """New, changed and closed gaps; the first run has a baseline instead."""
    if data.coverage_gaps is None:
        return [paragraph(NOT_REACHED)]
    if data.is_first_run:
        return [paragraph("This is the first run: its gaps are the baseline for later runs.")]
    if data.parent_gaps is None:
        return [paragraph("The parent release was pruned: its gaps cannot be compared.")]
    changes = compare_gaps(data.coverage_gaps, data.parent_gaps)
    counts = ", ".join(f"{format_number(len(rows))} {name}" for name, rows in changes.items())
    blocks: list[Block] = [paragraph(f"Since the parent release: {counts}.")]
    by_field = pd.DataFrame({name: rows["field"].value_counts() for name, rows in changes.items()})
    if len(by_field):
        blocks.append(_count_changes(by_field.fillna(0).astype("int64")))
    if len(changes["new"]):
        blocks.append(_list_gaps("The most valuable new gaps", changes["new"]))
    if len(changes["changed"]):
        rows = changes["changed"]
        states = rows["state"].astype("str") + ", was " + rows["was"].astype("str")
        blocks.append(_list_gaps("The most valuable changed gaps", rows.assign(state=states)))
    if len(changes["closed"]):
        blocks.append(_list_closed(changes["closed"]))
    return blocks


def _count_changes(by_field: pd.DataFrame) -> Block:
    """Number of new, changed and closed gaps by field, most first."""
    kinds = [*by_field.columns]
    counts = by_field.assign(all=by_field.sum(axis=1)).rename_axis("field").reset_index()
    counts = counts.sort_values(["all", "field"], ascending=[False, True])
    rows = [
        (code(field), *(count or "" for count in numbers))
        for field, *numbers in counts[["field", *kinds]].to_numpy(dtype=object)
    ]
    return table("Changed gaps by field", ["Field", *(f"#{name}" for name in kinds)], rows)


def build_gaps(data: RunData) -> list[Block]:
    """All gaps: the most valuable with the recommended action, missing prices, and counts by field."""
    gaps = data.coverage_gaps
    if gaps is None:
        return [paragraph(NOT_REACHED)]
    if gaps.empty:
        return [paragraph("None.")]
    missing = gaps[gaps["field"].isin(PRICE_FIELDS)]
    models, offers = (
        missing.loc[missing["subject_kind"] == kind, "subject_id"].nunique() for kind in ("model", "offer")
    )
    prices = f"{format_plural(models, 'model')} without any usable price, "
    prices += f"{format_plural(offers, 'offer')} without one of their own."
    return [
        _list_gaps("The most valuable gaps", gaps),
        paragraph(f"{format_plural(len(gaps), 'gap')} in all. Missing prices: {prices}"),
        _count_gaps(gaps),
    ]


def _count_gaps(gaps: pd.DataFrame) -> Block:
    """One row per kind of subject and field, prices first, then by number."""
    kinds = ["subject_kind", "field"]
    plain = gaps.assign(**{name: gaps[name].astype("object") for name in [*kinds, "state"]})
    counts = plain.groupby([*kinds, "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(GAP_STATES), fill_value=0)
    ordered = counts.assign(all=counts.sum(axis=1)).reset_index()
    ordered["later"] = ~ordered["field"].isin(PRICE_FIELDS)
    ordered = ordered.sort_values(["later", "all", *kinds], ascending=[True, False, True, True])
    rows = [
        (code(field), kind, *(count or "" for count in states))
        for kind, field, *states in ordered[[*kinds, *GAP_STATES]].to_numpy(dtype=object)
    ]
    return table("Gaps by field and state", ["Field", "Of", *(f"#{state}" for state in GAP_STATES)], rows)


def _most_valuable(gaps: pd.DataFrame) -> list[ReportedGap]:
    ranked = gaps.sort_values(["rank_score", "gap_id"], ascending=[False, True])
    return read_rows(ranked.head(MOST_VALUABLE), ReportedGap)


def _list_closed(gaps: pd.DataFrame) -> Block:
    """The most valuable closed gaps, with their former detail."""
    rows = [
        (code(gap.subject_id), code(gap.field), gap.state, gap.detail, gap.pairs_affected, gap.since)
        for gap in _most_valuable(gaps)
    ]
    heads = ["Subject", "Field", "Former state", "Former detail", "#pairs", "#since"]
    return table("The most valuable closed gaps", heads, rows, prose=(3,))


def _list_gaps(caption: str, gaps: pd.DataFrame) -> Block:
    """The most valuable gaps, with the recommended action."""
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
        for gap in _most_valuable(gaps)
    ]
    heads = ["Subject", "Field", "State", "What to do", "#pairs", "#since", "Owner"]
    return table(caption, heads, rows, prose=(3,))
