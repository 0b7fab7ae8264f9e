"""The morning report of an attempt, published or not."""

from expectations.report.attempt import Attempt
from expectations.report.markdown import render_markdown

__all__ = ["Attempt", "render_markdown"]
