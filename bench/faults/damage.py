"""Disks that fill up, files that are lost or damaged, clocks that go back: each with what must come of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults.check import find_litter, find_torn
from bench.faults.publishing import all_faults, run_id_of
from bench.faults.turns import Turns
from bench.faults.victim import Fault, publish_prepared
from llmpairs.flows.nightly.landed import landing_name
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import open_store

FULL = "the disk is full"
TIMEOUT_SECONDS = 600.0


@dataclass
class Scene:
    """One fault: how often it was played, and what was not as it must be."""

    name: str
    must: str
    played: int = 0
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Keep what does not hold."""
        if not holds:
            self.problems.append(otherwise)


@dataclass(frozen=True)
class Stage:
    """What a scene is played with."""

    folder: Path
    archive: Path
    prepared: Path
    turns: Turns

    def llmpairs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command in a process of its own."""
        with self.turns.turn():
            return subprocess.run(
                [sys.executable, "-m", "llmpairs.flows", *arguments], capture_output=True, text=True, check=False,
                timeout=TIMEOUT_SECONDS,
            )  # fmt: skip

    def refresh(self, warehouse: Path, *more: str) -> "subprocess.CompletedProcess[str]":
        """A night over the samples."""
        return self.llmpairs("refresh", "--archive", str(self.archive), "--warehouse", str(warehouse), *more)

    def warehouse(self, scene: Scene) -> Path:
        """A warehouse with one release."""
        place = self.folder / f"{scene.name.replace(' ', '-')}-{scene.played}"
        done = self.refresh(place)
        scene.played += 1
        scene.expect(done.returncode == 0, f"the first night fails: {done.stderr}")
        return place


def current(place: Path) -> str | None:
    return current_run_id(open_store(place))


def fails_in_one_line(scene: Scene, done: "subprocess.CompletedProcess[str]", code: int, said: str) -> None:
    """A refusal: its exit code, its words, and no traceback."""
    scene.expect(done.returncode == code, f"exit {done.returncode} instead of {code}: {done.stderr[-300:]}")
    scene.expect(said in done.stderr, f"not said: {said!r} in {done.stderr[-300:]!r}")
    scene.expect("Traceback" not in done.stderr, f"a traceback: {done.stderr[-600:]}")


def keeps(scene: Scene, place: Path, run_id: str | None) -> None:
    """Readers have that release, whole."""
    scene.problems += find_torn(str(place), [run_id])


def recovers(scene: Scene, stage: Stage, place: Path) -> None:
    """The next night succeeds and cleans up."""
    done = stage.refresh(place)
    scene.expect(done.returncode == 0, f"the next night fails: {done.stderr[-300:]}")
    keeps(scene, place, current(place))
    scene.problems += find_litter(str(place))


def full_at_every_write(stage: Stage) -> Scene:
    scene = Scene(
        "the disk is full at each write of a publication in turn", "last release kept, next one succeeds"
    )
    place = str(stage.folder / "full-at-every-write")
    writes = publish_prepared(stage.prepared, place, run_id_of(1), 1)
    before = run_id_of(1)
    for number, write in enumerate(all_faults(writes), 1):
        if write.phase == "after":
            continue
        scene.played += 1
        fault = Fault(write.write, write.phase, "full disk")
        try:
            publish_prepared(stage.prepared, place, run_id_of(2 * number), 2, fault)
            scene.expect(False, f"{write} goes unnoticed")
        except StoreError as error:
            scene.expect(FULL in str(error), f"{write}: {error}")
        scene.problems += find_torn(place, [before, run_id_of(2 * number)])
        before = run_id_of(2 * number + 1)
        publish_prepared(stage.prepared, place, before, 3)
        scene.problems += find_torn(place, [before]) + find_litter(place)
    return scene


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[str], None]]:
    """A file system of that many bytes at the folder; the function mounts it again with other options."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "faults", str(folder)], check=True)
    try:
        yield lambda options: remount(folder, options)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def real_disk(stage: Stage) -> Iterator[Scene]:
    """A file system that is really full, and one that is really read-only; only root may mount them."""
    full = Scene(
        "a file system too small for the night", "exit 1 in one line, last release kept, then recovery"
    )
    frozen = Scene("a read-only warehouse", "exit 1 in one line, readers read on")
    with small_disk(stage.folder / "small", 1 << 30) as mount:
        place = stage.folder / "small" / "w"
        stage.refresh(place)
        first = current(place)
        night = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        for eighth in (1, 2, 4, 6, 7):
            used = sum(path.stat().st_blocks * 512 for path in place.rglob("*") if path.is_file())
            mount(f"size={used + night * eighth // 8}")
            full.played += 1
            done = stage.refresh(place)
            if done.returncode != 0:
                fails_in_one_line(full, done, 1, FULL)
            keeps(full, place, first if done.returncode else current(place))
            mount(f"size={1 << 30}")
            recovers(full, stage, place)
            first = current(place)
        frozen.played += 1
        mount("ro")
        fails_in_one_line(frozen, stage.refresh(place), 1, "cannot be written")
        keeps(frozen, place, first)
        mount("rw")
        recovers(frozen, stage, place)
    yield full
    yield frozen


def cut_archive(stage: Stage) -> Scene:
    scene = Scene(
        "a WARC cut in its midst", "the night names the sources that it cost and publishes the others"
    )
    place = stage.warehouse(scene)
    cut = stage.folder / "cut"
    shutil.copytree(stage.archive, cut)
    victims = sorted(cut.glob("*.warc.gz"))[:3]
    for victim in victims:
        victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    done = stage.llmpairs("refresh", "--archive", str(cut), "--warehouse", str(place))
    scene.expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-300:]}")
    keeps(scene, place, current(place))
    rows = read_log(open_store(place), "sources", str(current(place)))
    for victim in victims:
        state = rows.loc[rows["source_id"] == victim.name.removesuffix(".warc.gz"), "state"].tolist()
        scene.expect(state == ["archive_damaged"], f"{victim.name} is {state}")
    return scene


def lost_landing(stage: Stage) -> Scene:
    scene = Scene("landed lines lost or damaged", "older ones stand in, the source's night says so")
    place = stage.warehouse(scene)
    stage.refresh(place)
    store = open_store(place)
    for source_id, how in (("openrouter", "lost"), ("models_dev", "cut"), ("litellm", "flipped")):
        path = place / landing_name(str(current(place)), source_id)
        whole = path.read_bytes()
        if how == "lost":
            path.unlink()
        else:
            path.write_bytes(
                whole[: len(whole) // 2] if how == "cut" else whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:]
            )
    fewer = stage.folder / "fewer"
    shutil.copytree(stage.archive, fewer)
    for source_id in ("openrouter", "models_dev", "litellm"):
        (fewer / f"{source_id}.warc.gz").unlink()
    done = stage.llmpairs("refresh", "--archive", str(fewer), "--warehouse", str(place))
    scene.expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-300:]}")
    rows = read_log(store, "sources", str(current(place))).set_index("source_id")
    for source_id in ("openrouter", "models_dev", "litellm"):
        row = rows.loc[source_id]
        scene.expect("are lost: restore" in str(row["cause"]), f"{source_id} says {row['cause']}")
        scene.expect(row["carried_items"] > 0, f"{source_id} has lost its lines")
    keeps(scene, place, current(place))
    return scene


def corrupt_parquet(stage: Stage) -> Scene:
    scene = Scene(
        "a byte of a published Parquet file flipped", "`releases --verify` names it, rollback and recovery"
    )
    place = stage.warehouse(scene)
    stage.refresh(place)
    bad = str(current(place))
    for name in ("pairs", "offers"):
        scene.played += 1
        entry = read_manifest(open_store(place), bad).tables[name][0]
        path = place / "releases" / bad / entry.path
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        verified = stage.llmpairs("releases", "--verify", "--warehouse", str(place))
        scene.expect(verified.returncode == 1, f"--verify ends with {verified.returncode}")
        scene.expect(entry.path in verified.stdout, f"--verify does not name {entry.path}")
    fails_in_one_line(scene, stage.refresh(place), 1, "not a sound Parquet file")
    rolled = stage.llmpairs("rollback", "--warehouse", str(place))
    scene.expect(rolled.returncode == 0, f"rollback: {rolled.stderr}")
    scene.expect(current(place) != bad, "rollback stays at the damaged release")
    recovers(scene, stage, place)
    return scene


def backward_clock(stage: Stage) -> Scene:
    scene = Scene("a clock that goes back", "exit 2 in one line, nothing changes")
    place = stage.warehouse(scene)
    before = current(place)
    fails_in_one_line(
        scene, stage.refresh(place, "--as-of", "2026-05-15T20:24:17Z"), 2, "is before that of the current"
    )
    keeps(scene, place, before)
    recovers(scene, stage, place)
    return scene


def two_at_once(stage: Stage) -> Scene:
    scene = Scene(
        "two refreshes at once", "one publishes, the other leaves, or waits for its turn with --wait"
    )
    place = stage.warehouse(scene)
    command = [
        sys.executable,
        "-m",
        "flows",
        "refresh",
        "--archive",
        str(stage.archive),
        "--warehouse",
        str(place),
    ]
    for wait in ("0m", "9m"):
        scene.played += 1
        runs = len(read_log(open_store(place), "runs"))
        with stage.turns.turn():
            both = [
                subprocess.Popen(
                    [*command, "--wait", wait], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
                )
                for _ in range(2)
            ]
            told = [process.communicate(timeout=TIMEOUT_SECONDS)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        scene.expect(codes == ([0, 1] if wait == "0m" else [0, 0]), f"they end with {codes}: {told}")
        scene.expect(
            wait != "0m" or any("still running" in text for text in told), f"neither says why: {told}"
        )
        made = len(read_log(open_store(place), "runs")) - runs
        scene.expect(made == (1 if wait == "0m" else 2), f"{made} attempts in the log")
        keeps(scene, place, current(place))
        scene.problems += find_litter(str(place))
    return scene


def play_all(stage: Stage) -> Iterator[Scene]:
    """Every scene, one after another."""
    yield full_at_every_write(stage)
    if os.geteuid() == 0:
        yield from real_disk(stage)
    for play in (cut_archive, lost_landing, corrupt_parquet, backward_clock, two_at_once):
        yield play(stage)
    stage.turns.end()
