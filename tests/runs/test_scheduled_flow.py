"""The flow that a schedule starts: when it skips a start, and the state that the dashboard shows for a run."""

import importlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from llmpairs.flows.nightly.gate_process import CriticalFailure
from llmpairs.flows.nightly.run import RunOutcome
from llmpairs.flows.runtime.lock import RefreshRunningError
from llmpairs.flows.runtime.settings import use_prefect_environment
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import RUN, frame

NOW = datetime(2026, 6, 8, 12, tzinfo=UTC)
CHECK = CriticalFailure(
    suite="offers", check="no price is negative", outcome="failed", observed="1", failing_keys=["x"]
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def nightly(state: Path) -> Any:
    """`llmpairs.flows.ops.scheduled_flow`, imported when Prefect's settings are in place."""
    use_prefect_environment()
    return importlib.import_module("llmpairs.flows.ops.scheduled_flow")


def log_run(folder: Path, started: datetime) -> None:
    row = {"run_id": RUN, "started_at": started, "state": "blocked", "mode": "live"}
    append_log(open_store(folder), "runs", RUN, frame("runs", row))


def test_any_run_since_makes_up_for_a_missed_start(tmp_path: Path, nightly: Any) -> None:
    assert nightly.find_run_since(str(tmp_path), NOW) is None
    log_run(tmp_path, NOW)
    assert nightly.find_run_since(str(tmp_path), NOW) is None
    assert nightly.find_run_since(str(tmp_path), NOW - timedelta(seconds=1)) == RUN


@pytest.mark.parametrize(
    ("answer", "name", "message"),
    [
        (RunOutcome(run_id=RUN, state="published"), "Completed", f"published {RUN}"),
        (RunOutcome(run_id=RUN, state="blocked", critical=(CHECK,)), "Blocked", "offers: no price is negative"),
        (RunOutcome(run_id=RUN, state="failed", error="the disk is full"), "Failed", "the disk is full"),
        (StoreError("the warehouse cannot be written"), "Failed", "the warehouse cannot be written"),
        (RefreshRunningError("another refresh is still running"), "Skipped", "still running"),
    ],
)
def test_the_state_of_a_flow_run_is_the_outcome_of_its_run(
    answer: Any,
    name: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nightly: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refresh(*_: object) -> RunOutcome:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, RunOutcome)
        return answer

    monkeypatch.setattr(nightly, "refresh_warehouse", refresh)
    state = nightly.nightly(warehouse=str(tmp_path), return_state=True)
    assert state.name == name
    assert message in str(state.message)
    assert message in " ".join(capsys.readouterr().err.split()), "the schedule prints a line for each run"
    assert state.is_failed() is (name in ("Blocked", "Failed"))


def test_a_start_is_skipped_when_a_later_run_exists(tmp_path: Path, nightly: Any) -> None:
    log_run(tmp_path, datetime.now(UTC) + timedelta(days=1))
    state = nightly.nightly(warehouse=str(tmp_path), return_state=True)
    assert (state.name, state.is_completed()) == ("Skipped", True)


def test_the_deployment_names_a_flow_that_takes_its_parameters(nightly: Any) -> None:
    deployment = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"][0]
    path, _, name = deployment["entrypoint"].partition(":")
    assert (ROOT / path).exists()
    assert f"llmpairs.{path.removesuffix('.py').replace('/', '.')}" == nightly.__name__
    getattr(nightly, name).validate_parameters(deployment["parameters"])
