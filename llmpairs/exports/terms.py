"""Origin and terms of an export: the release, its sources, and the sources whose terms keep their values out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from llmpairs.warehouse.errors import StoreError
from llmpairs.warehouse.log import read_log_arrow
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.releases import read_manifest
from llmpairs.warehouse.store import Store


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
    return ExportTerms(manifest=read_manifest(store, run_id), sources=sources, left_out=left_out)


def refuse_used_folder(out: Path) -> None:
    """StoreError when the folder has something in it."""
    if out.exists() and any(out.iterdir()):
        raise StoreError(f"{out} is not empty: name a new folder")
