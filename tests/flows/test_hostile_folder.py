"""Runs from any folder: packages of the current folder never take the place of installed ones."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from llmpairs.flows.runtime.process_tree import PYTHON_MODULE
from llmpairs.flows.runtime.settings import prefect_environment
from llmpairs.spiders.samples import build_frozen_archive

SHADOWED = ("flows", "spiders", "warehouse", "llmpairs", "prefect", "scrapy", "uvicorn", "great_expectations")
START_CRAWL = """
import sys
from pathlib import Path
from llmpairs.flows.nightly.crawl_process import start_wave, wait_for_crawls
from llmpairs.flows.nightly.plan import plan_run
plan = plan_run(sys.argv[1], [Path(sys.argv[2])], only=["zenmux"])
failures = wait_for_crawls(start_wave(plan, 1))
assert failures == {}, failures
assert (plan.work / "health" / "zenmux.json").exists()
"""
START_GATE = """
from llmpairs.flows.nightly.gate_process import GateError, start_gate
gate = start_gate()
try:
    gate.check({})
except GateError as error:
    print(error)
gate.close()
"""


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    """A folder whose packages have the names of ours and of libraries, and fail when they are imported."""
    folder = tmp_path / "hostile"
    for name in SHADOWED:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"raise SystemExit('{name} of the current folder')\n")
    return folder


def run_in(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*command], cwd=folder, capture_output=True, text=True, check=False)


def test_the_folder_is_hostile(hostile_folder: Path) -> None:
    done = run_in(hostile_folder, sys.executable, "-m", "llmpairs.spiders.crawling", "--help")
    assert "llmpairs of the current folder" in done.stderr


@pytest.mark.parametrize("module", ["llmpairs.flows.runtime.process_tree", "llmpairs.flows"])
def test_our_modules_start_in_a_hostile_folder(module: str, hostile_folder: Path) -> None:
    arguments = ["--help"] if module == "llmpairs.flows" else ["no-such-mark"]
    done = subprocess.run(
        [*PYTHON_MODULE, module, *arguments],
        cwd=hostile_folder,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


def test_a_crawl_process_starts_in_a_hostile_folder(hostile_folder: Path, tmp_path: Path) -> None:
    moment = datetime.fromisoformat("2026-05-15T20:24:18+00:00")
    archive = build_frozen_archive(tmp_path, run_id="20260515T202418Z", as_of=moment)
    done = run_in(hostile_folder, sys.executable, "-P", "-c", START_CRAWL, str(tmp_path / "w"), str(archive))
    assert done.returncode == 0, done.stderr


def test_the_gate_process_starts_in_a_hostile_folder(hostile_folder: Path) -> None:
    done = run_in(hostile_folder, sys.executable, "-P", "-c", START_GATE)
    assert "of the current folder" not in done.stdout + done.stderr
    assert "KeyError" in done.stderr, "the gate got as far as reading the job"


def test_prefect_starts_in_a_hostile_folder(hostile_folder: Path) -> None:
    environment = {**os.environ, **prefect_environment()}
    command = [sys.executable, "-m", "prefect", "--version"]
    done = subprocess.run(command, cwd=hostile_folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
