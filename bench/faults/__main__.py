"""Kills, full disks and lost files, and what queries see of them: `python -m bench.faults`, `make faults`."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from bench.__main__ import describe_machine
from bench.faults.damage import FaultSetup, run_all
from bench.faults.gate_columns import plant_in_release, tabulate_faults
from bench.faults.machine_lock import MachineLock
from bench.faults.publishing import kill_publications
from bench.faults.reading import UNPROMISED, read_while_publishing
from bench.faults.refreshing import Refreshes, kill_refreshes
from bench.faults.two_hosts import MODES, play_rounds
from bench.faults.warehouses import WarehouseKind, bucket_warehouses, folder_warehouses, free_port, seaweed_warehouses
from llmpairs.flows.nightly.gate_process import Gate, start_gate
from llmpairs.flows.nightly.plan import plan_run
from llmpairs.flows.nightly.run import execute_run
from llmpairs.flows.ops.scheduler import prefect_server
from llmpairs.flows.runtime.process_tree import end_child_processes
from llmpairs.flows.runtime.settings import STATE_ENV, use_prefect_environment
from llmpairs.progress import Progress
from llmpairs.spiders.samples import build_frozen_archive, read_frozen
from llmpairs.warehouse.contracts import RELEASE_TABLES

PARTS = ("refreshes", "publications", "readers", "damage", "hosts", "columns")


def main() -> int:
    options = read_options()
    print(describe_machine(), f"seed {options.seed}", sep=", ", flush=True)
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        os.environ[STATE_ENV] = str(folder / "state")
        use_prefect_environment()
        open_.enter_context(end_child_processes())
        harness = Harness(options, folder, open_)
        for part in options.parts:
            begin = time.monotonic()
            for line in getattr(harness, part)():
                print(line, flush=True)
            print(f"\n({part}: {(time.monotonic() - begin) / 60:.1f} minutes)", flush=True)
    for problem in harness.problems:
        print(f"PROBLEM {problem}", flush=True)
    print(f"\n{len(harness.problems)} problems")
    return 1 if harness.problems else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--refresh-kills", type=int, default=60, help="on a local disk; a third as many on S3")
    parser.add_argument("--publish-kills", type=int, default=180, help="on a local disk; a third as many on S3")
    parser.add_argument("--publications", type=int, default=200, help="while readers read; a quarter as many on S3")
    parser.add_argument("--rounds", type=int, default=200, help="of two hosts, for each kind and each warehouse")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--machine-lock", type=Path, help="lock file to hold during a whole run, shared with other processes"
    )
    return parser.parse_args()


class Harness:
    """What the parts share: one Prefect server, one gate, one archive, and the tables of one run."""

    def __init__(self, options: argparse.Namespace, folder: Path, open_: ExitStack) -> None:
        self.options = options
        self.folder = folder
        self.problems: list[str] = []
        self.machine_lock = MachineLock(options.machine_lock)
        self.archive = build_samples(folder / "samples")
        self.warehouse_kinds = [folder_warehouses(folder), open_.enter_context(bucket_warehouses(folder / "moto.log"))]
        self.open = open_

    @cached_property
    def gate(self) -> Gate:
        """A quality gate, and a Prefect server for whole runs."""
        self.open.enter_context(prefect_server(free_port()))
        gate = start_gate()
        self.open.callback(gate.close)
        return gate

    @cached_property
    def prepared(self) -> Path:
        """The tables of a run over the samples, one file each, for publications without a run."""
        warehouse = self.folder / "prepared-run"
        with self.machine_lock.hold():
            outcome = execute_run(plan_run(str(warehouse), [self.archive]), Progress(), self.gate)
        self.machine_lock.release()
        self.run_id = outcome.run_id
        prepared = self.folder / "prepared"
        prepared.mkdir()
        for table in RELEASE_TABLES:
            (part,) = (warehouse / "releases" / outcome.run_id / table.name).glob("*.parquet")
            shutil.copy(part, prepared / f"{table.name}.parquet")
        return prepared

    def find(self, part: str, kind: WarehouseKind, problems: list[str]) -> int:
        """Keep problems for the end; returns how many there are."""
        self.problems += [f"{part}, {kind.name}: {problem}" for problem in problems]
        return len(problems)

    def refreshes(self) -> Iterator[str]:
        """Lines of the table of killed refreshes."""
        yield "\n| killed refresh | warehouse | kills | new release already current | processes left | problems |"
        yield "| --- | --- | ---: | ---: | ---: | ---: |"
        for kind, kills in zip(
            self.warehouse_kinds, (self.options.refresh_kills, self.options.refresh_kills // 3), strict=True
        ):
            series = Refreshes(
                kind.warehouse("refreshes"), self.archive, self.gate, self.machine_lock, self.options.seed
            )
            kill_refreshes(series, kills)
            for stage, found in series.by_stage.items():
                bad = self.find(stage, kind, found.problems)
                self.problems += [f"{stage}: a process outlived its refresh"] * found.outliving
                yield (
                    f"| {stage} | {kind.name} | {found.kills} | {found.new_release_current} "
                    f"| {found.outliving} | {bad} |"
                )
            whole = self.find("at the end", kind, series.finish())
            yield f"| all {len(series.published)} releases at the end | {kind.name} | | | | {whole} |"

    def publications(self) -> Iterator[str]:
        """Lines of the table of killed publications."""
        yield (
            "\n| killed publication | kills | at each write | at random | new release already current "
            "| published | problems |"
        )
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        kills = self.options.publish_kills
        for kind, count in zip(self.warehouse_kinds, (kills, kills // 3), strict=True):
            counts = kill_publications(kind.warehouse("publications"), self.prepared, count, self.options.seed)
            bad = self.find("publications", kind, counts.problems)
            yield (
                f"| {kind.name} | {counts.kills} | {counts.at_each_write} | {counts.kills - counts.at_each_write} "
                f"| {counts.new_release_current} | {len(counts.published)} | {bad} |"
            )

    def readers(self) -> Iterator[str]:
        """Lines of the table of polling readers."""
        yield "\n| reader | warehouse | publications | reads | whole | refused | torn | releases seen |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for kind, count in zip(
            self.warehouse_kinds, (self.options.publications, self.options.publications // 4), strict=True
        ):
            seen, problems = read_while_publishing(
                kind.warehouse("readers"), self.prepared, count, kind is self.warehouse_kinds[0]
            )
            self.find("readers", kind, problems)
            for name, found in seen.items():
                self.find(name, kind, ["a torn read"] * found.torn if name not in UNPROMISED else [])
                refused = f"{found.refused} ({', '.join(sorted(found.errors))})" if found.refused else "0"
                yield (
                    f"| {name} | {kind.name} | {count} | {found.reads} | {found.whole} | {refused} | {found.torn} "
                    f"| {len(found.releases)} |"
                )

    def damage(self) -> Iterator[str]:
        """Lines of the table of other faults."""
        yield "\n| fault | expected result | cases | problems |"
        yield "| --- | --- | ---: | ---: |"
        for case in run_all(FaultSetup(self.folder, self.archive, self.prepared, self.machine_lock)):
            self.problems += [f"{case.name}: {problem}" for problem in case.problems]
            yield f"| {case.name} | {case.expected} | {case.runs} | {len(case.problems)} |"

    def hosts(self) -> Iterator[str]:
        """Lines of the table of two hosts."""
        yield "\n| two hosts | warehouse | rounds | first wins | second wins | refused | problems |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
        with ExitStack() as servers:
            seaweed = servers.enter_context(seaweed_warehouses(self.folder))
            for kind in [*self.warehouse_kinds, *([seaweed] if seaweed else [])]:
                for mode, about in MODES.items():
                    played = play_rounds(kind.warehouse(f"hosts-{mode}"), self.options.rounds, mode)
                    bad = self.find(about, kind, played.problems)
                    first, second = played.won.values()
                    yield (
                        f"| {about} | {kind.name} | {played.rounds} | {first} | {second} | {played.refused} | {bad} |"
                    )

    def columns(self) -> Iterator[str]:
        """Lines of the table of faults that the gate must find in each column of `pairs`."""
        faults = plant_in_release(str(self.folder / "prepared-run"), self.run_id, self.options.seed)
        self.problems += [f"no check finds {fault.planted} in {fault.column}" for fault in faults if not fault.checks]
        yield from tabulate_faults(faults)


def build_samples(folder: Path) -> Path:
    """The sample pages of every source as the archive of one run."""
    folder.mkdir()
    # The catalogue's time: a page that was captured weeks later would make every price stale.
    moment = max(page.captured_at for page in read_frozen("models_dev"))
    return build_frozen_archive(folder, run_id=moment.strftime("%Y%m%dT%H%M%SZ"), as_of=moment)


if __name__ == "__main__":
    sys.exit(main())
