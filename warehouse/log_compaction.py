"""Compaction of the log: the parts of a past month become one file per table, so that years are read as fast as weeks.

A reader who lists both the file of a month and a part that is in it counts the part once (`log.log_files`), so a
compaction that is killed at any point loses and repeats nothing, and the next one completes it.
"""

import json
from collections import defaultdict
from datetime import datetime, timedelta

import pyarrow as pa

from llmpairs.warehouse.conditional import open_conditional
from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.convert import conform
from llmpairs.warehouse.errors import ContractError, StoreError
from llmpairs.warehouse.lease import join_lease
from llmpairs.warehouse.log import MERGED_RUNS, RUN, list_merged, month_name, run_id_of
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.parquet import encode_whole, read_rows
from llmpairs.warehouse.schema_evolution import add_missing
from llmpairs.warehouse.store import Store

GRACE = timedelta(days=7)
"""A month is compacted this long after its end: until then a run may correct its row."""


def compact_log(store: Store, moment: datetime) -> list[str]:
    """Merge the parts of months that ended a week before the as-of time; returns the files of months that it wrote."""
    last = (moment - GRACE).strftime("%Y%m")
    parts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for name in store.list_files("log"):
        if RUN in name and run_id_of(name)[:6] < last:
            table = name.split("/")[1]
            parts[table, month_name(table, run_id_of(name))].append(run_id_of(name))
    if not parts:
        return []
    with join_lease(store, "compaction of the log") as lease:
        lease.renew()
        return [month for (table, month), runs in sorted(parts.items()) if _merge(store, table, month, runs)]


def _merge(store: Store, table: str, month: str, runs: list[str]) -> bool:
    """Add the parts of runs to the file of their month, then delete them; false where there was nothing to add.

    Rows of an earlier or later contract that do not fit the present one stay in their parts.
    """
    conditional = open_conditional(store)
    found = conditional.read(month)
    merged = list_merged(store, month) if found else []
    fresh = sorted(set(runs) - set(merged), key=run_order)
    folders = {run_id: f"log/{table}/{RUN}{run_id}" for run_id in runs}
    if fresh:
        files = [month] * bool(found) + [f"{folders[run_id]}/part.parquet" for run_id in fresh]
        try:
            rows = pa.concat_tables([_read(store, file, table) for file in files]).unify_dictionaries()
        except ContractError:
            return False
        metadata = {MERGED_RUNS: json.dumps([*merged, *fresh]).encode()}
        data = encode_whole(TABLES[table], rows, metadata).to_pybytes()
        conditional.write(month, data, found.version if found else None)
        if read_rows(store, month).num_rows != rows.num_rows:
            raise StoreError(f"{store.name}/{month} does not have the rows of its parts, which stay: delete it")
    for folder in folders.values():
        store.delete_dir(folder)
    return bool(fresh)


def _read(store: Store, file: str, table: str) -> pa.Table:
    """The rows of a file with the contract's types; ContractError where they do not fit, or have more columns."""
    rows = add_missing(read_rows(store, file), table)
    further = sorted(set(rows.column_names) - set(TABLES[table].column_names))
    if further:
        raise ContractError(f"{file} has columns of another contract: {', '.join(further)}")
    return conform(rows, TABLES[table])
