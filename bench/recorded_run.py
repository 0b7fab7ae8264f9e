"""How long a recorded run takes: `python -m bench.recorded_run --captures DIR`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

NIGHT = "nights/2026-05-18.warc.gz"
REFERENCE = "reference.warc.gz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=default_captures(), help="folder with nights/ and reference")
    options = parser.parse_args()
    if options.captures is None:
        sys.exit("no recorded captures beside this checkout; give --captures or set LLMPAIRS_CAPTURES")
    with tempfile.TemporaryDirectory(prefix="bench-run-") as folder:
        print("\n".join(run(options.captures, Path(folder))))


def default_captures() -> Path | None:
    """Folder of recorded captures, where it is beside the checkout."""
    given = Path(os.environ.get("LLMPAIRS_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))
    return given if (given / NIGHT).exists() else None


def run(captures: Path, folder: Path) -> Iterator[str]:
    """Lines of a Markdown table."""
    warehouse = folder / "warehouse"
    archives = ["--archive", str(captures / NIGHT), "--archive", str(captures / REFERENCE)]
    yield "| one recorded run, 2026-05-18 | figure |"
    yield "| --- | ---: |"
    for name in ("new Prefect home", "second run, same home"):
        seconds = timed(folder, "refresh", *archives, "--warehouse", str(warehouse))
        newest = max((warehouse / "runs").glob("*/run.json"), key=lambda path: path.stat().st_mtime)
        record = json.loads(newest.read_text(encoding="utf-8"))
        yield f"| {name}: seconds | {seconds:.1f} |"
        yield f"| {name}: largest memory of the process tree, MB | {record['peak_rss_bytes'] / 1e6:,.0f} |"
        for stage, taken in record["stage_seconds"].items():
            yield f"| {name}: {stage}, seconds | {taken:.1f} |"
    for table, rows in record["counts"].items():
        yield f"| rows of {table} | {rows:,} |"
    pair = ["compare", "gpt-oss-120b", "Qwen3.5-4B", "--warehouse", str(warehouse)]
    yield f"| `compare`, cold process, median of 5, seconds | {median(timed(folder, *pair) for _ in range(5)):.2f} |"


def timed(folder: Path, *arguments: str) -> float:
    """Seconds of one command in a process of its own; its output goes to a log."""
    environment = {**os.environ, "LLMPAIRS_STATE": str(folder / "state")}
    begin = perf_counter()
    with (folder / "log").open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", "llmpairs.flows", *arguments], check=True, env=environment, stdout=log, stderr=log
        )
    return perf_counter() - begin


if __name__ == "__main__":
    main()
