"""The morning report of an attempt, published or not."""

from expectations.report.attempt import Attempt
from expectations.report.document import lay_out_report, render_html, render_markdown

__all__ = ["Attempt", "lay_out_report", "render_html", "render_markdown"]
