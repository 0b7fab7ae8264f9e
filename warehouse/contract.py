"""Column and Table: the contract of a table, declared once.

The Arrow schema, the derived checks and the data dictionary are computed from it.
"""

from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

Storage = Literal["release", "log", "landed"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: type, unit, description and the meaning of a null."""

    name: str
    type: pa.DataType
    about: str
    """Description for an analyst, as a sentence."""
    unit: str | None = None
    """Unit of a number that has one."""
    null_means: str | None = None
    """Meaning of a null; None for a column that is never null."""
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] | None = None
    """The closed list of an enumeration."""
    bits: tuple[str, ...] | None = None
    """Meaning of each bit of a bit set, lowest first."""
    rests_on: tuple[str, ...] = ()
    """Inputs of a computed column: columns of its table, tables, data files, `facts.<field>` for claims on a field.

    Empty where a source states the value: `facts` then has the claim under the column's name.
    """
    none_value: str | None = None
    """Value that stands for none in a column that may not be null, such as a part of the key."""
    printed_as: str | None = None
    """Field of the landed item that states the value, where its name differs from the column's."""
    mirror: str | None = None
    """Value after the two sides of a pair are swapped: that of another column, or the own one `negated`, `inverted`
    or `mapped` by MIRRORED_VALUES, or `negated <column>` for the negative of another. None for a value that does not
    depend on the order of the sides."""

    def __post_init__(self) -> None:
        if not self.about.endswith("."):
            raise ValueError(f"column {self.name}: `about` must be a sentence")

    def computed_from(self, *inputs: str) -> "Column":
        """The column as a computed one: inputs are columns of its table, tables, data files or `facts.<field>`."""
        return replace(self, rests_on=inputs)

    def or_none_as(self, none_value: str) -> "Column":
        """The column with the value that stands for none."""
        return replace(self, none_value=none_value)

    def landed_as(self, item_field: str) -> "Column":
        """The column as one that this field of a landed item states."""
        return replace(self, printed_as=item_field)

    def mirrored(self, mirror: str) -> "Column":
        """The column of a pair with its value after the sides are swapped; see `mirror`."""
        return replace(self, mirror=mirror)

    def within(self, minimum: float, maximum: float | None = None) -> "Column":
        """The column with the smallest and the largest value that it may hold."""
        return replace(self, minimum=minimum, maximum=maximum)

    @property
    def nullable(self) -> bool:
        """Whether the column may hold nulls."""
        return self.null_means is not None


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: what a row is, its key and its columns, in the order in which they are written."""

    name: str
    grain: str
    """What one row is, as a noun phrase."""
    key: tuple[str, ...]
    """Columns that identify a row; rows are sorted by them."""
    columns: tuple[Column, ...]
    storage: Storage = "release"
    warnings: tuple[str, ...] = ()
    """Common mistakes of analysts, and how to avoid them."""

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
