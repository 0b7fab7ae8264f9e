"""The report of a run as one document, written as HTML and as Markdown."""

from llmpairs.render.document import Document, Section
from llmpairs.render.html import render_html as render_document_html
from llmpairs.render.markdown import render_markdown as render_document_markdown
from llmpairs.report.checks import (
    build_blocking,
    build_duration,
    build_size,
    build_statistics,
    build_warnings,
    list_blocking,
)
from llmpairs.report.coverage import build_coverage
from llmpairs.report.decisions import build_decisions
from llmpairs.report.formats import format_minute
from llmpairs.report.gaps import build_gap_changes, build_gaps
from llmpairs.report.holds import build_disagreements, build_holds, build_identities
from llmpairs.report.overview import build_overview, format_headline
from llmpairs.report.price_changes import build_changes, build_price_changes
from llmpairs.report.quarantine import build_quarantine
from llmpairs.report.run_data import RunData
from llmpairs.report.sources import build_sources
from llmpairs.warehouse.control_characters import show_harmful


def build_report(data: RunData) -> Document:
    """The whole report; the same input gives the same document."""
    blocked = "What blocks" if data.run["state"] == "blocked" else "Overridden checks"
    if data.run["state"] == "published" and not data.overrides and len(list_blocking(data.quality_results)):
        blocked = "Critical checks that failed"
    sections = [
        Section("first", "What to do first", build_overview(data)),
        Section("quarantine", "Rows that break their contract", build_quarantine(data)),
        Section("blocked", blocked, build_blocking(data)),
        Section("held", "Held values", build_holds(data)),
        Section("decisions", "Decisions", build_decisions(data)),
        Section("gap-changes", "New, changed and closed gaps", build_gap_changes(data)),
        Section("gaps", "Coverage gaps", build_gaps(data)),
        Section("coverage", "Coverage", build_coverage(data)),
        Section("prices", "Price changes", build_price_changes(data)),
        Section("sources", "Sources", build_sources(data)),
        Section("disagreements", "Disagreements", build_disagreements(data)),
        Section("identities", "Identities", build_identities(data)),
        Section("warnings", "Checks", [*build_warnings(data), *build_statistics(data.quality_results)]),
        Section("changes", "All changes", build_changes(data)),
        Section("size", "Time and size", [*build_duration(data), *build_size(data)]),
    ]
    as_of = f"as of {format_minute(data.as_of)}"
    return Document(
        title=format_headline(data),
        subtitle=f"run {data.run_id}, {data.run['mode']}, {as_of}",
        about=f"Data quality report {as_of}.",
        sections=[section for section in sections if section.blocks],
        captures={},
    )


def render_html(data: RunData) -> str:
    """Render the report as one self-contained page."""
    return show_harmful(render_document_html(build_report(data), noindex=True))


def render_markdown(data: RunData) -> str:
    """Render the report for a terminal or a chat."""
    return show_harmful(render_document_markdown(build_report(data)))
