"""Runs of all transforms over landed lines, each built on the tables of the one before; no crawl, gate or pairs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

import pandas as pd
from pandas import DataFrame

from bench.false_data.landings import Lines, Week
from llmpairs.flows.nightly.stages import STATE_TABLES, load_source_metadata
from llmpairs.spiders.registry import SOURCES
from llmpairs.transforms.context import RunContext
from llmpairs.transforms.reference_data import ReferenceData, load_reference_data
from llmpairs.transforms.state import build_state
from llmpairs.warehouse.convert import empty_frame, from_arrow
from llmpairs.warehouse.decisions import frame_decisions
from llmpairs.warehouse.landing import read_landing
from llmpairs.warehouse.quarantine import screen_rows

Tables = Mapping[str, DataFrame]
MADE_HERE = [table for table in STATE_TABLES if not table.name.endswith("_scenario_costs")]


class RunRow(TypedDict):
    """What a source's row of the log table `sources` says here."""

    source_id: str
    state: str
    items: int
    captured_at: pd.Timestamp


@dataclass(frozen=True)
class Run:
    """One run: its day, the lines in use, and the state tables as a release stores them."""

    day: str
    lines: Lines
    tables: Tables


def replay_weeks(weeks: Iterable[Week], before: Run | None = None) -> Iterator[Run]:
    """Replay weeks one after another from the state of `before`; a source without a page keeps its last lines."""
    reference = load_reference_data()
    for week in weeks:
        lines = {**(before.lines if before else {}), **week.lines}
        before = Run(week.day, lines, transform(week.day, lines, before.tables if before else {}, reference))
        yield before


def transform(day: str, lines: Lines, previous: Tables, reference: ReferenceData) -> Tables:
    """State tables of one run."""
    as_of = pd.Timestamp(f"{day}T23:59:00Z")
    landed = read_landing({f"landing/x/{name}.jsonl.gz": found for name, found in lines.items()}, [])
    captured = pd.concat([landed.models, landed.offers]).groupby("source_id", observed=True)["captured_at"].max()
    context = RunContext(
        as_of=as_of.to_pydatetime(),
        previous={table.name: empty_frame(table) for table in STATE_TABLES} | dict(previous),
        decisions=frame_decisions([]),
        reference_data=reference,
        source_metadata=load_source_metadata(),
        source_health=describe_health(lines, captured),
    )
    state = build_state(landed, context)
    return {table.name: from_arrow(screen_rows(state[table.name], table).rows) for table in MADE_HERE}


def describe_health(lines: Lines, captured: pd.Series) -> DataFrame:
    """Rows of the log table `sources`: every source with lines is read well, no other is asked."""
    rows = [
        {
            "source_id": source.id,
            "title": source.title,
            "kind": source.kind,
            "lineage": source.lineage,
            "homepage": source.homepage,
            "terms": source.terms,
            "redistributable": source.redistributable,
            "verified": source.verified,
            "state": "ok" if source.id in lines else "not_archived",
            "cause": None,
            "items": len(lines.get(source.id, ())),
            "captured_at": captured.get(source.id, pd.NaT),
            "expires_at": captured.get(source.id, pd.NaT) + source.expires_after,
        }
        for source in SOURCES.values()
    ]
    return DataFrame(rows)
