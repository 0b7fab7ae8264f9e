"""Whole runs in process, without Prefect: one gate process for the session, and releases that all tests share.

A shared release is made once per test session, whichever xdist worker needs it first, and is only read. A test that
continues from one copies it with `copy_warehouse`.
"""

import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filelock import FileLock

from llmpairs.flows.nightly.gate_process import Gate, Verdict, start_gate
from llmpairs.flows.nightly.plan import RunPlan, plan_run
from llmpairs.flows.nightly.run import RunOutcome, execute_run
from llmpairs.progress import Progress
from llmpairs.spiders.samples import build_frozen_archive
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.store import Store
from tests.forked_crawls import forked_crawls
from tests.runs.archives import FIRST_AS_OF, LATER, LITELLM, NEXT_AS_OF, SIGN_IN, sample_bodies, write_warc

NOT_HERE = "recorded captures are not beside this checkout"
T = TypeVar("T")


def execute(plan: RunPlan, gate: Gate) -> RunOutcome:
    """Execute a planned run in this process, its crawls in forked ones."""
    with forked_crawls():
        return execute_run(plan, Progress(), gate, use_prefect=False)


@dataclass(frozen=True)
class RunOnce:
    """Executes runs with the session's gate."""

    gate: Gate

    def __call__(
        self, warehouse: Path | str, *archives: Path, as_of: datetime | None = None, only: Sequence[str] = ()
    ) -> RunOutcome:
        """One run of archives into a warehouse, of all sources or of the named ones."""
        return execute(plan_run(str(warehouse), archives, as_of, only), self.gate)


class LentGate(Gate):
    """The session's gate, for a command that would close its own."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.process)

    def close(self) -> None:
        """Leave it running."""


class OpenGate(Gate):
    """A gate that checks nothing, for a run whose bytes are compared with those of a checked one."""

    def __init__(self) -> None:
        """Start no process."""

    def check(self, job: dict[str, Any]) -> Verdict:
        """Pass, with no results."""
        Path(job["out"]).write_text("[]", encoding="utf-8")
        return Verdict(verdict="pass", critical_failures=[])

    def is_alive(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class SharedRelease:
    """A warehouse that several tests read, and the outcome of the run that wrote its live release."""

    warehouse: Path
    outcome: RunOutcome


@dataclass(frozen=True)
class SecondRun(SharedRelease):
    """The shared release after two runs, with a failed one between them."""

    first: RunOutcome
    failed: RunOutcome
    live_after_failure: str
    """CURRENT after the failed run."""


@dataclass(frozen=True)
class SharedFolder:
    """A folder that all workers of the test session share."""

    folder: Path

    def build(self, name: str, make: Callable[[Path], T]) -> T:
        """What `make` returns for an empty folder of that name; called once per session, in one worker."""
        place = self.folder / name
        result = place / "result.pickle"
        with FileLock(f"{place}.lock"):
            if not result.exists():
                shutil.rmtree(place, ignore_errors=True)
                place.mkdir(parents=True)
                made = make(place)
                result.write_bytes(pickle.dumps(made))
                return made
        found: T = pickle.loads(result.read_bytes())  # noqa: S301 (written above, in the session's own folder)
        return found


def copy_warehouse(release: SharedRelease, target: Path) -> RunOutcome:
    """Copy a shared warehouse for a test that continues from it; returns the outcome of its run."""
    shutil.copytree(release.warehouse, target, symlinks=True)
    return release.outcome


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Local state of the session; Prefect reads it when it is first imported."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLMPAIRS_STATE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> SharedFolder:
    """The folder that all workers share; a session without workers has it to itself."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "shared-releases"
    folder.mkdir(exist_ok=True)
    return SharedFolder(folder)


@pytest.fixture(scope="session")
def gate(s3_credentials: None) -> Iterator[Gate]:
    """One gate process for all runs of this worker; it starts with the credentials of the bucket."""
    running = start_gate()
    yield running
    running.close()


@pytest.fixture(scope="session")
def run(gate: Gate, state: Path) -> RunOnce:
    """Executes one run into a warehouse."""
    return RunOnce(gate)


@pytest.fixture(scope="session")
def samples(shared: SharedFolder) -> Path:
    """The sample pages of every source, as the archives of one run."""
    return shared.build(
        "samples", lambda place: build_frozen_archive(place, run_id="20260515T202418Z", as_of=FIRST_AS_OF)
    )


@pytest.fixture(scope="session")
def sample_run(shared: SharedFolder, samples: Path, run: RunOnce) -> SharedRelease:
    """The published run of all samples, their archive deleted since; the work folder is `work` beside the warehouse."""

    def make(place: Path) -> SharedRelease:
        archive = shutil.copytree(samples, place / "archive")
        plan = plan_run(str(place / "w"), [archive])
        outcome = execute(plan, run.gate)
        assert (outcome.state, outcome.error, outcome.critical) == ("published", None, ())
        shutil.copytree(plan.work, place / "work")
        shutil.rmtree(archive)
        return SharedRelease(place / "w", outcome)

    return shared.build("sample-run", make)


@pytest.fixture(scope="session")
def second_run(shared: SharedFolder, sample_run: SharedRelease, samples: Path, run: RunOnce) -> SecondRun:
    """The sample run; one that meets a full disk; and one with LiteLLM's page as HTML and without OpenRouter's pages.

    The archive of the last one is deleted afterwards.
    """

    def make(place: Path) -> SecondRun:
        folder = place / "w"
        first = copy_warehouse(sample_run, folder)
        failed = run_with_full_disk(folder, samples, run)
        current = (folder / "CURRENT").read_text().strip()
        bodies = {url: body for url, body in sample_bodies().items() if "openrouter.ai" not in url}
        archive = write_warc(place / "second.warc.gz", bodies | {LITELLM: SIGN_IN}, LATER)
        outcome = run(folder, archive, as_of=NEXT_AS_OF)
        assert outcome.state == "published"
        archive.unlink()
        return SecondRun(folder, outcome, first, failed, current)

    return shared.build("second-run", make)


def run_with_full_disk(folder: Path, samples: Path, run: RunOnce) -> RunOutcome:
    """A run of one source, in which no table can be written."""

    def full(self: Store, rel: str) -> object:
        raise StoreError(f"{folder}/{rel}: no space left on the device; free some and run again")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "open_output", full)
        return run(folder, samples, as_of=NEXT_AS_OF, only=["zenmux"])


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of recorded captures; tests that need it are skipped where it is absent."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "captures"
    folder = Path(os.environ.get("LLMPAIRS_CAPTURES", beside))
    if not (folder / "reference.warc.gz").exists():
        pytest.skip(NOT_HERE)
    return folder


@pytest.fixture(scope="session")
def recorded_run(shared: SharedFolder, captures: Path, run: RunOnce) -> SharedRelease:
    """The run of the captures of 18 May 2026: the most sources, 445,000 pairs."""

    def make(place: Path) -> SharedRelease:
        archives = (captures / "nights" / "2026-05-18.warc.gz", captures / "reference.warc.gz")
        return SharedRelease(place / "w", run(place / "w", *archives))

    return shared.build("recorded-run", make)
