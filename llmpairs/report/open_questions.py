"""Report sections on open questions: disagreements of sources, and unresolved names."""

from typing import Any, NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import (
    MOST_ROWS,
    MOST_SHOWN,
    MOST_VALUABLE,
    code,
    fold,
    format_number,
    format_plural,
    format_share,
    link_rest,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData
from llmpairs.warehouse.review_cases import count_pairs
from llmpairs.warehouse.vocabulary import IDENTITY_BASES

EXAMPLES = 3
NO_VALUE = Cell("nothing", tone="unknown")


class ReportedDisagreement(NamedTuple):
    """Values on which independent sources disagree."""

    subject_id: str
    field: str
    chosen_value: str | None
    claimed_values: list[str]
    ratio: float | None
    first_seen_at: pd.Timestamp
    pairs_affected: int


class ReportedCause(NamedTuple):
    """Disagreements of one cause about one field."""

    cause: str
    field: str
    size: int
    examples: str
    pairs: int


class ReportedName(NamedTuple):
    """An unresolved name with its dependents."""

    name: str
    reason: str
    offers: int
    pairs: int
    providers: list[str]


def build_disagreements(data: RunData) -> list[Block]:
    """Disagreements between independent sources: by cause and field, and one by one, by affected pairs."""
    frame = data.disagreements
    if frame is None or frame.empty:
        return []
    unsettled = frame[frame["state"] != "settled"]
    settled = len(frame) - len(unsettled)
    summary = f"{format_plural(len(unsettled), 'disagreement')} between independent sources"
    summary += f", {format_number(settled)} more settled by a decision." if settled else "."
    if unsettled.empty:
        return [paragraph(summary)]
    groups = _group_by_cause(unsettled, len(data.live_ids))
    further = groups[MOST_SHOWN:MOST_ROWS]
    rest = [_tabulate_groups("Further causes and fields", further)] if further else []
    return [
        paragraph(summary),
        _tabulate_groups("Disagreements by cause and field, most pairs first", groups[:MOST_SHOWN]),
        *fold("Further causes, and the disagreements that affect most pairs", [*rest, _list_largest(unsettled)]),
        *link_rest(min(len(groups), MOST_ROWS), len(groups), "llmpairs review list --kind disagreement"),
    ]


def _list_largest(unsettled: pd.DataFrame) -> Block:
    """Disagreements that affect most pairs, one row each."""
    worst = unsettled.sort_values(
        ["pairs_affected", "ratio", "subject_id", "field"], ascending=[False, False, True, True]
    ).head(MOST_VALUABLE)
    rows = [
        (
            code(row.subject_id),
            code(row.field),
            row.chosen_value or NO_VALUE,
            ", ".join(row.claimed_values),
            "" if row.ratio is None else f"{row.ratio:.3g}",
            row.first_seen_at,
            row.pairs_affected,
        )
        for row in read_rows(worst, ReportedDisagreement)
    ]
    heads = ["Subject", "Field", "Published", "Value by source", "#Ratio", "#Since", "#Pairs"]
    return table("Disagreements that affect most pairs, largest ratio first", heads, rows, prose=(3,))


def _group_by_cause(unsettled: pd.DataFrame, live: int) -> list[ReportedCause]:
    """Disagreements by cause and field, most pairs first."""
    groups = unsettled.assign(
        cause=unsettled["cause"].fillna("unknown"),
        field=unsettled["field"].astype("object"),
        in_pairs=unsettled["model_id"].where(unsettled["pairs_affected"] > 0),
    ).sort_values(["pairs_affected", "subject_id"], ascending=[False, True])
    counts = groups.groupby(["cause", "field"]).agg(
        size=("disagreement_id", "size"),
        models=("in_pairs", "nunique"),
        examples=("in_pairs", lambda ids: ", ".join(ids.dropna().unique()[:EXAMPLES])),
    )
    counts["pairs"] = [count_pairs(models, live) for models in counts["models"]]
    ordered = counts.reset_index().sort_values(
        ["pairs", "size", "cause", "field"], ascending=[False, False, True, True]
    )
    return read_rows(ordered, ReportedCause)


def _tabulate_groups(caption: str, groups: list[ReportedCause]) -> Block:
    rows = [(code(f"{group.cause}/{group.field}"), group.size, group.examples, group.pairs) for group in groups]
    return table(caption, ["Case", "#Disagreements", "Examples", "#Pairs"], rows, prose=(2,))


def build_identities(data: RunData) -> list[Block]:
    """Unresolved names by their dependents, and the basis of the identities of models and pairs."""
    models, identities = data.models, data.identities
    if models is None or identities is None:
        return []
    unresolved = identities[identities["model_id"].isna()]
    summary = f"{format_number(len(unresolved))} of {format_plural(len(identities), 'key')} are unresolved"
    blocks: list[Block] = [paragraph(f"{summary} ({format_share(len(unresolved), len(identities)) or '0.0%'}).")]
    if len(unresolved):
        reasons = _most_first(unresolved["reason"].astype("object").value_counts().to_frame("keys"))
        blocks.append(table("Why keys are unresolved", ["Reason", "#Keys"], reasons))
    if data.unresolved_names is not None and len(data.unresolved_names):
        rows = [
            (
                code(row.name),
                row.reason,
                row.offers,
                row.pairs,
                ", ".join(provider for provider in row.providers if provider != "-"),
            )
            for row in read_rows(data.unresolved_names.head(MOST_VALUABLE), ReportedName)
        ]
        heads = ["Name", "Reason", "#Offers", "#Pairs", "Sold by"]
        blocks.append(table("Unresolved names that affect most offers and pairs", heads, rows, prose=(4,)))
        blocks += link_rest(len(rows), len(data.unresolved_names), "llmpairs review")
    return [*blocks, *_count_bases(models)]


def _count_bases(models: pd.DataFrame) -> list[Block]:
    """Models and pairs by the basis of their identity."""
    compared = models["is_live"].astype("boolean") & models["is_text_generating"].astype("boolean")
    bases = models["identity_basis"].astype("object")
    counts = pd.DataFrame({"models": bases.value_counts(), "compared": bases[compared].value_counts()})
    # Pairs of models with this basis or a stronger one, less pairs of the stronger.
    at_least = counts["compared"].reindex(list(IDENTITY_BASES)).fillna(0).cumsum()
    pairs = at_least * (at_least - 1) / 2
    counts["pairs"] = pairs.diff().fillna(pairs)
    heads = ["Basis", "#Models", "#In pairs", "#Pairs"]
    caption = "Basis of identities; a pair has the weaker basis of its two models"
    return [table(caption, heads, _most_first(counts))]


def _most_first(counts: pd.DataFrame) -> list[list[Any]]:
    """Counts by label, most first, equal ones by label."""
    labelled = counts.fillna(0).astype("int64").rename_axis("label").reset_index()
    ordered = labelled.sort_values([counts.columns[0], "label"], ascending=[False, True])
    return [[*row] for row in ordered.to_numpy(dtype=object)]
