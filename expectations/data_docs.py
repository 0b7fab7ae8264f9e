"""Great Expectations' own page of a suite (its Data Docs), with more detail than the report.

The package's template loads styles and scripts from the web and writes values unescaped. Here external resources are
removed, values are escaped first, and a content security policy allows inline styles only.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from llmpairs.warehouse.control_characters import show_harmful

EXTERNAL_RESOURCES = re.compile(
    r"<script\b.*?</script>|<(?:link|img|meta http-equiv)\b[^>]*>|<footer\b.*?</footer>|url\([^)]*\)", re.DOTALL
)
POLICY = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'\">"
)
STYLE = """<style>body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem; } table { border-collapse: collapse; }
td, th { border-bottom: 1px solid #ccc; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; }
nav, .card, a[data-toggle] { display: none; }
.fa-check-circle::before { content: "passed"; } .fa-times::before { content: "FAILED"; font-weight: bold; }
.fa-exclamation-triangle::before { content: "BROKEN"; font-weight: bold; }</style>"""
VALUE_FIELDS = (
    "partial_unexpected_list",
    "partial_unexpected_index_list",
    "partial_unexpected_counts",
    "observed_value",
)


def render_data_docs(name: str, reports: Sequence[Any]) -> str:
    """Render the page of a suite from the package's reports, one for each check."""
    shown = [_escape_report(report) for report in reports]
    passed = sum(bool(report.success) for report in shown)
    result = ExpectationSuiteValidationResult(
        success=passed == len(shown),
        results=shown,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(shown),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(shown) - passed,
            "success_percent": 100 * passed / len(shown) if shown else None,
        },
        meta={"batch_spec": {}, "batch_markers": {}},
    )
    view: Any = DefaultJinjaPageView()
    page = view.render(ValidationResultsPageRenderer().render(result))
    return show_harmful(EXTERNAL_RESOURCES.sub("", page).replace("<head>", f"<head>{POLICY}{STYLE}", 1))


def _escape_report(report: Any) -> Any:
    """The report with its values escaped: the package's template does not escape."""
    for field in VALUE_FIELDS:
        if field in report.result:
            report.result[field] = _escape_value(report.result[field])
    return report


def _escape_value(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list):
        return [_escape_value(item) for item in value]
    if isinstance(value, dict):
        return {key: _escape_value(item) for key, item in value.items()}
    return value
