"""A job of the gate: where the staged tables are, and where the results go."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from llmpairs.expectations.results import CheckResult, result_rows
from llmpairs.expectations.rules import Suite
from llmpairs.expectations.staged import PARENT, PartFolder, StagedFrames, find_parts, merge_columns
from llmpairs.warehouse.contracts import LOG_TABLES

LOGGED = frozenset(table.name for table in LOG_TABLES)
ALL_RUNS = frozenset({"captures"})
"""Log tables that are read over all runs: a value carried from an earlier run cites a capture of that run."""


@dataclass(frozen=True, kw_only=True)
class GateJob:
    """What to validate; folders are local paths or s3:// addresses, or names below `warehouse`."""

    release_dir: str
    run_id: str
    tables: tuple[str, ...]
    out: str
    as_of: datetime
    parent_dir: str | None = None
    """Folder of the parent release; None in the first run."""
    log_dir: str | None = None
    """Folder of the log; None to look for log tables in `release_dir`."""
    warehouse: str | None = None
    """A path or an s3:// address with its options, for folders that are names below it."""
    scenarios: tuple[Mapping[str, object], ...] = ()
    """Published workloads, to recompute costs and verdicts."""
    rules_changed: bool = False
    """Whether the parent release was made by another version of the rules."""
    docs: str | None = None
    """Local folder for the Data Docs page of each suite with a failed check."""


def parse_job(line: str) -> GateJob:
    """Parse one line of JSON; raises ValueError or KeyError when it is no job.

    `as_of` is an ISO timestamp; without it the time in the run id counts.
    """
    fields = json.loads(line)
    as_of = fields.get("as_of")
    return GateJob(
        release_dir=fields["release_dir"],
        run_id=fields["run_id"],
        tables=tuple(fields["tables"]),
        out=fields["out"],
        as_of=datetime.fromisoformat(as_of) if as_of else parse_run_time(fields["run_id"]),
        parent_dir=fields.get("parent_dir"),
        log_dir=fields.get("log_dir"),
        warehouse=fields.get("warehouse"),
        scenarios=tuple(fields.get("scenarios") or ()),
        rules_changed=bool(fields.get("rules_changed", False)),
        docs=fields.get("docs"),
    )


def parse_run_time(run_id: str) -> datetime:
    """The time in a run id: 20260608T235900Z, with or without a suffix."""
    return datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def open_frames(job: GateJob, suites: Sequence[Suite]) -> StagedFrames:
    """The frames that these suites read, none of them loaded yet."""
    columns = merge_columns([suite.required_columns() for suite in suites])
    run = {"run_id": job.run_id, "as_of": pd.Timestamp(job.as_of), "rules_changed": job.rules_changed}
    loaded = {"run": pd.DataFrame([run])}
    if job.scenarios:
        loaded["scenarios"] = pd.DataFrame(list(job.scenarios))
    for name in [name for name in columns if name.startswith(PARENT) and not _in_parent(job, name)]:
        del columns[name]
    return StagedFrames(lambda name: locate_frame(job, name), columns, loaded)


def _in_parent(job: GateJob, name: str) -> bool:
    """Whether the parent release has the table; an older release may lack a new table."""
    return job.parent_dir is not None and bool(find_parts(locate_frame(job, name)).names)


def locate_frame(job: GateJob, name: str) -> PartFolder:
    """The folder of a frame's part files.

    The log has all runs below a table's folder: its `parent_` frame is every run, the current one included.
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


def _below(job: GateJob, folder: str, table: str) -> PartFolder:
    return PartFolder(folder, table) if job.warehouse is None else PartFolder(job.warehouse, f"{folder}/{table}")


def write_results(job: GateJob, results: Sequence[CheckResult]) -> None:
    """Write the results as JSON rows of `quality_results` to a local file."""
    rows = result_rows(results, job.run_id)
    Path(job.out).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
