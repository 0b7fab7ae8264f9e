"""The staged tables of a release as the frames that checks read: only the columns that they need."""

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
"""A frame of this prefix is the table of the release that the run builds on."""
STREAMED = frozenset({"pairs", "pair_changes"})
"""Tables too large for a frame: a check reads them as `Parts`."""
BATCH_ROWS = 1 << 17


@dataclass(frozen=True)
class Place:
    """A folder of part files: a local path or an s3:// address, and the folder's name below it."""

    address: str
    folder: str


@dataclass(frozen=True)
class Parts:
    """The part files of a table, in the order of their names."""

    store: Store
    names: tuple[str, ...]

    def batches(
        self, columns: Iterable[str], encoded: Iterable[str] = ()
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
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
        """These columns of all parts, in the types that `llmpairs.warehouse.convert` promises.

        A part of an earlier release may lack a column that the table's contract has gained since: it has nulls.
        """
        wanted, rows = sorted(columns), []
        for name in self.names:
            with self.store.open_input(name) as source:
                part = add_missing(pq.ParquetFile(source).read(columns=wanted), table, wanted)
            rows.append(part.select([column for column in wanted if column in part.column_names]))
        frame: pd.DataFrame = from_arrow(pa.concat_tables(rows, promote_options="default"))
        return frame


def find_parts(place: Place) -> Parts:
    """The Parquet files of a place; none when there is no such folder."""
    store = open_store(place.address)
    return Parts(store, tuple(name for name in store.list_files(place.folder) if name.endswith(".parquet")))


class Staged(Mapping[str, Any]):
    """Frames by name, each read once when it is first asked for; `wanted` says which columns of it."""

    def __init__(
        self,
        locate: Callable[[str], Place],
        wanted: Mapping[str, set[str]],
        given: Mapping[str, pd.DataFrame],
    ) -> None:
        self._locate = locate
        self._wanted = wanted
        self._held: dict[str, Any] = dict(given)

    def __getitem__(self, name: str) -> Any:
        if name not in self._held:
            parts = find_parts(self._locate(name))
            if not parts.names:
                raise FileNotFoundError(f"no Parquet file of {name} is staged; stage it before the gate")
            table, wanted = name.removeprefix(PARENT), self._wanted.get(name, set())
            self._held[name] = parts if table in STREAMED else parts.frame(table, wanted)
        return self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held or name in self._wanted

    def __iter__(self) -> Iterator[str]:
        return iter(self._wanted)

    def __len__(self) -> int:
        return len(self._wanted)


def wanted_columns(readings: Iterable[dict[str, set[str]]]) -> dict[str, set[str]]:
    """What several suites need, together."""
    wanted: dict[str, set[str]] = {}
    for reading in readings:
        for name, columns in reading.items():
            wanted.setdefault(name, set()).update(columns)
    return wanted
