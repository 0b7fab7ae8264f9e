"""The report of an attempt as one document, which is written as HTML and as Markdown."""

from llmpairs.render.document import Document, Section
from llmpairs.render.html import render_html as write_html
from llmpairs.render.markdown import render_markdown as write_markdown
from llmpairs.report.checks import list_blocking, tell_blocking, tell_figures, tell_warnings
from llmpairs.report.coverage import tell_coverage
from llmpairs.report.gaps import tell_gap_changes, tell_gaps
from llmpairs.report.holds import tell_disagreements, tell_holds, tell_identities
from llmpairs.report.layout import minute
from llmpairs.report.overview import headline, tell_first
from llmpairs.report.price_changes import tell_changes, tell_moves
from llmpairs.report.run_data import Attempt
from llmpairs.report.size import tell_size, tell_time
from llmpairs.report.sources import tell_sources
from llmpairs.warehouse.control_characters import show_harmful


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
