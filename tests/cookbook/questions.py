"""The questions of docs/COOKBOOK.md: their queries, their frames, and the printed answers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isclose
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl

ROOT = Path(__file__).resolve().parents[2]
COOKBOOK = ROOT / "docs" / "COOKBOOK.md"
SHOWN_ROWS = 8
_SECTION = re.compile(r"^## .+?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_QUERY = re.compile(r"<!-- (?P<name>\w+) (?P<run_id>\w+) -->\n```sql\n(?P<sql>.+?)```\n", re.DOTALL)
_FRAMES = re.compile(r"```python\n# (?P<library>pandas|Polars)\n(?P<code>.+?)```\n", re.DOTALL)
_ANSWER = re.compile(r"\n(?P<count>[\d,]+ rows?)[^\n]*:\n\n(?:\|[^\n]*\n)+")

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One section of the cookbook."""

    name: str
    run_id: str
    """The recorded run whose answer is printed."""
    sql: str
    frames: dict[str, str] = field(default_factory=dict)
    """Python code by library: reads the folder `release`, assigns the frame `answer`."""
    printed: str


def read_questions(text: str) -> list[Question]:
    """Every question of the cookbook's text, in order."""
    found = []
    for section in _SECTION.findall(text):
        query, answer = _QUERY.search(section), _ANSWER.search(section)
        assert query, f"no query in {section[:60]!r}"
        found.append(
            Question(
                name=query["name"],
                run_id=query["run_id"],
                sql=query["sql"],
                frames={each["library"]: each["code"] for each in _FRAMES.finditer(section)},
                printed=answer[0] if answer else "",
            )
        )
    return found


def put_answer(text: str, question: Question, answer: str) -> str:
    """The cookbook's text with that answer below the question's query."""
    if question.printed:
        return text.replace(question.printed, answer)
    return text.replace(f"{question.sql}```\n", f"{question.sql}```\n{answer}")


def render_answer(columns: Sequence[str], rows: Rows) -> str:
    """The first rows of an answer as a Markdown table, with how many there are."""
    more = f", the first {SHOWN_ROWS}" if len(rows) > SHOWN_ROWS else ""
    lines = [f"\n{len(rows):,} row{'s' if len(rows) != 1 else ''}{more}:\n"]
    lines += [line(columns), "|---" * len(columns) + "|"]
    lines += [line([format_value(value) for value in row]) for row in rows[:SHOWN_ROWS]]
    return "\n".join(lines) + "\n"


def line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def format_value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def run_frames(code: str, release: Path) -> Rows:
    """Rows of the frame that the code assigns to `answer`."""
    scope: dict[str, Any] = {"release": release}
    exec(compile(code, str(COOKBOOK), "exec"), scope)  # noqa: S102  (our own documentation)
    answer = scope["answer"]
    if isinstance(answer, pl.DataFrame):
        return answer.rows()
    assert isinstance(answer, pd.DataFrame)
    return fetch_rows(answer)


def fetch_rows(frame: pd.DataFrame) -> Rows:
    """Rows of a pandas frame as plain values, None for every missing one."""
    return [tuple(map(plain, row)) for row in frame.itertuples(index=False, name=None)]


def plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return list(value)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return value
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if pd.isna(value) else value


def find_differences(found: Rows, expected: Rows) -> list[str]:
    """Where two answers differ; figures may differ by what rounding leaves."""
    found_differences = [] if len(found) == len(expected) else [f"{len(found)} rows instead of {len(expected)}"]
    for number, (row, other) in enumerate(zip(found, expected, strict=False)):
        same = [
            isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if isinstance(a, float) and isinstance(b, int | float) else a == b
            for a, b in zip(row, other, strict=True)
        ]
        if not all(same):
            found_differences.append(f"row {number}: {row} instead of {other}")
    return found_differences[:5]
