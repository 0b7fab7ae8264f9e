"""The good release as staged part files, and the gate process that validates it."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.expectations.staged import STREAMED
from llmpairs.warehouse.contracts import LOG_TABLES, RELEASE_TABLES
from llmpairs.warehouse.convert import to_arrow
from tests.expectations.good_catalogue import PARENT_RUN_ID, RUN_ID
from tests.expectations.good_costs import SCENARIOS
from tests.expectations.mutations import Frames

STATE = sorted({table.name for table in RELEASE_TABLES} - STREAMED | {"sources", "quarantine"})


@dataclass(frozen=True)
class GateRun:
    """What the gate process wrote for two jobs: the state tables, then the streamed tables."""

    lines: list[str]
    """Lines of standard output."""
    stderr: str
    rows: list[list[dict[str, Any]]]
    """Rows of `quality_results` by job."""


def stage_release(good: Frames, root: Path) -> Path:
    """Write the release and the log below a warehouse at `root`."""
    names = {table.name for table in RELEASE_TABLES} & good.keys() - STREAMED
    for name in names:
        write_part(root / "releases" / RUN_ID / name, to_arrow(good[name], name))
    for name in STREAMED:
        for part in good[name].names:
            with good[name].store.open_input(part) as source:
                write_part(root / "releases" / RUN_ID / name, pq.read_table(source), part)
    assert {table.name for table in LOG_TABLES} >= {"sources", "quarantine", "captures"}
    for name in ("sources", "quarantine"):
        write_part(root / "log" / name / f"run_id={RUN_ID}", to_arrow(good[name], name))
    earlier = to_arrow(good["parent_sources"], "sources")
    write_part(root / "log" / "sources" / f"run_id={PARENT_RUN_ID}", earlier)
    write_part(root / "log" / "captures" / f"run_id={PARENT_RUN_ID}", pa.Table.from_pandas(good["captures"]))
    return root


def write_part(folder: Path, rows: pa.Table, name: str = "part-0.parquet") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, folder / name)


def job_line(root: Path, tables: list[str], out: Path) -> str:
    """A job for tables of the staged release, which is its own parent."""
    release = str(root / "releases" / RUN_ID)
    fields = {"release_dir": release, "run_id": RUN_ID, "tables": tables, "parent_dir": release}
    return json.dumps(fields | {"log_dir": str(root / "log"), "scenarios": SCENARIOS, "out": str(out)}) + "\n"


def run_gate(root: Path, folder: Path) -> GateRun:
    """Validate the whole staged release in a gate process, with two jobs."""
    outputs = [folder / "1.json", folder / "2.json"]
    tables = [STATE, sorted(STREAMED)]
    jobs = "".join(job_line(root, names, out) for names, out in zip(tables, outputs, strict=True))
    command = [sys.executable, "-m", "llmpairs.expectations.run"]
    done = subprocess.run(command, input=jobs, capture_output=True, text=True, timeout=600, check=True)
    rows = [json.loads(out.read_text("utf-8")) for out in outputs]
    return GateRun(lines=done.stdout.splitlines(), stderr=done.stderr, rows=rows)
