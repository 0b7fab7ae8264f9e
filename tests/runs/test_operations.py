"""Nights that meet what happens to a schedule: a bucket that stutters, a gate that dies, a kill, an upgrade, a hang."""

import hashlib
import importlib
import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import llmpairs.flows.nightly.gate_process
import llmpairs.flows.nightly.pipeline
import llmpairs.flows.nightly.stages
from llmpairs.flows.nightly.gate_process import Gate
from llmpairs.flows.nightly.plan import RunPlan, plan_run, write_start_record
from llmpairs.flows.nightly.run import RunOutcome, describe_interrupted, execute_run
from llmpairs.flows.runtime.settings import use_prefect_environment
from llmpairs.progress import Progress
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import publish, verify_release
from llmpairs.warehouse.retention import clean_staged
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store, open_store
from tests.runs.conftest import FIRST_NIGHT

FRAIL = "import sys; sys.stdin.readline(); sys.exit(9)"
DEAF = "import sys; sys.stdin.read()"


@dataclass
class Lent(Gate):
    """The session's gate, for a night that would close it."""

    def close(self) -> None:
        """It is not the night's."""


def gate_that(does: str) -> Gate:
    """A gate that answers nothing."""
    return Gate(
        subprocess.Popen(
            [sys.executable, "-c", does], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )


@pytest.fixture(scope="module")
def refresh(state: Path) -> Any:
    """`llmpairs.flows.nightly.flow`, imported when Prefect's settings are in place."""
    use_prefect_environment()
    return importlib.import_module("llmpairs.flows.nightly.flow")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations") / "w"


@pytest.fixture(scope="module")
def stuttering(folder: Path, samples: Path, gate: Gate, refresh: Any) -> RunOutcome:
    """A night whose gate dies when it is first asked, and whose bucket fails the first publication."""
    tries: list[str] = []

    def stutter(store: Store, run_id: str) -> None:
        tries.append(run_id)
        if len(tries) == 1:
            raise StoreError(f"writing {store.name}/CURRENT: AWS Error SLOW_DOWN", is_transient=True)
        publish(store, run_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llmpairs.flows.nightly.stages, "publish", stutter)
        patch.setattr(refresh, "RETRY_DELAYS_SECONDS", [0.0, 0.0])
        patch.setattr(llmpairs.flows.nightly.pipeline, "start_gate", lambda: Lent(gate.process))
        outcome = execute_run(plan_run(str(folder), [samples]), Progress(), gate_that(FRAIL))
    assert len(tries) == 2
    return outcome


def test_what_may_pass_is_tried_again(folder: Path, stuttering: RunOutcome) -> None:
    assert (stuttering.state, stuttering.error) == ("published", None)
    assert verify_release(open_store(folder), stuttering.run_id) == []


def test_the_dashboard_has_a_summary_and_every_source(stuttering: RunOutcome) -> None:
    from prefect.artifacts import Artifact

    summary: Any = Artifact.get(key="run")
    assert f"# Published: {stuttering.run_id}" in str(summary.data)
    assert f"{stuttering.counts['pairs']:,} pairs" in str(summary.data)
    table: Any = Artifact.get(key="run-sources")
    rows = json.loads(str(table.data))
    assert {"openrouter", "models_dev", "litellm"} <= {row["source_id"] for row in rows}


def age(store: Store, run_id: str) -> dict[str, str]:
    """Make a release one of earlier contracts: without a table, and without a nullable column in every other."""
    place = store.local_path(f"releases/{run_id}")
    assert place is not None
    manifest = json.loads((place / "manifest.json").read_text())
    del manifest["tables"]["disagreements"]
    for left in (place / "disagreements").iterdir():
        left.unlink()
    gone = {
        name: [column.name for column in contract_of(name).columns if column.nullable][-1:]
        for name in manifest["tables"]
    }
    for name, (entry, *_) in manifest["tables"].items():
        path = place / entry["path"]
        pq.write_table(pq.read_table(path).drop_columns(gone[name]), path)
        data = path.read_bytes()
        entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (place / "manifest.json").write_text(json.dumps(manifest))
    return {name: columns[0] for name, columns in gone.items() if columns}


def test_a_night_builds_on_a_release_of_earlier_contracts_and_writes_down_a_killed_attempt(
    folder: Path, stuttering: RunOutcome, samples: Path, gate: Gate
) -> None:
    store = open_store(folder)
    gone = age(store, stuttering.run_id)
    assert {"offers", "models", "pairs", "holds"} <= gone.keys()
    assert verify_release(store, stuttering.run_id) == []
    killed = plan_run(str(folder), [samples])
    write_start_record(killed, FIRST_NIGHT)
    store.write_bytes(f"releases/{killed.run_id}/offers/part.parquet", b"half")
    outcome = execute_run(plan_run(str(folder), [samples]), Progress(), gate)
    assert (outcome.state, outcome.error) == ("published", None)
    results = read_log(store, "quality_results", outcome.run_id)
    assert (
        results.loc[results["outcome"] == "broken", ["suite", "check", "observed"]].to_dict("records") == []
    )

    runs = read_log(store, "runs").set_index("run_id")
    row = runs.loc[killed.run_id]
    assert (row["state"], row["started_at"]) == ("failed", FIRST_NIGHT)
    assert "ended without a record" in row["error"]
    assert row["seconds"] != row["seconds"], "unknown, not nought"
    assert store.read_bytes(f"runs/{killed.run_id}/report.md").startswith(b"# Failed: the run ended without")
    assert not store.exists(f"releases/{killed.run_id}")
    assert clean_staged(store) == []


def test_what_breaks_after_the_pointer_has_moved_does_not_unpublish(
    folder: Path, stuttering: RunOutcome
) -> None:
    current = (folder / "CURRENT").read_text().strip()
    night = RunPlan(run_id=current, as_of="2026-05-15T20:24:18Z", mode="replay", warehouse=str(folder))
    outcome = describe_interrupted(night, "the network is gone")
    assert (outcome.state, outcome.error) == ("published", "the network is gone")
    assert outcome.counts["pairs"] > 0
    assert describe_interrupted(replace(night, run_id=f"{current}-9"), "killed").state == "failed"


def test_a_gate_that_hangs_is_ended_and_the_night_with_it(
    folder: Path, stuttering: RunOutcome, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder / "CURRENT").read_text()
    monkeypatch.setattr(llmpairs.flows.nightly.gate_process, "LIMIT_SECONDS", 0.5)
    deaf = gate_that(DEAF)
    outcome = execute_run(plan_run(str(folder), [samples]), Progress(), deaf)
    deaf.close()
    assert outcome.state == "failed"
    assert "did not answer within 0.5 s" in str(outcome.error)
    assert (folder / "CURRENT").read_text() == before
