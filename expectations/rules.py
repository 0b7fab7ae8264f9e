"""The verbs of the checklists: what is checked, how much a failure matters, and why.

A check is a Great Expectations expectation on columns of its suite's subject. Where the package has no
such expectation, a predicate over whole columns gives an exact boolean column (null where the rule does
not apply) and the expectation is that this column holds nothing but true.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

import great_expectations.expectations as gxe
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Severity = Literal["critical", "warning", "info"]
Predicate = Callable[..., pd.Series]
Reads = Mapping[str, tuple[str, ...]]

SUBJECT = ""
"""In `reads`: the subject of whatever suite the check stands in."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Columns of a subject whose rows are summaries of many rows."""

    violations: str
    """How many of them break the check."""
    rows: str
    """How many there are."""
    keys: str
    """The first keys that break it, as a list."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that must hold for the rows of a suite's subject."""

    says: str
    """The check in words, unique within its suite."""
    reads: Reads
    """Frames and their columns that the check looks at."""
    expect: Callable[..., Any] | None = None
    """Builds the expectation; None when `predicate` decides."""
    predicate: Predicate | None = None
    """Frames of `reads` by keyword to a boolean column on the subject's index, null where out of scope."""
    mostly: float | None = None
    """Share of the rows in scope that must hold; None for all of them."""
    counted: Counted | None = None
    """Where a row of the subject is a summary: what is counted in it."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check, what its failure means, and the reason of the rule or of its tolerance."""

    check: Check
    severity: Severity
    why: str | None = None
    check_id: str | None = None
    """The line of `quality_checks.toml` that it covers, such as Q34; None for one of no line."""

    def __post_init__(self) -> None:
        if self.check.mostly is not None and self.severity != "info" and self.why is None:
            raise ValueError(f"check {self.check.says!r}: a tolerance needs its reason")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A small frame computed from larger ones; the suite checks its rows."""

    compute: Callable[..., pd.DataFrame]
    reads: Reads


@dataclass(frozen=True, kw_only=True)
class Suite:
    """One checklist: its subject's rows are told apart by `key`."""

    name: str
    table: str
    """Table of the release that the suite speaks of; a job selects suites by it."""
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    subject: str | None = None
    """Frame whose rows are checked; `table` unless stated."""
    summary: Summary | None = field(default=None)
    """Where the subject is computed."""

    def __post_init__(self) -> None:
        names = [rule.check.says for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"suite {self.name}: checks stated twice: {'; '.join(twice)}")

    @property
    def frame(self) -> str:
        """Name of the frame whose rows are checked."""
        return self.subject or self.table

    def reads(self) -> dict[str, set[str]]:
        """Every frame that the suite needs, with the columns of it."""
        wanted: dict[str, set[str]] = {}
        for name, columns in self._readings():
            wanted.setdefault(name or self.frame, set()).update(columns)
        if self.summary is not None:
            wanted.pop(self.frame, None)
        return wanted

    def _readings(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield SUBJECT, self.key
        for rule in self.rules:
            yield from rule.check.reads.items()
        if self.summary is not None:
            yield from self.summary.reads.items()


def critical(check: Check, why: str | None = None, check_id: str | None = None) -> Rule:
    """A failure blocks the publication."""
    return Rule(check=check, severity="critical", why=why, check_id=check_id)


def warning(check: Check, why: str | None = None, check_id: str | None = None) -> Rule:
    """A failure is reported to its owner."""
    return Rule(check=check, severity="warning", why=why, check_id=check_id)


def info(check: Check, why: str | None = None, check_id: str | None = None) -> Rule:
    """A statistic: counted every night, never red."""
    return Rule(check=replace(check, mostly=0.0), severity="info", why=why, check_id=check_id)


def at_most_share(share: float, check: Check) -> Check:
    """The check, with so many of the rows in scope allowed to break it; the rule must say why."""
    return replace(check, mostly=1 - share)


def counted(check: Check, columns: Counted) -> Check:
    """The check, reported by the rows that its subject summarises."""
    return replace(check, counted=columns)


def that(says: str, predicate: Predicate, **reads: tuple[str, ...]) -> Check:
    """A rule of our own: the predicate gets the frames it reads by name."""
    return Check(says=says, reads=reads, predicate=predicate)


def only(scope: pd.Series, verdict: pd.Series) -> pd.Series:
    """The verdict where the scope is true, null elsewhere."""
    return verdict.astype("boolean").where(scope.astype("boolean").fillna(False))


def among(values: pd.Series, known: pd.Series) -> pd.Series:
    """Whether each text is one of the known ones; false for null."""
    # Series.isin turns every text into a Python object: 1.3 s for 200,000 ids, where Arrow needs 30 ms.
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(known, pa.string()), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)


def never_null(column: str) -> Check:
    """Every row has a value."""
    return _column(f"{column} is never null", column, gxe.ExpectColumnValuesToNotBeNull)


def one_of(column: str, values: tuple[str, ...]) -> Check:
    """Every value stands in a closed list."""
    words = ", ".join(values) if len(values) < 6 else f"its {len(values)} words"
    return _column(
        f"{column} is one of {words}", column, gxe.ExpectColumnValuesToBeInSet, value_set=[*values]
    )


def between(column: str, low: Any, high: Any) -> Check:
    """Every value lies in the closed range."""
    says = f"{column} is between {low} and {high}"
    return _column(says, column, gxe.ExpectColumnValuesToBeBetween, min_value=low, max_value=high)


def at_least(column: str, low: float) -> Check:
    """No value lies below."""
    return _column(f"{column} is at least {low:g}", column, gxe.ExpectColumnValuesToBeBetween, min_value=low)


def at_most(column: str, high: float) -> Check:
    """No value lies above."""
    return _column(f"{column} is at most {high:g}", column, gxe.ExpectColumnValuesToBeBetween, max_value=high)


def never_negative(column: str) -> Check:
    """No value lies below zero."""
    return replace(at_least(column, 0), says=f"{column} is never negative")


def always(column: str, value: Any, says: str) -> Check:
    """Every value is this one."""
    return _column(says, column, gxe.ExpectColumnValuesToBeInSet, value_set=[value])


def matches(column: str, pattern: str, says: str) -> Check:
    """Every text has this shape."""
    return _column(says, column, gxe.ExpectColumnValuesToMatchRegex, regex=pattern)


def unique_key(*columns: str) -> Check:
    """No two rows share these values."""
    if len(columns) == 1:
        return _column(f"{columns[0]} is unique", columns[0], gxe.ExpectColumnValuesToBeUnique)
    expect = partial(gxe.ExpectCompoundColumnsToBeUnique, column_list=list(columns))
    return Check(says=f"{', '.join(columns)} are unique together", reads={SUBJECT: columns}, expect=expect)


def not_above(column: str, ceiling: str, *, strictly: bool = False) -> Check:
    """In every row that has both values, the first is at most (or strictly below) the second."""
    says = f"{column} is {'below' if strictly else 'at most'} {ceiling}"
    expect = partial(
        gxe.ExpectColumnPairValuesAToBeGreaterThanB,
        column_A=ceiling,
        column_B=column,
        or_equal=not strictly,
        ignore_row_if="either_value_is_missing",
    )
    return Check(says=says, reads={SUBJECT: (column, ceiling)}, expect=expect)


def rows_at_least(count: int) -> Check:
    """The subject has so many rows."""
    expect = partial(gxe.ExpectTableRowCountToBeBetween, min_value=count)
    return Check(
        says="there are rows" if count == 1 else f"there are {count} rows or more", reads={}, expect=expect
    )


def known_in(column: str, other: str, other_column: str) -> Check:
    """Every value is also in a column of another frame."""

    def is_known(**frames: pd.DataFrame) -> pd.Series:
        values = frames[SUBJECT][column]
        return only(values.notna(), among(values, frames[other][other_column]))

    says = f"{column} is known in {other}"
    return Check(says=says, reads={SUBJECT: (column,), other: (other_column,)}, predicate=is_known)


def recomputes(column: str, formula: Predicate, reads: Reads, *, within: float) -> Check:
    """A figure of the subject is what the formula makes of the frames; null exactly where that is null."""

    def agrees(**frames: pd.DataFrame) -> pd.Series:
        stored = frames[SUBJECT][column].astype("float64")
        expected = formula(**{name: frames[name] for name in reads}).astype("float64")
        return (stored - expected).abs().le(within) | (stored.isna() & expected.isna())

    return Check(says=f"{column} recomputes", reads={SUBJECT: (column,), **reads}, predicate=agrees)


def _column(says: str, column: str, expectation: Callable[..., Any], **kwargs: Any) -> Check:
    """A check that the package has as an expectation on one column."""
    return Check(says=says, reads={SUBJECT: (column,)}, expect=partial(expectation, column=column, **kwargs))


def expectation_of(rule: Rule, flags: str) -> Any:
    """The rule as an expectation; `flags` names the boolean column of a predicate."""
    check = rule.check
    settings: dict[str, Any] = {
        "severity": rule.severity,
        "meta": {"check": check.says, "check_id": rule.check_id},
    }
    if check.mostly is not None:
        settings["mostly"] = check.mostly
    if check.expect is not None:
        return check.expect(**settings)
    return gxe.ExpectColumnValuesToBeInSet(column=flags, value_set=[True], **settings)
