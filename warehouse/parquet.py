"""Parquet writer and reader: the same rows give the same bytes, and `pairs` are written fast."""

import base64
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.convert import conform
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.schema import encoded_schema, schema_of
from llmpairs.warehouse.store import Store, is_transient

ROW_GROUP_ROWS = 1 << 17
"""One pair is found within one row group, so a smaller one is read faster and a larger one written faster: on 4.5
million pairs of 54 columns pyarrow takes 38 ms of the processor to read one at 131,072 rows and 71 at 262,144, and
writes all of them in 2.34 s and 2.30 s."""
_COMMON = {"write_page_index": True, "write_page_checksum": True, "store_schema": False}
WHOLE_SETTINGS = {**_COMMON, "compression": "zstd", "compression_level": 3}
"""Writer options of a table that is written whole: size first."""


def streamed_settings(table: Table) -> dict[str, Any]:
    """Writer options of a table that is written in blocks: speed first.

    Measured on `pairs`: statistics of a column that runs through all its values in every row group (the second
    id) and dictionaries of floats and digests cost more than all the rest and save nothing; zstd saves 9% of the
    bytes for 25% more time.
    """
    repeated = [c.name for c in table.columns if not (pa.types.is_floating(c.type) or pa.types.is_int64(c.type))]
    return {**_COMMON, "compression": "snappy", "use_dictionary": repeated, "write_statistics": [table.key[0]]}


def part_name(table: Table, run_id: str, number: int) -> str:
    """Path of a part in the warehouse."""
    return f"releases/{run_id}/{table.name}/{table.name}-{run_id}-{number:04d}.parquet"


class PartFile:
    """One Parquet file, open for rows in key order."""

    def __init__(self, file: Any, table: Table, encoded: frozenset[str], settings: dict[str, Any]) -> None:
        self._table = table
        self._encoded = encoded
        # Ids as dictionaries, although the stored schema has text: Arrow then writes the given codes instead of
        # hashing millions of strings, and readers still get plain text.
        self._writer = pq.ParquetWriter(file, encoded_schema(table, encoded), **settings)
        self._buffered: list[pa.Table] = []
        self._buffered_rows = 0
        self.rows = 0

    def write(self, rows: pa.Table) -> None:
        """Add rows; they are written in whole row groups, independent of the size of the calls."""
        self._buffered.append(conform(rows, self._table, encoded=self._encoded))
        self._buffered_rows += rows.num_rows
        self.rows += rows.num_rows
        if self._buffered_rows >= ROW_GROUP_ROWS:
            self._flush(self._buffered_rows - self._buffered_rows % ROW_GROUP_ROWS)

    def _flush(self, rows: int) -> None:
        buffered = pa.concat_tables(self._buffered).unify_dictionaries()
        self._writer.write_table(buffered.slice(0, rows), row_group_size=ROW_GROUP_ROWS)
        self._buffered = [buffered.slice(rows)]
        self._buffered_rows -= rows

    def close(self, metadata: Mapping[bytes, bytes] | None = None) -> None:
        """Write the buffered rows and the footer, with the contract's own schema and further metadata."""
        if self._buffered_rows:
            self._flush(self._buffered_rows)
        schema = schema_of(self._table)
        stored = base64.b64encode(schema.serialize().to_pybytes())
        self._writer.add_key_value_metadata({**schema.metadata, **(metadata or {}), b"ARROW:schema": stored})
        self._writer.close()

    def abandon(self) -> None:
        """Prevent the writer from writing a footer when it is garbage-collected: its file is closed or broken."""
        self._writer.is_open = False


class PartsWriter:
    """Writes a table's rows, in key order, to numbered part files of a staged release."""

    def __init__(self, store: Store, run_id: str, table: Table, first_part: int) -> None:
        self._store = store
        self._run_id = run_id
        self._table = table
        self._number = first_part
        self._encoded = frozenset(name for name in table.key if pa.types.is_string(table[name].type))
        self._open = ExitStack()
        self._part: PartFile | None = None
        self.rows = 0
        self.parts: list[str] = []
        """Names of the files written so far, relative to the warehouse."""

    def write(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Append rows to the open part; ContractError when they do not fit the contract.

        Text keys are written fastest as dictionary arrays with one dictionary for all calls.
        """
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        part = self._part or self._start()
        with self._store.reporting_errors("writing", self.parts[-1]):
            part.write(table)
        self.rows += table.num_rows

    def _start(self) -> PartFile:
        name = part_name(self._table, self._run_id, self._number)
        file = self._open.enter_context(self._store.open_output(name))
        self._part = PartFile(file, self._table, self._encoded, streamed_settings(self._table))
        self.parts.append(name)
        self._number += 1
        return self._part

    def next_part(self) -> None:
        """Close the open part; the next rows start a new file. Does nothing if the part has no rows."""
        if self._part is None:
            return
        with self._store.reporting_errors("writing", self.parts[-1]):
            self._part.close()
            self._part = None
            self._open.close()

    def finish(self) -> None:
        """Close the last part; a table without rows gets one empty file."""
        if self._part is None and not self.parts:
            self._start()
        self.next_part()

    def abandon(self) -> None:
        """Close the open file after a failure; the files on disk belong to no release."""
        if self._part is not None:
            self._part.abandon()
        self._part = None
        self._open.__exit__(*sys.exc_info())


@contextmanager
def open_parts_writer(store: Store, run_id: str, table: Table, first_part: int) -> Iterator[PartsWriter]:
    """A PartsWriter that is finished when the block succeeds and abandoned when it fails."""
    writer = PartsWriter(store, run_id, table, first_part)
    try:
        yield writer
        writer.finish()
    except BaseException:
        writer.abandon()
        raise


def write_whole(store: Store, rel: str, table: Table, rows: pa.Table) -> None:
    """Write all rows of a small table to one file, atomically."""
    store.write_bytes(rel, encode_whole(table, rows))


def encode_whole(table: Table, rows: pa.Table, metadata: Mapping[bytes, bytes] | None = None) -> pa.Buffer:
    """The file of a small table, with further metadata in its footer."""
    file = pa.BufferOutputStream()
    part = PartFile(file, table, frozenset(), WHOLE_SETTINGS)
    part.write(rows)
    part.close(metadata)
    return file.getvalue()


def read_rows(store: Store, rel: str, columns: list[str] | None = None) -> pa.Table:
    """The rows of one file, with page checksums verified; StoreError when it is damaged."""
    with naming_damaged_file(store, rel), store.open_input(rel) as file:
        return pq.ParquetFile(file, page_checksum_verification=True).read(columns=columns)


@contextmanager
def naming_damaged_file(store: Store, rel: str) -> Iterator[None]:
    """Turn errors of pyarrow on a damaged file into a StoreError that names the file."""
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        if isinstance(error, OSError) and is_transient(error):
            raise StoreError(f"reading {store.name}/{rel}: {error}", is_transient=True) from error
        raise StoreError(f"reading {store.name}/{rel}: not a valid Parquet file: {error}") from error
