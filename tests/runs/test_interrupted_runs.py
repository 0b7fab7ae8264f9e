"""Runs that are interrupted: a step that fails after the crawl, and SIGTERM."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.nightly import pipeline, run
from llmpairs.flows.nightly.crawl_process import Crawl, CrawlError
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import RunPlan, plan_run, resume_run
from llmpairs.logs import LOG_ENV, set_up_logging
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import open_store
from tests.runs.archives import EARLIER, FIRST_AS_OF, digests, sample_bodies, write_warc
from tests.runs.conftest import OpenGate, execute

SOURCE = "groq"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_warc(tmp_path / "one.warc.gz", sample_bodies([SOURCE]), EARLIER, "text/html")


@pytest.fixture
def json_command(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command with JSON logs; signal handler and logging are restored afterwards."""
    monkeypatch.setenv(LOG_ENV, "json")
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
    monkeypatch.undo()
    set_up_logging()


def digest_offers(warehouse: Path) -> list[str]:
    return [digest for name, digest in digests(warehouse).items() if "/offers/" in name]


def fail(*_: object) -> None:
    raise StoreError("the disk is full")


def fail_to_crawl(*_: object) -> None:
    raise CrawlError("a resumed run crawls nothing")


def test_a_run_whose_transform_failed_is_resumed_without_a_crawl(
    tmp_path: Path, archive: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = execute(plan_run(str(tmp_path / "whole"), [archive], FIRST_AS_OF, [SOURCE]), OpenGate())
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "transform_run", fail)
        failed = execute(plan_run(str(tmp_path / "w"), [archive], FIRST_AS_OF, [SOURCE]), OpenGate())
    assert (failed.state, failed.error, failed.is_crawl_finished) == ("failed", "the disk is full", True)
    monkeypatch.setattr(run, "start_wave", fail_to_crawl)
    monkeypatch.setattr(pipeline, "start_ready_groups", fail_to_crawl)
    resumed = execute(resume_run(str(tmp_path / "w")), OpenGate())
    assert (resumed.state, resumed.counts) == ("published", whole.counts)
    assert resumed.counts["offers"] > 0
    assert digest_offers(tmp_path / "w") == digest_offers(tmp_path / "whole")
    assert not resumed.is_crawl_finished, "a published crawl is not resumed again"


def test_sigterm_ends_every_process_of_a_run_is_recorded_and_logged_as_json(
    tmp_path: Path, archive: Path, state: Path, monkeypatch: pytest.MonkeyPatch, json_command: None
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start_process() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True))
        return started[-1]

    def start_hanging(plan: RunPlan, _wave: int) -> list[Crawl]:
        return [Crawl(plan, (SOURCE,), None, plan.work / "crawl.log", start_process(), time.monotonic() + 60)]

    def start_gate(_log: Path) -> Gate:
        gate = start_process()
        return Gate(gate)  # type: ignore[arg-type]  # only closed, never asked

    def terminate(*_: object) -> None:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("the run went on after SIGTERM")

    monkeypatch.setattr(run, "start_wave", start_hanging)
    monkeypatch.setattr(run, "start_gate", start_gate)
    monkeypatch.setattr(run, "run_stages_with_prefect", terminate)
    arguments = [
        "--archive",
        str(archive),
        "--warehouse",
        str(tmp_path / "w"),
        "--only",
        SOURCE,
        "--log-format",
        "json",
    ]
    done = CliRunner().invoke(app, ["refresh", *arguments])
    assert (done.exit_code, len(started)) == (143, 2)
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events[-1] == "ended by SIGTERM; the live release is unchanged"
    assert all(process.poll() is not None for process in started), "no process outlives the run"
    logged = read_log(open_store(tmp_path / "w"), "runs")
    assert [*zip(logged["state"], logged["error"], strict=True)] == [("failed", "ended by SIGTERM")]
