"""Numbers, moments and tables as every section of the report writes them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from llmpairs.render.document import Block, Cell, Para, Table

NOT_REACHED = "The attempt did not get this far."
MOST_VALUABLE = 10
MOST_ROWS = 20
KEYS_SHOWN = 5


def number(value: Any) -> str:
    """A whole number with thousands apart."""
    return f"{int(value):,}"


def plural(count: Any, word: str, words: str | None = None) -> str:
    """A count with its word: "1 model", "2 models"."""
    return f"{number(count)} {word if int(count) == 1 else words or word + 's'}"


def share(part: float, whole: float) -> str:
    """A part of a whole in percent; nothing where there is no whole."""
    return f"{part / whole:.1%}" if whole else ""


def day(moment: Any) -> str:
    """The day of a moment; empty for none."""
    stamp = pd.to_datetime(moment, utc=True)
    return "" if stamp is pd.NaT else str(stamp.date())


def minute(moment: Any) -> str:
    """A moment to the minute, UTC."""
    return f"{pd.to_datetime(moment, utc=True):%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """A length of time in its two largest words: 3 d 4 h, 5 h 20 min, 7 min."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 10 or (days and not hours):
        return f"{days:,} d"
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"


def say(text: str, tone: str = "") -> Para:
    """A paragraph of one piece."""
    return Para([Cell(text)], tone)


def code(text: Any, note: str = "") -> Cell:
    """An id, a field or a command, as it is typed."""
    return Cell(spell(text), tone="code", note=note)


def spell(value: Any) -> str:
    """A value in one line; nothing for null."""
    return "" if value is None or value != value else " ".join(str(value).split())


def grid(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], prose: Iterable[int] = ()
) -> Table:
    """Rows as a table; columns whose head starts with '#' are set to the right, without the '#'."""
    return Table(
        caption,
        [name.removeprefix("#") for name in head],
        [[value if isinstance(value, Cell) else Cell(spell(value)) for value in row] for row in rows],
        numeric=frozenset(at for at, name in enumerate(head) if name.startswith("#")),
        prose=frozenset(prose),
    )


def rows_of(frame: pd.DataFrame, columns: Sequence[str]) -> list[list[Any]]:
    """Plain values of some columns, row by row; null is None."""
    plain = frame[list(columns)].astype("object")
    return list(map(list, plain.where(plain.notna(), None).to_numpy(dtype=object)))


def more_than(shown: int, total: int, command: str) -> list[Block]:
    """How to see the rest, where there is one."""
    if total <= shown:
        return []
    return [Para([Cell(f"{number(total - shown)} more:"), code(command)])]


def list_keys(listed: Iterable[str], total: int) -> str:
    """The first keys in lines, and how many more there are."""
    shown = list(listed)[:KEYS_SHOWN]
    more = [f"and {number(total - len(shown))} more"] if shown and total > len(shown) else []
    return "\n".join([*map(spell, shown), *more])
