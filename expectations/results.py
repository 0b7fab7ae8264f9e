"""Results of checks, the verdict over them, and how a failure is described."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from textwrap import shorten
from typing import Any, Literal, TypedDict

import pandas as pd

from llmpairs.expectations.rules import KEYS_SHOWN, SUBJECT, Rule, Suite

CheckOutcome = Literal["passed", "failed", "broken"]
VALUE_WIDTH = 80


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The result of one check: a row of `quality_results` without its run."""

    suite: str
    check: str
    severity: str
    outcome: CheckOutcome
    rows_checked: int = 0
    rows_failed: int = 0
    observed: str | None = None
    failing_keys: tuple[str, ...] = ()
    why: str | None = None
    check_id: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it blocks the publication: a critical check that failed or raised."""
        return self.severity == "critical" and self.outcome != "passed"


class BlockingCheck(TypedDict):
    """A check that blocks the publication."""

    suite: str
    check: str
    outcome: CheckOutcome
    rows_failed: int
    observed: str | None
    failing_keys: list[str]


class GateVerdict(TypedDict):
    """What the gate answers to a job."""

    verdict: Literal["pass", "blocked"]
    critical_failures: list[BlockingCheck]
    checks: int
    counts: dict[str, int]
    """Number of checks by severity and outcome, such as `critical_passed`."""
    seconds: float


def result_rows(results: Sequence[CheckResult], run_id: str) -> list[dict[str, object]]:
    """Results as rows of `quality_results`, sorted by their key."""
    ordered = sorted(results, key=lambda result: (result.suite, result.check))
    return [{"run_id": run_id, **asdict(result), "failing_keys": list(result.failing_keys)} for result in ordered]


def build_verdict(results: Sequence[CheckResult], seconds: float = 0.0) -> GateVerdict:
    """Pass or blocked, with the blocking checks and counts by severity and outcome."""
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
        "seconds": seconds,
    }


def failing_keys(suite: Suite, rule: Rule, rows: pd.DataFrame) -> tuple[str, ...]:
    """Keys of the first failing rows, or the keys that a summary row lists."""
    if rule.check.summary is not None:
        listed = [key for keys in rows[rule.check.summary.keys] for key in keys]
        return tuple(listed[:KEYS_SHOWN])
    joined = [" | ".join(map(str, key)) for key in zip(*(rows[name] for name in suite.key), strict=True)]
    return tuple(joined[:KEYS_SHOWN])


def describe_failure(suite: Suite, rule: Rule, counts: tuple[int, int], first_failing: pd.DataFrame) -> str | None:
    """The share of rows that fail, and the values of the first failing row; None when all rows pass.

    `counts` are the rows in scope and the rows that fail.
    """
    check, (checked, failed) = rule.check, counts
    if not failed:
        return None
    share = f"{failed:,} of {checked:,} ({failed / checked:.1%})" if checked else f"{failed:,} rows"
    if check.mostly is not None and rule.severity != "info":
        share += f", tolerated {100 * (1 - check.mostly):.3g}%"
    read = [*check.reads.get(SUBJECT, ()), *check.reads.get(suite.frame, ())]
    shown = [name for name in dict.fromkeys(read) if name not in suite.key]
    if first_failing.empty or not shown or check.summary is not None:
        return share
    first = first_failing.iloc[0]
    return f"{share}; first: " + ", ".join(f"{name} {_format_value(first[name])}" for name in shown)


def _format_value(value: Any) -> str:
    """A value cut to `VALUE_WIDTH`; null as "null", midnight as a date."""
    if not isinstance(value, list) and pd.isna(value):
        return "null"
    return shorten(str(value).removesuffix(" 00:00:00"), VALUE_WIDTH, placeholder=" ...")
