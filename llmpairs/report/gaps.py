"""What is not established and what it costs: new, changed and closed gaps, by field, and the most valuable."""

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.layout import MOST_VALUABLE, NOT_REACHED, code, day, grid, number, plural, rows_of, say
from llmpairs.report.run_data import Attempt
from llmpairs.warehouse.vocabulary import GAP_STATES

PRICE_FIELDS = ("price", "offer_price")
OF = ["subject_kind", "subject_id", "field"]


def compare_gaps(gaps: pd.DataFrame, parent: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Gaps that are `new`, `closed` or `changed` (the same subject and field, in another state) since the parent.

    A changed one has its state then as `was`.
    """
    now, then = (frame.astype(dict.fromkeys([*OF, "state"], "object")) for frame in (gaps, parent))
    opened = now[~now["gap_id"].isin(then["gap_id"])]
    gone = then[~then["gap_id"].isin(now["gap_id"])]
    was = gone[[*OF, "state", "gap_id"]].rename(columns={"state": "was", "gap_id": "was_id"})
    changed = opened.merge(was, on=OF)
    return {
        "new": opened[~opened["gap_id"].isin(changed["gap_id"])],
        "changed": changed,
        "closed": gone[~gone["gap_id"].isin(changed["was_id"])],
    }


def tell_gap_changes(attempt: Attempt) -> list[Block]:
    """New, changed and closed gaps; a first night has a baseline instead."""
    if attempt.coverage_gaps is None:
        return [say(NOT_REACHED)]
    if attempt.is_first_night:
        return [
            say("This is the first night: its gaps are the baseline that later nights are compared with.")
        ]
    if attempt.parent_gaps is None:
        return [say("The release before is not kept any more, so that its gaps cannot be compared.")]
    moved = compare_gaps(attempt.coverage_gaps, attempt.parent_gaps)
    counts = ", ".join(f"{number(len(rows))} {name}" for name, rows in moved.items())
    blocks: list[Block] = [say(f"Since the release before: {counts}.")]
    by_field = pd.DataFrame({name: rows["field"].value_counts() for name, rows in moved.items()})
    if len(by_field):
        by_field = by_field.fillna(0).astype("int64").rename_axis("field").reset_index()
        by_field["all"] = by_field[list(moved)].sum(axis=1)
        by_field = by_field.sort_values(["all", "field"], ascending=[False, True])
        rows = [
            (code(field), *(number(count) if count else "" for count in counts))
            for field, *counts in rows_of(by_field, ("field", *moved))
        ]
        blocks.append(grid("Gaps that moved, by field", ["Field", *(f"#{name}" for name in moved)], rows))
    if len(moved["new"]):
        blocks.append(_list_gaps("The most valuable new gaps", moved["new"]))
    if len(moved["changed"]):
        rows = moved["changed"]
        states = rows["state"].astype("str") + ", was " + rows["was"].astype("str")
        blocks.append(_list_gaps("The most valuable changed gaps", rows.assign(state=states)))
    if len(moved["closed"]):
        blocks.append(_list_closed(moved["closed"]))
    return blocks


def tell_gaps(attempt: Attempt) -> list[Block]:
    """All gaps: missing prices, by field, and the most valuable with what to do."""
    gaps = attempt.coverage_gaps
    if gaps is None:
        return [say(NOT_REACHED)]
    if gaps.empty:
        return [say("None.")]
    missing = gaps[gaps["field"].isin(PRICE_FIELDS)]
    models = missing.loc[missing["subject_kind"] == "model", "subject_id"].nunique()
    offers = missing.loc[missing["subject_kind"] == "offer", "subject_id"].nunique()
    said = f"{plural(models, 'model')} without any usable price, {plural(offers, 'offer')} without one of their own."
    return [
        _list_gaps("The most valuable gaps", gaps),
        say(f"{plural(len(gaps), 'gap')} in all. Missing prices: {said}"),
        _by_field(gaps),
    ]


def _by_field(gaps: pd.DataFrame) -> Block:
    """One row per kind of subject and field, prices first, then by number."""
    kinds = ["subject_kind", "field"]
    plain = gaps.assign(**{name: gaps[name].astype("object") for name in [*kinds, "state"]})
    counts = plain.groupby([*kinds, "state"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(GAP_STATES), fill_value=0)
    ordered = counts.assign(all=counts.sum(axis=1)).reset_index()
    ordered["later"] = ~ordered["field"].isin(PRICE_FIELDS)
    ordered = ordered.sort_values(["later", "all", *kinds], ascending=[True, False, True, True])
    rows = [
        (code(field), kind, *(number(count) if count else "" for count in states))
        for kind, field, *states in rows_of(ordered, (*kinds, *GAP_STATES))
    ]
    return grid("Gaps by field and state", ["Field", "Of", *(f"#{state}" for state in GAP_STATES)], rows)


def _list_closed(gaps: pd.DataFrame) -> Block:
    """The gaps that are no more, with what was known of them."""
    columns = ("subject_id", "field", "state", "detail", "since", "pairs_affected")
    rows = [
        (code(subject), code(field), state, detail, number(pairs), day(since))
        for subject, field, state, detail, since, pairs in rows_of(_rank(gaps), columns)
    ]
    heads = ["Subject", "Field", "It was", "Known then", "#pairs", "#since"]
    return grid("The most valuable closed gaps", heads, rows, prose=(3,))


def _rank(gaps: pd.DataFrame) -> pd.DataFrame:
    return gaps.sort_values(["rank_score", "gap_id"], ascending=[False, True]).head(MOST_VALUABLE)


def _list_gaps(caption: str, gaps: pd.DataFrame) -> Block:
    """The gaps that touch most, with what to do."""
    columns = ("subject_id", "field", "state", "detail", "since", "pairs_affected", "owner", "action")
    rows = [
        (code(subject), code(field), state, Cell(action, note=detail or ""), number(pairs), day(since), owner)
        for subject, field, state, detail, since, pairs, owner, action in rows_of(_rank(gaps), columns)
    ]
    return grid(
        caption, ["Subject", "Field", "State", "What to do", "#pairs", "#since", "Owner"], rows, prose=(3,)
    )
