"""Great Expectations' own page of a suite (its Data Docs), for whoever wants more than the report says.

The package's template fetches styles and scripts from the web and writes values as they are; ours does neither: what
it would fetch is taken out, values are escaped first, and the page forbids a browser everything but its own styles.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from llmpairs.warehouse.control_characters import show_harmful

FETCHED = re.compile(
    r"<script\b.*?</script>|<(?:link|img|meta http-equiv)\b[^>]*>|<footer\b.*?</footer>|url\([^)]*\)",
    re.DOTALL,
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
LISTED = (
    "partial_unexpected_list",
    "partial_unexpected_index_list",
    "partial_unexpected_counts",
    "observed_value",
)


def render_data_docs(name: str, answers: Sequence[Any]) -> str:
    """The page of a suite from the package's own results, one for each check."""
    shown = [_show(answer) for answer in answers]
    good = sum(bool(answer.success) for answer in shown)
    result = ExpectationSuiteValidationResult(
        success=good == len(shown),
        results=shown,
        suite_name=name,
        statistics={
            "evaluated_expectations": len(shown),
            "successful_expectations": good,
            "unsuccessful_expectations": len(shown) - good,
            "success_percent": 100 * good / len(shown) if shown else None,
        },
        meta={"batch_spec": {}, "batch_markers": {}},
    )
    view: Any = DefaultJinjaPageView()
    page = view.render(ValidationResultsPageRenderer().render(result))
    return show_harmful(FETCHED.sub("", page).replace("<head>", f"<head>{POLICY}{STYLE}", 1))


def _show(answer: Any) -> Any:
    """The result with its values escaped: the package's template does not."""
    for field in LISTED:
        if field in answer.result:
            answer.result[field] = _escaped(answer.result[field])
    return answer


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    if isinstance(value, dict):
        return {key: _escaped(one) for key, one in value.items()}
    return value
