"""Pairs on a Dask cluster: the same rows, whatever happens to a worker."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
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
MODELS = 110
PAIRS = MODELS * (MODELS - 1) // 2
ROWS_PER_PART = 540
EMPTY = ("coverage_gaps", "holds", "disagreements")


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse with the staged tables that pairs are made of: 110 models, 5,995 pairs."""
    warehouse = str(tmp_path_factory.mktemp("staged"))
    store = open_store(warehouse)
    sample = make_sample(make_tables(MODELS, seed=7))
    for name, rows in sample.tables.compared(sample.model_costs).items():
        stage_table(store, RUN, name, frame(name, *rows.to_dict("records")))
    for name in EMPTY:
        stage_table(store, RUN, name, frame(name))
    return warehouse


@pytest.fixture
def threads() -> Iterator[str]:
    """Address of a scheduler whose two workers are threads of this process."""
    options = {"dashboard_address": None, "protocol": "tcp://", "host": "127.0.0.1"}
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=False, **options) as running:  # type: ignore[no-untyped-call]
        yield str(running.scheduler_address)


def parts_of(store: Store) -> dict[str, bytes]:
    return {name: store.read_bytes(name) for name in store.list_files(f"releases/{RUN}/pairs")}


def test_the_parts_of_a_cluster_are_those_of_one_machine(threads: str, staged: str) -> None:
    use_prefect_environment()
    from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

    store = open_store(staged)
    rows = stage_here(store, RUN)
    whole = parts_of(store)
    store.delete_dir(f"releases/{RUN}/pairs")
    assert stage_on_cluster(staged, RUN, threads) == rows == PAIRS
    assert parts_of(store) == whole
    assert len(whole) == 1


def test_a_killed_worker_and_a_repeated_part_change_nothing(staged: str, s3_uri: str, tmp_path: Path) -> None:
    """Two worker processes write into a bucket; they start with its credentials and share one Prefect server."""
    use_prefect_environment()
    from llmpairs.flows.nightly.dask_pairs import stage_on_cluster

    folder, bucket = open_store(staged), open_store(s3_uri)
    for name in folder.list_files():
        if "/pairs/" not in name:
            bucket.write_bytes(name, folder.read_bytes(name))
    servers: list[psutil.Process] = []
    killer = threading.Thread(target=kill_once_parts_come, args=(bucket, servers))
    killer.start()
    rows = stage_on_cluster(s3_uri, RUN, "local:2", ROWS_PER_PART)
    killer.join()
    assert rows == PAIRS
    assert len(servers) <= 1
    before = parts_of(bucket)
    sides = load_model_arrays(bucket, RUN)
    plan = list(plan_parts(len(sides), ROWS_PER_PART))
    assert len(before) == len(plan) > 10
    write_part(bucket, RUN, sides, 3, plan[3])
    assert parts_of(bucket) == before
    here = open_store(str(tmp_path))
    for number, blocks in enumerate(plan):
        write_part(here, RUN, sides, number, blocks)
    assert parts_of(here) == before


def kill_once_parts_come(store: Store, servers: list[psutil.Process]) -> None:
    """Ends one worker as soon as the first part is there; `servers` receives the Prefect servers that run then."""
    while not store.list_files(f"releases/{RUN}/pairs"):
        threading.Event().wait(0.01)
    running = {child: child.cmdline() for child in psutil.Process().children(recursive=True)}
    servers += [child for child, command in running.items() if "uvicorn" in command]
    workers = [child for child, command in running.items() if "--multiprocessing-fork" in command]
    os.kill(workers[0].pid, signal.SIGKILL)


@pytest.mark.parametrize("given", ["local:0", "local:two", "somewhere"])
def test_an_unknown_cluster_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(ValueError, match="local:2"):
        read_cluster(given)
