"""The morning report of an attempt, published or not."""

from llmpairs.report.document import lay_out_report, render_html, render_markdown
from llmpairs.report.run_data import Attempt

__all__ = ["Attempt", "lay_out_report", "render_html", "render_markdown"]
