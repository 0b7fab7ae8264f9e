"""The live command against the loopback internet: `python -m bench.rehearsal`, `make rehearsal`.

Four runs: all sources well, the same again, one fault per source, all hosts dead. Prints times, what changed in the
second run, and the table of faults.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pandas import DataFrame

from bench.__main__ import describe_machine
from bench.rehearsal.faults import ALL_DEAD, FAULTS
from bench.rehearsal.server import Internet, serve
from bench.rehearsal.world import World, open_pages
from llmpairs.flows.runtime.settings import STATE_ENV
from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import open_store

KEY = "planted-key-of-a-source-0123456789"
CLEAN_SECONDS, UNCHANGED_SECONDS, DEAD_SECONDS, FAULT_SECONDS = 150.0, 75.0, 180.0, 60.0
RUN_LIMIT_SECONDS = 900.0


@dataclass(frozen=True)
class Run:
    """One run of the live command."""

    exit_code: int
    seconds: float
    cpu_seconds: float
    """Of all its processes."""
    errors: str


@dataclass
class Rehearsal:
    """The loopback internet, a warehouse, and the requirements that were missed."""

    internet: Internet
    folder: Path
    problems: list[str] = field(default_factory=list)

    @property
    def warehouse(self) -> str:
        """The warehouse of the runs."""
        return str(self.folder / "warehouse")

    def refresh(self) -> Run:
        """Run `llmpairs refresh` as a user would: the environment names a proxy, an authority and keys."""
        world = self.internet.world
        keys = {SOURCES[source].key_env or "": key for source, key in world.keys.items()}
        inherited = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        environment = {**inherited, **self.internet.environment(), **keys, STATE_ENV: str(self.folder / "state")}
        command = [str(Path(sys.executable).with_name("llmpairs")), "refresh", "--warehouse", self.warehouse]
        begin, cpu = time.monotonic(), read_cpu_seconds()
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=RUN_LIMIT_SECONDS, check=False
        )
        return Run(done.returncode, time.monotonic() - begin, read_cpu_seconds() - cpu, done.stderr)

    def require(self, is_met: bool, problem: str) -> None:
        """Note a requirement that is not met."""
        if not is_met:
            self.problems.append(problem)

    def run_clean(self) -> Iterator[str]:
        """All sources well, then the same again."""
        stages: dict[str, str] = {}
        yield "| run | exit code | seconds | CPU seconds | answers | 304s | load before |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for name, limit in (("first", CLEAN_SECONDS), ("second, unchanged", UNCHANGED_SECONDS)):
            asked = self.internet.world.asked
            asked.clear()
            load = os.getloadavg()[0]
            run = self.refresh()
            unchanged = sum(count for (_, status), count in asked.items() if status == 304)
            cells = [name, run.exit_code, round(run.seconds), round(run.cpu_seconds), asked.total(), unchanged]
            yield f"| {' | '.join(map(str, cells))} | {load:.1f} |"
            stages[name] = describe_stages(self.warehouse)
            self.require(run.exit_code == 0, f"the {name} run ended with {run.exit_code}: {run.errors[-500:]}")
            self.require(run.seconds <= limit, f"the {name} run took {run.seconds:.0f} s, more than {limit:.0f} s")
        changed = count_changes(self.warehouse)
        yield ""
        for name, text in stages.items():
            yield f"Seconds of the {name} run: {text}"
        yield "Rows that the second run changed: " + ", ".join(f"{count} in {name}" for name, count in changed.items())
        self.require(not any(changed.values()), f"an unchanged world changed rows: {changed}")

    def run_faults(self) -> Iterator[str]:
        """One fault per source, after a run in which all were well."""
        world = self.internet.world
        if not (Path(self.warehouse) / "CURRENT").exists():
            self.refresh()
        world.faults = FAULTS
        run = self.refresh()
        world.faults = {}
        yield f"One run with all faults: exit code {run.exit_code}, {run.seconds:.0f} s."
        yield ""
        yield "| source | fault | cause | seconds | items read | items kept | detail |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for row in list_sources(self.warehouse).to_dict("records"):
            source = row["source_id"]
            if source in FAULTS:
                seconds = read_seconds(self.folder / "state", source)
                cells = [
                    source,
                    FAULTS[source].name,
                    row["state"],
                    f"{seconds:.0f}",
                    row["items"],
                    row["carried_items"],
                ]
                yield f"| {' | '.join(map(str, cells))} | {str(row['cause'] or '').replace('|', '/')} |"
                self.require(seconds <= FAULT_SECONDS, f"{source}: {FAULTS[source].name} cost {seconds:.0f} s")
        self.require(run.exit_code in (0, 3), f"the run with faults ended with {run.exit_code}: {run.errors[-500:]}")

    def run_dead(self) -> Iterator[str]:
        """All hosts hang."""
        self.internet.world.everywhere = ALL_DEAD
        run = self.refresh()
        self.internet.world.everywhere = None
        yield f"All hosts hang: exit code {run.exit_code}, {run.seconds:.0f} s: {run.errors.strip().splitlines()[-1]}"
        self.require(run.exit_code == 3, f"with all hosts dead the exit code is {run.exit_code}")
        self.require(run.seconds <= DEAD_SECONDS, f"with all hosts dead the run took {run.seconds:.0f} s")

    def check_secrets(self) -> None:
        """The planted keys are in no file, and no request was made that must not be."""
        planted = KEY.encode()
        found = [path for path in self.folder.rglob("*") if path.is_file() and planted in read_unpacked(path)]
        self.require(not found, f"a key is in {[str(path.relative_to(self.folder)) for path in found]}")
        self.require(not self.internet.world.violations, f"forbidden requests: {self.internet.world.violations}")


def read_cpu_seconds() -> float:
    """CPU seconds of all processes of the runs so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def describe_stages(warehouse: str) -> str:
    """The seconds of each stage of the last run."""
    stages = read_log(open_store(warehouse), "runs").sort_values("started_at")["stage_seconds"].iloc[-1]
    return ", ".join(f"{each['stage']} {each['seconds']:.0f}" for each in stages)


def count_changes(warehouse: str) -> dict[str, int]:
    """Rows that the last of two releases changed."""
    store = open_store(warehouse)
    first, last = (Path(warehouse) / "releases" / name for name in sorted(read_log(store, "runs")["run_id"])[-2:])
    histories = [f"(from read_parquet('{folder}/price_history/*.parquet'))" for folder in (first, last)]
    differing = f"{histories[1]} except {histories[0]} union all ({histories[0]} except {histories[1]})"
    queries = {
        "price_history": f"select count(*) from ({differing})",
        "pair_changes": f"select count(*) from read_parquet('{last}/pair_changes/*.parquet')",
    }
    counts = {name: int(duckdb.execute(query).fetchall()[0][0]) for name, query in queries.items()}
    return {"changes": len(read_log(store, "changes", last.name)), **counts}


def list_sources(warehouse: str) -> DataFrame:
    """The log rows of the sources of the last run."""
    store = open_store(warehouse)
    last = read_log(store, "runs").sort_values("started_at")["run_id"].iloc[-1]
    rows = read_log(store, "sources", last)
    return rows.assign(cause=rows["cause"].astype("object").where(rows["cause"].notna(), ""))


def read_seconds(state: Path, source: str) -> float:
    """Seconds of a source's crawl, from the work folder of the last run."""
    (path,) = state.glob(f"work/*/health/{source}.json")
    health = json.loads(path.read_text(encoding="utf-8"))
    return (parse_timestamp(health["finished_at"]) - parse_timestamp(health["started_at"])).total_seconds()


def read_unpacked(path: Path) -> bytes:
    """The content of a file, unpacked where it is gzip."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def main() -> int:
    """Run the parts; the exit code is 1 where a requirement is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.rehearsal", description=__doc__)
    parser.add_argument("--captures", type=Path, help="folder of recorded captures; default: samples only")
    parser.add_argument("--parts", nargs="+", choices=("clean", "faults", "dead"), default=("clean", "faults", "dead"))
    options = parser.parse_args()
    print(describe_machine(), flush=True)
    keys = {source.id: f"{KEY}-{source.id}" for source in SOURCES.values() if source.key_env}
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as name:
        folder = Path(name)
        with serve(World(open_pages(folder, options.captures), keys=keys)) as internet:
            rehearsal = Rehearsal(internet, folder)
            for part in options.parts:
                print(f"\n## {part}\n", flush=True)
                for line in getattr(rehearsal, f"run_{part}")():
                    print(line, flush=True)
            rehearsal.check_secrets()
    for problem in rehearsal.problems:
        print(f"PROBLEM {problem}", flush=True)
    print(f"\n{len(rehearsal.problems)} problems")
    return 1 if rehearsal.problems else 0


if __name__ == "__main__":
    sys.exit(main())
