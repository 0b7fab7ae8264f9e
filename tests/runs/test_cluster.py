"""Pairs on a Dask cluster of two worker processes: the same rows, whatever happens to a worker."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import LocalCluster

from bench.synthetic_pairs import make_tables
from llmpairs.flows.nightly.pair_parts import load_model_arrays, plan_parts, stage_here, write_part
from llmpairs.flows.runtime.settings import read_cluster, use_prefect_environment
from llmpairs.warehouse.releases import stage_table
from llmpairs.warehouse.store import Store, open_store
from tests.transforms.pairs.conftest import make_sample
from tests.warehouse.samples import frame

RUN = "20260608T235900Z"
ROWS_PER_PART = 400
EMPTY = ("coverage_gaps", "holds", "disagreements")


def stage_state(uri: str) -> Store:
    """The staged tables that pairs are made of: 110 models, 5,995 pairs."""
    store = open_store(uri)
    sample = make_sample(make_tables(110, seed=7))
    for name, rows in sample.tables.compared(sample.model_costs).items():
        stage_table(store, RUN, name, frame(name, *rows.to_dict("records")))
    for name in EMPTY:
        stage_table(store, RUN, name, frame(name))
    return store


def parts_of(store: Store) -> dict[str, bytes]:
    return {name: store.read_bytes(name) for name in store.list_files(f"releases/{RUN}/pairs")}


@pytest.fixture(scope="module")
def cluster(s3_address: str) -> Iterator[LocalCluster]:
    """Two worker processes; they start with the credentials of the bucket."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as running:  # type: ignore[no-untyped-call]
        yield running


def test_the_parts_of_a_cluster_are_those_of_one_machine(cluster: LocalCluster, s3_uri: str, tmp_path: Path) -> None:
    use_prefect_environment()
    from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

    alone = stage_state(str(tmp_path / "alone"))
    rows = stage_here(alone, RUN)
    [whole] = parts_of(alone).values()
    stage_state(s3_uri)
    assert stage_on_cluster(s3_uri, RUN, cluster.scheduler_address) == rows == 110 * 109 // 2
    assert list(parts_of(open_store(s3_uri)).values()) == [whole]


def test_a_killed_worker_and_a_repeated_part_change_nothing(cluster: LocalCluster, tmp_path: Path) -> None:
    use_prefect_environment()
    from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

    uri = str(tmp_path / "warehouse")
    store = stage_state(uri)
    victim = next(iter(cluster.workers.values())).pid
    killer = threading.Thread(target=kill_once_parts_come, args=(store, victim))
    killer.start()
    rows = stage_on_cluster(uri, RUN, cluster.scheduler_address, ROWS_PER_PART)
    killer.join()
    assert rows == 110 * 109 // 2
    before = parts_of(store)
    sides = load_model_arrays(store, RUN)
    plan = list(plan_parts(len(sides), ROWS_PER_PART))
    assert len(before) == len(plan) > 10
    write_part(store, RUN, sides, 3, plan[3])
    assert parts_of(store) == before


def kill_once_parts_come(store: Store, victim: int) -> None:
    """Ends one worker as soon as the first part is there."""
    while not store.list_files(f"releases/{RUN}/pairs"):
        threading.Event().wait(0.01)
    os.kill(victim, signal.SIGKILL)


@pytest.mark.parametrize("given", ["local:0", "local:two", "somewhere"])
def test_an_unknown_cluster_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ValueError, match="local:2"):
        read_cluster(given)
