"""Pairs for publishers: what changed since a release, or every one, streamed into shards."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.exports.last_changed import LastChanged, find_last_changed
from llmpairs.exports.package.describe import describe_edition
from llmpairs.exports.pair_columns import EDITION
from llmpairs.exports.pair_rows import Block, Heads, edit_pairs
from llmpairs.exports.release_changes import compare_releases
from llmpairs.exports.shards import Shards
from llmpairs.site.metadata import read_heads, shard_words
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.errors import ReleaseError, StoreError
from llmpairs.warehouse.log import read_log, read_log_arrow
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store

if TYPE_CHECKING:
    from llmpairs.progress import Stages

Places = npt.NDArray[np.int64]
ROWS_PER_BLOCK = 1 << 13
"""A row takes about 4 kB as a line of JSON, so a block about 30 MB."""
CHANGES = ("kind", "blocks", "causes")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be exported, and how."""

    run_id: str
    since: str | None
    format: str
    shards: int
    base_url: str
    include_restricted: bool

    @property
    def base(self) -> str:
        """What stands before `pairs/` in an address."""
        return f"{self.base_url.rstrip('/')}/" if self.base_url else ""


def export_edition(uri: str, order: Order, out: Path, stages: "Stages") -> dict[str, Any]:
    """Write the pairs that are asked for into an empty or new folder; returns the descriptor.

    ReleaseError where a release is not kept, StoreError when the folder has something in it.
    """
    if out.exists() and any(out.iterdir()):
        raise StoreError(f"{out} is not empty: name a new folder")
    store = open_store(uri)
    if order.since is not None:
        refuse_later(store, order.run_id, order.since)
    sources = sorted(
        read_log_arrow(store, "sources", order.run_id).to_pylist(), key=lambda row: str(row["source_id"])
    )
    restricted = [str(row["source_id"]) for row in sources if row["redistributable"] is False]
    left_out = [] if order.include_restricted else restricted
    with stages.stage("read the models"), connect(uri, order.run_id) as con:
        heads = read_heads(con, left_out, order.base)
    with stages.stage("find when each pair last changed"):
        changed = find_last_changed(store, order.run_id)
    words, done = shard_words(heads.ids), 0
    with (
        stages.stage("write the pairs"),
        Shards(out, EDITION, order.format, order.shards) as shards,
    ):
        for block in read_blocks(store, order, heads, changed):
            shards.write(edit_pairs(heads, block), (words[block.a] * 31 + words[block.b]) % order.shards)
            done += len(block.a)
            stages.detail(f"pair {done:,}")
    manifest = read_manifest(store, order.run_id)
    descriptor = describe_edition(manifest, EDITION, shards.entries(), sources, left_out, order.since)
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    (out / "datapackage.json").write_text(text, encoding="utf-8")
    return descriptor


def refuse_later(store: Store, run_id: str, since: str) -> None:
    """ReleaseError where the release to compare with is not kept, or is the later one."""
    read_manifest(store, since)
    if run_order(since) > run_order(run_id):
        raise ReleaseError(f"{since} is later than {run_id}: --since takes an earlier release")


def read_blocks(store: Store, order: Order, heads: Heads, changed: LastChanged) -> Iterator[Block]:
    """The pairs that are asked for, a few at a time, in key order."""
    reader = PairReader(store, order.run_id)
    live = np.flatnonzero(heads.live >= 0)
    whole = all_pairs(len(live))
    if len(whole) != reader.rows:
        raise ReleaseError(f"release {order.run_id} has {reader.rows} pairs, its models make {len(whole)}")
    asked = (
        ((live[pairs.place_a], live[pairs.place_b], None) for pairs in whole.cut(ROWS_PER_BLOCK))
        if order.since is None
        else list_changed(store, order.run_id, order.since, heads)
    )
    for a, b, changes in asked:
        low, high = heads.live[a], heads.live[b]
        stands = (low >= 0) & (high >= 0)
        positions = np.full(len(a), -1, dtype=np.int64)
        positions[stands] = whole.positions(low[stands], high[stands])
        yield Block(a=a, b=b, rows=reader.take(positions), changed_at=changed.at(positions), changes=changes)


def list_changed(
    store: Store, run_id: str, since: str, heads: Heads
) -> Iterator[tuple[Places, Places, pa.Table]]:
    """The pairs that differ from those of an earlier release: sides as places among the heads, and why."""
    now, then = (read_manifest(store, each) for each in (run_id, since))
    default = "source" if now.rules_version == then.rules_version else "rules"
    place: Mapping[str, int] = {id_: at for at, id_ in enumerate(heads.ids)}
    changes = list_causes(store, since, run_id)
    for table in compare_releases(store, run_id, since, changes, default):
        sides = [table[name].combine_chunks() for name in PAIRS.key]
        at = [np.array([place[id_] for id_ in side.dictionary.to_pylist()], dtype=np.int64) for side in sides]
        a, b = (
            places[side.indices.to_numpy(zero_copy_only=False)]
            for places, side in zip(at, sides, strict=True)
        )
        for start in range(0, len(a), ROWS_PER_BLOCK):
            rows = slice(start, start + ROWS_PER_BLOCK)
            yield a[rows], b[rows], table.select(CHANGES).slice(start, ROWS_PER_BLOCK)


def list_causes(store: Store, since: str, run_id: str) -> pd.DataFrame:
    """CHANGES of every release published after one and up to another; the log keeps those of pruned ones."""
    between = [
        each for each in list_published(store) if run_order(since) < run_order(each) <= run_order(run_id)
    ]
    changes = read_log(store, "changes")
    return changes[changes["run_id"].isin(between)]


class PairReader:
    """Rows of a release's pairs by their number; one row group is held at a time."""

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._groups: list[tuple[str, int]] = []
        counts = [0]
        for entry in read_manifest(store, run_id).tables["pairs"]:
            name = f"{release_dir(run_id)}/{entry.path}"
            with store.open_input(name) as source:
                metadata = pq.read_metadata(source)
            for number in range(metadata.num_row_groups):
                self._groups.append((name, number))
                counts.append(metadata.row_group(number).num_rows)
        self._starts = np.cumsum(counts)
        self._held: tuple[int, pa.Table] | None = None

    @property
    def rows(self) -> int:
        """How many there are."""
        return int(self._starts[-1])

    def take(self, positions: Places) -> pa.Table:
        """Rows of PAIRS at those numbers, which rise; a row of nulls for a number below 0."""
        there = positions >= 0
        group_of = np.searchsorted(self._starts, positions[there], side="right") - 1
        parts = [
            self._read(int(group)).take(pa.array(positions[there][group_of == group] - self._starts[group]))
            for group in np.unique(group_of)
        ]
        if not parts:
            return pa.table({column.name: pa.nulls(len(positions), column.type) for column in PAIRS.columns})
        at = pa.array(np.cumsum(there) - 1, mask=~there)
        return pa.concat_tables(parts).unify_dictionaries().combine_chunks().take(at)

    def _read(self, group: int) -> pa.Table:
        if self._held is None or self._held[0] != group:
            name, number = self._groups[group]
            with self._store.open_input(name) as source:
                self._held = group, pq.ParquetFile(source).read_row_group(number)
        return self._held[1]
