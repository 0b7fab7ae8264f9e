"""What happens to a schedule: Prefect, a bucket that throttles, a gate that dies or hangs, a kill, an upgrade."""

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

import llmpairs
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
from llmpairs.warehouse.releases import Pointer, publish, verify_release
from llmpairs.warehouse.retention import clean_staged
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store, open_store
from tests.conftest import bucket_uri
from tests.runs.archives import FIRST_AS_OF, digests
from tests.runs.conftest import LentGate, RunOnce, SharedRelease, copy_warehouse, execute

DYING = "import sys; sys.stdin.readline(); sys.exit(9)"
HANGING = "import sys, time; sys.stdin.readline(); time.sleep(30)"
"""Without a time limit it ends after 30 s, so that the test fails and does not hang."""


def gate_that(does: str) -> Gate:
    """A gate that answers nothing."""
    return Gate(
        subprocess.Popen([sys.executable, "-c", does], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    )


@pytest.fixture(scope="module")
def refresh(state: Path) -> Any:
    """`llmpairs.flows.nightly.flow`, imported when Prefect's settings are in place."""
    use_prefect_environment()
    return importlib.import_module("llmpairs.flows.nightly.flow")


@dataclass(frozen=True)
class ThrottledRun:
    """A run under Prefect whose gate dies at its first job, and whose bucket fails the first publication."""

    uri: str
    outcome: RunOutcome
    publications: int
    """How often the publication was tried."""


@pytest.fixture(scope="module")
def throttled(s3_address: str, samples: Path, run: RunOnce, refresh: Any) -> ThrottledRun:
    tries: list[str] = []

    def fail_once(store: Store, run_id: str, over: Pointer) -> None:
        tries.append(run_id)
        if len(tries) == 1:
            raise StoreError(f"writing {store.name}/CURRENT: AWS Error SLOW_DOWN", is_transient=True)
        publish(store, run_id, over)

    uri = bucket_uri(s3_address, "operations")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(llmpairs.flows.nightly.stages, "publish", fail_once)
        patch.setattr(refresh, "RETRY_DELAYS_SECONDS", [0.0, 0.0])
        patch.setattr(llmpairs.flows.nightly.pipeline, "start_gate", lambda _log: LentGate(run.gate))
        outcome = execute_run(plan_run(uri, [samples]), Progress(), gate_that(DYING))
    return ThrottledRun(uri, outcome, len(tries))


def test_transient_errors_are_retried(throttled: ThrottledRun) -> None:
    assert throttled.publications == 2
    assert (throttled.outcome.state, throttled.outcome.error) == ("published", None)
    assert verify_release(open_store(throttled.uri), throttled.outcome.run_id) == []


def test_the_dashboard_has_a_summary_and_every_source(throttled: ThrottledRun) -> None:
    from prefect.artifacts import Artifact

    outcome = throttled.outcome
    summary: Any = Artifact.get(key="run")
    assert f"# Published: {outcome.run_id}" in str(summary.data)
    assert f"{outcome.counts['pairs']:,} pairs" in str(summary.data)
    table: Any = Artifact.get(key="run-sources")
    rows = json.loads(str(table.data))
    assert {"openrouter", "models_dev", "litellm"} <= {row["source_id"] for row in rows}


def test_the_same_archive_gives_the_same_bytes_in_another_warehouse(
    throttled: ThrottledRun, sample_run: SharedRelease
) -> None:
    assert digests(throttled.uri) == digests(sample_run.warehouse)


def test_a_run_into_a_bucket_is_the_run_into_a_folder(throttled: ThrottledRun, sample_run: SharedRelease) -> None:
    assert throttled.outcome.counts == sample_run.outcome.counts
    store = open_store(throttled.uri)
    latest = json.loads(store.read_bytes("runs/latest.json"))
    assert b"What to do, in this order" in store.read_bytes(latest["report"])
    with llmpairs.connect(sample_run.warehouse) as here, llmpairs.connect(throttled.uri) as there:
        query = "SELECT * FROM pairs ORDER BY ALL"
        assert there.execute(query).fetchall() == here.execute(query).fetchall()


def downgrade(store: Store, run_id: str) -> dict[str, str]:
    """Rewrite a release under earlier contracts: without a table, and without a nullable column in every other."""
    folder = store.local_path(f"releases/{run_id}")
    assert folder is not None
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["tables"]["disagreements"]
    for part in (folder / "disagreements").iterdir():
        part.unlink()
    dropped = {
        name: [column.name for column in contract_of(name).columns if column.nullable][-1:]
        for name in manifest["tables"]
    }
    for name, (entry, *_) in manifest["tables"].items():
        path = folder / entry["path"]
        pq.write_table(pq.read_table(path).drop_columns(dropped[name]), path)
        data = path.read_bytes()
        entry |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return {name: columns[0] for name, columns in dropped.items() if columns}


def test_a_run_builds_on_a_release_of_earlier_contracts_and_records_a_killed_run(
    tmp_path: Path, sample_run: SharedRelease, samples: Path, run: RunOnce
) -> None:
    folder = tmp_path / "w"
    first = copy_warehouse(sample_run, folder)
    store = open_store(folder)
    dropped = downgrade(store, first.run_id)
    assert {"offers", "models", "pairs", "holds"} <= dropped.keys()
    assert verify_release(store, first.run_id) == []
    killed = plan_run(str(folder), [samples])
    write_start_record(killed, FIRST_AS_OF)
    store.write_bytes(f"releases/{killed.run_id}/offers/part.parquet", b"half")
    outcome = run(folder, samples)
    assert (outcome.state, outcome.error) == ("published", None)
    results = read_log(store, "quality_results", outcome.run_id)
    assert results.loc[results["outcome"] == "broken", ["suite", "check", "observed"]].to_dict("records") == []

    runs = read_log(store, "runs").set_index("run_id")
    row = runs.loc[killed.run_id]
    assert (row["state"], row["started_at"]) == ("failed", FIRST_AS_OF)
    assert "ended without a record" in row["error"]
    assert row["seconds"] != row["seconds"], "unknown, not nought"
    assert store.read_bytes(f"runs/{killed.run_id}/report.md").startswith(b"# Failed: the run ended without")
    assert not store.exists(f"releases/{killed.run_id}")
    assert clean_staged(store) == []


def test_an_error_after_the_pointer_has_moved_does_not_unpublish(sample_run: SharedRelease) -> None:
    folder = sample_run.warehouse
    current = (folder / "CURRENT").read_text().strip()
    plan = RunPlan(run_id=current, as_of="2026-05-15T20:24:18Z", mode="replay", warehouse=str(folder))
    outcome = describe_interrupted(plan, "the network is gone")
    assert (outcome.state, outcome.error) == ("published", "the network is gone")
    assert outcome.counts["pairs"] > 0
    assert describe_interrupted(replace(plan, run_id=f"{current}-9"), "killed").state == "failed"


def test_a_gate_that_hangs_is_ended_and_the_run_with_it(
    tmp_path: Path, sample_run: SharedRelease, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "w"
    copy_warehouse(sample_run, folder)
    before = (folder / "CURRENT").read_text()
    monkeypatch.setattr(llmpairs.flows.nightly.gate_process, "LIMIT_SECONDS", 0.5)
    hanging = gate_that(HANGING)
    outcome = execute(plan_run(str(folder), [samples], only=["zenmux"]), hanging)
    hanging.close()
    assert outcome.state == "failed"
    assert "did not answer within 0.5 s" in str(outcome.error)
    assert (folder / "CURRENT").read_text() == before
