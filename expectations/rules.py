"""The vocabulary of the checklists: what is checked, how severe a failure is, and why.

A check is a Great Expectations expectation on columns of the suite's subject. Where the package has no such
expectation, a predicate over whole columns gives a boolean column (null where the row is out of scope), and the
expectation is that every value of it is true.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Self

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Severity = Literal["critical", "warning", "info"]
Predicate = Callable[..., pd.Series]
Reads = Mapping[str, tuple[str, ...]]
"""Columns by frame."""

KEYS_SHOWN = 20
"""Number of keys of rows that break a check that are kept."""
SUBJECT = "rows"
"""In `reads`: the subject of the suite that has the check."""


@dataclass(frozen=True, kw_only=True)
class SummaryColumns:
    """Columns of a subject whose rows are summaries of many rows."""

    violations: str
    """Number of rows that break the check."""
    rows: str
    """Number of rows."""
    keys: str
    """First keys that break it, as a list."""

    @classmethod
    def of(cls, check: str) -> Self:
        """The columns of one check, in a summary that has several."""
        return cls(violations=f"violations: {check}", rows="rows", keys=f"keys: {check}")


@dataclass(frozen=True, kw_only=True)
class Check:
    """A condition on the rows of a suite's subject."""

    title: str
    """What must hold, unique within its suite."""
    reads: Reads
    """Frames and columns that the check needs."""
    expectation: Callable[..., Any] | None = None
    """Builds the expectation; None when `predicate` decides."""
    predicate: Predicate | None = None
    """Frames of `reads` by keyword to a boolean column on the subject's index, null where out of scope."""
    mostly: float | None = None
    """Share of the rows in scope that must pass; None for all of them."""
    summary: SummaryColumns | None = None
    """Where a row of the subject summarises many rows: the columns to count by."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A check, the severity of its failure, and the reason for the check or for its tolerance."""

    check: Check
    severity: Severity
    why: str | None = None
    check_id: str | None = None
    """The entry of `quality_checks.toml` that it covers, such as Q34; None without one."""

    def __post_init__(self) -> None:
        if self.check.mostly is not None and self.severity != "info" and self.why is None:
            raise ValueError(f"check {self.check.title!r}: a tolerance needs its reason")


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A small frame computed from larger ones; the suite checks its rows."""

    compute: Callable[..., pd.DataFrame]
    reads: Reads


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A checklist for the rows of one frame, which `key` identifies."""

    name: str
    table: str
    """Table of the release that the suite belongs to; a job selects suites by it."""
    key: tuple[str, ...]
    rules: tuple[Rule, ...]
    subject: str | None = None
    """Frame whose rows are checked; `table` unless stated."""
    summary: Summary | None = None
    """Computes the subject."""

    def __post_init__(self) -> None:
        titles = [rule.check.title for rule in self.rules]
        twice = sorted({title for title in titles if titles.count(title) > 1})
        if twice:
            raise ValueError(f"suite {self.name}: checks stated twice: {'; '.join(twice)}")

    @property
    def frame(self) -> str:
        """Name of the frame whose rows are checked."""
        return self.subject or self.table

    def resolve(self, name: str) -> str:
        """Name of a frame that a check reads."""
        return self.frame if name == SUBJECT else name

    def required_columns(self) -> dict[str, set[str]]:
        """Columns that the suite needs, by frame."""
        required: dict[str, set[str]] = {}
        for name, columns in self._reads():
            required.setdefault(self.resolve(name), set()).update(columns)
        if self.summary is not None:
            required.pop(self.frame, None)
        return required

    def _reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield SUBJECT, self.key
        for rule in self.rules:
            yield from rule.check.reads.items()
        if self.summary is not None:
            yield from self.summary.reads.items()


def _rule(
    severity: Severity,
    check: Check | str,
    predicate: Predicate | None = None,
    why: str | None = None,
    check_id: str | None = None,
    **reads: tuple[str, ...],
) -> Rule:
    """A rule on a check, or on a title with its predicate and the columns by frame that it reads."""
    stated = Check(title=check, reads=reads, predicate=predicate) if isinstance(check, str) else check
    if severity == "info":
        stated = replace(stated, mostly=0.0)
    return Rule(check=stated, severity=severity, why=why, check_id=check_id)


critical = partial(_rule, "critical")
"""A failure blocks the publication."""
warning = partial(_rule, "warning")
"""A failure is reported to the owner."""
info = partial(_rule, "info")
"""A statistic: counted in every run, never a failure."""


def with_tolerance(share: float, rule: Rule) -> Rule:
    """The rule, with this share of the rows in scope allowed to break it; the rule must state why."""
    return replace(rule, check=replace(rule.check, mostly=1 - share))


def never_null(column: str) -> Check:
    """Every row has a value."""
    return _column(f"{column} is never null", column, "ExpectColumnValuesToNotBeNull")


def one_of(column: str, values: tuple[str, ...]) -> Check:
    """Every value is in a closed list."""
    listed = ", ".join(values) if len(values) < 6 else f"its {len(values)} values"
    title = f"{column} is one of {listed}"
    return _column(title, column, "ExpectColumnValuesToBeInSet", value_set=[*values])


def between(column: str, low: Any, high: Any) -> Check:
    """Every value is in the closed range."""
    title = f"{column} is between {low} and {high}"
    return _column(title, column, "ExpectColumnValuesToBeBetween", min_value=low, max_value=high)


def at_least(column: str, low: float) -> Check:
    """No value is below `low`."""
    return _column(f"{column} is at least {low:g}", column, "ExpectColumnValuesToBeBetween", min_value=low)


def at_most(column: str, high: float) -> Check:
    """No value is above `high`."""
    return _column(f"{column} is at most {high:g}", column, "ExpectColumnValuesToBeBetween", max_value=high)


def equals(column: str, value: Any, title: str) -> Check:
    """Every value is this one."""
    return _column(title, column, "ExpectColumnValuesToBeInSet", value_set=[value])


def no_violations(title: str, columns: SummaryColumns) -> Check:
    """The number of violations is zero in every summary row."""
    return replace(equals(columns.violations, 0, title), summary=columns)


def matches(column: str, pattern: str, title: str) -> Check:
    """Every text matches the regular expression."""
    return _column(title, column, "ExpectColumnValuesToMatchRegex", regex=pattern)


def unique_key(*columns: str) -> Check:
    """No two rows share these values."""
    if len(columns) == 1:
        return _column(f"{columns[0]} is unique", columns[0], "ExpectColumnValuesToBeUnique")
    build = partial(_expect, "ExpectCompoundColumnsToBeUnique", column_list=list(columns))
    title = f"{', '.join(columns)} are unique together"
    return Check(title=title, reads={SUBJECT: columns}, expectation=build)


def not_above(column: str, ceiling: str, *, strictly: bool = False) -> Check:
    """In every row that has both values, the first is at most (or strictly below) the second."""
    title = f"{column} is {'below' if strictly else 'at most'} {ceiling}"
    build = partial(
        _expect,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        column_A=ceiling,
        column_B=column,
        or_equal=not strictly,
        ignore_row_if="either_value_is_missing",
    )
    return Check(title=title, reads={SUBJECT: (column, ceiling)}, expectation=build)


def rows_at_least(count: int) -> Check:
    """The subject has at least this number of rows."""
    title = "there are rows" if count == 1 else f"there are {count} rows or more"
    build = partial(_expect, "ExpectTableRowCountToBeBetween", min_value=count)
    return Check(title=title, reads={}, expectation=build)


def references(column: str, other: str, other_column: str) -> Check:
    """Foreign key: every value exists in a column of another frame."""

    def exists(**frames: pd.DataFrame) -> pd.Series:
        values = frames[SUBJECT][column]
        return only_where(values.notna(), is_in(values, frames[other][other_column]))

    reads = {SUBJECT: (column,), other: (other_column,)}
    return Check(title=f"{column} exists in {other}", reads=reads, predicate=exists)


def recomputes(column: str, formula: Predicate, reads: Reads, *, within: float = 0) -> Check:
    """A figure equals the formula's result on the frames; it is null exactly where that is null."""

    def agrees(**frames: pd.DataFrame) -> pd.Series:
        stored = frames[SUBJECT][column].astype("float64")
        expected = formula(**{name: frames[name] for name in reads}).astype("float64")
        return (stored - expected).abs().le(within) | (stored.isna() & expected.isna())

    return Check(title=f"{column} recomputes", reads={SUBJECT: (column,), **reads}, predicate=agrees)


def only_where(scope: pd.Series, verdict: pd.Series) -> pd.Series:
    """For predicates: the verdict where the scope is true, null elsewhere."""
    return verdict.astype("boolean").where(scope.astype("boolean").fillna(False))


def is_in(values: pd.Series, known: pd.Series) -> pd.Series:
    """For predicates: whether each text is one of the known ones; false for null."""
    # Series.isin turns every text into a Python object: 1.3 s for 200,000 ids, where Arrow needs 30 ms.
    found = pc.is_in(pa.array(values, pa.string()), value_set=pa.array(known, pa.string()), skip_nulls=True)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)


def count_in(ids: pd.Series, listed: pd.Series) -> pd.Series:
    """For predicates: how often each id is listed."""
    return ids.map(listed.value_counts()).fillna(0)


def look_up(values: pd.Series | pd.DataFrame, keys: pd.DataFrame) -> Any:
    """For predicates: the indexed values at these keys, on the index of the keys."""
    return values.reindex(pd.MultiIndex.from_frame(keys)).set_axis(keys.index)


def _column(title: str, column: str, expectation: str, **settings: Any) -> Check:
    """A check that the package has as an expectation on one column."""
    build = partial(_expect, expectation, column=column, **settings)
    return Check(title=title, reads={SUBJECT: (column,)}, expectation=build)


def _expect(expectation: str, **settings: Any) -> Any:
    """An expectation by the name of its class."""
    import great_expectations.expectations as gxe  # five seconds: only a process that validates needs the package

    return getattr(gxe, expectation)(**settings)


def build_expectation(rule: Rule, flags: str) -> Any:
    """The rule as an expectation; `flags` names the boolean column of a predicate."""
    check = rule.check
    settings: dict[str, Any] = {"severity": rule.severity, "meta": {"check": check.title, "check_id": rule.check_id}}
    if check.mostly is not None:
        settings["mostly"] = check.mostly
    if check.expectation is not None:
        return check.expectation(**settings)
    return _expect("ExpectColumnValuesToBeInSet", column=flags, value_set=[True], **settings)
