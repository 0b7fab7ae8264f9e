"""Numbers of weights that a card's text declares."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

SCALES = {"million": 10**6, "m": 10**6, "billion": 10**9, "b": 10**9, "trillion": 10**12, "t": 10**12}
# No more digits than a size has, from their first on: a line may hold a megabyte of them.
_COUNT = r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)[ -]?(million|billion|trillion|[MBT])\b"
_FILL = r"[\s*|:]*"
# "(117B parameters with 5.1B active parameters)" (openai/gpt-oss-120b), "671B total parameters with 37B activated
# for each token" (deepseek-ai/DeepSeek-V3), "(230 billion total parameters with 10 billion active parameters)"
# (MiniMaxAI/MiniMax-M2), "Number of Parameters: 30.5B in total and 3.3B activated" (Qwen/Qwen3-30B-A3B).
_BOTH = (
    re.compile(
        rf"{_COUNT}(?: total)? parameters,? (?:with|and) {_COUNT} (?:active|activated)", re.IGNORECASE
    ),
    re.compile(rf"parameters{_FILL}{_COUNT} in total and {_COUNT} (?:active|activated)", re.IGNORECASE),
)
# "| **Total Parameters** | 1T |" and "| **Activated Parameters** | 32B |" (moonshotai/Kimi-K2-Instruct),
# "Number of Parameters: 32.8B" (Qwen/Qwen3-32B).
_TOTAL = re.compile(rf"(?:total|number of) parameters{_FILL}{_COUNT}(?! in total)", re.IGNORECASE)
_ACTIVE = re.compile(rf"(?:active|activated) parameters{_FILL}{_COUNT}", re.IGNORECASE)


class Sizes(NamedTuple):
    """Weights in all and weights used for one token; None where the text does not say, or says several things."""

    total: int | None
    active: int | None


def read_sizes(lines: Iterable[str], name: str) -> Sizes:
    """What the lines of a card declare about the model of that name.

    A card may speak of several models: where sizes differ, the lines that spell the name count.
    """
    found = [(line, *_read_line(line)) for line in lines]
    return Sizes(
        _agree([(line, total) for line, total, _ in found if total is not None], name),
        _agree([(line, active) for line, _, active in found if active is not None], name),
    )


def _read_line(line: str) -> Sizes:
    for pattern in _BOTH:
        match = pattern.search(line)
        if match:
            return Sizes(_count(match[1], match[2]), _count(match[3], match[4]))
    total, active = _TOTAL.search(line), _ACTIVE.search(line)
    return Sizes(
        _count(total[1], total[2]) if total else None, _count(active[1], active[2]) if active else None
    )


def _count(number: str, scale: str) -> int:
    return int(Decimal(number) * SCALES[scale.lower()])


def _agree(said: list[tuple[str, int]], name: str) -> int | None:
    values = {value for _, value in said}
    if len(values) > 1:
        values = {value for line, value in said if name.lower() in line.lower()}
    return values.pop() if len(values) == 1 else None
