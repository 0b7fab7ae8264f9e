"""The table of all pairs, block by block."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from llmpairs.transforms.pairs.compare import Values, compare_models
from llmpairs.transforms.pairs.model_arrays import Sides
from llmpairs.transforms.pairs.ranges import PairRange, all_pairs
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts.pairs import PAIRS

ID_TYPE = pa.dictionary(pa.int32(), pa.string())
IDS = PAIRS.key
ROWS_PER_BLOCK = 1 << 17
"""One row group of the written file: few enough rows that a look-up of one pair reads little."""
CACHED_ROWS = 1 << 16
"""Pairs computed at a time: their temporary arrays stay in the processor's cache."""


def _block_type(column: Column) -> pa.DataType:
    return ID_TYPE if column.name in IDS else column.type


BLOCK_SCHEMA = pa.schema(
    [pa.field(column.name, _block_type(column), nullable=column.nullable) for column in PAIRS.columns]
)
"""Schema of a block: PAIRS, with the ids as positions in one list of all models."""


def pair_blocks(sides: Sides, rows_per_block: int = ROWS_PER_BLOCK) -> Generator[pa.Table, None, None]:
    """All unordered pairs of the sides, sorted by (model_a_id, model_b_id), as tables of BLOCK_SCHEMA.

    Blocks hold at most `rows_per_block` rows, or those of one A model. While the caller works on a block
    the next one is built on a second thread, so the memory is that of two blocks, whatever the number
    of models.
    """
    waiting: deque[Future[pa.Table]] = deque()
    with ThreadPoolExecutor(max_workers=1) as thread:
        for pairs in all_pairs(len(sides)).cut(rows_per_block):
            waiting.append(thread.submit(pair_block, sides, pairs))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def pair_block(sides: Sides, pairs: PairRange) -> pa.Table:
    """One range of pairs. It needs no other range: ranges may be built anywhere and in any order."""
    batches = [_record_batch(sides, piece) for piece in pairs.cut(CACHED_ROWS)]
    return pa.Table.from_batches(batches, BLOCK_SCHEMA)


def _record_batch(sides: Sides, pairs: PairRange) -> pa.RecordBatch:
    columns = compare_models(sides, pairs)
    place = np.arange(len(sides), dtype=np.int32)
    ids = {"model_a_id": pairs.a(place), "model_b_id": pairs.b(place)}
    arrays = [
        pa.DictionaryArray.from_arrays(
            _flat(Values(ids[column.name]), pa.int32()), sides.model_ids, safe=False
        )
        if column.name in ids
        else _arrow_array(columns[column.name], column)
        for column in PAIRS.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=BLOCK_SCHEMA)


def _arrow_array(column: Values, promise: Column) -> pa.Array:
    """A column as the contract's type; enumerations come as positions in its closed list."""
    if promise.values is None:
        return _flat(column, promise.type)
    positions = _flat(column, promise.type.index_type)
    return pa.DictionaryArray.from_arrays(positions, pa.array(promise.values, pa.string()), safe=False)


def _flat(column: Values, kind: pa.DataType) -> pa.Array:
    """Values and their validity as an Arrow array, without a copy where the layouts agree."""
    values = _bitmap(column.values) if pa.types.is_boolean(kind) else column.values
    if len(values) != -(-len(column.values) * kind.bit_width // (8 * values.itemsize)):
        raise TypeError(f"{column.values.dtype} values cannot stand as {kind}")
    valid = None if column.valid is None else pa.py_buffer(_bitmap(column.valid))
    return pa.Array.from_buffers(kind, len(column.values), [valid, pa.py_buffer(values)])


def _bitmap(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Flags as Arrow stores them: eight to a byte, lowest bit first."""
    return np.packbits(flags, bitorder="little")
