"""Numbers, tables and lists as plain Markdown that reads well in a terminal too."""

from collections.abc import Iterable, Sequence
from typing import Any

NOT_REACHED = "The attempt did not get this far."
KEYS_SHOWN = 5


def number(value: Any) -> str:
    """A whole number with thousands apart."""
    return f"{int(value):,}"


def plural(count: Any, word: str) -> str:
    """A count with its word: "1 model", "2 models"."""
    return f"{number(count)} {word}" if int(count) == 1 else f"{number(count)} {word}s"


def cell(value: Any) -> str:
    """A value for a table: an empty cell for null, on one line, without bars of its own."""
    if value is None or value != value:
        return ""
    return " ".join(str(value).split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Rows as a Markdown table; columns whose head starts with '#' are set to the right, without the '#'."""
    marks = ["---:" if head.startswith("#") else "---" for head in heads]
    lines = [
        [head.removeprefix("#") for head in heads],
        marks,
        *([cell(value) for value in row] for row in rows),
    ]
    return [f"| {' | '.join(line)} |" for line in lines]


def keys(listed: Iterable[str], total: int) -> str:
    """The first keys, and how many more there are."""
    shown = list(listed)[:KEYS_SHOWN]
    more = f" and {number(total - len(shown))} more" if total > len(shown) else ""
    return ", ".join(f"`{key}`" for key in shown) + (more if shown else "")
