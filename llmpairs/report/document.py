"""The report of a run as one document, written as HTML, Markdown and JSON."""

import json
from dataclasses import asdict

from llmpairs.render.document import Block, Document, Section
from llmpairs.render.html import render_html as render_document_html
from llmpairs.render.markdown import render_markdown as render_document_markdown
from llmpairs.render.plain_data import describe_document
from llmpairs.report.checks import build_blocking, build_duration, build_size, build_statistics, build_warnings
from llmpairs.report.decisions import build_decisions
from llmpairs.report.formats import fold, format_minute
from llmpairs.report.gaps import build_gaps
from llmpairs.report.incidents import build_incidents, list_incidents
from llmpairs.report.open_questions import build_disagreements, build_identities
from llmpairs.report.overview import build_overview, choose_actions, format_headline
from llmpairs.report.quarantine import build_quarantine
from llmpairs.report.reader_changes import build_reader_changes
from llmpairs.report.run_data import RunData
from llmpairs.report.sources import build_sources
from llmpairs.report.trends import build_trends
from llmpairs.warehouse.control_characters import escape_harmful, show_harmful


def build_report(data: RunData) -> Document:
    """The whole report; the same input gives the same document. Sections without content are left out."""
    incidents = list_incidents(data)
    is_published = data.run["state"] == "published"
    blocked = "Overridden checks" if data.overrides else "Critical checks that failed"
    sections = [
        Section("blocked", "What blocks" if data.run["state"] == "blocked" else blocked, build_blocking(data)),
        Section("quarantine", "Rows that break their contract", build_quarantine(data)),
        Section("incidents", "Incidents", build_incidents(incidents)),
        Section(
            "changes", "Changes for readers" if is_published else "Unpublished changes", build_reader_changes(data)
        ),
        Section("decisions", "Decisions", build_decisions(data)),
        Section("gaps", "Missing values", build_gaps(data)),
        Section("disagreements", "Disagreements", build_disagreements(data)),
        Section("sources", "Sources", build_sources(data)),
        Section("trends", "Trends", build_trends(data)),
        Section("warnings", "Checks", build_warnings(data)),
        Section("statistics", "Statistics", fold("Identities, checks, time and size", _list_statistics(data))),
    ]
    as_of = f"as of {format_minute(data.as_of)}"
    return Document(
        title=format_headline(data),
        subtitle=f"run {data.run_id}, {data.run['mode']}, {as_of}",
        about=f"Data quality report {as_of}.",
        lead=build_overview(data, incidents),
        sections=[section for section in sections if section.blocks],
        captures={},
    )


def _list_statistics(data: RunData) -> list[Block]:
    checks = build_statistics(data.quality_results)
    return [*build_identities(data), *checks, *build_duration(data), *build_size(data)]


def render_html(data: RunData) -> str:
    """Render the report as one self-contained page."""
    return show_harmful(render_document_html(build_report(data), noindex=True))


def render_markdown(data: RunData) -> str:
    """Render the report for a terminal or a chat."""
    return show_harmful(render_document_markdown(build_report(data)))


def render_json(data: RunData) -> str:
    """Render the report for programs: run, incidents and actions by field, then every block of the page."""
    incidents = list_incidents(data)
    report = {
        "run_id": data.run_id,
        "state": data.run["state"],
        "as_of": data.as_of.isoformat(),
        "live_run_id": data.current_run_id,
        "incidents": [asdict(each) for each in incidents],
        "actions": [asdict(each) for each in choose_actions(data, incidents)],
        "trend": [each._asdict() for each in data.trend],
        **describe_document(build_report(data)),
    }
    return escape_harmful(json.dumps(report, indent=1, ensure_ascii=False)) + "\n"
