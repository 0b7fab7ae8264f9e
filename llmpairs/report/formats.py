"""Formats of the report: numbers, times, tables, and typed rows of frames."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from numbers import Number
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from llmpairs.render.document import Block, Cell, Fold, Paragraph, TableBlock
from llmpairs.render.labels import format_date

MOST_NAMED = 4
MOST_SHOWN = 5
"""Rows of a table that are visible; the rest is folded or left to a command."""
MOST_VALUABLE = 10
MOST_ROWS = 20
KEYS_SHOWN = 5

Row = TypeVar("Row", bound=NamedTuple)


def format_number(value: Any) -> str:
    """A whole number with thousands separators."""
    return f"{int(value):,}"


def format_plural(count: Any, noun: str) -> str:
    """A count with its noun: "1 model", "2 models"."""
    return f"{format_number(count)} {noun if int(count) == 1 else noun + 's'}"


def format_share(part: float, whole: float) -> str:
    """A part of a whole in percent; empty without a whole."""
    return f"{part / whole:.1%}" if whole else ""


def format_day(time: Any) -> str:
    """The date of a time, UTC: 18 May 2026; empty for none."""
    stamp = pd.to_datetime(time, utc=True)
    return "" if stamp is pd.NaT else format_date(str(stamp.date()))


def format_minute(time: Any) -> str:
    """A time to the minute, UTC: 18 May 2026, 20:24 UTC."""
    return f"{format_day(time)}, {pd.to_datetime(time, utc=True):%H:%M} UTC"


def format_duration(length: timedelta) -> str:
    """A duration in its two largest units: 3 d 4 h, 5 h 20 min, 7 min."""
    minutes = int(abs(length).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 10 or (days and not hours):
        return f"{days:,} d"
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"


def paragraph(text: str, tone: str = "") -> Paragraph:
    """A paragraph of one piece."""
    return Paragraph([Cell(text)], tone)


def code(text: Any, note: str = "") -> Cell:
    """An id, a field or a command, as it is typed."""
    return Cell(one_line(text), tone="code", note=note)


def one_line(value: Any) -> str:
    """A value in one line; empty for null."""
    return "" if value is None or value != value else " ".join(str(value).split())


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], prose: Iterable[int] = ()) -> TableBlock:
    """Rows as a table; columns whose head starts with '#' are aligned right, without the '#'.

    A number gets thousands separators, a time is shown as its day.
    """
    return TableBlock(
        caption,
        [name.removeprefix("#") for name in head],
        [[_cell(value) for value in row] for row in rows],
        numeric=frozenset(at for at, name in enumerate(head) if name.startswith("#")),
        prose=frozenset(prose),
    )


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    if isinstance(value, datetime):
        return Cell(format_day(value))
    return Cell(format_number(value) if isinstance(value, Number) else one_line(value))


def read_rows(frame: pd.DataFrame, row_type: type[Row]) -> list[Row]:
    """Rows of a frame as `row_type`, whose fields are the columns to read; null is None."""
    plain = frame[list(row_type._fields)].astype("object")
    return [row_type._make(values) for values in plain.where(plain.notna(), None).to_numpy(dtype=object)]


def link_rest(shown: int, total: int, command: str) -> list[Block]:
    """The number of rows that are not shown, and the command that lists them; nothing when all are shown."""
    if total <= shown:
        return []
    return [Paragraph([Cell(f"{format_number(total - shown)} more:"), code(command)])]


def join_some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = [f"{format_number(len(names) - MOST_NAMED)} more"] if len(names) > MOST_NAMED else []
    return ", ".join([*names[:MOST_NAMED], *more])


def fold(summary: str, blocks: Sequence[Block]) -> list[Block]:
    """Blocks that are collapsed; nothing where there are none."""
    return [Fold(summary, blocks)] if blocks else []


def list_keys(listed: Iterable[str], total: int) -> str:
    """The first keys in lines, and how many more there are."""
    shown = list(listed)[:KEYS_SHOWN]
    more = [f"and {format_number(total - len(shown))} more"] if shown and total > len(shown) else []
    return "\n".join([*map(one_line, shown), *more])
