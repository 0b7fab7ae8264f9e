"""The first screen: how it ended, what readers have, what to do first, what waits."""

import shlex
from collections.abc import Iterator

import pandas as pd

from llmpairs.render.document import Block, Bullets, Cell, Para
from llmpairs.report.checks import list_blocking
from llmpairs.report.gaps import compare_gaps
from llmpairs.report.layout import code, day, grid, minute, number, plural, say, span
from llmpairs.report.run_data import Attempt
from llmpairs.report.sources import list_failed
from llmpairs.warehouse.inbox import Case

MOST_NAMED = 4
MOST_CASES = 5


def headline(attempt: Attempt) -> str:
    """The verdict in one line."""
    run = attempt.run
    blocking = list_blocking(attempt.quality_results)
    if run["state"] == "published":
        rows = [plural(run["models"], "model"), plural(run["offers"], "offer"), plural(run["pairs"], "pair")]
        note = f"; {plural(len(blocking), 'critical check')} overridden" if len(blocking) else ""
        return f"Published: {', '.join(rows)}{note}"
    if run["state"] == "blocked":
        failed = int(blocking["rows_failed"].sum())
        rows_said = f", {plural(failed, 'row')}" if failed else ""
        return f"Blocked by {plural(len(blocking), 'critical check')}{rows_said}"
    error = run.get("error")
    lines = error.strip().splitlines() if isinstance(error, str) else []
    return f"Failed: {lines[0] if lines else 'no cause was recorded'}"


def tell_first(attempt: Attempt) -> list[Block]:
    """What a person needs to know and do before anything else."""
    before, command, purpose = next_command(attempt)
    tone = "good" if attempt.run["state"] == "published" else "bad"
    amiss = list(list_amiss(attempt))
    todo = [Cell("Do this first:", tone="strong"), Cell(before), code(command), Cell(purpose)]
    return [
        Para([Cell(tell_readers(attempt), tone="strong")], f"verdict {tone}"),
        *([Bullets([Cell(line) for line in amiss])] if amiss else []),
        Para([cell for cell in todo if cell.text], "first"),
        *tell_waiting(attempt),
    ]


def tell_readers(attempt: Attempt) -> str:
    """Which release readers get, and how old it is at the attempt's instant."""
    if attempt.current_run_id is None:
        return "Readers have nothing yet: no release was ever published."
    if attempt.current_run_id == attempt.run_id:
        return f"Readers have this release, {attempt.run_id}, of {minute(attempt.as_of)}."
    if attempt.current_as_of is None:
        return f"Readers have release {attempt.current_run_id}."
    age = attempt.as_of - pd.to_datetime(attempt.current_as_of, utc=True)
    old = f"{span(age)} old" if age.total_seconds() >= 0 else f"{span(age)} newer than this attempt"
    return f"Readers have release {attempt.current_run_id}, of {minute(attempt.current_as_of)}: {old}."


def next_command(attempt: Attempt) -> tuple[str, str, str]:
    """The command that presses most, what comes before it, and its purpose."""
    state, run_id = attempt.run["state"], attempt.run_id
    if state == "blocked":
        return next_when_blocked(run_id, list_blocking(attempt.quality_results))
    if state == "failed":
        again = "to see which sources answered; mend what the first line says, then refresh."
        return "", "llmpairs sources", again
    held = [case for case in attempt.waiting if case.kind != "disagreement"]
    if held:
        told = "to decide on what was held back, the most pairs first."
        return "", f"llmpairs inbox {shlex.quote(held[0].case_id)}", told
    if attempt.waiting:
        return "", "llmpairs inbox", "to settle what independent sources disagree on."
    if attempt.coverage_gaps is not None and len(attempt.coverage_gaps):
        return "", "llmpairs gaps", "to see what is missing, ranked by what it costs."
    return "", "llmpairs changes", "to see what the night brought."


def next_when_blocked(run_id: str, blocking: pd.DataFrame) -> tuple[str, str, str]:
    """Judge the rows; a check that could not be made leaves nothing to judge."""
    if "broken" in set(blocking["outcome"]):
        return "", "llmpairs sources", "to see what was landed: a check could not be made on it."
    names = [shlex.quote(f"{suite}: {check}") for suite, check in blocking[["suite", "check"]].to_numpy()]
    named = " ".join(f"--override {name}" for name in names)
    return (
        "look at the rows under What blocks. Where they are wrong, mend their source and refresh; where they are "
        "right after all:",
        f'llmpairs publish {run_id} {named} --reason "..."',
        "",
    )


def list_amiss(attempt: Attempt) -> Iterator[str]:
    """What went wrong, in a line each, and that a first night is a baseline."""
    if attempt.is_first_night and attempt.current_run_id == attempt.run_id:
        yield "This is the first release: a baseline, with nothing to compare it with"
    blocking = list_blocking(attempt.quality_results)
    for suite, check, found in (
        blocking[["suite", "check", "observed"]].astype("object").to_numpy()[:MOST_NAMED]
    ):
        yield f"{suite}: {check}{f': {found}' if isinstance(found, str) else ''}"
    if len(blocking) > MOST_NAMED:
        yield f"and {plural(len(blocking) - MOST_NAMED, 'more critical check')}"
    if attempt.sources is not None:
        failed = list_failed(attempt.sources)
        if len(failed):
            yield tell_failed(failed)
        yield from tell_expired(attempt.sources, attempt.as_of)
    if attempt.coverage_gaps is not None and attempt.parent_gaps is not None:
        new = compare_gaps(attempt.coverage_gaps, attempt.parent_gaps)["new"]
        critical = new[new["severity"] == "critical"]
        if len(critical):
            yield f"{plural(len(critical), 'new critical gap')}, among {number(len(new))} new ones"


def tell_failed(failed: pd.DataFrame) -> str:
    """Sources that failed, and whether earlier values stand in for them."""
    states = failed["state"].astype("object")
    names = [f"{source} ({state})" for source, state in zip(failed["source_id"], states, strict=True)]
    kept = int((failed["carried_items"] > 0).sum())
    told = "there are no earlier values to stand in"
    if kept:
        told = f"last good values stand in for {'all' if kept == len(failed) else number(kept)} of them"
        told = "its last good values stand in" if len(failed) == 1 else told
    return f"{plural(len(failed), 'source')} failed: {list_some(names)}; {told}"


def tell_expired(sources: pd.DataFrame, as_of: pd.Timestamp) -> Iterator[str]:
    """Sources whose values in use are so old that they stand for no price any more."""
    expired = sorted(sources.loc[sources["expires_at"] <= as_of, "source_id"])
    if expired:
        told = f"What is in use of {plural(len(expired), 'source')} has expired, and counts for no price"
        yield f"{told}: {list_some(expired)}"


def list_some(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = [f"{number(len(names) - MOST_NAMED)} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def tell_waiting(attempt: Attempt) -> list[Block]:
    """Decisions that wait on what readers have, by incident, and the pairs at risk."""
    held = [case for case in attempt.waiting if case.kind != "disagreement"]
    settle = len(attempt.waiting) - len(held)
    if not attempt.waiting:
        return [say("No decision waits.")] if attempt.current_run_id else []
    most = max(case.pairs for case in attempt.waiting)
    words = [plural(len(held), "incident")] if held else []
    words += [plural(settle, "disagreement")] if settle else []
    said = f"{' and '.join(words)} wait for a decision, each with up to {plural(most, 'pair')} at risk."
    shown = held[:MOST_CASES] or list(attempt.waiting[:MOST_CASES])
    rows = [(code(case.case_id), what_waits(case), number(case.pairs), day(case.since)) for case in shown]
    heads = ["Decision", "What waits", "#pairs at risk", "#since"]
    return [say(said), grid("Decisions that wait, most pairs first", heads, rows, prose=(1,))]


def what_waits(case: Case) -> str:
    """A case in a line: the subjects, the published value and the first that stands against it."""
    subjects = case.subjects[0] if len(case.subjects) == 1 else plural(len(case.subjects), "subject")
    against = ", ".join(case.candidates[:2]) + (" ..." if len(case.candidates) > 2 else "")
    held = " held back" if case.kind != "disagreement" else ""
    return (
        f"{subjects}, {case.field}: {case.published or 'nothing'} is published; {against}{held} ({case.rule})"
    )
