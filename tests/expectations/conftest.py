"""The good release, built, staged and validated once for all tests."""

from pathlib import Path

import pytest

from llmpairs.expectations.results import CheckResult
from tests.expectations.good_release import good_frames
from tests.expectations.mutations import Frames
from tests.expectations.staged_release import GateRun, run_gate, stage_release


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Frames of a release without faults; tests copy what they change."""
    return good_frames(tmp_path_factory.mktemp("release") / "pairs")


@pytest.fixture(scope="session")
def staged(good: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The good release and its log as part files below a warehouse."""
    return stage_release(good, tmp_path_factory.mktemp("warehouse"))


@pytest.fixture(scope="session")
def gate_run(staged: Path, tmp_path_factory: pytest.TempPathFactory) -> GateRun:
    """What the gate process writes for the good release."""
    return run_gate(staged, tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def good_results(gate_run: GateRun) -> dict[tuple[str, str], CheckResult]:
    """Results of every check on the good release, by suite and check."""
    rows = [{name: value for name, value in row.items() if name != "run_id"} for job in gate_run.rows for row in job]
    results = [CheckResult(**row | {"failing_keys": tuple(row["failing_keys"])}) for row in rows]
    return {(result.suite, result.check): result for result in results}
