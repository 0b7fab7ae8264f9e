"""Verdicts that turned since the parent release, and whether a fact that they rest on did too."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from llmpairs.expectations.rules import Counted, Suite, Summary, always, counted, that, warning
from llmpairs.expectations.staged import PARENT, Parts
from llmpairs.expectations.suites.coverage import is_in_pairs
from llmpairs.expectations.suites.pair_facts import Batch, positions
from llmpairs.expectations.suites.pair_standing import READS, WORKLOAD, Quality, Standing, build_standings
from llmpairs.warehouse.contracts.pairs import PAIRS

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
KEYS_KEPT = 20
MOST_TURNED = 0.01
FEW_TURN = "at most 1% of a workload's verdicts turn overnight"
ALL_EXPLAINED = "every verdict that turned has a changed fact"
FACTS = ("gate", "open_gate", "cost", "context", "operators", "openness")


def count_flips(
    pairs: Parts, parent_pairs: Parts, scenarios: pd.DataFrame, run: pd.DataFrame, **frames: pd.DataFrame
) -> pd.DataFrame:
    """One row per workload: pairs of both nights, verdicts that turned, and those without a changed fact.

    Where the rules have changed since the parent release, they explain every turn. A parent that has no
    verdicts yet is compared with nothing.
    """
    before = {name.removeprefix(PARENT): rows for name, rows in frames.items() if name.startswith(PARENT)}
    ids, old_ids = live_ids(frames["models"]), live_ids(before["models"])
    common = ids.intersection(old_ids)
    columns = [f"verdict_{name}" for name in scenarios["scenario_id"]]
    stood = read_verdicts(parent_pairs, columns, len(old_ids))
    now, then = (build_standings(tables, scenarios, common) for tables in (frames, before))
    moved = [moved_facts(*both) for both in zip(now, then, strict=True)]
    counts = {column: [0, 0, 0] for column in columns}
    keys: dict[str, list[str]] = {column: [] for column in columns}
    order = pa.array(ids.to_list(), pa.string())
    place, old_place = common.get_indexer(ids), old_ids.get_indexer(ids)
    for _, rows in pairs.batches([*PAIRS.key, *columns], encoded=PAIRS.key) if stood else ():
        batch = Batch(rows=rows, a=positions(rows.column(0), order), b=positions(rows.column(1), order))
        both = (place[batch.a] >= 0) & (place[batch.b] >= 0)
        a, b = place[batch.a[both]], place[batch.b[both]]
        row = row_of(old_place[batch.a[both]], old_place[batch.b[both]], len(old_ids))
        for column, (models, keyed) in zip(columns, moved, strict=True):
            turned = batch.words(column)[both] != stood[column][row]
            explained = models[a] | models[b] | np.isin(a * len(common) + b, keyed)
            lone = turned & ~explained & ~run["rules_changed"].to_numpy(dtype=bool)[0]
            counts[column] = [
                had + int(more)
                for had, more in zip(counts[column], (len(a), turned.sum(), lone.sum()), strict=True)
            ]
            first = np.flatnonzero(lone)[: KEYS_KEPT - len(keys[column])]
            keys[column] += [f"{common[a[at]]} | {common[b[at]]}: {column}" for at in first]
    table = pd.DataFrame.from_dict(counts, orient="index", columns=["pairs", "turned", "unexplained"])
    return table.assign(keys=pd.Series(keys)).rename_axis("verdict").reset_index()


def live_ids(models: pd.DataFrame) -> pd.Index:
    """The compared models, in bytewise order."""
    return pd.Index(sorted(models.loc[is_in_pairs(models), "model_id"]))


def row_of(a: Places, b: Places, n: int) -> Places:
    """Row of each pair in the whole table of n models."""
    return a * (2 * n - a - 1) // 2 + b - a - 1


def read_verdicts(parts: Parts, columns: list[str], n: int) -> dict[str, Places]:
    """The stored verdicts of all pairs of n models by column; empty when they are not all there."""
    if not all(set(columns) <= set(schema.names) for _, schema in parts.schemas()):
        return {}
    found: dict[str, list[Places]] = {column: [] for column in columns}
    nowhere = np.zeros(0, dtype=np.int64)
    for _, rows in parts.batches(columns):
        batch = Batch(rows=rows, a=nowhere, b=nowhere)
        for column in columns:
            found[column].append(batch.words(column).astype(np.int8))
    whole = {column: np.concatenate([nowhere, *pieces]) for column, pieces in found.items()}
    return whole if all(len(words) == n * (n - 1) // 2 for words in whole.values()) else {}


def moved_facts(now: Standing, then: Standing) -> tuple[Flags, Places]:
    """Models of which a fact of the workload has changed, and pairs whose quality has, as a * models + b."""
    moved = np.zeros(len(now.gate), dtype=bool)
    for name in FACTS:
        one, other = getattr(now, name), getattr(then, name)
        moved |= ~((one == other) | (np.isnan(one) & np.isnan(other)))
    return moved, moved_quality(now.quality, then.quality)


def moved_quality(now: Quality, then: Quality) -> Places:
    """Keys of pairs that compare on one night only, or otherwise than before."""
    key, one, other = np.intersect1d(now.key, then.key, return_indices=True)
    same = (now.mean[one] == then.mean[other]) & (now.error[one] == then.error[other])
    return np.concatenate([np.setxor1d(now.key, then.key), key[~same]])


def few_turn(pair_flips: pd.DataFrame) -> pd.Series:
    """At most 1% of a workload's verdicts turned."""
    return pair_flips["turned"] <= MOST_TURNED * pair_flips["pairs"]


def both_nights(reads: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The same columns of tonight's and of the parent's tables."""
    return {**reads, **{f"{PARENT}{name}": columns for name, columns in reads.items()}}


PAIR_FLIPS_SUITE = Suite(
    name="verdicts overnight",
    table="pairs",
    subject="pair_flips",
    key=("verdict",),
    summary=Summary(
        compute=count_flips,
        reads={**both_nights({**READS, "pairs": ()}), "scenarios": WORKLOAD, "run": ("rules_changed",)},
    ),
    rules=(
        warning(
            that(FEW_TURN, few_turn, pair_flips=("pairs", "turned")),
            why="0.6% at the most over the nights of 2026-06-09 to 11, of any workload",
            check_id="Q57",
        ),
        warning(
            counted(
                always("unexplained", 0, ALL_EXPLAINED),
                Counted(violations="unexplained", rows="turned", keys="keys"),
            ),
            why="the same facts under the same rules give the same verdict",
            check_id="Q57",
        ),
    ),
)
