"""Build the table of all pairs, block by block."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from llmpairs.transforms.pairs.compare import ColumnValues, compare_models
from llmpairs.transforms.pairs.model_arrays import ModelArrays
from llmpairs.transforms.pairs.ranges import PairRange, all_pairs
from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts.pairs import PAIRS

ID_TYPE = pa.dictionary(pa.int32(), pa.string())
ROWS_PER_BLOCK = 1 << 17
"""Rows of one row group of the written file: few, so that looking up one pair reads little."""
CACHED_ROWS = 1 << 16
"""Pairs computed at a time, so that their temporary arrays fit the processor's cache."""


BLOCK_SCHEMA = pa.schema(
    pa.field(column.name, ID_TYPE if column.name in PAIRS.key else column.type, nullable=column.nullable)
    for column in PAIRS.columns
)
"""Schema of a block: PAIRS, with ids dictionary-encoded over all models."""


def pair_blocks(arrays: ModelArrays, rows_per_block: int = ROWS_PER_BLOCK) -> Generator[pa.Table, None, None]:
    """Yield all unordered pairs, sorted by (model_a_id, model_b_id), as tables of BLOCK_SCHEMA.

    Blocks hold at most `rows_per_block` rows, or those of one A model. The next block is built on a second thread
    while the caller uses the present one: memory is that of two blocks, whatever the number of models.
    """
    pending: deque[Future[pa.Table]] = deque()
    with ThreadPoolExecutor(max_workers=1) as thread:
        for pairs in all_pairs(len(arrays)).split(rows_per_block):
            pending.append(thread.submit(pair_block, arrays, pairs))
            if len(pending) > 1:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def pair_block(arrays: ModelArrays, pairs: PairRange) -> pa.Table:
    """Build one range of pairs. Ranges are independent: any process may build them, in any order."""
    batches = [_record_batch(arrays, piece) for piece in pairs.split(CACHED_ROWS)]
    return pa.Table.from_batches(batches, BLOCK_SCHEMA)


def _record_batch(arrays: ModelArrays, pairs: PairRange) -> pa.RecordBatch:
    columns = compare_models(arrays, pairs)
    ids = {"model_a_id": pairs.position_a, "model_b_id": pairs.position_b}
    columns_of_batch = [
        pa.DictionaryArray.from_arrays(
            _to_arrow(ColumnValues(ids[column.name]), pa.int32()), arrays.model_ids, safe=False
        )
        if column.name in ids
        else _arrow_array(columns[column.name], column)
        for column in PAIRS.columns
    ]
    return pa.RecordBatch.from_arrays(columns_of_batch, schema=BLOCK_SCHEMA)


def _arrow_array(column: ColumnValues, column_contract: Column) -> pa.Array:
    """Convert a column to its contract's type; enumerations come as positions in their closed list."""
    if column_contract.values is None:
        return _to_arrow(column, column_contract.type)
    positions = _to_arrow(column, column_contract.type.index_type)
    return pa.DictionaryArray.from_arrays(positions, pa.array(column_contract.values, pa.string()), safe=False)


def _to_arrow(column: ColumnValues, kind: pa.DataType) -> pa.Array:
    """Convert values and their validity to an Arrow array, without a copy where the layouts agree."""
    values = _bitmap(column.values) if pa.types.is_boolean(kind) else column.values
    if len(values) != -(-len(column.values) * kind.bit_width // (8 * values.itemsize)):
        raise TypeError(f"{column.values.dtype} values do not fit Arrow type {kind}")
    valid = None if column.valid is None else pa.py_buffer(_bitmap(column.valid))
    return pa.Array.from_buffers(kind, len(column.values), [valid, pa.py_buffer(values)])


def _bitmap(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Pack flags as Arrow stores them: eight to a byte, lowest bit first."""
    return np.packbits(flags, bitorder="little")
