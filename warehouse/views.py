"""The SQL that stands beside the tables: `views.sql`, and what is computed from the contracts before it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from warehouse.manifest import spell_moment
from warehouse.vocabulary import CAPABILITIES, CHANGE_CAUSES, FRICTIONS, PAIR_BLOCKS

VIEWS_NAME = "views.sql"
_NOTE = re.compile(
    r"^-- (?P<name>[a-z_]+)(?P<arguments>\([^)]*\))?:(?P<text>[^\n]*(?:\n--   [^\n]*)*)", re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What `views.sql` says of a view or macro."""

    name: str
    arguments: str
    """The macro's arguments in brackets; empty for a view."""
    about: str


def derived_views(as_of: datetime) -> str:
    """SQL for everything that is made from the tables; as_of() is the release's moment."""
    return "\n".join(
        (
            "-- as_of(): The moment of the release, UTC.",
            f"CREATE OR REPLACE MACRO as_of() AS TIMESTAMPTZ '{spell_moment(as_of)}';",
            "-- capability_names(bits): The capabilities of a bit set.",
            _names_macro("capability_names", CAPABILITIES),
            "-- friction_names(bits): The kinds of friction of a bit set.",
            _names_macro("friction_names", FRICTIONS),
            "-- block_names(bits): The blocks of a pair's page that differ.",
            _names_macro("block_names", PAIR_BLOCKS),
            "-- cause_names(bits): The causes of a pair's change.",
            _names_macro("cause_names", CHANGE_CAUSES),
            "",
            _body(),
        )
    )


def release_views(as_of: datetime, tables: Iterable[str]) -> str:
    """The `views.sql` of a release: works in any DuckDB after SET file_search_path='<the release folder>'."""
    tables_sql = (
        f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{name}/*.parquet', hive_partitioning = false);"
        for name in tables
    )
    head = "-- One release of llmpairs. In DuckDB: SET file_search_path='<this folder>'; then run this file."
    return "\n".join((head, "", *tables_sql, "", derived_views(as_of)))


def _names_macro(name: str, words: tuple[str, ...]) -> str:
    spelled = ", ".join(f"'{word}'" for word in words)
    tests = ", ".join(f"(bits >> {bit}) & 1 = 1" for bit in range(len(words)))
    return f"CREATE OR REPLACE MACRO {name}(bits) AS list_where([{spelled}], [{tests}]);"


@cache
def _body() -> str:
    return Path(__file__).with_name(VIEWS_NAME).read_text(encoding="utf-8")


def notes(sql: str) -> list[Note]:
    """The views and macros that a script explains in its comments, in order."""
    return [
        Note(
            name=found["name"],
            arguments=found["arguments"] or "",
            about=" ".join(found["text"].replace("\n--", " ").split()),
        )
        for found in _NOTE.finditer(sql)
    ]
