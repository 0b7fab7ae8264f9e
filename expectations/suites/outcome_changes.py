"""Outcomes that changed since the parent release, and whether a fact that determines them changed too."""

import numpy as np
import pandas as pd
import pyarrow as pa

from llmpairs.expectations.rules import KEYS_SHOWN, Suite, Summary, SummaryColumns, no_violations, warning
from llmpairs.expectations.staged import PARENT, PartFiles
from llmpairs.expectations.suites.coverage import is_in_pairs
from llmpairs.expectations.suites.recomputed_columns import PairRowBatch, find_positions
from llmpairs.expectations.suites.recomputed_inputs import (
    READS,
    WORKLOAD,
    Flags,
    Positions,
    WorkloadFacts,
    recompute_inputs,
)
from llmpairs.warehouse.contracts.pairs import PAIRS

MAX_CHANGED = 0.01
FEW_CHANGE = "at most 1% of a workload's outcomes change since the parent release"
ALL_EXPLAINED = "every changed outcome has a changed fact"
COMPARED = {**READS, "pairs": ()}
"""Columns that are read from both releases."""


def count_outcome_changes(
    pairs: PartFiles, parent_pairs: PartFiles, scenarios: pd.DataFrame, run: pd.DataFrame, **frames: pd.DataFrame
) -> pd.DataFrame:
    """One row per workload: pairs of both releases, changed outcomes, and those without a changed fact.

    New rules explain every change. A parent without outcomes is not compared.
    """
    before = {name.removeprefix(PARENT): rows for name, rows in frames.items() if name.startswith(PARENT)}
    ids, old_ids = list_live_ids(frames["models"]), list_live_ids(before["models"])
    common = ids.intersection(old_ids)
    columns = [f"outcome_{name}" for name in scenarios["scenario_id"]]
    old_outcomes = read_outcomes(parent_pairs, columns, len(old_ids))
    now, then = (recompute_inputs(tables, scenarios, common) for tables in (frames, before))
    indexes = find_changed_indexes(frames["model_quality"], before["model_quality"], common)
    changed_facts = [indexes | find_changed_facts(*both) for both in zip(now, then, strict=True)]
    rules_changed = bool(run["rules_changed"].to_numpy(dtype=bool)[0])
    counts = {column: np.zeros(3, dtype=np.int64) for column in columns}
    keys: dict[str, list[str]] = {column: [] for column in columns}
    order = pa.array(ids.to_list(), pa.string())
    position, old_position = common.get_indexer(ids), old_ids.get_indexer(ids)
    for _, rows in pairs.batches([*PAIRS.key, *columns], encoded=PAIRS.key) if old_outcomes else ():
        batch = PairRowBatch(
            rows=rows, a=find_positions(rows.column(0), order), b=find_positions(rows.column(1), order)
        )
        both = (position[batch.a] >= 0) & (position[batch.b] >= 0)
        a, b = position[batch.a[both]], position[batch.b[both]]
        old_row = pair_row(old_position[batch.a[both]], old_position[batch.b[both]], len(old_ids))
        for column, models in zip(columns, changed_facts, strict=True):
            changed = batch.codes(column)[both] != old_outcomes[column][old_row]
            explained = models[a] | models[b]
            unexplained = changed & ~explained & (not rules_changed)
            counts[column] += (len(a), changed.sum(), unexplained.sum())
            first = np.flatnonzero(unexplained)[: KEYS_SHOWN - len(keys[column])]
            keys[column] += [f"{common[a[at]]} | {common[b[at]]}: {column}" for at in first]
    table = pd.DataFrame.from_dict(counts, orient="index", columns=["pairs", "changed", "unexplained"])
    return table.assign(keys=pd.Series(keys)).rename_axis("verdict").reset_index()


def list_live_ids(models: pd.DataFrame) -> pd.Index:
    """The compared models, in bytewise order."""
    return pd.Index(sorted(models.loc[is_in_pairs(models), "model_id"]))


def pair_row(a: Positions, b: Positions, n: int) -> Positions:
    """Row of each pair in the whole table of n models."""
    return a * (2 * n - a - 1) // 2 + b - a - 1


def read_outcomes(parts: PartFiles, columns: list[str], n: int) -> dict[str, Positions]:
    """The stored outcomes of all pairs of n models by column; empty when columns or rows are missing."""
    if not all(set(columns) <= set(schema.names) for _, schema in parts.schemas()):
        return {}
    found: dict[str, list[Positions]] = {column: [] for column in columns}
    empty = np.zeros(0, dtype=np.int64)
    for _, rows in parts.batches(columns):
        batch = PairRowBatch(rows=rows, a=empty, b=empty)
        for column in columns:
            found[column].append(batch.codes(column).astype(np.int8))
    whole = {column: np.concatenate([empty, *pieces]) for column, pieces in found.items()}
    return whole if all(len(codes) == n * (n - 1) // 2 for codes in whole.values()) else {}


def find_changed_facts(now: WorkloadFacts, then: WorkloadFacts) -> Flags:
    """Models with a changed requirement or best cost."""
    new, old = now.best_cost, then.best_cost
    return np.asarray((now.gate != then.gate) | ~((new == old) | (np.isnan(new) & np.isnan(old))))


def find_changed_indexes(now: pd.DataFrame, then: pd.DataFrame, ids: pd.Index) -> Flags:
    """Models of which a quality index, or its uncertainty, differs."""
    read = list(READS["model_quality"])
    both = [frame[read].set_index(["domain", "model_id"]).sort_index() for frame in (now, then)]
    new, old = (frame.reindex(both[0].index.union(both[1].index)) for frame in both)
    differs = ~((new == old) | (new.isna() & old.isna())).fillna(False).all(axis=1)
    return np.asarray(ids.isin(differs[differs].index.get_level_values("model_id")))


VERDICT_CHANGES_SUITE = Suite(
    name="verdict changes",
    table="pairs",
    subject="verdict_changes",
    key=("verdict",),
    summary=Summary(
        compute=count_outcome_changes,
        reads={
            **COMPARED,
            **{f"{PARENT}{name}": columns for name, columns in COMPARED.items()},
            "scenarios": WORKLOAD,
            "run": ("rules_changed",),
        },
    ),
    rules=(
        warning(
            FEW_CHANGE,
            lambda verdict_changes: verdict_changes["changed"] <= MAX_CHANGED * verdict_changes["pairs"],
            verdict_changes=("pairs", "changed"),
            why="an outcome that flips from run to run is of no use",
            check_id="Q57",
        ),
        warning(
            no_violations(ALL_EXPLAINED, SummaryColumns(violations="unexplained", rows="changed", keys="keys")),
            why="the same facts under the same rules give the same outcome",
            check_id="Q57",
        ),
    ),
)
