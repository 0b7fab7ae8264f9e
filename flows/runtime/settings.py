"""Settings of this machine: the warehouse, local state, the Dask cluster, and Prefect's environment."""

import hashlib
import os
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from llmpairs.flows.runtime.extras import name_install

WAREHOUSE_ENV = "LLMPAIRS_WAREHOUSE"
STATE_ENV = "LLMPAIRS_STATE"
DASK_ENV = "LLMPAIRS_DASK"
FLOW_RUN_ENV = "PREFECT__FLOW_RUN_ID"
"""Environment variable that Prefect sets in the process of a scheduled run."""
DEFAULT_WAREHOUSE = "./data"
DEMO_WAREHOUSE = "./demo"
"""A folder of its own: samples never mix with real runs."""
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")


def warehouse_uri(given: str | None, default: str = DEFAULT_WAREHOUSE) -> str:
    """The warehouse to use: the option, else the environment, else the default."""
    return given or os.environ.get(WAREHOUSE_ENV) or default


def state_folder() -> Path:
    """Local state: work folders and Prefect's database; never inside a warehouse."""
    given = os.environ.get(STATE_ENV)
    folder = Path(given) if given else user_state_path("llmpairs")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def dask_cluster() -> str:
    """The cluster that computes the pairs: `local:N` or a scheduler's address; empty for none."""
    return os.environ.get(DASK_ENV, "")


def read_cluster(given: str) -> dict[str, Any]:
    """Options of Prefect's Dask runner for `local:N` or the address of a scheduler; ValueError for anything else."""
    if find_spec("prefect_dask") is None:
        raise ValueError(f"pairs on a cluster need the extra: {name_install('dask')}")
    kind, _, count = given.partition(":")
    if kind == "local" and count.isdigit() and int(count):
        settings = {"n_workers": int(count), "threads_per_worker": 1, "processes": True}
        return {"cluster_kwargs": {**settings, "dashboard_address": None, "host": "127.0.0.1"}}
    if "://" not in given:
        raise ValueError(f"no cluster {given!r}: write local:2, or a scheduler's address, tcp://10.0.0.5:8786")
    return {"address": given}


def warehouse_digest(warehouse: str) -> str:
    """Eight hex digits that identify a warehouse, however its path is written."""
    address = warehouse if "://" in warehouse else str(Path(warehouse).resolve())
    return hashlib.sha256(address.encode()).hexdigest()[:8]


def public_address(warehouse: str) -> str:
    """The address of a warehouse without credentials and options, to be shown and logged."""
    if "://" not in warehouse:
        return warehouse
    from llmpairs.warehouse.store import open_store

    return open_store(warehouse).name


def code_version() -> str:
    """Version of the installed code, for manifests."""
    return version("llmpairs")


def prefect_environment() -> dict[str, str]:
    """Environment in which Prefect's temporary server starts without an account, a network or output."""
    return {
        # Prefect starts its server with `-m`, which would import a package of the current folder before its own.
        "PYTHONSAFEPATH": "1",
        "PREFECT_HOME": str(state_folder() / "prefect"),
        # The default of 20 s runs out on a fresh home and leaves an orphan server behind (Prefect 3.8.8).
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def exempt_loopback_from_proxies() -> None:
    """Add loopback to NO_PROXY: behind a proxy, Prefect's server on this machine is not reached otherwise."""
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join([*hosts, *(host for host in LOOPBACK_HOSTS if host not in hosts)])


def use_prefect_environment() -> None:
    """Set that environment; call it before Prefect is imported. Variables that are set already stay."""
    exempt_loopback_from_proxies()
    for name, value in prefect_environment().items():
        os.environ.setdefault(name, value)
