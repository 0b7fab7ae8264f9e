"""The data quality report of a run, published or not."""

from llmpairs.report.document import build_report, render_html, render_json, render_markdown
from llmpairs.report.run_data import RunData, RunFigures

__all__ = ["RunData", "RunFigures", "build_report", "render_html", "render_json", "render_markdown"]
