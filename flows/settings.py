"""Where things are on this machine: the warehouse, local state, and Prefect's own settings."""

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_state_path

WAREHOUSE_ENV = "LLMPAIRS_WAREHOUSE"
STATE_ENV = "LLMPAIRS_STATE"
DEFAULT_WAREHOUSE = "./data"
DEMO_WAREHOUSE = "./demo"
"""A folder of its own: samples never mix with real nights."""


def warehouse_uri(given: str | None, default: str = DEFAULT_WAREHOUSE) -> str:
    """The warehouse that was asked for: the option, else the environment, else the default."""
    return given or os.environ.get(WAREHOUSE_ENV) or default


def state_folder() -> Path:
    """Local state: work folders, locks and Prefect's database; never inside a warehouse."""
    given = os.environ.get(STATE_ENV)
    folder = Path(given) if given else user_state_path("llmpairs")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def place_digest(warehouse: str) -> str:
    """Eight hex digits that stand for a warehouse, however its path is written."""
    place = warehouse if "://" in warehouse else str(Path(warehouse).resolve())
    return hashlib.sha256(place.encode()).hexdigest()[:8]


def public_address(warehouse: str) -> str:
    """The warehouse as it may be shown and logged: without credentials and options."""
    if "://" not in warehouse:
        return warehouse
    from warehouse.store import open_store

    return open_store(warehouse).name


def code_version() -> str:
    """Version of the installed code, as it stands in manifests."""
    return version("llmpairs")


def prefect_environment() -> dict[str, str]:
    """Settings under which Prefect's ephemeral server starts without an account, a network or noise."""
    return {
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


def use_prefect_environment() -> None:
    """Put those settings in place; to be called before Prefect is imported. What is set already stays."""
    for name, value in prefect_environment().items():
        os.environ.setdefault(name, value)
