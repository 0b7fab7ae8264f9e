"""Pairs to staged part files: as one stream in this process, or part by part on a cluster."""

from collections.abc import Iterator, Sequence

from llmpairs.transforms.pairs.build import ROWS_PER_BLOCK, pair_block, pair_blocks
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES, ModelArrays, build_model_arrays, count_open_issues
from llmpairs.transforms.pairs.ranges import PairRange, all_pairs
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.warehouse.releases import open_parts
from llmpairs.warehouse.staging import read_staged
from llmpairs.warehouse.store import Store

PAIRS_PER_FILE = 4_000_000
"""Files stay near 100 MB, so that a query about one model opens one or two."""


def stage_here(store: Store, run_id: str) -> int:
    """Stage all part files from this process; returns the number of pairs."""
    in_file = 0
    with open_parts(store, run_id, "pairs") as writer:
        for block in pair_blocks(load_model_arrays(store, run_id)):
            if in_file and in_file + block.num_rows > PAIRS_PER_FILE:
                writer.next_part()
                in_file = 0
            writer.write(block)
            in_file += block.num_rows
    return int(writer.rows)


def plan_parts(models: int, rows_per_part: int = PAIRS_PER_FILE) -> Iterator[list[PairRange]]:
    """The blocks of each part file; with the default size the same as those of `stage_here`."""
    part: list[PairRange] = []
    for block in all_pairs(models).split(min(ROWS_PER_BLOCK, rows_per_part)):
        if part and sum(map(len, part)) + len(block) > rows_per_part:
            yield part
            part = []
        part.append(block)
    if part:
        yield part


def write_part(store: Store, run_id: str, arrays: ModelArrays, number: int, blocks: Sequence[PairRange]) -> int:
    """Write one part file; a second write gives the same bytes. Returns its rows."""
    with open_parts(store, run_id, "pairs", first_part=number) as writer:
        for block in blocks:
            writer.write(pair_block(arrays, block))
    return int(writer.rows)


def load_model_arrays(store: Store, run_id: str) -> ModelArrays:
    """The model arrays that pairs are computed from, built from the staged state tables."""
    tables = {name: read_staged(store, run_id, name) for name in COMPARED_TABLES}
    gaps, holds, disagreements = (
        read_staged(store, run_id, name) for name in ("coverage_gaps", "holds", "disagreements")
    )
    return build_model_arrays(
        tables,
        load_scenarios(),
        open_issues=count_open_issues(gaps, holds, disagreements, tables["offers"]),
        fingerprints=fingerprint_models({name: rows for name, rows in tables.items() if "model_id" in rows}),
    )
