"""The shape of EvalPlus' results, which BigCodeBench has too: an object by model with shares of solved tasks."""

from collections.abc import Iterator, Mapping
from functools import partial

from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page

KEYS = frozenset({"link", "open-data", "pass@1", "prompted", "size", "moe", "act_param", "date", "prefill"})
NAME = "model"
"""Key under which an entry gets its name, which the page prints as the key of the object."""

Parts = Mapping[str, tuple[str, str]]
"""Benchmark and metric of each part of "pass@1", by its key."""


def read_pass_rates(page: Page, parts: Parts) -> Iterator[Item | Finding]:
    """A ScoreClaim for each part of "pass@1" of every model, in percent."""
    entries = (
        (pointer(name), {**value, NAME: name} if isinstance(value, dict) else value)
        for name, value in read_object(page).fields.items()
    )
    yield from read_entries(page, entries, partial(_parse_model, parts=parts))


def _parse_model(entry: Entry, parts: Parts) -> Iterator[Item | Finding]:
    rates = entry.section("pass@1")
    for key, (benchmark, metric) in parts.items():
        value = rates.amount(key)
        if value is not None:
            yield ScoreClaim(
                model_key=entry.required_text(NAME),
                locator=rates.locator + pointer(key),
                benchmark=benchmark,
                metric=metric,
                value=value,
                unit="percent",
                evaluator_class="third_party",
                evaluated_on=entry.text("date"),
            )
    yield from entry.unknown_keys(KEYS | {NAME})
    yield from rates.unknown_keys(frozenset(parts), "pass@1.")
