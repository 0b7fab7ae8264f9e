"""Writer of rows into several files at once, as Parquet or JSON lines, batch by batch."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.manifest import FileEntry
from llmpairs.warehouse.parquet import WHOLE_SETTINGS
from llmpairs.warehouse.schema import schema_of

FORMATS = ("jsonl", "parquet")
SETTINGS = {**WHOLE_SETTINGS, "store_schema": True}
"""Options of a warehouse table; the warehouse's own writer stores the Arrow schema itself."""


class ShardWriter(ExitStack):
    """One open file per shard; every write passes its rows on to the files, none are buffered here."""

    def __init__(self, folder: Path, table: Table, format_: str, shards: int) -> None:
        super().__init__()
        self._folder = folder
        self._names = [f"pairs/pairs-{number:05d}-of-{shards:05d}.{format_}" for number in range(shards)]
        self._rows = [0] * shards
        (folder / "pairs").mkdir(parents=True)
        start = self._start_parquet if format_ == "parquet" else self._start_lines
        self._writers = [start(folder / name, table) for name in self._names]
        self._prepare: Callable[[pa.Table], Any] = JsonLineEncoder(table) if format_ == "jsonl" else lambda rows: rows

    def _start_parquet(self, path: Path, table: Table) -> Callable[[Any], None]:
        writer = self.enter_context(pq.ParquetWriter(path, schema_of(table), **SETTINGS))
        write: Callable[[pa.Table], None] = writer.write_table
        return write

    def _start_lines(self, path: Path, _: Table) -> Callable[[Any], None]:
        file = self.enter_context(path.open("wb"))
        return lambda lines: file.writelines(iter_text_buffers(lines))

    def write(self, rows: pa.Table, shard_of: npt.NDArray[np.int64]) -> None:
        """Rows in key order, each to its shard."""
        prepared = self._prepare(rows)
        for shard, write in enumerate(self._writers):
            mine = prepared if len(self._writers) == 1 else prepared.filter(pa.array(shard_of == shard))
            if len(mine):
                write(mine)
            self._rows[shard] += len(mine)

    def entries(self) -> list[FileEntry]:
        """Every file with its rows, bytes and digest; call it after the files are closed."""
        found = []
        for name, rows in zip(self._names, self._rows, strict=True):
            with (self._folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = (self._folder / name).stat().st_size
            found.append(FileEntry(path=name, rows=rows, bytes=size, sha256=digest))
        return found


class JsonLineEncoder:
    """Encodes rows as lines of JSON with DuckDB: timestamps as ISO 8601, 64-bit digests as text.

    Most JSON readers would keep only 53 of the 64 bits of a number.
    """

    def __init__(self, table: Table) -> None:
        self._connection = duckdb.connect(config={"threads": 1})
        timestamps = [column.name for column in table.columns if pa.types.is_timestamp(column.type)]
        expressions = {
            "content_hash": "content_hash::VARCHAR",
            **{name: f"strftime({name}::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ')" for name in timestamps},
        }
        replaced = ", ".join(f"{sql} AS {name}" for name, sql in expressions.items() if name in table.column_names)
        self._query = f"SELECT to_json(line)::VARCHAR || chr(10) FROM (SELECT * REPLACE ({replaced}) FROM rows) AS line"
        self._connection.execute("SET TimeZone = 'UTC'")

    def __call__(self, rows: pa.Table) -> pa.ChunkedArray:
        """One line per row, with its line break."""
        self._connection.register("rows", rows)
        lines: pa.Table = self._connection.sql(self._query).to_arrow_table()
        return lines.column(0).cast(pa.large_string())


def iter_text_buffers(lines: pa.ChunkedArray) -> Iterator[memoryview]:
    """The concatenated bytes of each chunk of strings, without copying them."""
    for chunk in lines.chunks:
        _, offsets, data = chunk.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        yield memoryview(data)[int(ends[0]) : int(ends[-1])]
