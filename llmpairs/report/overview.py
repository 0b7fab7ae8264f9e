"""First screen of the report: live release, largest loss, changes for readers, decisions, three things to do."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from llmpairs.render.document import Block, Bullets, Cell, Paragraph
from llmpairs.report.checks import list_blocking
from llmpairs.report.decisions import describe_decisions
from llmpairs.report.formats import MOST_NAMED, code, format_duration, format_minute, format_number, format_plural
from llmpairs.report.incidents import Incident, find_largest_loss, format_loss
from llmpairs.report.quarantine import count_quarantined
from llmpairs.report.reader_changes import describe_reader_changes
from llmpairs.report.run_data import RunData

MOST_ACTIONS = 3


@dataclass(frozen=True)
class Action:
    """A command to type, with what to do before it and its purpose."""

    command: str
    purpose: str
    before: str = ""


def format_headline(data: RunData) -> str:
    """The result of the run in one line."""
    run = data.run
    blocking = list_blocking(data.quality_results)
    if run["state"] == "published":
        rows = [
            format_plural(run["models"], "model"),
            format_plural(run["offers"], "offer"),
            format_plural(run["pairs"], "pair"),
        ]
        note = f"; {format_plural(len(blocking), 'critical check')} overridden" if len(blocking) else ""
        set_aside = count_quarantined(data.quarantine)
        note += f"; {format_plural(set_aside, 'row')} set aside" if set_aside else ""
        return f"Published: {', '.join(rows)}{note}"
    if run["state"] == "blocked":
        failed = int(blocking["rows_failed"].sum())
        failing = f", {format_plural(failed, 'row')}" if failed else ""
        return f"Blocked by {format_plural(len(blocking), 'critical check')}{failing}"
    error = run.get("error")
    lines = error.strip().splitlines() if isinstance(error, str) else []
    return f"Failed: {lines[0] if lines else 'no cause was recorded'}"


def build_overview(data: RunData, incidents: list[Incident]) -> list[Block]:
    """The live release, what the run lost, changed and decided, and what to do."""
    tone = "good" if data.run["state"] == "published" else "bad"
    lines = [
        *(Cell(f"{each.text}.") for each in incidents if each.kind in ("contract", "growth")),
        *map(Cell, list_blocking_checks(data)),
        Cell(describe_largest_loss(data, incidents), tone="strong"),
        *map(Cell, describe_reader_changes(data)),
        *map(Cell, describe_decisions(data)),
    ]
    actions = choose_actions(data, incidents)
    return [
        Paragraph([Cell(describe_live_release(data), tone="strong")], f"verdict {tone}"),
        Bullets(lines),
        *([Paragraph([Cell("What to do, in this order", tone="strong")])] if actions else []),
        *(
            [Bullets([code(each.command, f"{each.before} {each.purpose}".strip()) for each in actions])]
            if actions
            else []
        ),
    ]


def describe_live_release(data: RunData) -> str:
    """The live release, and its age at the as-of time of the run."""
    if data.current_run_id is None:
        return "Live release: none, no release was ever published."
    if data.current_run_id == data.run_id:
        return f"Live release: this one, as of {format_minute(data.as_of)}."
    if data.current_as_of is None:
        return f"Live release: {data.current_run_id}."
    age = data.as_of - pd.to_datetime(data.current_as_of, utc=True)
    old = f"{format_duration(age)} old" if age.total_seconds() >= 0 else f"{format_duration(age)} newer than this run"
    return f"Live release: {data.current_run_id}, as of {format_minute(data.current_as_of)}, {old}."


def describe_largest_loss(data: RunData, incidents: list[Incident]) -> str:
    """The incident that affects most pairs, in one sentence."""
    largest = find_largest_loss(incidents)
    if largest:
        return f"Largest loss: {largest.text}. Affects {format_loss(largest)}."
    reached = data.sources is not None or data.coverage_gaps is not None
    return "No loss: every requested source answered in full." if reached else "The run ended before it read a source."


def list_blocking_checks(data: RunData) -> Iterator[str]:
    """One line for each of the first critical checks that failed."""
    blocking = list_blocking(data.quality_results)
    for suite, check, found in blocking[["suite", "check", "observed"]].astype("object").to_numpy()[:MOST_NAMED]:
        yield f"{suite}: {check}{f': {found}' if isinstance(found, str) else ''}"
    if len(blocking) > MOST_NAMED:
        yield f"and {format_plural(len(blocking) - MOST_NAMED, 'more critical check')}"


def choose_actions(data: RunData, incidents: list[Incident]) -> list[Action]:
    """At most MOST_ACTIONS commands, the most urgent first: one for each kind of incident, then open questions."""
    first_of_kind = {each.kind: each for each in reversed(incidents)}
    largest = sorted(first_of_kind.values(), key=incidents.index)
    possible = [
        *_unblock(data),
        *(Action(each.command, each.purpose) for each in largest),
        *_settle(data),
        *_close_gaps(data),
        *([Action("llmpairs changes", "See what changed in this run.")] if data.changes is not None else []),
    ]
    return possible[:MOST_ACTIONS]


def _unblock(data: RunData) -> Iterator[Action]:
    """What ends a block or a failure."""
    if data.run["state"] == "failed":
        yield Action(
            "llmpairs sources", "See which sources answered.", "Fix the error in the first line, then refresh."
        )
    if data.run["state"] != "blocked":
        return
    blocking = list_blocking(data.quality_results)
    if "broken" in set(blocking["outcome"]):
        yield Action("llmpairs sources", "See the landed data: a check could not be run on it.")
        return
    names = [shlex.quote(f"{suite}: {check}") for suite, check in blocking[["suite", "check"]].to_numpy()]
    overrides = " ".join(f"--override {name}" for name in names)
    yield Action(
        f'llmpairs review override {data.run_id} {overrides} --reason "..."',
        "If they are correct, publish them.",
        "Read the rows under What blocks. If they are wrong, fix their source and refresh.",
    )


def _settle(data: RunData) -> Iterator[Action]:
    """The disagreement, or group of them, that affects most pairs."""
    groups = [case for case in data.open_cases if case.kind == "disagreement"]
    if groups:
        count = sum(len(case.cases) or 1 for case in groups)
        yield Action(
            f"llmpairs review list {shlex.quote(groups[0].case_id)}",
            f"Settle {format_number(len(groups[0].cases) or 1)} of {format_plural(count, 'disagreement')}.",
        )


def _close_gaps(data: RunData) -> Iterator[Action]:
    if data.coverage_gaps is not None and len(data.coverage_gaps):
        yield Action("llmpairs gaps", "See missing values, highest impact first.")
