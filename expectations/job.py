"""A job of the gate: where the staged tables are, and where the results go."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from llmpairs.expectations.results import Result, rows_of
from llmpairs.expectations.rules import Suite
from llmpairs.expectations.staged import PARENT, Place, Staged, find_parts, wanted_columns
from llmpairs.warehouse.contracts import LOG_TABLES

LOGGED = frozenset(table.name for table in LOG_TABLES)
ALL_RUNS = frozenset({"captures"})
"""Logs of which every run counts: a value carried from an earlier night cites a capture of that night."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to validate; folders are local paths or s3:// addresses, or names below `warehouse`."""

    release_dir: str
    run_id: str
    tables: tuple[str, ...]
    out: str
    as_of: datetime
    parent_dir: str | None = None
    """Folder of the release that the run builds on; None on the first night."""
    log_dir: str | None = None
    """Folder of the log; log tables are looked for in `release_dir` when it is None."""
    warehouse: str | None = None
    """A path or an s3:// address with its options, for folders that are names below it."""
    scenarios: tuple[dict[str, Any], ...] = ()
    """Published workloads, for costs and verdicts to be computed again."""
    rules_changed: bool = False
    """Whether other rules made the parent release."""
    docs: str | None = None
    """Local folder for Great Expectations' own page of each suite in which something is amiss."""


def parse_job(line: str) -> Job:
    """One line of JSON to a job; ValueError or KeyError when it is not one.

    `as_of` is the ISO moment of the run, taken from the run id when left out.
    """
    told = json.loads(line)
    stated = told.get("as_of")
    return Job(
        release_dir=told["release_dir"],
        run_id=told["run_id"],
        tables=tuple(told["tables"]),
        out=told["out"],
        as_of=datetime.fromisoformat(stated) if stated else moment_of(told["run_id"]),
        parent_dir=told.get("parent_dir"),
        log_dir=told.get("log_dir"),
        warehouse=told.get("warehouse"),
        scenarios=tuple(told.get("scenarios") or ()),
        rules_changed=bool(told.get("rules_changed", False)),
        docs=told.get("docs"),
    )


def moment_of(run_id: str) -> datetime:
    """The run's moment, as its id states it: 20260608T235900Z, with or without a suffix."""
    return datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def frames_for(job: Job, suites: Sequence[Suite]) -> Staged:
    """The frames that these suites read, none of them loaded yet."""
    wanted = wanted_columns([suite.reads() for suite in suites])
    run = {"run_id": job.run_id, "as_of": pd.Timestamp(job.as_of), "rules_changed": job.rules_changed}
    given = {"run": pd.DataFrame([run])}
    if job.scenarios:
        given["scenarios"] = pd.DataFrame(list(job.scenarios))
    for name in [name for name in wanted if name.startswith(PARENT) and not _in_parent(job, name)]:
        del wanted[name]
    return Staged(lambda name: place_of(job, name), wanted, given)


def _in_parent(job: Job, name: str) -> bool:
    """Whether the parent release has the table; an older one may lack a table that is new."""
    return job.parent_dir is not None and bool(find_parts(place_of(job, name)).names)


def place_of(job: Job, name: str) -> Place:
    """Where the part files of a frame are.

    The log has all runs below a table's folder: its `parent_` frame is every run, tonight's among them.
    """
    table = name.removeprefix(PARENT)
    if table in LOGGED and job.log_dir is not None:
        every_run = name != table or name in ALL_RUNS
        return _below(job, job.log_dir, table if every_run else f"{table}/run_id={job.run_id}")
    if name == table:
        return _below(job, job.release_dir, name)
    if job.parent_dir is None:
        raise FileNotFoundError(f"{name}: the run has no parent release")
    return _below(job, job.parent_dir, table)


def _below(job: Job, folder: str, table: str) -> Place:
    return Place(folder, table) if job.warehouse is None else Place(job.warehouse, f"{folder}/{table}")


def write_results(job: Job, results: Sequence[Result]) -> None:
    """The results as JSON rows of `quality_results`, in a local file."""
    rows = rows_of(results, job.run_id)
    Path(job.out).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
