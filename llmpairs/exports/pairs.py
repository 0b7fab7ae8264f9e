"""Export of pairs for publishers: changed since a release, or every one, streamed into shards."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.exports.changes import LastChanged, find_changed_pairs, find_last_changed
from llmpairs.exports.descriptor import Descriptor, describe_pair_export
from llmpairs.exports.pair_rows import PUBLISHED_PAIRS, PageMetadata, PairBatch, Positions, build_published_rows
from llmpairs.exports.shards import ShardWriter
from llmpairs.exports.terms import load_terms, refuse_used_folder, withhold_differences
from llmpairs.site.metadata import hash_ids, load_page_metadata
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import run_order
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.release_history import list_published
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.staging import release_dir
from llmpairs.warehouse.store import Store, open_store

if TYPE_CHECKING:
    from llmpairs.progress import Progress

ROWS_PER_BATCH = 1 << 13
"""A row takes about 4 kB as a line of JSON, so a batch about 30 MB."""
CHANGE_COLUMNS = ("kind", "blocks", "causes")


@dataclass(frozen=True, kw_only=True)
class PairExportOptions:
    """What to export, and how."""

    run_id: str
    since: str | None
    """Run id of an earlier release: only pairs that differ from it; None for every pair."""
    format: str
    shards: int
    base_url: str
    include_restricted: bool

    @property
    def base(self) -> str:
        """Prefix of `pairs/` in an address."""
        return f"{self.base_url.rstrip('/')}/" if self.base_url else ""


def write_pair_export(uri: str, options: PairExportOptions, out: Path, progress: "Progress") -> Descriptor:
    """Write the selected pairs into an empty or new folder; returns the descriptor.

    ReleaseError where a release is not kept or `since` is the later one, StoreError for a folder that is not empty.
    """
    refuse_used_folder(out)
    store = open_store(uri)
    if options.since is not None:
        read_manifest(store, options.since)
        if run_order(options.since) > run_order(options.run_id):
            raise ReleaseError(f"{options.since} is later than {options.run_id}: --since takes an earlier release")
    terms = load_terms(store, options.run_id, include_restricted=options.include_restricted)
    with progress.stage("read the models"), connect(uri, options.run_id) as con:
        metadata = load_page_metadata(con, terms.left_out, options.base)
    with progress.stage("find when each pair last changed"):
        changed = find_last_changed(store, options.run_id)
    hashes, done = hash_ids(metadata.ids), 0
    with progress.stage("write the pairs"), ShardWriter(out, PUBLISHED_PAIRS, options.format, options.shards) as shards:
        for batch in read_batches(store, options, metadata, changed):
            published = withhold_differences(build_published_rows(metadata, batch), terms.withheld_indexes)
            shard_of = (hashes[batch.a] * 31 + hashes[batch.b]) % options.shards
            shards.write(published, shard_of)
            done += len(batch.a)
            progress.update(f"pair {done:,}")
    descriptor = describe_pair_export(terms, PUBLISHED_PAIRS, shards.entries(), options.since)
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    (out / "datapackage.json").write_text(text, encoding="utf-8")
    return descriptor


def read_batches(
    store: Store, options: PairExportOptions, metadata: PageMetadata, changed: LastChanged
) -> Iterator[PairBatch]:
    """The selected pairs in batches, in key order."""
    reader = PairReader(store, options.run_id)
    live = np.flatnonzero(metadata.live >= 0)
    every = all_pairs(len(live))
    if len(every) != reader.rows:
        raise ReleaseError(
            f"release {options.run_id} has {reader.rows} pairs, its models make {len(every)}: it is damaged"
        )
    selected = (
        ((live[pairs.position_a], live[pairs.position_b], None) for pairs in every.split(ROWS_PER_BATCH))
        if options.since is None
        else list_changed(store, options.run_id, options.since, metadata)
    )
    for a, b, changes in selected:
        low, high = metadata.live[a], metadata.live[b]
        exists = (low >= 0) & (high >= 0)
        positions = np.full(len(a), -1, dtype=np.int64)
        positions[exists] = every.positions(low[exists], high[exists])
        yield PairBatch(a=a, b=b, rows=reader.take(positions), changed_at=changed.at(positions), changes=changes)


def list_changed(
    store: Store, run_id: str, since: str, metadata: PageMetadata
) -> Iterator[tuple[Positions, Positions, pa.Table]]:
    """Pairs that differ from an earlier release: sides as positions in the page metadata, and CHANGE_COLUMNS."""
    now, before = (read_manifest(store, each) for each in (run_id, since))
    default = "source" if now.rules_version == before.rules_version else "rules"
    position_of = {id_: position for position, id_ in enumerate(metadata.ids)}
    # The log has the changes of pruned releases too.
    between = [each for each in list_published(store) if run_order(since) < run_order(each) <= run_order(run_id)]
    changes = read_log(store, "changes", between)
    for table in find_changed_pairs(store, run_id, since, changes, default):
        sides = [table[name].combine_chunks() for name in PAIRS.key]
        a, b = (
            np.array([position_of[id_] for id_ in side.dictionary.to_pylist()], dtype=np.int64)[
                side.indices.to_numpy(zero_copy_only=False)
            ]
            for side in sides
        )
        for start in range(0, len(a), ROWS_PER_BATCH):
            rows = slice(start, start + ROWS_PER_BATCH)
            yield a[rows], b[rows], table.select(CHANGE_COLUMNS).slice(start, ROWS_PER_BATCH)


class PairReader:
    """Rows of a release's pairs by position; holds one row group at a time."""

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
        """Number of pairs."""
        return int(self._starts[-1])

    def take(self, positions: Positions) -> pa.Table:
        """Rows of PAIRS at ascending positions; a row of nulls for a position below 0."""
        exists = positions >= 0
        group_of = np.searchsorted(self._starts, positions[exists], side="right") - 1
        parts = [
            self._read(int(group)).take(pa.array(positions[exists][group_of == group] - self._starts[group]))
            for group in np.unique(group_of)
        ]
        if not parts:
            return pa.table({column.name: pa.nulls(len(positions), column.type) for column in PAIRS.columns})
        at = pa.array(np.cumsum(exists) - 1, mask=~exists)
        return pa.concat_tables(parts).unify_dictionaries().combine_chunks().take(at)

    def _read(self, group: int) -> pa.Table:
        if self._held is None or self._held[0] != group:
            name, number = self._groups[group]
            with self._store.open_input(name) as source:
                self._held = group, pq.ParquetFile(source).read_row_group(number)
        return self._held[1]
