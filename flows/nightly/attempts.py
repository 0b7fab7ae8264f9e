"""Every attempt leaves its mark when it begins, so that one that was killed is written down by the next."""

import json
from datetime import datetime
from typing import Any

from llmpairs.flows.nightly.plan import Night
from llmpairs.warehouse.log import log_files
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.store import Store

MARK = "night.json"
"""Name of the mark below runs/<run_id>/."""
NO_RECORD = "ended without a word: it was killed, its machine went down, or the warehouse took no more"


def mark_begun(night: Night, started: datetime) -> None:
    """Write down what is about to be tried; neither addresses with credentials nor paths of this machine."""
    plan = {
        "run_id": night.run_id,
        "as_of": night.as_of,
        "mode": night.mode,
        "sources": list(night.sources),
        "parent": night.parent,
        "started_at": started.isoformat(),
    }
    night.store.write_bytes(f"runs/{night.run_id}/{MARK}", json.dumps(plan, indent=1).encode())


def list_unended(store: Store) -> list[dict[str, Any]]:
    """Marks of attempts that have no row in the log: one at work, or killed ones. Oldest first."""
    begun = {name.split("/")[1] for name in store.list_files("runs") if name.endswith(f"/{MARK}")}
    ended = {name.split("run_id=")[-1].split("/")[0] for name in log_files(store, "runs")}
    return [
        json.loads(store.read_bytes(f"runs/{run_id}/{MARK}"))
        for run_id in sorted(begun - ended, key=run_order)
    ]


def night_of(mark: dict[str, Any], warehouse: str) -> Night:
    """The plan of an attempt, from its mark."""
    return Night(
        run_id=mark["run_id"],
        as_of=mark["as_of"],
        mode=mark["mode"],
        warehouse=warehouse,
        sources=tuple(mark["sources"]),
        parent=mark["parent"],
    )
