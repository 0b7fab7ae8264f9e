"""The staged tables of a release as frames that checks read, with only the columns that they need."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.schema_evolution import add_missing
from llmpairs.warehouse.store import Store, open_store

PARENT = "parent_"
"""Prefix of a frame that is a table of the parent release."""
STREAMED = frozenset({"pairs", "pair_changes"})
"""Tables too large for a frame: a check reads them as `PartFiles`."""
BATCH_ROWS = 1 << 17


@dataclass(frozen=True)
class PartFolder:
    """A folder of part files: a local path or an s3:// address, and the folder's name below it."""

    address: str
    folder: str


@dataclass(frozen=True)
class PartFiles:
    """The part files of a table, in the order of their names."""

    store: Store
    names: tuple[str, ...]

    def batches(self, columns: Iterable[str], encoded: Iterable[str] = ()) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Every batch with the name of its part; the `encoded` columns come as dictionaries."""
        for name in self.names:
            with self.store.open_input(name) as source:
                file = pq.ParquetFile(source, read_dictionary=list(encoded))
                for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
                    yield PurePosixPath(name).name, batch

    def schemas(self) -> Iterator[tuple[str, pa.Schema]]:
        """The schema of every part."""
        for name in self.names:
            with self.store.open_input(name) as source:
                yield PurePosixPath(name).name, pq.read_schema(source)

    def frame(self, table: str, columns: Iterable[str]) -> pd.DataFrame:
        """These columns of all parts, with the types of `llmpairs.warehouse.convert`.

        A column that a part of an earlier release lacks is filled with nulls.
        """
        names, tables = sorted(columns), []
        for part in self.names:
            with self.store.open_input(part) as source:
                rows = add_missing(pq.ParquetFile(source).read(columns=names), table, names)
            tables.append(rows.select([name for name in names if name in rows.column_names]))
        frame: pd.DataFrame = from_arrow(pa.concat_tables(tables, promote_options="default"))
        return frame


def find_parts(folder: PartFolder) -> PartFiles:
    """The Parquet files of a folder; none when it does not exist."""
    store = open_store(folder.address)
    return PartFiles(store, tuple(name for name in store.list_files(folder.folder) if name.endswith(".parquet")))


class StagedFrames(Mapping[str, Any]):
    """Frames by name, each read on first access; `columns` are the columns to read, `loaded` the frames in memory."""

    def __init__(
        self, locate: Callable[[str], PartFolder], columns: Mapping[str, set[str]], loaded: Mapping[str, pd.DataFrame]
    ) -> None:
        self._locate = locate
        self._columns = columns
        self._loaded: dict[str, Any] = dict(loaded)

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            parts = find_parts(self._locate(name))
            if not parts.names:
                raise FileNotFoundError(f"no Parquet file of {name} is staged; stage it before the gate")
            table, columns = name.removeprefix(PARENT), self._columns.get(name, set())
            self._loaded[name] = parts if table in STREAMED else parts.frame(table, columns)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaded or name in self._columns

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def merge_columns(required: Iterable[Mapping[str, set[str]]]) -> dict[str, set[str]]:
    """Columns by frame that several suites need together."""
    merged: dict[str, set[str]] = {}
    for frames in required:
        for name, columns in frames.items():
            merged.setdefault(name, set()).update(columns)
    return merged
