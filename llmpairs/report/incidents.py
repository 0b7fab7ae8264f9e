"""Incidents of a run: one for each cause of lost, held or missing values, with the models and pairs affected."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from textwrap import shorten
from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell, Fold, TableBlock
from llmpairs.render.labels import label_field
from llmpairs.report.formats import format_day, format_number, format_plural, join_some, read_rows, table
from llmpairs.report.gaps import compare_gaps
from llmpairs.report.quarantine import count_quarantined, describe_quarantine
from llmpairs.report.run_data import RunData
from llmpairs.report.sources import list_failed
from llmpairs.warehouse.review_cases import ReviewCase, count_pairs

MOST_SHOWN = 6
MOST_FOLDED = 40
MAX_CAUSE = 120
"""Characters of a cause; `llmpairs sources` has all of it."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One cause with its loss and the command that leads on."""

    kind: str
    """contract, growth, source, held, alias or gaps."""
    text: str
    models: int
    pairs: int
    since: str
    """A date, or empty."""
    command: str
    purpose: str
    is_estimate: bool = False
    """Whether models and pairs are extrapolated from the part that arrived."""


class SourceLoss(NamedTuple):
    """What of a source arrived, and what did not."""

    source_id: str
    title: str
    state: str
    cause: str | None
    items: int
    carried_items: int
    fewest_items: float | None
    pages_asked: int
    pages_answered: int
    pages_failed: float | None
    rejected_entries: int
    held_items: float | None


def list_claimed_models(claims: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    """Models that each source states something of: source_id, model_id, without duplicates.

    `claims` has source_id, subject_kind and subject_id of facts; `offers` has offer_id and model_id.
    """
    plain = claims.astype("object")
    model_ids = plain["subject_id"].where(plain["subject_kind"] == "model")
    of_offers = plain["subject_id"].map(offers.set_index("offer_id")["model_id"].astype("object"))
    found = pd.DataFrame({"source_id": plain["source_id"], "model_id": model_ids.fillna(of_offers)})
    return found.dropna().drop_duplicates(ignore_index=True)


def list_incidents(data: RunData) -> list[Incident]:
    """All incidents, rows that break their contract and lists with too many entries first, then most pairs first."""
    found = [*_list_source_losses(data), *map(_describe_held, _list_held(data)), *_list_new_gaps(data)]
    ordered = sorted(found, key=lambda each: (-each.pairs, -each.models, each.kind, each.text))
    return [*_list_contract_breaks(data), *sorted(ordered, key=lambda each: each.kind != "growth")]


def find_largest_loss(incidents: list[Incident]) -> Incident | None:
    """The incident that affects most pairs; None where none affects a model."""
    return next((each for each in incidents if each.models), None)


def format_loss(incident: Incident) -> str:
    """Models and pairs of an incident in words."""
    about = "about " if incident.is_estimate else ""
    return f"{about}{format_plural(incident.models, 'model')} and {format_plural(incident.pairs, 'pair')}"


def _list_contract_breaks(data: RunData) -> Iterator[Incident]:
    if data.quarantine is None or data.quarantine.empty:
        return
    yield Incident(
        kind="contract",
        text=describe_quarantine(data.quarantine),
        models=0,
        pairs=0,
        since=format_day(data.as_of),
        command=f"llmpairs sql \"SELECT * FROM quarantine WHERE run_id = '{data.run_id}'\"",
        purpose=f"See {format_plural(count_quarantined(data.quarantine), 'row')} outside the contract of their table.",
    )


def count_lost_claims(source: SourceLoss) -> int:
    """Claims that a source was expected to give and did not, from failed pages, its registered size and bad entries."""
    in_use = source.items + source.carried_items
    failed = source.pages_failed if source.pages_failed is not None else source.pages_asked - source.pages_answered
    of_pages = ceil(source.items * failed / source.pages_answered) if source.pages_answered else source.carried_items
    return max(of_pages, int(source.fewest_items or 0) - in_use, source.rejected_entries)


def _list_source_losses(data: RunData) -> Iterator[Incident]:
    """Sources that failed, in part or whole. Models are extrapolated from those that the source names."""
    if data.sources is None:
        return
    partial = data.sources[data.sources["state"] == "partial"]
    since = _find_source_gaps(data.coverage_gaps)
    claimed = data.claimed_models
    named = pd.Series(dtype="int64")
    if claimed is not None:
        named = claimed[claimed["model_id"].isin(data.live_ids)].groupby("source_id", observed=True).size()
    for source in read_rows(pd.concat([list_failed(data.sources), partial]), SourceLoss):
        models = _estimate_models(source, int(named.get(source.source_id, 0)), len(data.live_ids))
        yield Incident(
            kind="growth" if source.held_items else "source",
            text=_describe_source(source),
            models=models,
            pairs=count_pairs(models, len(data.live_ids)),
            since=since.get(source.source_id, ""),
            command=f"llmpairs sources {source.source_id}",
            purpose="See why the source failed and which values it still has.",
            is_estimate=True,
        )


def _estimate_models(source: SourceLoss, named: int, live: int) -> int:
    lost, in_use = count_lost_claims(source), source.items + source.carried_items
    if source.state != "partial" and source.carried_items:
        return named
    per_claim = named / in_use if named and in_use else 1.0
    return min(live, ceil(lost * per_claim))


def _describe_source(source: SourceLoss) -> str:
    """What failed, and whether earlier values are published in its place."""
    failed = source.pages_asked - source.pages_answered if source.pages_failed is None else int(source.pages_failed)
    cause = shorten(source.cause or source.state.replace("_", " "), MAX_CAUSE, placeholder=" ...")
    if source.pages_asked > 1 and failed:
        cause = f"{format_number(failed)} of {format_plural(source.pages_asked, 'page')} failed"
    if source.carried_items:
        return f"{source.title}: {cause}; earlier values are carried forward"
    if source.held_items:
        return f"{source.title}: {cause}; {format_plural(int(source.held_items), 'claim')} on new entries held"
    is_lost = failed or source.state != "partial"
    return f"{source.title}: {cause}{'; there are no earlier values' if is_lost else ''}"


def _find_source_gaps(gaps: pd.DataFrame | None) -> dict[str, str]:
    """The day since which each source has a gap."""
    if gaps is None:
        return {}
    rows = gaps[gaps["subject_kind"] == "source"]
    return {source: format_day(since) for source, since in zip(rows["subject_id"], rows["since"], strict=True)}


def _list_held(data: RunData) -> list[ReviewCase]:
    return [case for case in data.open_cases if case.kind != "disagreement"]


def _describe_held(case: ReviewCase) -> Incident:
    """Held values of one cause, or a moved alias."""
    models = len({hold.model_id for hold in case.holds if hold.pairs_affected}) or int(case.pairs > 0)
    is_alias = case.kind == "alias"
    return Incident(
        kind=case.kind,
        text=f"{case.subjects[0]} now names another model ({case.rule})" if is_alias else _describe_values(case),
        models=models,
        pairs=case.pairs,
        since=format_day(case.since),
        command=f"llmpairs review list {shlex.quote(case.case_id)}",
        purpose="Decide whether the name moved." if is_alias else "Decide on held values.",
    )


def _describe_values(case: ReviewCase) -> str:
    """How many values of whom are held, why, and what is published meanwhile."""
    owners = join_some(sorted({subject.split("/")[0] for subject in case.subjects}))
    values = format_plural(len(case.candidates), "value")
    blank = "no value is published" if case.published is None else "the last known good value stays published"
    return f"{owners}: {values} held ({case.rule}); {blank}"


def _list_new_gaps(data: RunData) -> Iterator[Incident]:
    """New critical gaps of models and offers, in one incident: what comparisons lost since the parent release."""
    if data.coverage_gaps is None or data.parent_gaps is None:
        return
    new = compare_gaps(data.coverage_gaps, data.parent_gaps)["new"]
    critical = new[(new["severity"] == "critical") & (new["subject_kind"] != "source")]
    if critical.empty:
        return
    counts = critical["field"].value_counts().sort_index()
    fields = join_some([f"{label_field(field).lower()} ({format_number(n)})" for field, n in counts.items()])
    models = critical.loc[critical["model_id"].isin(data.live_ids), "model_id"].nunique()
    yield Incident(
        kind="gaps",
        text=f"{format_plural(len(critical), 'new critical gap')}: {fields}",
        models=models,
        pairs=count_pairs(models, len(data.live_ids)),
        since=format_day(data.as_of),
        command="llmpairs gaps --new --severity critical",
        purpose="See which models lost a value that comparisons need.",
    )


def build_incidents(incidents: list[Incident]) -> list[Block]:
    """One row per incident, most pairs first; the rest folded."""
    if not incidents:
        return []
    rest = incidents[MOST_SHOWN : MOST_SHOWN + MOST_FOLDED]
    blocks: list[Block] = [_tabulate("Incidents, most pairs first", incidents[:MOST_SHOWN])]
    if rest:
        blocks.append(Fold(f"{format_plural(len(rest), 'further incident')}", [_tabulate("Further incidents", rest)]))
    return blocks


def _tabulate(caption: str, incidents: list[Incident]) -> TableBlock:
    rows = [
        (
            Cell(each.text, note=each.command),
            _format_count(each.models, is_estimate=each.is_estimate),
            _format_count(each.pairs, is_estimate=each.is_estimate),
            each.since,
        )
        for each in incidents
    ]
    return table(caption, ["What happened", "#Models", "#Pairs", "#Since"], rows)


def _format_count(count: int, *, is_estimate: bool) -> str:
    return f"{'~' if is_estimate and count else ''}{format_number(count)}"
