"""Kills, full disks and lost files by the hundred, and what readers notice: `python -m bench.faults`, `make faults`."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.__main__ import describe_machine
from bench.faults.damage import Stage, play_all
from bench.faults.places import Place, bucket_place, folder_place, free_port
from bench.faults.publishing import kill_publications
from bench.faults.reading import UNPROMISED, read_while_publishing
from bench.faults.refreshing import Refreshes, kill_refreshes
from bench.faults.turns import Turns
from llmpairs.flows.nightly.gate_process import start_gate
from llmpairs.flows.nightly.plan import plan_night
from llmpairs.flows.nightly.run import run_night
from llmpairs.flows.ops.scheduler import prefect_server
from llmpairs.flows.runtime.process_tree import end_children_with_us
from llmpairs.flows.runtime.settings import STATE_ENV, use_prefect_environment
from llmpairs.progress import Stages
from llmpairs.spiders.samples import build_frozen_archive, list_frozen, read_frozen
from llmpairs.warehouse.contracts import RELEASE_TABLES

PARTS = ("refreshes", "publications", "readers", "damage")


def main() -> int:
    options = read_options()
    print(describe_machine(), f"seed {options.seed}", sep=", ", flush=True)
    with ExitStack() as open_:
        folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        os.environ[STATE_ENV] = str(folder / "state")
        use_prefect_environment()
        open_.enter_context(end_children_with_us())
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
    parser.add_argument(
        "--refresh-kills", type=int, default=60, help="on a local disk; a third as many on S3"
    )
    parser.add_argument(
        "--publish-kills", type=int, default=180, help="on a local disk; a third as many on S3"
    )
    parser.add_argument(
        "--publications", type=int, default=200, help="while readers read; a quarter as many on S3"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--turns", type=Path, help="lock file to hold while a whole night runs, shared with others"
    )
    return parser.parse_args()


class Harness:
    """What the parts share: one Prefect server, one gate, one archive, and the tables of one night."""

    def __init__(self, options: argparse.Namespace, folder: Path, open_: ExitStack) -> None:
        self.options = options
        self.folder = folder
        self.problems: list[str] = []
        self.turns = Turns(options.turns)
        self.archive = build_samples(folder / "samples")
        self.places = [folder_place(folder), open_.enter_context(bucket_place(folder / "moto.log"))]
        open_.enter_context(prefect_server(free_port()))
        self.gate = start_gate()
        open_.callback(self.gate.close)
        self.prepared = self.prepare()

    def prepare(self) -> Path:
        """The tables of a night over the samples, one file each, for publications that make no night."""
        place = self.folder / "prepared-night"
        with self.turns.turn():
            outcome = run_night(plan_night(str(place), [self.archive]), Stages(), self.gate)
        self.turns.end()
        prepared = self.folder / "prepared"
        prepared.mkdir()
        for table in RELEASE_TABLES:
            (part,) = (place / "releases" / outcome.run_id / table.name).glob("*.parquet")
            shutil.copy(part, prepared / f"{table.name}.parquet")
        return prepared

    def find(self, part: str, place: Place, problems: list[str]) -> int:
        """Keep problems for the end; returns how many there are."""
        self.problems += [f"{part}, {place.name}: {problem}" for problem in problems]
        return len(problems)

    def refreshes(self) -> Iterator[str]:
        """Lines of the table of killed refreshes."""
        yield "\n| killed refresh | place | kills | new release already current | processes outliving | problems |"
        yield "| --- | --- | ---: | ---: | ---: | ---: |"
        for place, kills in zip(
            self.places, (self.options.refresh_kills, self.options.refresh_kills // 3), strict=True
        ):
            series = Refreshes(
                place.warehouse("refreshes"), self.archive, self.gate, self.turns, self.options.seed
            )
            kill_refreshes(series, kills)
            for stage, found in series.by_stage.items():
                bad = self.find(stage, place, found.problems)
                self.problems += [f"{stage}: a process outlived its refresh"] * found.outliving
                yield (
                    f"| {stage} | {place.name} | {found.kills} | {found.new_release_current} "
                    f"| {found.outliving} | {bad} |"
                )
            whole = self.find("in the end", place, series.finish())
            yield f"| all {len(series.published)} releases in the end | {place.name} | | | | {whole} |"

    def publications(self) -> Iterator[str]:
        """Lines of the table of killed publications."""
        yield (
            "\n| killed publication | kills | at each write | at random | new release already current "
            "| published | problems |"
        )
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        kills = self.options.publish_kills
        for place, count in zip(self.places, (kills, kills // 3), strict=True):
            tally = kill_publications(
                place.warehouse("publications"), self.prepared, count, self.options.seed
            )
            bad = self.find("publications", place, tally.problems)
            yield (
                f"| {place.name} | {tally.kills} | {tally.at_each_write} | {tally.kills - tally.at_each_write} "
                f"| {tally.new_release_current} | {len(tally.published)} | {bad} |"
            )

    def readers(self) -> Iterator[str]:
        """Lines of the table of polling readers."""
        yield "\n| reader | place | publications | reads | whole | refused | torn | nights seen |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for place, count in zip(
            self.places, (self.options.publications, self.options.publications // 4), strict=True
        ):
            seen, problems = read_while_publishing(
                place.warehouse("readers"), self.prepared, count, place is self.places[0]
            )
            self.find("readers", place, problems)
            for name, found in seen.items():
                self.find(name, place, ["a torn read"] * found.torn if name not in UNPROMISED else [])
                refused = f"{found.refused} ({', '.join(sorted(found.errors))})" if found.refused else "0"
                yield (
                    f"| {name} | {place.name} | {count} | {found.reads} | {found.whole} | {refused} | {found.torn} "
                    f"| {len(found.nights)} |"
                )

    def damage(self) -> Iterator[str]:
        """Lines of the table of other faults."""
        yield "\n| fault | what must come of it | played | problems |"
        yield "| --- | --- | ---: | ---: |"
        for scene in play_all(Stage(self.folder, self.archive, self.prepared, self.turns)):
            self.problems += [f"{scene.name}: {problem}" for problem in scene.problems]
            yield f"| {scene.name} | {scene.must} | {scene.played} | {len(scene.problems)} |"


def build_samples(folder: Path) -> Path:
    """The sample pages of every source as one night's archive."""
    folder.mkdir()
    moment = max(page.captured_at for source in list_frozen() for page in read_frozen(source))
    return build_frozen_archive(folder, run_id=moment.strftime("%Y%m%dT%H%M%SZ"), as_of=moment)


if __name__ == "__main__":
    sys.exit(main())
