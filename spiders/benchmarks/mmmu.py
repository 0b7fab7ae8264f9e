"""MMMU and MMMU-Pro: questions about pictures from university courses, one entry per model.

Page: JSON list under /leaderboardData (2024-09 to 2026-07).
Units: percent, as texts; "-" is no result.
Traps:
- Answers of people and of chance are entries too (`type` human_expert, random_frequent); they are no models.
- `source` "author" marks results that the developer of the model sent in.
- The validation and the test set are different sets of questions; subjects are parts of the overall result.
- `date` is the day of the entry.
"""

from collections.abc import Iterator

from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers

SCORES = {
    ("validation", "overall"): ("MMMU", "validation"),
    ("test", "overall"): ("MMMU", "test"),
    ("pro", "overall"): ("MMMU-Pro", "overall"),
    ("pro", "vision"): ("MMMU-Pro", "vision"),
    ("pro", "original"): ("MMMU-Pro", "standard"),
    ("pro", "standard"): ("MMMU-Pro", "standard"),
}
"""Benchmark and metric by set and key; "standard" is the name of ten options since 2026."""
NO_MODELS = frozenset({"human_expert", "random_frequent"})
KEYS = frozenset({"info", "validation", "test", "pro"})


def parse_leaderboard(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for each overall result of every model."""
    yield from read_entries(page, read_list(page, "leaderboardData"), _parse_entry)


def _parse_entry(entry: Entry) -> Iterator[Item | Finding]:
    info = entry.section("info")
    if info.text("type") in NO_MODELS:
        return
    for (part, key), (benchmark, metric) in SCORES.items():
        scores = entry.section(part)
        value = scores.amount(key) if scores.fields.get(key) not in ("-", "") else None
        if value is not None:
            yield ScoreClaim(
                model_key=info.required_text("name"),
                locator=f"{scores.locator}/{key}",
                benchmark=benchmark,
                metric=metric,
                value=value,
                unit="percent",
                evaluator_class="lab_claimed" if scores.text("source") == "author" else "third_party",
                evaluated_on=info.text("date"),
            )
    yield from entry.unknown_keys(KEYS)


PARSERS: Parsers = {"leaderboard": parse_leaderboard}
