"""Full disks, lost or damaged files, a clock that goes back: each with its expected result."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.faults.check import find_litter, find_torn
from bench.faults.machine_lock import MachineLock
from bench.faults.power_cut import find_volatile, record_operations
from bench.faults.publishing import all_faults, run_id_of
from bench.faults.victim import Fault, publish_prepared
from llmpairs.flows.nightly.landing import landing_name
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import current_run_id, read_manifest
from llmpairs.warehouse.store import open_store

FULL = "the disk is full"
TIMEOUT_SECONDS = 600.0


@dataclass
class FaultCase:
    """One fault: its expected result, how often it ran, and problems."""

    name: str
    expected: str
    runs: int = 0
    problems: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Keep a problem where the condition does not hold."""
        if not holds:
            self.problems.append(otherwise)


@dataclass(frozen=True)
class FaultSetup:
    """Files and lock that the fault cases use."""

    folder: Path
    archive: Path
    prepared: Path
    machine_lock: MachineLock

    def llmpairs(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """A command in a process of its own."""
        with self.machine_lock.hold():
            return subprocess.run(
                [sys.executable, "-m", "llmpairs.flows", *arguments], capture_output=True, text=True, check=False,
                timeout=TIMEOUT_SECONDS,
            )  # fmt: skip

    def refresh(self, warehouse: Path, *more: str) -> "subprocess.CompletedProcess[str]":
        """A refresh over the samples."""
        return self.llmpairs("refresh", "--archive", str(self.archive), "--warehouse", str(warehouse), *more)

    def warehouse(self, case: FaultCase) -> Path:
        """A warehouse with one release."""
        place = self.folder / f"{case.name.replace(' ', '-')}-{case.runs}"
        done = self.refresh(place)
        case.runs += 1
        case.expect(done.returncode == 0, f"the first run fails: {done.stderr}")
        return place


def current(place: Path) -> str | None:
    return current_run_id(open_store(place))


def check_error(case: FaultCase, done: "subprocess.CompletedProcess[str]", code: int, message: str) -> None:
    """Check an error: its exit code, its message, and no traceback."""
    case.expect(done.returncode == code, f"exit {done.returncode} instead of {code}: {done.stderr[-300:]}")
    case.expect(message in done.stderr, f"no {message!r} in {done.stderr[-300:]!r}")
    case.expect("Traceback" not in done.stderr, f"a traceback: {done.stderr[-600:]}")


def check_live(case: FaultCase, place: Path, run_id: str | None) -> None:
    """Check that this release is live and whole."""
    case.problems += find_torn(str(place), [run_id])


def check_recovery(case: FaultCase, setup: FaultSetup, place: Path) -> None:
    """Check that the next run succeeds and cleans up."""
    done = setup.refresh(place)
    case.expect(done.returncode == 0, f"the next run fails: {done.stderr[-300:]}")
    check_live(case, place, current(place))
    case.problems += find_litter(str(place))


def full_at_every_write(setup: FaultSetup) -> FaultCase:
    case = FaultCase(
        "the disk is full at each write of a publication in turn", "the live release stays, the next one succeeds"
    )
    place = str(setup.folder / "full-at-every-write")
    writes = publish_prepared(setup.prepared, place, run_id_of(1), 1)
    before = run_id_of(1)
    for number, write in enumerate(all_faults(writes), 1):
        if write.phase == "after":
            continue
        case.runs += 1
        fault = Fault(write.write, write.phase, "full disk")
        try:
            publish_prepared(setup.prepared, place, run_id_of(2 * number), 2, fault)
            # A record of the lease has the length of the last one and is written in its place.
            case.expect(current(Path(place)) == run_id_of(2 * number), f"{write} causes no error and no release")
        except StoreError as error:
            case.expect(FULL in str(error), f"{write}: {error}")
        case.problems += find_torn(place, [before, run_id_of(2 * number)])
        before = run_id_of(2 * number + 1)
        publish_prepared(setup.prepared, place, before, 3)
        case.problems += find_torn(place, [before]) + find_litter(place)
    return case


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


def real_disk(setup: FaultSetup) -> Iterator[FaultCase]:
    """A file system that is really full, and one that is really read-only; only root may mount them."""
    full = FaultCase("a file system too small for the run", "exit 1 in one line, the live release stays, then recovery")
    frozen = FaultCase("a read-only warehouse", "exit 1 in one line, queries still work")
    with small_disk(setup.folder / "small", 1 << 30) as mount:
        place = setup.folder / "small" / "w"
        setup.refresh(place)
        first = current(place)
        run_bytes = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
        for eighth in (1, 2, 4, 6, 7):
            used = sum(path.stat().st_blocks * 512 for path in place.rglob("*") if path.is_file())
            mount(f"size={used + run_bytes * eighth // 8}")
            full.runs += 1
            done = setup.refresh(place)
            if done.returncode != 0:
                check_error(full, done, 1, FULL)
            check_live(full, place, first if done.returncode else current(place))
            mount(f"size={1 << 30}")
            check_recovery(full, setup, place)
            first = current(place)
        frozen.runs += 1
        mount("ro")
        check_error(frozen, setup.refresh(place), 1, "cannot be written")
        check_live(frozen, place, first)
        mount("rw")
        check_recovery(frozen, setup, place)
    yield full
    yield frozen


def cut_archive(setup: FaultSetup) -> FaultCase:
    case = FaultCase("a truncated WARC", "the run names the sources that failed and publishes the others")
    place = setup.warehouse(case)
    cut = setup.folder / "cut"
    shutil.copytree(setup.archive, cut)
    victims = sorted(cut.glob("*.warc.gz"))[:3]
    for victim in victims:
        victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    done = setup.llmpairs("refresh", "--archive", str(cut), "--warehouse", str(place))
    case.expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-300:]}")
    check_live(case, place, current(place))
    rows = read_log(open_store(place), "sources", str(current(place)))
    for victim in victims:
        state = rows.loc[rows["source_id"] == victim.name.removesuffix(".warc.gz"), "state"].tolist()
        case.expect(state == ["archive_damaged"], f"{victim.name} is {state}")
    return case


def lost_landing(setup: FaultSetup) -> FaultCase:
    case = FaultCase("landed lines lost or damaged", "older ones are used, and the log of the source has the cause")
    place = setup.warehouse(case)
    setup.refresh(place)
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
    fewer = setup.folder / "fewer"
    shutil.copytree(setup.archive, fewer)
    for source_id in ("openrouter", "models_dev", "litellm"):
        (fewer / f"{source_id}.warc.gz").unlink()
    done = setup.llmpairs("refresh", "--archive", str(fewer), "--warehouse", str(place))
    case.expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr[-300:]}")
    rows = read_log(store, "sources", str(current(place))).set_index("source_id")
    for source_id in ("openrouter", "models_dev", "litellm"):
        row = rows.loc[source_id]
        case.expect("are lost: restore" in str(row["cause"]), f"{source_id} has the cause {row['cause']}")
        case.expect(row["carried_items"] > 0, f"{source_id} has lost its lines")
    check_live(case, place, current(place))
    return case


def corrupt_parquet(setup: FaultSetup) -> FaultCase:
    case = FaultCase("a byte of a published Parquet file flipped", "`release verify` names it, rollback and recovery")
    place = setup.warehouse(case)
    setup.refresh(place)
    bad = str(current(place))
    for name in ("pairs", "offers"):
        case.runs += 1
        entry = read_manifest(open_store(place), bad).tables[name][0]
        path = place / "releases" / bad / entry.path
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        verified = setup.llmpairs("release", "verify", "--warehouse", str(place))
        case.expect(verified.returncode == 1, f"verify ends with {verified.returncode}")
        case.expect(entry.path in verified.stdout, f"verify does not name {entry.path}")
    check_error(case, setup.refresh(place), 1, "not a valid Parquet file")
    rolled = setup.llmpairs("release", "rollback", "--warehouse", str(place))
    case.expect(rolled.returncode == 0, f"rollback: {rolled.stderr}")
    case.expect(current(place) != bad, "rollback stays at the damaged release")
    check_recovery(case, setup, place)
    return case


def backward_clock(setup: FaultSetup) -> FaultCase:
    case = FaultCase("a clock that goes back", "exit 2 in one line, nothing changes")
    place = setup.warehouse(case)
    before = current(place)
    check_error(case, setup.refresh(place, "--as-of", "2026-05-15T20:24:17Z"), 2, "is before that of the live release")
    check_live(case, place, before)
    check_recovery(case, setup, place)
    return case


def two_at_once(setup: FaultSetup) -> FaultCase:
    case = FaultCase("two refreshes at once", "one publishes, the other fails, or waits with --wait")
    place = setup.warehouse(case)
    command = [
        sys.executable,
        "-m",
        "llmpairs.flows",
        "refresh",
        "--archive",
        str(setup.archive),
        "--warehouse",
        str(place),
    ]
    for wait in ("0m", "9m"):
        case.runs += 1
        runs = len(read_log(open_store(place), "runs"))
        with setup.machine_lock.hold():
            both = [
                subprocess.Popen(
                    [*command, "--wait", wait], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
                )
                for _ in range(2)
            ]
            errors = [process.communicate(timeout=TIMEOUT_SECONDS)[1] for process in both]
        codes = sorted(process.returncode for process in both)
        case.expect(codes == ([0, 1] if wait == "0m" else [0, 0]), f"exit codes {codes}: {errors}")
        case.expect(wait != "0m" or any("still running" in text for text in errors), f"no reason in {errors}")
        made = len(read_log(open_store(place), "runs")) - runs
        case.expect(made == (1 if wait == "0m" else 2), f"{made} runs in the log")
        check_live(case, place, current(place))
        case.problems += find_litter(str(place))
    return case


def power_cut(setup: FaultSetup) -> FaultCase:
    case = FaultCase(
        "a power cut when `CURRENT` moves: what the publication has not synced by then",
        "the whole release is on disk, entries of folders included",
    )
    place = setup.folder / "power-cut"
    for number in (1, 2):
        case.runs += 1
        with record_operations() as operations:
            publish_prepared(setup.prepared, str(place), run_id_of(number), number)
        case.problems += find_volatile(operations, place / "CURRENT", place / "releases" / run_id_of(number))
    return case


def run_all(setup: FaultSetup) -> Iterator[FaultCase]:
    """Run every fault case, one after another."""
    yield full_at_every_write(setup)
    yield power_cut(setup)
    if os.geteuid() == 0:
        yield from real_disk(setup)
    for run_case in (cut_archive, lost_landing, corrupt_parquet, backward_clock, two_at_once):
        yield run_case(setup)
    setup.machine_lock.release()
