"""What readers were promised: the columns of each version of the contracts, and that none goes without notice.

`docs/contracts/<version>.json` lists the columns of releases and logs that were published under that version. A
column that goes, or changes its type, raises the version and is named in CHANGELOG.md twice: by the version that
announces it and still has it, and by the one that no longer does.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.dictionary import spell_type
from llmpairs.warehouse.vocabulary import CONTRACTS_VERSION

FOLDER = Path("docs/contracts")

Columns = Mapping[str, Mapping[str, str]]
"""Type of each column, in words, by table and column."""


def list_columns() -> dict[str, dict[str, str]]:
    """The columns that today's contracts publish."""
    return {
        table.name: {column.name: spell_type(column.type) for column in table.columns}
        for table in TABLES.values()
        if table.place != "landed"
    }


def read_published(folder: Path = FOLDER) -> dict[int, Columns]:
    """The columns of every version that has a list."""
    return {int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}


def add_columns(published: Columns, now: Columns) -> dict[str, dict[str, str]]:
    """The list of a version with what is new; nothing is taken from it."""
    return {
        table: {**now.get(table, {}), **published.get(table, {})}
        for table in dict.fromkeys([*published, *now])
    }


def record(folder: Path = FOLDER) -> None:
    """Writes the list of the present version with what is new."""
    listed = read_published(folder).get(int(CONTRACTS_VERSION), {})
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(add_columns(listed, list_columns()), indent=1) + "\n"
    (folder / f"{CONTRACTS_VERSION}.json").write_text(text, encoding="utf-8")


def find_broken(published: Mapping[int, Columns], now: Columns, version: int, changelog: str) -> list[str]:
    """Promises that are broken, in words; none where all is kept."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    problems = []
    for number, name, type_ in _each(published):
        table, _, column = name.partition(".")
        found = now.get(table, {}).get(column)
        if found == type_:
            continue
        what = "has gone" if found is None else f"was {type_}"
        noted = sum(f"`{name}`" in section for section in sections)
        if version <= number:
            problems.append(
                f"{name} {what} within version {number} of the contracts: raise CONTRACTS_VERSION"
            )
        elif noted < 2:
            problems.append(
                f"{name} {what} since version {number}, and CHANGELOG.md names it in {noted} versions: "
                "announce it in one that still has it, and tell it in the one that does not"
            )
    return problems


def _each(published: Mapping[int, Columns]) -> Iterator[tuple[int, str, str]]:
    for number, tables in sorted(published.items()):
        for table, columns in tables.items():
            yield from ((number, f"{table}.{column}", type_) for column, type_ in columns.items())


if __name__ == "__main__":
    record()
