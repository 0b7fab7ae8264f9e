"""Origin and terms of an export: the release, its sources, and the sources whose terms keep their values out."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pyarrow as pa
import pyarrow.compute as pc

from llmpairs.transforms.quality.cells import find_restricted_indexes
from llmpairs.transforms.quality.rules import load_quality_rules
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.releases import read_manifest, read_table
from llmpairs.warehouse.store import Store

if TYPE_CHECKING:
    import duckdb

DIFFERENCES = ("quality_difference", "quality_difference_low95", "quality_difference_high95")
PAIR_DOMAIN = "general"
"""Domain of the indexes that a pair compares."""


class SourceTerms(TypedDict):
    """A source as a data package lists it; `redistributable` is null where its terms do not state it."""

    title: str
    path: str
    source_id: str
    terms: str
    redistributable: bool | None


@dataclass(frozen=True, kw_only=True)
class ExportTerms:
    """A release with the terms of its sources."""

    manifest: Manifest
    sources: tuple[SourceTerms, ...]
    """Sources of the run, by id."""
    left_out: tuple[str, ...]
    """Sources whose values are left out, because their terms forbid passing them on."""
    withheld_indexes: frozenset[tuple[str, str]]
    """Model and domain of each quality index that rests on scores of those sources alone."""


def load_terms(store: Store, run_id: str, *, include_restricted: bool) -> ExportTerms:
    """The sources of a release and, unless `include_restricted`, those that are left out."""
    rows = read_log_arrow(store, "sources", run_id).to_pylist()
    sources = tuple(
        SourceTerms(
            title=row["title"],
            path=row["homepage"],
            source_id=row["source_id"],
            terms=row["terms"],
            redistributable=row["redistributable"],
        )
        for row in sorted(rows, key=lambda row: str(row["source_id"]))
    )
    restricted = tuple(source["source_id"] for source in sources if source["redistributable"] is False)
    left_out = () if include_restricted else restricted
    withheld = frozenset[tuple[str, str]]()
    if left_out:
        withheld = find_restricted_indexes(read_table(store, run_id, "benchmark_scores"), load_quality_rules())
    return ExportTerms(
        manifest=read_manifest(store, run_id), sources=sources, left_out=left_out, withheld_indexes=withheld
    )


def withhold_differences(pairs: pa.Table, withheld: Collection[tuple[str, str]]) -> pa.Table:
    """Rows of PAIRS without the difference of two indexes one of which is withheld: it would tell that one."""
    models = pa.array(sorted(model for model, domain in withheld if domain == PAIR_DOMAIN), pa.string())
    sides = (pc.is_in(pairs[name].cast("string"), value_set=models) for name in ("model_a_id", "model_b_id"))
    is_withheld = pc.or_(*sides)
    for name in DIFFERENCES:
        at = pairs.column_names.index(name)
        values = pc.if_else(is_withheld, pa.scalar(None, pairs[name].type), pairs[name])
        pairs = pairs.set_column(at, pairs.schema.field(name), values)
    return pairs


def refuse_used_folder(out: Path) -> None:
    """StoreError when the folder has something in it."""
    if out.exists() and any(out.iterdir()):
        raise StoreError(f"{out} is not empty: name a new folder")


def withhold_indexes(con: "duckdb.DuckDBPyConnection") -> None:
    """Hide quality indexes that rest on restricted scores alone from every later query of the connection."""
    scores = from_arrow(con.sql("SELECT * FROM benchmark_scores").to_arrow_table())
    withheld = sorted(find_restricted_indexes(scores, load_quality_rules()))
    if not withheld:
        return
    con.execute("CREATE TEMP TABLE withheld_indexes (model_id VARCHAR, domain VARCHAR)")
    con.executemany("INSERT INTO withheld_indexes VALUES (?, ?)", withheld)
    main = f"{con.execute('SELECT current_database()').fetchall()[0][0]}.main"
    hidden = f"SELECT model_id FROM withheld_indexes WHERE domain = '{PAIR_DOMAIN}'"
    nulls = ", ".join(
        f"CASE WHEN model_a_id IN ({hidden}) OR model_b_id IN ({hidden}) THEN NULL ELSE {name} END AS {name}"
        for name in DIFFERENCES
    )
    con.execute(f"CREATE TEMP VIEW pairs AS SELECT * REPLACE ({nulls}) FROM {main}.pairs")
    con.execute(
        f"CREATE TEMP VIEW model_quality AS SELECT * FROM {main}.model_quality ANTI JOIN withheld_indexes "
        "USING (model_id, domain)"
    )
