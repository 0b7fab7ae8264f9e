"""Hours of the day (UTC) in which a price applies, as text: "10:00-01:00", "mon-fri 01:00-04:00"."""

from collections.abc import Iterable

MINUTES_A_DAY = 24 * 60
NOT_STATED = "not stated"
"""In place of hours where a price applies at some hours and the source does not name them."""

Window = tuple[int, int]
"""Start and end in minutes after midnight; an end before the start lies on the next day."""


def format_hours(windows: Iterable[Window], days: str = "") -> tuple[str, ...]:
    """The windows as text, sorted."""
    texts = (f"{_format_time(start)}-{_format_time(end)}" for start, end in windows)
    return tuple(sorted(f"{days} {text}".strip() for text in texts))


def find_other_hours(windows: Iterable[Window]) -> list[Window]:
    """The rest of the day; windows over midnight are cut there."""
    parts = [part for start, end in windows for part in _cut_at_midnight(start, end)]
    found, free_from = [], 0
    for start, end in sorted(parts):
        if start > free_from:
            found.append((free_from, start))
        free_from = max(free_from, end)
    return [*found, *([(free_from, MINUTES_A_DAY)] if free_from < MINUTES_A_DAY else [])]


def _cut_at_midnight(start: int, end: int) -> list[Window]:
    return [(start, end)] if start < end else [(start, MINUTES_A_DAY), (0, end)]


def _format_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
