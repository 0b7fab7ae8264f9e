"""What the gate found: results of checks, and the verdict over them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import shorten
from typing import Any, Literal

import pandas as pd

from llmpairs.expectations.rules import SUBJECT, Rule, Suite

Outcome = Literal["passed", "failed", "broken"]
KEYS_SHOWN = 20
VALUE_WIDTH = 80


@dataclass(frozen=True, kw_only=True)
class Result:
    """One check's outcome: a row of `quality_results` without its run."""

    suite: str
    check: str
    severity: str
    outcome: Outcome
    rows_checked: int = 0
    rows_failed: int = 0
    observed: str | None = None
    failing_keys: tuple[str, ...] = ()
    why: str | None = None
    check_id: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stops the publication: a critical check that failed, or that could not be made."""
        return self.severity == "critical" and self.outcome != "passed"


def rows_of(results: Sequence[Result], run_id: str) -> list[dict[str, Any]]:
    """Results as rows of `quality_results`, sorted by their key."""
    rows = [{"run_id": run_id, **asdict(result)} for result in results]
    for row in rows:
        row["failing_keys"] = list(row["failing_keys"])
    return sorted(rows, key=lambda row: (row["suite"], row["check"]))


def verdict_of(results: Sequence[Result]) -> dict[str, Any]:
    """One answer for the flow: pass or blocked, with what blocks and counts by severity and outcome."""
    blocking = [result for result in results if result.blocks]
    counts = Counter(f"{result.severity}_{result.outcome}" for result in results)
    return {
        "verdict": "blocked" if blocking else "pass",
        "critical_failures": [
            {
                "suite": result.suite,
                "check": result.check,
                "outcome": result.outcome,
                "rows_failed": result.rows_failed,
                "observed": result.observed,
                "failing_keys": list(result.failing_keys),
            }
            for result in blocking
        ],
        "checks": len(results),
        "counts": dict(sorted(counts.items())),
    }


def failing_keys(suite: Suite, rule: Rule, rows: pd.DataFrame) -> tuple[str, ...]:
    """Keys of the first failing rows, or the keys that a summary row lists."""
    if rule.check.counted is not None:
        listed = [key for keys in rows[rule.check.counted.keys] for key in keys]
        return tuple(listed[:KEYS_SHOWN])
    joined = [" | ".join(map(str, key)) for key in zip(*(rows[name] for name in suite.key), strict=True)]
    return tuple(joined[:KEYS_SHOWN])


def describe(suite: Suite, rule: Rule, checked: int, failed: int, rows: pd.DataFrame) -> str | None:
    """The figure found, and what the first failing row holds; None when all rows pass."""
    check = rule.check
    if not failed:
        return None
    share = f"{failed:,} of {checked:,} ({failed / checked:.1%})" if checked else f"{failed:,} rows"
    if check.mostly is not None and rule.severity != "info":
        share += f", tolerated {100 * (1 - check.mostly):.3g}%"
    read = [*check.reads.get(SUBJECT, ()), *check.reads.get(suite.frame, ())]
    shown = [name for name in dict.fromkeys(read) if name not in suite.key]
    if rows.empty or not shown or check.counted is not None:
        return share
    first = rows.iloc[0]
    return f"{share}; first: " + ", ".join(f"{name} {_spell(first[name])}" for name in shown)


def _spell(value: Any) -> str:
    """A value in a few words: lists are cut, null is null, a midnight is a day."""
    if isinstance(value, list):
        return shorten(str(value), VALUE_WIDTH, placeholder=" ...")
    return (
        "null"
        if pd.isna(value)
        else shorten(str(value).removesuffix(" 00:00:00"), VALUE_WIDTH, placeholder=" ...")
    )
