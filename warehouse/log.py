"""The append-only log: one part per table and run; kept when releases are pruned."""

from collections.abc import Collection
from typing import Any

import pyarrow as pa

from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.convert import from_arrow, to_arrow
from llmpairs.warehouse.errors import ConflictError, LogConflictError, ReleaseError
from llmpairs.warehouse.manifest import check_run_id, run_order
from llmpairs.warehouse.parquet import encode_whole, read_rows
from llmpairs.warehouse.schema import contract_of, schema_of
from llmpairs.warehouse.store import Store


def log_name(table: str, run_id: str) -> str:
    """The file of a run's rows in a log table."""
    return f"log/{table}/run_id={check_run_id(run_id)}/part.parquet"


def append_log(store: Store, table: Table | str, run_id: str, frame: Any) -> None:
    """Add a run's rows to a log table; a retried task may add the same rows again.

    LogConflictError when the run has other rows there already, ReleaseError for rows of another run.
    """
    contract = _log_table(table)
    name = log_name(contract.name, run_id)
    rows = to_arrow(frame, contract)
    others = sorted(set(rows["run_id"].to_pylist()) - {run_id})
    if others:
        raise ReleaseError(f"log {contract.name} of run {run_id} holds rows of {', '.join(others)}")
    try:
        open_conditional(store).write(name, encode_whole(contract, rows).to_pybytes(), None)
    except ConflictError:
        if not read_rows(store, name).equals(rows):
            raise LogConflictError(
                f"log {contract.name} of run {run_id} exists with other rows, and the log is append-only"
            ) from None


def correct_log(store: Store, table: Table | str, run_id: str, frame: Any) -> None:
    """Replace a run's rows that another process has written in error, such as of a run that it took for killed."""
    contract = _log_table(table)
    name, conditional = log_name(contract.name, run_id), open_conditional(store)
    found = conditional.read(name)
    rows = encode_whole(contract, to_arrow(frame, contract)).to_pybytes()
    conditional.write(name, rows, found.version if found else None)


def read_log(store: Store, table: Table | str, runs: str | Collection[str] | None = None) -> Any:
    """Rows of a log table for one run, some or all, as a pandas frame, older runs first."""
    return from_arrow(read_log_arrow(store, table, runs))


def read_log_arrow(store: Store, table: Table | str, runs: str | Collection[str] | None = None) -> pa.Table:
    """The same rows as an Arrow table of the contract's columns."""
    contract = _log_table(table)
    names = log_files(store, contract.name)
    if runs is not None:
        wanted = {log_name(contract.name, run_id) for run_id in ([runs] if isinstance(runs, str) else runs)}
        names = [name for name in names if name in wanted]
    parts = [schema_of(contract).empty_table(), *(read_rows(store, name) for name in names)]
    return pa.concat_tables(parts, promote_options="default")


def log_files(store: Store, table: str) -> list[str]:
    """The parts of a log table, older runs first."""
    names = [name for name in store.list_files(f"log/{table}") if name.endswith("/part.parquet")]
    return sorted(names, key=lambda name: run_order(name.split("run_id=")[-1].split("/")[0]))


def _log_table(table: Table | str) -> Table:
    contract = contract_of(table)
    if contract.storage != "log":
        raise ReleaseError(f"{contract.name} is not a log table")
    return contract
