"""Checklist of `pair_changes`, counted part by part: every row names what differs and why."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.rules import KEYS_SHOWN, Suite, Summary, SummaryColumns, critical, no_violations
from llmpairs.expectations.staged import PartFiles
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES
from llmpairs.warehouse.schema import schema_of

A, B = PAIR_CHANGES.key
ASCENDING = "changes are sorted and unique"
CHECKS = {
    ASCENDING: "a pair that is listed twice would be updated twice",
    "A sorts before B": "consumers look up a pair in one order",
    "both models are in the release, or redirect to one": "a removed pair names a known model, or the former id of one",
    "a change names what differs": "a publisher updates only what differs",
    "a change has a cause": "a change of the rules must be distinguishable from a change of the facts",
}


def count_change_violations(
    pair_changes: PartFiles, models: pd.DataFrame, model_redirects: pd.DataFrame
) -> pd.DataFrame:
    """One row per batch of a part: its rows, and for each check the violations and their first keys.

    A renamed model is a removed pair with its former id, and an added one with its id of this run.
    """
    known = pa.array([*models["model_id"], *model_redirects["old_model_id"]], pa.string())
    schema = schema_of(PAIR_CHANGES)
    no_rows = pa.record_batch([pa.array([], field.type) for field in schema], schema)
    summary, last = [], ""
    for number, (part, batch) in enumerate(pair_changes.batches(PAIR_CHANGES.column_names)):
        row, last = count_batch(f"{part} batch {number}", batch, known, last)
        summary.append(row)
    return pd.DataFrame(summary or [count_batch("no rows", no_rows, known, last)[0]])


def count_batch(name: str, batch: pa.RecordBatch, known: pa.Array, last: str) -> tuple[dict[str, object], str]:
    """One row of the summary, and the key of the last row; `last` is that of the row before the batch."""
    a, b = batch.column(A).cast(pa.string()), batch.column(B).cast(pa.string())
    keys = pc.binary_join_element_wise(a, b, "\t")
    before = pa.concat_arrays([pa.array([last], pa.string()), keys])
    wrong = (
        pc.less_equal(keys, before.slice(0, len(keys))),
        pc.greater_equal(a, b),
        pc.invert(pc.and_(pc.is_in(a, value_set=known), pc.is_in(b, value_set=known))),
        pc.equal(batch.column("blocks"), 0),
        pc.equal(batch.column("causes"), 0),
    )
    row: dict[str, object] = {"part": name, "rows": batch.num_rows}
    for check, flags in zip(CHECKS, wrong, strict=True):
        at = np.flatnonzero(flags.to_numpy(zero_copy_only=False)).tolist()
        columns = SummaryColumns.of(check)
        row[columns.violations] = len(at)
        row[columns.keys] = [f"{a[i]} | {b[i]}" for i in at[:KEYS_SHOWN]]
    return row, before[-1].as_py()


PAIR_CHANGES_SUITE = Suite(
    name="pair_changes",
    table="pair_changes",
    subject="pair_change_violations",
    key=("part",),
    summary=Summary(
        compute=count_change_violations,
        reads={"pair_changes": (), "models": ("model_id",), "model_redirects": ("old_model_id",)},
    ),
    rules=tuple(critical(no_violations(check, SummaryColumns.of(check)), why=why) for check, why in CHECKS.items()),
)
