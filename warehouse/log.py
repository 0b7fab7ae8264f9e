"""The append-only log: one part per table and run, one file per month later; kept when releases are pruned."""

import json
from collections.abc import Collection
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.convert import from_arrow, to_arrow
from llmpairs.warehouse.errors import ConflictError, LogConflictError, ReleaseError
from llmpairs.warehouse.manifest import check_run_id, run_order
from llmpairs.warehouse.parquet import encode_whole, naming_damaged_file, read_rows
from llmpairs.warehouse.schema import contract_of, schema_of
from llmpairs.warehouse.store import Store

RUN, MONTH = "run_id=", "month="
MERGED_RUNS = b"llmpairs.runs"
"""Metadata of the file of a month: the ids of its runs, as JSON."""


def log_name(table: str, run_id: str) -> str:
    """The file of a run's rows in a log table."""
    return f"log/{table}/{RUN}{check_run_id(run_id)}/part.parquet"


def month_name(table: str, run_id: str) -> str:
    """The file of the rows of all runs in a run's month, once `compact_log` has merged them."""
    return f"log/{table}/{MONTH}{run_id[:4]}-{run_id[4:6]}/part.parquet"


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
    if found is None:
        raise LogConflictError(f"log {contract.name} of run {run_id} is older than a week and is not corrected")
    rows = encode_whole(contract, to_arrow(frame, contract)).to_pybytes()
    conditional.write(name, rows, found.version)


def read_log(store: Store, table: Table | str, runs: str | Collection[str] | None = None) -> Any:
    """Rows of a log table for one run, some or all, as a pandas frame, older runs first."""
    return from_arrow(read_log_arrow(store, table, runs))


def read_log_arrow(store: Store, table: Table | str, runs: str | Collection[str] | None = None) -> pa.Table:
    """The same rows as an Arrow table of the contract's columns."""
    contract = _log_table(table)
    names = log_files(store, contract.name)
    wanted = sorted({runs} if isinstance(runs, str) else set(runs or ()))
    if runs is not None:
        holding = {name(contract.name, run_id) for run_id in wanted for name in (log_name, month_name)}
        names = [name for name in names if name in holding]
    parts = [schema_of(contract).empty_table(), *(read_rows(store, name) for name in names)]
    rows = pa.concat_tables(parts, promote_options="default")
    if runs is None:
        return rows
    return rows.filter(pc.is_in(rows["run_id"].cast(pa.string()), value_set=pa.array(wanted, pa.string())))


def is_logged(store: Store, table: str, run_id: str) -> bool:
    """Whether a run has written its rows of a log table, be it none."""
    month = month_name(table, run_id)
    return store.exists(log_name(table, run_id)) or (store.exists(month) and run_id in list_merged(store, month))


def log_files(store: Store, table: str) -> list[str]:
    """The files of a log table, older runs first; without parts that are in the file of their month already."""
    names = {name for name in store.list_files(f"log/{table}") if name.endswith("/part.parquet")}
    with_parts = sorted({month_name(table, run_id_of(name)) for name in names if RUN in name} & names)
    merged = {log_name(table, run_id) for month in with_parts for run_id in list_merged(store, month)}
    return sorted(names - merged, key=_order)


def list_merged(store: Store, month: str) -> list[str]:
    """The runs whose rows are in the file of a month."""
    with naming_damaged_file(store, month), store.open_input(month) as file:
        runs: list[str] = json.loads(pq.read_metadata(file).metadata[MERGED_RUNS])
    return runs


def run_id_of(name: str) -> str:
    """The run of a part."""
    return name.split(RUN)[-1].split("/")[0]


def _order(name: str) -> tuple[str, int, str]:
    """Files by time; that of a month before parts that came later."""
    return run_order(run_id_of(name)) if RUN in name else (name.split(MONTH)[-1].split("/")[0].replace("-", ""), 0, "")


def _log_table(table: Table | str) -> Table:
    contract = contract_of(table)
    if contract.storage != "log":
        raise ReleaseError(f"{contract.name} is not a log table")
    return contract
