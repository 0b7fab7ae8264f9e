"""Column and Table: what a table promises, stated once.

The Arrow schema, the derived expectations and the data dictionary are computed from these.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Place = Literal["release", "log", "landed"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, its unit, what it says and what a null in it means."""

    name: str
    type: pa.DataType
    about: str
    """One sentence for an analyst."""
    unit: str | None = None
    """Unit in words, for every number that has one."""
    null_means: str | None = None
    """What a null says; None for a column that is never null."""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] | None = None
    """The closed list of an enumeration."""
    bits: tuple[str, ...] | None = None
    """What each bit of a bit set stands for, lowest first."""
    rests_on: tuple[str, ...] = ()
    """What it is computed from: columns of its table, tables, data files, `facts.<field>` for claims of that name.

    Empty where a source states the value: then `facts` has the claim under the column's name.
    """
    mirror: str | None = None
    """What stands here once the two sides of a row are swapped: the value of another column, or `negated`,
    `inverted`, or `words` (MIRRORED_WORDS). None for what reads the same both ways."""

    def __post_init__(self) -> None:
        if not self.about.endswith("."):
            raise ValueError(f"column {self.name}: `about` must be a sentence")

    @property
    def nullable(self) -> bool:
        """Whether the column may hold nulls."""
        return self.null_means is not None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: what a row is, its key and its columns, in the order in which they are written."""

    name: str
    grain: str
    """What one row is."""
    key: tuple[str, ...]
    """Columns that tell rows apart; rows are sorted by them."""
    columns: tuple[Column, ...]
    place: Place = "release"
    warnings: tuple[str, ...] = ()
    """What an analyst gets wrong at first."""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"table {self.name}: columns declared twice: {', '.join(twice)}")
        for name in self.key:
            if name not in names:
                raise ValueError(f"table {self.name}: key column {name} is not declared")
            if self[name].nullable:
                raise ValueError(f"table {self.name}: key column {name} may not be null")

    def __getitem__(self, name: str) -> Column:
        """The column of that name; KeyError when the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    @property
    def column_names(self) -> list[str]:
        """Names of all columns in order."""
        return [column.name for column in self.columns]
