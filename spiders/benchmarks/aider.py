"""Aider polyglot leaderboard: coding exercises solved through the aider program.

Page: YAML list of runs, the leaderboard's data file.
Units: rates in percent of the exercises; cost of the whole run in USD, tokens of the whole run, seconds a case.
Traps:
- Names hold a setting in parentheses: an effort, a thinking budget or a mode. Other parentheses are dates
  ("DeepSeek R1 (0528)", "chatgpt-4o-latest (2025-03-29)") or distinguish two versions ("DeepSeek V3 (prev)")
  (2025-10-04).
- "Qwen3 235B A22B diff, no think, Alibaba API" has edit format, mode and host after the name.
- The edit format is aider's own choice for a model; it is kept with the version of the program.
"""

import re
from collections.abc import Iterator

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.yaml_text import read_yaml

METRICS = {
    "pass_rate_1": "percent",
    "pass_rate_2": "percent",
    "percent_cases_well_formed": "percent",
    "total_cost": "usd",
    "prompt_tokens": "tokens",
    "completion_tokens": "tokens",
    "seconds_per_case": "seconds",
}
"""Unit of each metric; the last four are what the run cost."""
RUN_KEYS = frozenset(
    {
        *METRICS, "dirname", "test_cases", "model", "edit_format", "commit_hash", "pass_num_1", "pass_num_2",
        "error_outputs", "num_malformed_responses", "num_with_malformed_responses", "user_asks", "lazy_comments",
        "syntax_errors", "indentation_errors", "exhausted_context_windows", "test_timeouts", "total_tests",
        "command", "date", "versions", "seconds_per_case", "total_cost", "prompt_tokens", "completion_tokens",
        "reasoning_effort", "thinking_tokens", "editor_model", "editor_edit_format",
    }
)  # fmt: skip
SETTING_IN_PARENTHESES = re.compile(
    r"(?P<name>.+) \((?P<setting>minimal|low|medium|high|xhigh|default(?: think)?|no think(?:ing)?"
    r"|\d+k think(?:ing)?(?: tokens)?|Reasoner|Chat)\)"
)
SETTING_AFTER_COMMA = re.compile(r"(?P<name>.+?) (?:diff|whole|architect), (?P<setting>no think)(?:, .+)?")


def parse_leaderboard(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for each metric of every run."""
    text = page.text()
    if text.lstrip().startswith("<"):
        raise NotTextError(f"{page.url}: HTML where YAML was expected: {text.lstrip()[:60]!r}")
    runs = read_yaml(page, text, "#")
    if not isinstance(runs, list) or not runs:
        raise LayoutChangedError(page.url, "#", "a list of runs")
    yield from read_entries(page, [(f"/{number}", run) for number, run in enumerate(runs)], _parse_run)


def _parse_run(run: Entry) -> Iterator[Item | Finding]:
    key = run.required_text("model")
    match = SETTING_IN_PARENTHESES.fullmatch(key) or SETTING_AFTER_COMMA.fullmatch(key)
    harness = ", ".join(filter(None, [f"aider {run.text('versions') or ''}".strip(), run.text("edit_format")]))
    for metric, unit in METRICS.items():
        value = run.amount(metric)
        # A cost of 0 stands for a price that aider did not know.
        if value is not None and not (unit == "usd" and not float(value)):
            yield ScoreClaim(
                model_key=key,
                model_name=match["name"] if match else None,
                locator=f"{run.locator}/{metric}",
                benchmark="Aider polyglot",
                metric=metric,
                value=value,
                unit=unit,
                harness=harness,
                effort=match["setting"] if match else run.text("reasoning_effort"),
                evaluator_class="third_party",
                evaluated_on=run.text("date"),
            )
    yield from run.unknown_keys(RUN_KEYS)


PARSERS: Parsers = {"leaderboard": parse_leaderboard}
