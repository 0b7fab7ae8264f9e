"""The gate: a suite and frames to results, and the process that the nightly run asks.

`python -m llmpairs.expectations.run` imports Great Expectations at once, says "ready", then answers one JSON job
per line of standard input with one JSON verdict per line of standard output until the input ends.
"""

import json
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError

from llmpairs.expectations.data_docs import render_data_docs
from llmpairs.expectations.job import Job, frames_for, parse_job, write_results
from llmpairs.expectations.results import KEYS_SHOWN, Result, describe, failing_keys, verdict_of
from llmpairs.expectations.rules import SUBJECT, Rule, Suite, expectation_of
from llmpairs.expectations.staged import PARENT
from llmpairs.expectations.suites import suites_for
from llmpairs.warehouse.errors import WarehouseError

ROW = "__row"
# What reading and comparing columns raises when they are not what a check takes them for. Such a check is
# reported as broken; anything else ends the process, and a gate without a verdict lets nothing through.
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
    OSError,
    pa.ArrowException,
    GreatExpectationsError,
    WarehouseError,
)


@cache
def _batch_definition() -> Any:
    """An ephemeral context without progress bars, and a place in it to put frames."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("staged").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def validate(suite: Suite, frames: Mapping[str, Any], docs: Path | None = None) -> list[Result]:
    """Every rule of the suite against the frames, in the order of the rules; a page into `docs` where one is amiss.

    Rules that compare with a parent release are left out when there is none. A check that raises is
    `broken`, never passed.
    """
    rules = [rule for rule in suite.rules if _has_parent(_frames_read(suite, rule), frames)]
    if suite.frame.startswith(PARENT) and suite.frame not in frames:
        return []
    if suite.summary is not None and not _has_parent(suite.summary.reads, frames):
        return []
    try:
        subject = _subject(suite, frames)
    except UNREADABLE as error:
        return [_broken(suite, rule, error) for rule in rules]
    flagged, broken = _flag(suite, subject, rules, frames)
    sound = [rule for rule in rules if rule.check.says not in broken]
    try:
        answers, judged = _validate_frame(suite, flagged, sound)
    except UNREADABLE as error:
        return [_broken(suite, rule, error) for rule in rules]
    found = broken | judged
    if docs is not None and any(result.outcome != "passed" for result in judged.values()):
        write_docs(docs, suite.name, answers)
    return [found[rule.check.says] for rule in rules]


def write_docs(folder: Path, suite: str, answers: Sequence[Any]) -> None:
    """Great Expectations' own page of a suite; that it cannot be drawn is told, and changes no verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        page = render_data_docs(suite, answers)
    except UNREADABLE as error:
        print(f"no Data Docs of {suite}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    (folder / f"{suite}.html").write_text(page, encoding="utf-8")


def _frames_read(suite: Suite, rule: Rule) -> list[str]:
    return [name or suite.frame for name in rule.check.reads]


def _has_parent(names: Any, frames: Mapping[str, Any]) -> bool:
    return all(name in frames for name in names if name.startswith(PARENT))


def _subject(suite: Suite, frames: Mapping[str, Any]) -> pd.DataFrame:
    """The frame whose rows are checked, computed first where the suite summarises."""
    if suite.summary is None:
        subject: pd.DataFrame = frames[suite.frame]
    else:
        subject = suite.summary.compute(**{name: frames[name] for name in suite.summary.reads})
    return subject.reset_index(drop=True)


def _flag(
    suite: Suite, subject: pd.DataFrame, rules: Sequence[Rule], frames: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, Result]]:
    """The subject with one boolean column per predicate, and the results of predicates that raised."""
    flags: dict[str, pd.Series] = {}
    broken: dict[str, Result] = {}
    own = {SUBJECT: subject, suite.frame: subject}
    for rule in rules:
        check = rule.check
        if check.predicate is None:
            continue
        try:
            read = {name: own[name] if name in own else frames[name] for name in check.reads}
            flags[check.says] = _on_rows(check.predicate(**read), subject)
        except UNREADABLE as error:
            broken[check.says] = _broken(suite, rule, error)
    numbered = pd.DataFrame({ROW: range(len(subject)), **flags}, index=subject.index)
    return pd.concat([subject, numbered], axis=1), broken


def _on_rows(verdict: pd.Series, subject: pd.DataFrame) -> pd.Series:
    if not verdict.index.equals(subject.index):
        raise ValueError(f"the verdict has {len(verdict)} rows, not the {len(subject)} of the subject")
    return verdict.astype("boolean")


def _validate_frame(
    suite: Suite, frame: pd.DataFrame, rules: Sequence[Rule]
) -> tuple[list[Any], dict[str, Result]]:
    """The package's own answers, and results by check.

    A first pass counts; a second finds the keys of the checks that miss rows.
    """
    counted = _ask(frame, rules, {"result_format": "BASIC"})
    missed = [rule for rule in rules if counted[rule.check.says].result.get("unexpected_count")]
    located = _ask(
        frame,
        missed,
        {
            "result_format": "SUMMARY",
            "unexpected_index_column_names": [ROW],
            "partial_unexpected_count": KEYS_SHOWN,
        },
    )
    results = {}
    for rule in rules:
        answer = counted[rule.check.says]
        found = located.get(rule.check.says, answer).result.get("partial_unexpected_index_list") or []
        rows = frame.iloc[sorted({int(entry[ROW]) for entry in found})]
        results[rule.check.says] = _result(suite, rule, answer, frame, rows)
    return list((counted | located).values()), results


def _ask(frame: pd.DataFrame, rules: Sequence[Rule], result_format: dict[str, Any]) -> dict[str, Any]:
    """Great Expectations' own results by check."""
    if not rules:
        return {}
    expectations = [expectation_of(rule, rule.check.says) for rule in rules]
    batch = _batch_definition().get_batch({"dataframe": frame[_columns_of(rules, frame)]})
    asked = gx.ExpectationSuite(name="rules", expectations=expectations)
    answers = batch.validate(asked, result_format=result_format).results
    return {answer.expectation_config.meta["check"]: answer for answer in answers}


def _columns_of(rules: Sequence[Rule], frame: pd.DataFrame) -> list[str]:
    """The columns that the expectations look at: the package copies the whole frame for each of them."""
    flags = [rule.check.says for rule in rules if rule.check.expect is None]
    own = [
        name for rule in rules if rule.check.expect is not None for name in rule.check.reads.get(SUBJECT, ())
    ]
    return [name for name in dict.fromkeys([ROW, *own, *flags]) if name in frame]


def _result(suite: Suite, rule: Rule, answer: Any, frame: pd.DataFrame, rows: pd.DataFrame) -> Result:
    """One result; `rows` are the first rows of the frame that break the check."""
    raised = _exception(answer.exception_info)
    if raised is not None:
        return _broken(suite, rule, raised)
    checked, failed = _counts(rule, answer, frame)
    return Result(
        suite=suite.name,
        check=rule.check.says,
        severity=rule.severity,
        outcome="passed" if answer.success else "failed",
        rows_checked=checked,
        rows_failed=failed,
        observed=describe(suite, rule, checked, failed, rows),
        failing_keys=failing_keys(suite, rule, rows),
        why=rule.why,
        check_id=rule.check_id,
    )


def _counts(rule: Rule, answer: Any, frame: pd.DataFrame) -> tuple[int, int]:
    """Rows in scope and rows that break the check; of a check on the whole frame, all rows or none."""
    columns, found = rule.check.counted, answer.result
    if columns is not None:
        return int(frame[columns.rows].sum()), int(frame[columns.violations].sum())
    if "element_count" not in found:
        return len(frame), 0 if answer.success else max(len(frame), 1)
    return int(found["element_count"]) - int(found.get("missing_count") or 0), int(found["unexpected_count"])


def _exception(info: Mapping[str, Any]) -> str | None:
    """What the expectation raised; the package reports it flat, or by metric."""
    reports = [info] if "raised_exception" in info else list(info.values())
    raised = [report for report in reports if isinstance(report, Mapping) and report.get("raised_exception")]
    return str(raised[0].get("exception_message")) if raised else None


def _broken(suite: Suite, rule: Rule, error: Exception | str) -> Result:
    said = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return Result(
        suite=suite.name,
        check=rule.check.says,
        severity=rule.severity,
        outcome="broken",
        observed=" ".join(said.split())[:500],
        why=rule.why,
        check_id=rule.check_id,
    )


def answer(job: Job) -> dict[str, Any]:
    """Validate what the job names, write its results, and return the verdict.

    A table of the job that no suite covers raises ValueError.
    """
    started = time.monotonic()
    suites = suites_for(job.tables)
    frames = frames_for(job, suites)
    docs = None if job.docs is None else Path(job.docs)
    results = [result for suite in suites for result in validate(suite, frames, docs)]
    write_results(job, results)
    return {**verdict_of(results), "seconds": round(time.monotonic() - started, 3)}


def serve(jobs: IO[str], verdicts: IO[str]) -> None:
    """Answer one job per line until the input ends."""
    print("ready", file=verdicts, flush=True)
    for line in jobs:
        print(json.dumps(answer(parse_job(line)), ensure_ascii=False), file=verdicts, flush=True)


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
