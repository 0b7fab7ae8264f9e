"""Report overview: result of the run, live release, next command, problems, open decisions."""

import shlex
from collections.abc import Iterator

import pandas as pd

from llmpairs.render.document import Block, Bullets, Cell, Paragraph
from llmpairs.report.checks import list_blocking
from llmpairs.report.decisions import describe_pending
from llmpairs.report.formats import (
    code,
    format_day,
    format_duration,
    format_minute,
    format_number,
    format_plural,
    paragraph,
    table,
)
from llmpairs.report.gaps import compare_gaps
from llmpairs.report.quarantine import count_quarantined, describe_quarantine
from llmpairs.report.run_data import RunData
from llmpairs.report.sources import list_failed
from llmpairs.warehouse.review_cases import ReviewCase

MOST_NAMED = 4
MOST_CASES = 5


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


def build_overview(data: RunData) -> list[Block]:
    """The live release, problems, the next command and open decisions."""
    before, command, purpose = next_command(data)
    tone = "good" if data.run["state"] == "published" else "bad"
    problems = list(list_problems(data))
    pieces = [Cell("Do this first:", tone="strong"), Cell(before), code(command), Cell(purpose)]
    return [
        Paragraph([Cell(describe_live_release(data), tone="strong")], f"verdict {tone}"),
        *([Bullets([Cell(line) for line in problems])] if problems else []),
        Paragraph([cell for cell in pieces if cell.text], "first"),
        *build_open_cases(data),
    ]


def describe_live_release(data: RunData) -> str:
    """The live release, and its age at the as-of time of the run."""
    if data.current_run_id is None:
        return "Live release: none, no release was ever published."
    if data.current_run_id == data.run_id:
        return f"Live release: this one, {data.run_id}, of {format_minute(data.as_of)}."
    if data.current_as_of is None:
        return f"Live release: {data.current_run_id}."
    age = data.as_of - pd.to_datetime(data.current_as_of, utc=True)
    old = f"{format_duration(age)} old" if age.total_seconds() >= 0 else f"{format_duration(age)} newer than this run"
    return f"Live release: {data.current_run_id}, of {format_minute(data.current_as_of)}: {old}."


def next_command(data: RunData) -> tuple[str, str, str]:
    """The most urgent command: what to do before it, the command, and its purpose."""
    state, run_id = data.run["state"], data.run_id
    if state == "blocked":
        return next_when_blocked(run_id, list_blocking(data.quality_results))
    if state == "failed":
        purpose = "to see which sources answered; fix the error in the first line, then refresh."
        return "", "llmpairs sources", purpose
    held = [case for case in data.open_cases if case.kind != "disagreement"]
    if held:
        purpose = "to decide on held values, most pairs first."
        return "", f"llmpairs review list {shlex.quote(held[0].case_id)}", purpose
    if data.open_cases:
        return "", "llmpairs review list", "to settle disagreements of independent sources."
    if data.coverage_gaps is not None and len(data.coverage_gaps):
        return "", "llmpairs gaps", "to see what is missing, ranked by impact."
    return "", "llmpairs changes", "to see what changed in this run."


def next_when_blocked(run_id: str, blocking: pd.DataFrame) -> tuple[str, str, str]:
    """Review the failing rows; a broken check has none to review."""
    if "broken" in set(blocking["outcome"]):
        return "", "llmpairs sources", "to see the landed data: a check could not be run on it."
    names = [shlex.quote(f"{suite}: {check}") for suite, check in blocking[["suite", "check"]].to_numpy()]
    overrides = " ".join(f"--override {name}" for name in names)
    return (
        "review the rows under What blocks. Where they are wrong, fix their source and refresh; where they are "
        "correct:",
        f'llmpairs review override {run_id} {overrides} --reason "..."',
        "",
    )


def list_problems(data: RunData) -> Iterator[str]:
    """One line for each problem, broken rows first, and a note that the first release is a baseline."""
    if data.quarantine is not None and len(data.quarantine):
        yield describe_quarantine(data.quarantine)
    if data.is_first_run and data.current_run_id == data.run_id:
        yield "This is the first release: a baseline, with nothing to compare it with"
    blocking = list_blocking(data.quality_results)
    for suite, check, found in blocking[["suite", "check", "observed"]].astype("object").to_numpy()[:MOST_NAMED]:
        yield f"{suite}: {check}{f': {found}' if isinstance(found, str) else ''}"
    if len(blocking) > MOST_NAMED:
        yield f"and {format_plural(len(blocking) - MOST_NAMED, 'more critical check')}"
    yield from describe_pending(data.decisions)
    if data.sources is not None:
        failed = list_failed(data.sources)
        if len(failed):
            yield describe_failed(failed)
        expired = sorted(data.sources.loc[data.sources["expires_at"] <= data.as_of, "source_id"])
        if expired:
            count = format_plural(len(expired), "source")
            yield f"Values of {count} have expired and no longer count as prices: {list_some(expired)}"
    if data.coverage_gaps is not None and data.parent_gaps is not None:
        new = compare_gaps(data.coverage_gaps, data.parent_gaps)["new"]
        critical = new[new["severity"] == "critical"]
        if len(critical):
            yield f"{format_plural(len(critical), 'new critical gap')}, among {format_number(len(new))} new ones"


def describe_failed(failed: pd.DataFrame) -> str:
    """Failed sources, and whether their last known good values are carried forward."""
    states = failed["state"].astype("object")
    names = [f"{source} ({state})" for source, state in zip(failed["source_id"], states, strict=True)]
    carried = int((failed["carried_items"] > 0).sum())
    if not carried:
        values = "no earlier values are known"
    elif len(failed) == 1:
        values = "its last known good values are carried forward"
    else:
        count = "all" if carried == len(failed) else format_number(carried)
        values = f"last known good values are carried forward for {count} of them"
    return f"{format_plural(len(failed), 'source')} failed: {list_some(names)}; {values}"


def list_some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = [f"{format_number(len(names) - MOST_NAMED)} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def build_open_cases(data: RunData) -> list[Block]:
    """Open decisions on the live release, by incident, with the affected pairs."""
    held = [case for case in data.open_cases if case.kind != "disagreement"]
    unsettled = sum(len(case.cases) or 1 for case in data.open_cases if case.kind == "disagreement")
    causes = len(data.open_cases) - len(held)
    if not data.open_cases:
        return [paragraph("No decision is open.")] if data.current_run_id else []
    most = max(case.pairs for case in data.open_cases)
    counts = [format_plural(len(held), "incident")] if held else []
    grouped = f" in {format_plural(causes, 'group')}" if causes < unsettled else ""
    counts += [format_plural(unsettled, "disagreement") + grouped] if unsettled else []
    summary = f"{' and '.join(counts)} need a decision, each with up to {format_plural(most, 'pair')} at risk."
    shown = held[:MOST_CASES] or list(data.open_cases[:MOST_CASES])
    rows = [(code(case.case_id), describe_case(case), case.pairs, format_day(case.since)) for case in shown]
    heads = ["Decision", "Open question", "#pairs at risk", "#since"]
    return [paragraph(summary), table("Open decisions, most pairs first", heads, rows, prose=(1,))]


def describe_case(case: ReviewCase) -> str:
    """A case in one line: its subjects, the published value and the first candidates."""
    subjects = case.subjects[0] if len(case.subjects) == 1 else format_plural(len(case.subjects), "subject")
    if case.cases:
        return f"{format_plural(len(case.cases), 'disagreement')} about {case.field}: {case.rule}"
    candidates = ", ".join(case.candidates[:2]) + (" ..." if len(case.candidates) > 2 else "")
    held = " held back" if case.kind != "disagreement" else ""
    return f"{subjects}, {case.field}: {case.published or 'nothing'} is published; {candidates}{held} ({case.rule})"
