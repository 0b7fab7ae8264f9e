"""The report of an attempt as one document, which is written as HTML and as Markdown."""

from expectations.report.attempt import Attempt
from expectations.report.checks import list_blocking, tell_blocking, tell_figures, tell_warnings
from expectations.report.coverage import tell_coverage
from expectations.report.first import headline, tell_first
from expectations.report.gaps import tell_gap_changes, tell_gaps
from expectations.report.held import tell_disagreements, tell_holds, tell_identities
from expectations.report.layout import minute
from expectations.report.moves import tell_changes, tell_moves
from expectations.report.size import tell_size, tell_time
from expectations.report.sources import tell_sources
from warehouse.pages.blocks import Document, Section
from warehouse.pages.clean import show_harmful
from warehouse.pages.html import render_html as write_html
from warehouse.pages.markdown import render_markdown as write_markdown


def lay_out_report(attempt: Attempt) -> Document:
    """The whole report, for a person in the morning; the same attempt gives the same document."""
    blocks = "What blocks" if attempt.run["state"] == "blocked" else "Overridden checks"
    if (
        attempt.run["state"] == "published"
        and not attempt.overrides
        and len(list_blocking(attempt.quality_results))
    ):
        blocks = "Critical checks that failed"
    sections = [
        Section("first", "What to do first", tell_first(attempt)),
        Section("blocked", blocks, tell_blocking(attempt)),
        Section("held", "Held values", tell_holds(attempt)),
        Section("gap-changes", "New, changed and closed gaps", tell_gap_changes(attempt)),
        Section("gaps", "Coverage gaps", tell_gaps(attempt)),
        Section("coverage", "Coverage", tell_coverage(attempt)),
        Section("prices", "Price moves", tell_moves(attempt)),
        Section("sources", "Sources", tell_sources(attempt)),
        Section("disagreements", "Disagreements", tell_disagreements(attempt)),
        Section("identities", "Identities", tell_identities(attempt)),
        Section("warnings", "Checks", [*tell_warnings(attempt), *tell_figures(attempt.quality_results)]),
        Section("changes", "All changes", tell_changes(attempt)),
        Section("size", "Time and size", [*tell_time(attempt), *tell_size(attempt)]),
    ]
    night = f"the night of {minute(attempt.as_of)}"
    return Document(
        title=headline(attempt),
        subtitle=f"run {attempt.run_id}, {attempt.run['mode']}, {night}",
        about=f"Data quality report of {night}.",
        sections=[section for section in sections if section.blocks],
        captures={},
    )


def render_html(attempt: Attempt) -> str:
    """The report as one page that needs nothing else."""
    return show_harmful(write_html(lay_out_report(attempt), noindex=True))


def render_markdown(attempt: Attempt) -> str:
    """The report for a terminal or a chat."""
    return show_harmful(write_markdown(lay_out_report(attempt)))
