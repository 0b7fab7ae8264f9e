"""The data quality report of a run, published or not."""

from llmpairs.report.document import build_report, render_html, render_markdown
from llmpairs.report.run_data import RunData

__all__ = ["RunData", "build_report", "render_html", "render_markdown"]
