"""Compatibility of contract versions: published columns of each version, and the check that none is removed silently.

`docs/contracts/<version>.json` lists the columns of releases and logs that were published under that version. Removing
a column, or changing its type, raises the version and needs two notes in CHANGELOG.md: in the version that announces
it and still has the column, and in the version without it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.dictionary import format_type
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

FOLDER = Path("docs/contracts")

Columns = Mapping[str, Mapping[str, str]]
"""Type name of each column, by table and column."""


def list_columns() -> dict[str, dict[str, str]]:
    """The columns that the present contracts publish."""
    return {
        table.name: {column.name: format_type(column.type) for column in table.columns}
        for table in TABLES.values()
        if table.storage != "landed"
    }


def read_published(folder: Path = FOLDER) -> dict[int, Columns]:
    """The columns of every version that has a list."""
    return {int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


def add_columns(published: Columns, now: Columns) -> dict[str, dict[str, str]]:
    """The list of a version with new columns added; nothing is removed from it."""
    return {table: {**now.get(table, {}), **published.get(table, {})} for table in dict.fromkeys([*published, *now])}


def record(folder: Path = FOLDER) -> None:
    """Write the list of the present version with new columns added."""
    listed = read_published(folder).get(int(CONTRACTS_VERSION), {})
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(add_columns(listed, list_columns()), indent=1) + "\n"
    (folder / f"{CONTRACTS_VERSION}.json").write_text(text, encoding="utf-8")


def find_breaking_changes(published: Mapping[int, Columns], now: Columns, version: int, changelog: str) -> list[str]:
    """Messages on columns that were removed or changed without the required notes; empty if there are none."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    problems = []
    listed = (
        (number, table, column, type_)
        for number, tables in sorted(published.items())
        for table, columns in tables.items()
        for column, type_ in columns.items()
    )
    for number, table, column, type_ in listed:
        name = f"{table}.{column}"
        found = now.get(table, {}).get(column)
        if found == type_:
            continue
        what = "was removed" if found is None else f"was {type_}"
        noted = sum(f"`{name}`" in section for section in sections)
        if version <= number:
            problems.append(f"{name} {what} within version {number} of the contracts: raise CONTRACTS_VERSION")
        elif noted < 2:
            problems.append(
                f"{name} {what} since version {number}, and CHANGELOG.md names it in {noted} versions: "
                "announce it in a version that still has it, and note it in the version that does not"
            )
    return problems


if __name__ == "__main__":
    record()
