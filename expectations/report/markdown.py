"""The report of an attempt as Markdown: the verdict first, then what to do, then the night in figures."""

import pandas as pd

from expectations.report.attempt import Attempt
from expectations.report.checks import list_blocking, tell_blocking, tell_figures, tell_warnings
from expectations.report.counts import tell_changes, tell_counts, tell_identities, tell_sources, tell_timings
from expectations.report.coverage import tell_gaps, tell_holds
from expectations.report.layout import plural


def render_markdown(attempt: Attempt) -> str:
    """The whole report, for a person in the morning; the same attempt gives the same text."""
    results = attempt.quality_results
    lines = [
        *tell_verdict(attempt),
        *tell_next(attempt),
        *tell_blocking(results),
        *tell_warnings(results),
        *tell_sources(attempt.sources),
        *tell_holds(attempt.holds),
        *tell_gaps(attempt.coverage_gaps),
        *tell_changes(attempt.changes, attempt.is_first_night),
        *tell_counts(attempt.row_counts),
        *tell_identities(attempt.models, attempt.identities),
        *tell_figures(results),
        *tell_timings(attempt.run),
    ]
    return "\n".join(lines).rstrip() + "\n"


def tell_verdict(attempt: Attempt) -> list[str]:
    """How it ended, in the first line; then what readers get."""
    run = attempt.run
    night = f"{pd.to_datetime(run['as_of'], utc=True):%Y-%m-%d %H:%M} UTC"
    readers = (
        f"Readers get release {attempt.current_run_id}."
        if attempt.current_run_id
        else "Readers get nothing yet: there is no release."
    )
    head = f"# {headline(attempt)}"
    return [head, "", f"Run {attempt.run_id} ({run['mode']}), the night of {night}. {readers}", ""]


def headline(attempt: Attempt) -> str:
    """The verdict in one line."""
    run = attempt.run
    if run["state"] == "published":
        rows = [plural(run["models"], "model"), plural(run["offers"], "offer"), plural(run["pairs"], "pair")]
        overridden = len(list_blocking(attempt.quality_results))
        note = f"; {plural(overridden, 'critical check')} overridden" if overridden else ""
        return f"Published: {', '.join(rows)}{note}"
    if run["state"] == "blocked":
        blocking = list_blocking(attempt.quality_results)
        failed = int(blocking["rows_failed"].sum())
        return f"Blocked by {plural(len(blocking), 'critical check')}" + (
            f", {plural(failed, 'row')}" if failed else ""
        )
    error = run.get("error")
    cause = (
        error.strip().splitlines()[0] if isinstance(error, str) and error.strip() else "no cause was recorded"
    )
    return f"Failed: {cause}"


def tell_next(attempt: Attempt) -> list[str]:
    """The next command to type, and what it is for."""
    command, purpose = next_command(attempt)
    return [f"Next: `{command}` {purpose}", ""]


def next_command(attempt: Attempt) -> tuple[str, str]:
    """A command and its purpose, by what presses most."""
    state, run_id = attempt.run["state"], attempt.run_id
    if state == "blocked":
        blocking = list_blocking(attempt.quality_results)
        if "broken" in set(blocking["outcome"]):
            return "llmpairs sources", "to see what was landed: a check could not be made on it"
        named = [f'--override "{suite}: {check}"' for suite, check in blocking[["suite", "check"]].to_numpy()]
        return (
            f'llmpairs publish {run_id} {" ".join(named)} --reason "..."',
            "if the rows below are right after all; otherwise repair their source and refresh",
        )
    if state == "failed":
        return "llmpairs sources", "to see which sources answered; then `llmpairs refresh` again"
    if attempt.holds is not None and (attempt.holds["state"] == "held").any():
        return "llmpairs inbox", "to decide on the held values"
    if attempt.coverage_gaps is not None and len(attempt.coverage_gaps):
        return "llmpairs gaps", "to see what is missing, ranked by what it costs"
    return "llmpairs changes", "to see what the night brought"
