"""Checklist of `pair_changes`, counted part by part: every row says what differs and why."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.expectations.rules import Counted, Rule, Suite, Summary, always, counted, critical
from llmpairs.expectations.staged import Parts
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES
from llmpairs.warehouse.schema import schema_of

A, B = PAIR_CHANGES.key
KEYS_KEPT = 20
CHECKS = {
    "A sorts before B": "readers look for a pair in one order",
    "both models are in the release": "models retire, they never vanish: so a pair that is gone names them too",
    "a change says what differs": "a publisher rebuilds only what differs",
    "a change has a cause": "an upgrade of the rules is told from a change in the world",
}


def column(check: str, what: str) -> str:
    """Name of a column of the tally."""
    return f"{what}: {check}"


def tally_changes(pair_changes: Parts, models: pd.DataFrame) -> pd.DataFrame:
    """One row per batch of a part: its rows, and how many break each check, with the first of them."""
    known = pa.array(models["model_id"].to_list(), pa.string())
    rows = [
        tally_batch(f"{part} batch {number}", batch, known)
        for number, (part, batch) in enumerate(pair_changes.batches(PAIR_CHANGES.column_names))
    ]
    nothing = pa.record_batch(
        [pa.array([], field.type) for field in schema_of(PAIR_CHANGES)], schema_of(PAIR_CHANGES)
    )
    return pd.DataFrame(rows or [tally_batch("no rows", nothing, known)])


def tally_batch(name: str, batch: pa.RecordBatch, known: pa.Array) -> dict[str, Any]:
    """One row of the tally."""
    a, b = batch.column(A).cast(pa.string()), batch.column(B).cast(pa.string())
    wrong = (
        pc.greater_equal(a, b),
        pc.invert(pc.and_(pc.is_in(a, value_set=known), pc.is_in(b, value_set=known))),
        pc.equal(batch.column("blocks"), 0),
        pc.equal(batch.column("causes"), 0),
    )
    tally: dict[str, Any] = {"part": name, "rows": batch.num_rows}
    for check, flags in zip(CHECKS, wrong, strict=True):
        at = np.flatnonzero(flags.to_numpy(zero_copy_only=False)).tolist()
        tally[column(check, "broken")] = len(at)
        tally[column(check, "keys")] = [f"{a[i]} | {b[i]}" for i in at[:KEYS_KEPT]]
    return tally


def rule(check: str, why: str) -> Rule:
    """No row of any part breaks the check."""
    broken = column(check, "broken")
    where = Counted(violations=broken, rows="rows", keys=column(check, "keys"))
    return critical(counted(always(broken, 0, check), where), why=why)


PAIR_CHANGES_SUITE = Suite(
    name="pair_changes",
    table="pair_changes",
    subject="pair_changes_tally",
    key=("part",),
    summary=Summary(compute=tally_changes, reads={"pair_changes": (), "models": ("model_id",)}),
    rules=tuple(rule(check, why) for check, why in CHECKS.items()),
)
