"""The SQL that stands beside the tables: `views.sql`, and what is computed from the contracts before it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import pyarrow as pa

from llmpairs.warehouse.contract import Column
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.manifest import spell_moment
from llmpairs.warehouse.vocabulary import CAPABILITIES, CHANGE_CAUSES, FRICTIONS, MIRRORED_WORDS, PAIR_BLOCKS

VIEWS_NAME = "views.sql"
_NOTE = re.compile(
    r"^-- (?P<name>[a-z_]+)(?P<arguments>\([^)]*\))?:(?P<text>[^\n]*(?:\n--   [^\n]*)*)", re.MULTILINE
)
_COLUMN = re.compile(r"^--   \* (\w+): (.+?) \| (.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What `views.sql` says of a view or macro."""

    name: str
    arguments: str
    """The macro's arguments in brackets; empty for a view."""
    about: str
    columns: Mapping[str, tuple[str, str]]
    """What a view's own columns mean, and what a null in them does."""


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
            pairs_of_macros(),
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


def pairs_of_macros() -> str:
    """SQL of `mirrored` and `pairs_of`, from what the contract of `pairs` says of each column's mirror image."""
    cases = " ".join(f"WHEN '{word}' THEN '{other}'" for word, other in MIRRORED_WORDS.items())
    turned = ",\n        ".join(
        f"{_turn(column)} AS {column.name}" for column in PAIRS.columns if column.mirror is not None
    )
    return f"""-- mirrored(word): What a word of a pair says once its sides are swapped.
CREATE OR REPLACE MACRO mirrored(word) AS CASE word {cases} ELSE word END;
-- pairs_of(model): The pairs of one model, turned so that it stands on side A of every row; columns as in `pairs`.
CREATE OR REPLACE MACRO pairs_of(model) AS TABLE
SELECT * FROM pairs WHERE pairs.model_a_id = model
UNION ALL
SELECT
    * REPLACE (
        {turned}
    )
FROM pairs WHERE pairs.model_b_id = model;"""


def _turn(column: Column) -> str:
    """SQL of what stands in a column of `pairs` once the sides are swapped."""
    kind = {pa.float32(): "FLOAT", pa.int32(): "INTEGER"}.get(column.type)
    ways = {
        "words": f"mirrored({column.name})",
        # From 0, so that nothing turned round is nothing and not -0.
        "negated": f"(0 - {column.name})::{kind}",
        "inverted": f"(1 / {column.name})::{kind}",
    }
    return ways.get(str(column.mirror), str(column.mirror))


@cache
def _body() -> str:
    return Path(__file__).with_name(VIEWS_NAME).read_text(encoding="utf-8")


def notes(sql: str) -> list[Note]:
    """The views and macros that a script explains in its comments, in order."""
    return [
        Note(
            name=found["name"],
            arguments=found["arguments"] or "",
            about=" ".join(found["text"].partition("\n--   * ")[0].replace("\n--", " ").split()),
            columns={name: (about, null) for name, about, null in _COLUMN.findall(found["text"])},
        )
        for found in _NOTE.finditer(sql)
    ]
