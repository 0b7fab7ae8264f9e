"""GSO: optimisation of the speed of software by agents, one entry per model, scaffold and setting.

Page: JSON object with a list of runs under /models (2025-05 to 2026-04).
Units: percent of 102 tasks.
Traps:
- "Opt@1" and "Opt@10" are one and ten attempts; they are different metrics.
- `score_hack_control` is the share that remains without runs that cheat, printed since late 2025.
- Until 2025-08 the effort is a part of the name ("O4-Mini-high"), since then a key of its own.
"""

from collections.abc import Iterator

from llmpairs.spiders.benchmarks.names import split_dashed
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

KEYS = frozenset(
    {
        "name", "model_org", "scaffold", "setting", "score", "score_hack_control", "date", "reasoning_effort",
        "submission_org_logo", "submission_org_url", "submission_org_name",
    }
)  # fmt: skip


def parse_leaderboard(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for every run, and one without runs that cheat where it is printed."""
    yield from read_entries(page, read_list(page, "models"), _parse_run)


def _parse_run(entry: Entry) -> Iterator[Item | Finding]:
    key, setting = entry.required_text("name"), entry.required_text("setting")
    name, effort = split_dashed(key)
    for column, metric in (("score", setting), ("score_hack_control", f"{setting} hack control")):
        value = entry.amount(column)
        if value is None:
            continue
        yield ScoreClaim(
            model_key=key,
            model_name=name if name != key else None,
            locator=f"{entry.locator}/{column}",
            benchmark="GSO",
            metric=metric,
            value=value,
            unit="percent",
            harness=entry.text("scaffold"),
            effort=entry.text("reasoning_effort") or effort,
            evaluator_class="third_party",
            evaluated_on=entry.text("date"),
        )
    yield from entry.unknown_keys(KEYS)


PARSERS: Parsers = {"leaderboard": parse_leaderboard}
