"""A model card's README.md: its YAML front matter, the text after it, and the sizes that the text states."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from llmpairs.spiders.crawling.causes import LayoutChangedError, TooLargeError
from llmpairs.spiders.json_entries import Entry
from llmpairs.spiders.page import Page
from llmpairs.spiders.yaml_text import read_yaml

FENCE = "---"
LONGEST_CARD = 1_000_000
"""Characters of a card that are read; sizes and licence are near its start."""
SCALES = {"million": 10**6, "m": 10**6, "billion": 10**9, "b": 10**9, "trillion": 10**12, "t": 10**12}
# No more digits than a size has, from their first on: a line may hold a megabyte of them.
COUNT = r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)[ -]?(million|billion|trillion|[MBT])\b"
FILL = r"[\s*|:]*"
# "(117B parameters with 5.1B active parameters)" (openai/gpt-oss-120b), "671B total parameters with 37B activated
# for each token" (deepseek-ai/DeepSeek-V3), "(230 billion total parameters with 10 billion active parameters)"
# (MiniMaxAI/MiniMax-M2), "Number of Parameters: 30.5B in total and 3.3B activated" (Qwen/Qwen3-30B-A3B).
BOTH_SIZES = (
    re.compile(rf"{COUNT}(?: total)? parameters,? (?:with|and) {COUNT} (?:active|activated)", re.IGNORECASE),
    re.compile(rf"parameters{FILL}{COUNT} in total and {COUNT} (?:active|activated)", re.IGNORECASE),
)
# "| **Total Parameters** | 1T |" and "| **Activated Parameters** | 32B |" (moonshotai/Kimi-K2-Instruct),
# "Number of Parameters: 32.8B" (Qwen/Qwen3-32B).
TOTAL_SIZE = re.compile(rf"(?:total|number of) parameters{FILL}{COUNT}(?! in total)", re.IGNORECASE)
ACTIVE_SIZE = re.compile(rf"(?:active|activated) parameters{FILL}{COUNT}", re.IGNORECASE)


class ParameterCounts(NamedTuple):
    """Weights in all and weights used for one token; None where the text states none, or several that differ."""

    total: int | None
    active: int | None


def read_front_matter(page: Page) -> Entry | None:
    """The mapping between the leading `---` lines, all its scalars as text; None if there is no such block.

    NotTextError for a body that is not text, LayoutChangedError for a block that is no YAML mapping or out of bounds.
    """
    block = _split(page)[0]
    if block is None:
        return None
    value = read_yaml(page, block, "front-matter")
    if value in (None, ""):
        return None
    if not isinstance(value, dict):
        raise LayoutChangedError(page.url, "front-matter", "a mapping")
    return Entry(value, "front-matter")


def read_body(page: Page) -> list[str]:
    """The lines after the front matter; all of them if there is none."""
    return _split(page)[1]


def read_sizes(lines: Iterable[str], name: str) -> ParameterCounts:
    """The sizes that the lines of a card state for the model of that name.

    A card may describe several models: where sizes differ, only the lines with the name count.
    """
    found = [(line, *_parse_line(line)) for line in lines]
    return ParameterCounts(
        _choose_size([(line, total) for line, total, _ in found if total is not None], name),
        _choose_size([(line, active) for line, _, active in found if active is not None], name),
    )


def _split(page: Page) -> tuple[str | None, list[str]]:
    """The front matter, if it is closed, and the lines after it; TooLargeError if it is not closed within bounds."""
    text = page.text()
    lines = text[:LONGEST_CARD].splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        return None, lines
    ends = (number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE)
    end = next(ends, None)
    if end is None and len(text) > LONGEST_CARD:
        raise TooLargeError(f"{page.url}: front matter of more than {LONGEST_CARD} characters")
    return (None, lines) if end is None else ("\n".join(lines[1:end]), lines[end + 1 :])


def _parse_line(line: str) -> ParameterCounts:
    for pattern in BOTH_SIZES:
        match = pattern.search(line)
        if match:
            return ParameterCounts(_parse_count(match[1], match[2]), _parse_count(match[3], match[4]))
    total, active = TOTAL_SIZE.search(line), ACTIVE_SIZE.search(line)
    return ParameterCounts(
        _parse_count(total[1], total[2]) if total else None, _parse_count(active[1], active[2]) if active else None
    )


def _parse_count(number: str, scale: str) -> int:
    return int(Decimal(number) * SCALES[scale.lower()])


def _choose_size(stated: list[tuple[str, int]], name: str) -> int | None:
    values = {value for _, value in stated}
    if len(values) > 1:
        values = {value for line, value in stated if name.lower() in line.lower()}
    return values.pop() if len(values) == 1 else None
