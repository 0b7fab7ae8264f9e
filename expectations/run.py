"""The gate: validates suites against frames, as a library or as a process that answers jobs.

`python -m llmpairs.expectations.run` imports Great Expectations, prints "ready", then answers each line of
standard input (a JSON job) with one line of standard output (a JSON verdict) until the input ends.
"""

import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

import great_expectations as gx
import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError

from llmpairs.expectations.configurations import keep_configurations
from llmpairs.expectations.data_docs import render_data_docs
from llmpairs.expectations.job import GateJob, open_frames, parse_job, write_results
from llmpairs.expectations.repeated_keys import compute_once_per_key
from llmpairs.expectations.results import CheckResult, GateVerdict, build_verdict, describe_failure, failing_keys
from llmpairs.expectations.rules import KEYS_SHOWN, SUBJECT, Predicate, Rule, Suite, build_expectation
from llmpairs.expectations.staged import PARENT
from llmpairs.expectations.suites import suites_for
from llmpairs.warehouse.errors import WarehouseError

ROW = "__row"
# What a check raises when the columns that it reads are missing or of another type. The check is reported as
# broken; any other error ends the process, and without a verdict nothing is published.
CHECK_ERRORS = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    pd.errors.InvalidIndexError,  # a key that is repeated
    RuntimeError,
    OSError,
    pa.ArrowException,
    GreatExpectationsError,
    WarehouseError,
)


@cache
def _batch_definition() -> Any:
    """A batch definition for data frames, in an ephemeral context without progress bars."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def validate(suite: Suite, frames: Mapping[str, Any], docs: Path | None = None) -> list[CheckResult]:
    """Validate the frames against every rule of the suite; results are in the order of the rules.

    Rules that compare with the parent release are skipped without one. A check that raises is `broken`, never
    passed. With `docs`, a suite with a failed or broken check leaves a Data Docs page there.
    """
    rules = applicable_rules(suite, frames)
    if not rules:
        return []
    try:
        subject = _subject(suite, frames)
    except CHECK_ERRORS as error:
        return [_broken(suite, rule, error) for rule in rules]
    flagged, broken = _flag(suite, subject, rules, frames)
    rest = [rule for rule in rules if rule.check.title not in broken]
    try:
        reports, validated = _validate_frame(suite, flagged, rest)
    except CHECK_ERRORS as error:
        return [_broken(suite, rule, error) for rule in rules]
    results = broken | validated
    if docs is not None and any(result.outcome != "passed" for result in validated.values()):
        write_docs(docs, suite.name, reports)
    return [results[rule.check.title] for rule in rules]


def applicable_rules(suite: Suite, frames: Mapping[str, Any]) -> list[Rule]:
    """The rules whose parent frames exist; none when the subject needs a parent frame that does not."""
    subject = suite.summary.reads if suite.summary is not None else [suite.frame]
    if not _has_parent(subject, frames):
        return []
    return [rule for rule in suite.rules if _has_parent(map(suite.resolve, rule.check.reads), frames)]


def write_docs(folder: Path, suite: str, reports: Sequence[Any]) -> None:
    """Write the Data Docs page of a suite; a rendering error goes to standard error and changes no verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        page = render_data_docs(suite, reports)
    except CHECK_ERRORS as error:
        print(f"no Data Docs of {suite}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    (folder / f"{suite}.html").write_text(page, encoding="utf-8")


def _has_parent(names: Any, frames: Mapping[str, Any]) -> bool:
    return all(name in frames for name in names if name.startswith(PARENT))


def _subject(suite: Suite, frames: Mapping[str, Any]) -> pd.DataFrame:
    """The frame whose rows are checked; a summary is computed first."""
    if suite.summary is None:
        subject: pd.DataFrame = frames[suite.frame]
    else:
        read = {name: frames[name] for name in suite.summary.reads}
        subject = compute_once_per_key(suite.summary.compute, read, suite.resolve, CHECK_ERRORS)
    return subject.reset_index(drop=True)


def _flag(
    suite: Suite, subject: pd.DataFrame, rules: Sequence[Rule], frames: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, CheckResult]]:
    """The subject with one boolean column per predicate, and a broken result for each predicate that raised."""
    flags: dict[str, pd.Series] = {}
    broken: dict[str, CheckResult] = {}
    subjects = {SUBJECT: subject, suite.frame: subject}
    for rule in rules:
        check = rule.check
        if check.predicate is None:
            continue
        try:
            read = {name: subjects[name] if name in subjects else frames[name] for name in check.reads}
            evaluate = partial(_evaluate, check.predicate, suite.frame, subject)
            passes = compute_once_per_key(evaluate, read, suite.resolve, CHECK_ERRORS).reindex(subject.index)
            flags[check.title] = passes.astype("boolean" if passes.hasnans else "bool")
        except CHECK_ERRORS as error:
            broken[check.title] = _broken(suite, rule, error)
    numbered = pd.DataFrame({ROW: range(len(subject)), **flags}, index=subject.index)
    return pd.concat([subject, numbered], axis=1), broken


def _evaluate(predicate: Predicate, subject: str, rows: pd.DataFrame, /, **frames: pd.DataFrame) -> pd.Series:
    """The boolean column of a predicate; `subject` names the frame of the rows among the frames."""
    passes = predicate(**frames)
    checked = frames.get(SUBJECT, frames.get(subject, rows))
    if not passes.index.equals(checked.index):
        raise ValueError(f"the predicate returned {len(passes)} rows; the subject has {len(checked)}")
    return passes


def _validate_frame(
    suite: Suite, frame: pd.DataFrame, rules: Sequence[Rule]
) -> tuple[list[Any], dict[str, CheckResult]]:
    """Great Expectations' reports, and results by check.

    The first pass counts; the second locates the failing rows of the expectations that have some. The failing rows of a
    predicate are in its own column: the second pass has those that failed for their Data Docs page only.
    """
    counted = _run_expectations(frame, rules, {"result_format": "BASIC"})
    failing = [rule for rule in rules if counted[rule.check.title].result.get("unexpected_count")]
    located = _run_expectations(
        frame,
        [rule for rule in failing if rule.check.predicate is None or not counted[rule.check.title].success],
        {"result_format": "SUMMARY", "unexpected_index_column_names": [ROW], "partial_unexpected_count": KEYS_SHOWN},
    )
    results = {}
    for rule in rules:
        report = counted[rule.check.title]
        rows = _failing_rows(rule, located, frame) if report.result.get("unexpected_count") else frame.iloc[:0]
        results[rule.check.title] = _result(suite, rule, report, frame, rows)
    return list((counted | located).values()), results


def _failing_rows(rule: Rule, located: Mapping[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    """The first rows that break a check: where its predicate is false, else where the package located them."""
    title = rule.check.title
    if rule.check.predicate is not None:
        numbers = np.flatnonzero(~frame[title].fillna(True).to_numpy(bool))[:KEYS_SHOWN].tolist()
    else:
        found = located[title].result.get("partial_unexpected_index_list") or []
        numbers = sorted({int(entry[ROW]) for entry in found})
    return frame.iloc[numbers]


def _run_expectations(frame: pd.DataFrame, rules: Sequence[Rule], result_format: dict[str, Any]) -> dict[str, Any]:
    """Great Expectations' reports by check."""
    if not rules:
        return {}
    expectations = [build_expectation(rule, rule.check.title) for rule in rules]
    batch = _batch_definition().get_batch({"dataframe": frame[_columns_of(rules, frame)]})
    gx_suite = gx.ExpectationSuite(name="rules", expectations=expectations)
    with keep_configurations():
        reports = batch.validate(gx_suite, result_format=result_format).results
    return {report.expectation_config.meta["check"]: report for report in reports}


def _columns_of(rules: Sequence[Rule], frame: pd.DataFrame) -> list[str]:
    """The columns that the expectations read: the package copies the whole frame for each expectation."""
    flags = [rule.check.title for rule in rules if rule.check.expectation is None]
    own = [name for rule in rules if rule.check.expectation is not None for name in rule.check.reads.get(SUBJECT, ())]
    return [name for name in dict.fromkeys([ROW, *own, *flags]) if name in frame]


def _result(suite: Suite, rule: Rule, report: Any, frame: pd.DataFrame, rows: pd.DataFrame) -> CheckResult:
    """One result; `rows` are the first rows of the frame that break the check."""
    raised = _exception(report.exception_info)
    if raised is not None:
        return _broken(suite, rule, raised)
    checked, failed = _counts(rule, report, frame)
    return CheckResult(
        suite=suite.name,
        check=rule.check.title,
        severity=rule.severity,
        outcome="passed" if report.success else "failed",
        rows_checked=checked,
        rows_failed=failed,
        observed=describe_failure(suite, rule, (checked, failed), rows),
        failing_keys=failing_keys(suite, rule, rows),
        why=rule.why,
        check_id=rule.check_id,
    )


def _counts(rule: Rule, report: Any, frame: pd.DataFrame) -> tuple[int, int]:
    """Rows in scope and rows that break the check; of a check on the whole frame, all rows or none."""
    columns, found = rule.check.summary, report.result
    if columns is not None:
        return int(frame[columns.rows].sum()), int(frame[columns.violations].sum())
    if "element_count" not in found:
        return len(frame), 0 if report.success else max(len(frame), 1)
    return int(found["element_count"]) - int(found.get("missing_count") or 0), int(found["unexpected_count"])


def _exception(info: Mapping[str, Any]) -> str | None:
    """The message of the exception that the expectation raised; the package reports it flat or by metric."""
    reports = [info] if "raised_exception" in info else list(info.values())
    raised = [report for report in reports if isinstance(report, Mapping) and report.get("raised_exception")]
    return str(raised[0].get("exception_message")) if raised else None


def _broken(suite: Suite, rule: Rule, error: Exception | str) -> CheckResult:
    message = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return CheckResult(
        suite=suite.name,
        check=rule.check.title,
        severity=rule.severity,
        outcome="broken",
        observed=" ".join(message.split())[:500],
        why=rule.why,
        check_id=rule.check_id,
    )


def run_job(job: GateJob) -> GateVerdict:
    """Validate the tables of the job, write the results, and return the verdict.

    Raises ValueError for a table that no suite covers.
    """
    started = time.monotonic()
    suites = suites_for(job.tables)
    frames = open_frames(job, suites)
    docs = None if job.docs is None else Path(job.docs)
    results = [result for suite in suites for result in validate(suite, frames, docs)]
    write_results(job, results)
    return build_verdict(results, seconds=round(time.monotonic() - started, 3))


def serve(jobs: IO[str], verdicts: IO[str]) -> None:
    """Answer one job per line until the input ends."""
    gc.freeze()  # Collections leave out what the package imported: 7% of a validation of small tables.
    print("ready", file=verdicts, flush=True)
    for line in jobs:
        print(json.dumps(run_job(parse_job(line)), ensure_ascii=False), file=verdicts, flush=True)


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
