"""The staged tables of a release as the frames that checks read: only the columns that they need."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

PARENT = "parent_"
"""A frame of this prefix is the table of the release that the run builds on."""
STREAMED = frozenset({"pairs"})
"""Tables too large for a frame: a check reads them as `Parts`."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The part files of a large table, read batch by batch."""

    files: tuple[str, ...]
    filesystem: fs.FileSystem
    texts: tuple[str, ...] = ()
    """Text columns to read dictionary-encoded."""

    def batches(self, columns: list[str]) -> Iterator[tuple[str, pa.RecordBatch]]:
        """Every batch with the name of its part, in the order of the file names."""
        for path in self.files:
            with self.filesystem.open_input_file(path) as source:
                file = pq.ParquetFile(source, read_dictionary=list(self.texts))
                for batch in file.iter_batches(batch_size=131_072, columns=columns):
                    yield PurePosixPath(path).name, batch

    def schemas(self) -> Iterator[pa.Schema]:
        """The schema of every part."""
        for path in self.files:
            with self.filesystem.open_input_file(path) as source:
                yield pq.read_schema(source)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Arrow to pandas: nullable booleans, categories for dictionaries, datetimes for dates, NaN for null numbers."""
    mapper = {pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.unify_dictionaries().to_pandas(
        types_mapper=mapper.get, date_as_object=False, self_destruct=True
    )
    return frame


def open_folder(uri: str) -> tuple[fs.FileSystem, str]:
    """The file system of a local path or an s3:// address, and the path in it."""
    if "://" in uri:
        filesystem, path = fs.FileSystem.from_uri(uri)
        return filesystem, path
    return fs.LocalFileSystem(), uri


def part_files(uri: str) -> Parts:
    """The Parquet files of a folder and below, sorted; FileNotFoundError when there are none."""
    parts = _list_parts(uri)
    if not parts.files:
        raise FileNotFoundError(f"{uri}: no Parquet file is staged there; stage the table before the gate")
    return parts


def has_parts(uri: str) -> bool:
    """Whether the folder holds any Parquet file."""
    return bool(_list_parts(uri).files)


def _list_parts(uri: str) -> Parts:
    filesystem, path = open_folder(uri)
    listed = filesystem.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    files = tuple(sorted(entry.path for entry in listed if entry.path.endswith(".parquet")))
    return Parts(files=files, filesystem=filesystem)


def read_columns(parts: Parts, columns: set[str]) -> pd.DataFrame:
    """These columns of all parts as one frame."""
    tables = []
    for path in parts.files:
        with parts.filesystem.open_input_file(path) as source:
            tables.append(pq.ParquetFile(source).read(columns=sorted(columns)))
    return to_frame(pa.concat_tables(tables))


class Staged(Mapping[str, Any]):
    """Frames by name, each read once on first use; `wanted` says which columns."""

    def __init__(
        self,
        locate: Callable[[str], str],
        wanted: Mapping[str, set[str]],
        given: Mapping[str, pd.DataFrame],
    ) -> None:
        self._locate = locate
        self._wanted = wanted
        self._held: dict[str, Any] = dict(given)

    def __getitem__(self, name: str) -> Any:
        if name not in self._held:
            parts = part_files(self._locate(name))
            columns = self._wanted.get(name, set())
            self._held[name] = parts if name in STREAMED else read_columns(parts, columns)
        return self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held or name in self._wanted

    def __iter__(self) -> Iterator[str]:
        return iter(self._wanted)

    def __len__(self) -> int:
        return len(self._wanted)


def wanted_columns(readings: list[dict[str, set[str]]]) -> dict[str, set[str]]:
    """What several suites need, together."""
    wanted: dict[str, set[str]] = {}
    for reading in readings:
        for name, columns in reading.items():
            wanted.setdefault(name, set()).update(columns)
    return wanted
