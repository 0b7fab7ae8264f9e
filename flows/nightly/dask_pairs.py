"""Pair part files on a Dask cluster through Prefect: every part is an independent task that may be repeated.

A worker needs this package and the warehouse (a shared folder or a bucket): it builds the model arrays from the staged
tables once, and writes its parts itself.
"""

from functools import lru_cache
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.futures import wait
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import TaskRunner
from prefect_dask.task_runners import DaskTaskRunner

from llmpairs.flows.nightly.pair_parts import PAIRS_PER_FILE, load_model_arrays, plan_parts, write_part
from llmpairs.flows.runtime.settings import read_cluster
from llmpairs.transforms.pairs.model_arrays import ModelArrays
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.store import open_store


def stage_on_cluster(warehouse: str, run_id: str, dask: str, rows_per_part: int = PAIRS_PER_FILE) -> int:
    """Stage all part files of a run's pairs from the cluster; returns the number of pairs.

    ReleaseError when a part failed, with the message of the first.
    """
    store = open_store(warehouse)
    store.delete_dir(f"releases/{run_id}/pairs")
    options = read_cluster(dask)
    runner: TaskRunner[Any] = DaskTaskRunner(**options)
    parts = len(list(plan_parts(count_models(warehouse, run_id), rows_per_part)))
    # Prefect hands its settings to the workers. Without an address each worker starts a server of its own (3.8.8):
    # 5 CPU seconds and 250 MB. Workers of another machine cannot reach a server that was started here.
    shared = {} if "address" in options else {PREFECT_API_URL: server_address()}
    with temporary_settings(shared):
        rows: int = stage_parts.with_options(task_runner=runner)(warehouse, run_id, parts, rows_per_part)
    return rows


def server_address() -> str:
    """URL of the Prefect server that this process uses; starts Prefect's temporary one where none is configured."""
    with get_client(sync_client=True) as client:
        return str(client.api_url)


@flow(name="pair parts", validate_parameters=False)
def stage_parts(warehouse: str, run_id: str, parts: int, rows_per_part: int) -> int:
    """Submit every part, wait for all, and sum their rows."""
    futures = [stage_part.submit(warehouse, run_id, number, rows_per_part) for number in range(max(parts, 1))]
    wait(list(futures))
    failed = [future.state for future in futures if not future.state.is_completed()]
    if failed:
        raise ReleaseError(f"{len(failed)} of {parts} parts of the pairs of {run_id} failed: {failed[0].message}")
    return sum(future.result() for future in futures)


@task(name="pair part", retries=2, cache_policy=NO_CACHE, persist_result=False)
def stage_part(warehouse: str, run_id: str, number: int, rows_per_part: int) -> int:
    """Write one part file by its number; returns its rows."""
    arrays = cached_model_arrays(warehouse, run_id)
    parts = [*plan_parts(len(arrays), rows_per_part)] or [[]]
    return write_part(open_store(warehouse), run_id, arrays, number, parts[number])


@lru_cache(maxsize=1)
def cached_model_arrays(warehouse: str, run_id: str) -> ModelArrays:
    """The model arrays of a staged release; built once in each worker."""
    return load_model_arrays(open_store(warehouse), run_id)


def count_models(warehouse: str, run_id: str) -> int:
    """Number of models that pairs are computed for."""
    return len(cached_model_arrays(warehouse, run_id))
