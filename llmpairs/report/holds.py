"""Report sections on open questions: held values, disagreements of sources, and unresolved names."""

from typing import Any, NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import (
    MOST_ROWS,
    MOST_VALUABLE,
    NOT_REACHED,
    code,
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


class ReportedHold(NamedTuple):
    """A held value with the published one."""

    subject_id: str
    field: str
    published_value: str | None
    candidate_value: str
    rule: str
    since: pd.Timestamp
    nights: int
    pairs_affected: int


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


def build_holds(data: RunData) -> list[Block]:
    """Values that this run holds back, with the value that is published instead."""
    if data.holds is None:
        return [paragraph(NOT_REACHED)]
    held = data.holds[data.holds["state"] == "held"]
    if held.empty:
        return [paragraph("None.")]
    blank = int(held["published_value"].isna().sum())
    kept = len(held) - blank
    summary = [f"{format_plural(len(held), 'value')} held in {format_plural(held['incident'].nunique(), 'incident')}."]
    if kept:
        summary.append(f"For {format_number(kept)} the last good value stays published.")
    if blank:
        summary.append(f"For {format_number(blank)} there is no good value before: nothing is published.")
    ordered = held.sort_values(
        ["pairs_affected", "incident", "subject_id", "field"], ascending=[False, True, True, True]
    )
    rows = [
        (
            code(hold.subject_id),
            code(hold.field),
            code(hold.published_value) if hold.published_value else NO_VALUE,
            code(hold.candidate_value),
            hold.rule,
            hold.since,
            hold.nights,
            hold.pairs_affected,
        )
        for hold in read_rows(ordered.head(MOST_ROWS), ReportedHold)
    ]
    heads = ["Subject", "Field", "Published", "Held back", "Rule", "#since", "#nights", "#pairs"]
    return [
        paragraph(" ".join(summary)),
        table("Held values, most pairs first", heads, rows),
        *link_rest(MOST_ROWS, len(held), f"llmpairs review list --kind held --limit {len(held)}"),
    ]


def build_disagreements(data: RunData) -> list[Block]:
    """Disagreements between independent sources: by cause and field, then one by one, by affected pairs."""
    if data.disagreements is None:
        return [paragraph(NOT_REACHED)]
    frame = data.disagreements
    unsettled = frame[frame["state"] != "settled"]
    settled = len(frame) - len(unsettled)
    summary = f"{format_plural(len(unsettled), 'disagreement')} between independent sources"
    summary += f", {format_number(settled)} more settled by a decision." if settled else "."
    if unsettled.empty:
        return [paragraph(summary)]
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
    heads = ["Subject", "Field", "Published", "Value by source", "#ratio", "#since", "#pairs"]
    return [
        paragraph(summary),
        *_group_by_cause(unsettled, data),
        table("Disagreements that affect most pairs, largest ratio first", heads, rows, prose=(3,)),
        *link_rest(len(rows), len(unsettled), "llmpairs review list --kind disagreement"),
    ]


def _group_by_cause(unsettled: pd.DataFrame, data: RunData) -> list[Block]:
    """Disagreements by cause and field, most pairs first."""
    groups = unsettled.assign(
        cause=unsettled["cause"].fillna("unknown"),
        field=unsettled["field"].astype("object"),
        in_pairs=unsettled["model_id"].where(unsettled["pairs_affected"] > 0),
    ).sort_values(["pairs_affected", "subject_id"], ascending=[False, True])
    counts = groups.groupby(["cause", "field"]).agg(
        size=("disagreement_id", "size"),
        models=("in_pairs", "nunique"),
        examples=("subject_id", lambda ids: ", ".join(ids.head(EXAMPLES))),
    )
    live = 0 if data.models is None else int((data.models["is_live"] & data.models["is_text_generating"]).sum())
    counts["pairs"] = [count_pairs(models, live) for models in counts["models"]]
    ordered = counts.reset_index().sort_values(
        ["pairs", "size", "cause", "field"], ascending=[False, False, True, True]
    )
    rows = [
        (code(f"{group.cause}/{group.field}"), group.size, group.examples, group.pairs)
        for group in read_rows(ordered[list(ReportedCause._fields)].head(MOST_ROWS), ReportedCause)
    ]
    return [
        table("Disagreements by cause and field", ["Case", "#disagreements", "Examples", "#pairs"], rows, prose=(2,)),
        *link_rest(MOST_ROWS, len(ordered), f"llmpairs review list --kind disagreement --limit {len(ordered)}"),
    ]


def build_identities(data: RunData) -> list[Block]:
    """Unresolved names by their dependents, and the basis of the identities of models and pairs."""
    models, identities = data.models, data.identities
    if models is None or identities is None:
        return [paragraph(NOT_REACHED)]
    unresolved = identities[identities["model_id"].isna()]
    summary = f"{format_number(len(unresolved))} of {format_plural(len(identities), 'key')} are unresolved"
    blocks: list[Block] = [paragraph(f"{summary} ({format_share(len(unresolved), len(identities)) or '0.0%'}).")]
    if len(unresolved):
        reasons = _most_first(unresolved["reason"].astype("object").value_counts().to_frame("keys"))
        blocks.append(table("Why keys are unresolved", ["Reason", "#keys"], reasons))
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
        heads = ["Name", "Reason", "#offers", "#pairs", "Sold by"]
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
    heads = ["Basis", "#models", "#in pairs", "#pairs"]
    caption = "Basis of identities; a pair has the weaker basis of its two models"
    return [table(caption, heads, _most_first(counts))]


def _most_first(counts: pd.DataFrame) -> list[list[Any]]:
    """Counts by label, most first, equal ones by label."""
    labelled = counts.fillna(0).astype("int64").rename_axis("label").reset_index()
    ordered = labelled.sort_values([counts.columns[0], "label"], ascending=[False, True])
    return [[*row] for row in ordered.to_numpy(dtype=object)]
