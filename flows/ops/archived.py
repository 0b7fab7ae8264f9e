"""Captures of the warehouse's archive: found by the log, read again from their bytes."""

import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pandas import DataFrame

from llmpairs.spiders.archive.reopen import Noted
from llmpairs.spiders.devtools.reread import Kept, reread
from llmpairs.warehouse.contracts.log import CAPTURES
from llmpairs.warehouse.landing import Landed, read_landing
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.store import Store

NOT_LOGGED = "no log row names this capture"


@dataclass(frozen=True)
class Again:
    """What captures say when they are read again."""

    landed: Landed
    problems: Mapping[str, str]
    """Why a capture says nothing any more, by capture_id."""


def read_again(
    store: Store,
    wanted: Iterable[str],
    report: Callable[[int, int], None] = lambda *_: None,
    only_at: Collection[str] | None = None,
) -> Again:
    """Captures by id, each from its bytes by its source's parser; `report` hears how many of how many are done.

    Those of earlier runs are found as well: the log outlives the releases. `only_at` keeps the items of these locators.
    """
    ids = set(wanted)
    log = find_captures(store, ids)
    problems = dict.fromkeys(sorted(ids - set(log["capture_id"])), NOT_LOGGED)
    lines: dict[str, tuple[bytes, ...]] = {}
    with tempfile.TemporaryDirectory(prefix="llmpairs-archive-") as folder:
        kept, gone = note_places(store, log, Path(folder))
        for number, found in enumerate(reread(kept), 1):
            report(number, len(kept))
            lines[found.capture_id] = found.lines if only_at is None else pick(found.lines, only_at)
            if found.problem:
                problems[found.capture_id] = found.problem
    return Again(read_landing(lines), {**problems, **gone})


def pick(lines: Iterable[bytes], locators: Collection[str]) -> tuple[bytes, ...]:
    """The landed lines of items at these places."""
    return tuple(line for line in lines if json.loads(line)["locator"] in locators)


def find_captures(store: Store, wanted: set[str]) -> DataFrame:
    """Rows of the log of these captures, each once: the newest one whose archive is there, else the newest."""
    log = read_log(store, CAPTURES)
    log = log[log["capture_id"].isin(wanted)]
    there = {name: store.exists(f"archive/{name}") for name in log["archive_path"].unique()}
    ranked = log.assign(is_there=log["archive_path"].map(there)).sort_values("is_there", kind="stable")
    return ranked.drop_duplicates("capture_id", keep="last").sort_index()


def note_places(store: Store, log: DataFrame, folder: Path) -> tuple[list[Kept], dict[str, str]]:
    """Captures whose archives are at hand, and for the others why they are not, by capture_id."""
    names = set(log["archive_path"]) | set(log["body_archive_path"].dropna())
    paths = {name: store.bring(f"archive/{name}", folder) for name in sorted(names)}
    kept, gone = [], {}
    for row in log.astype("object").where(log.notna(), None).to_dict("records"):
        lost = [name for name in (row["archive_path"], row["body_archive_path"]) if name and not paths[name]]
        if lost:
            gone[row["capture_id"]] = f"the archive {lost[0]} is not in the warehouse"
        else:
            kept.append(describe(row, paths))
    return kept, gone


def describe(row: Mapping[str, Any], paths: Mapping[str, Path | None]) -> Kept:
    """A row of the log as the spiders take it."""
    path, body_path = paths[row["archive_path"]], paths.get(row["body_archive_path"])
    if path is None:
        raise ValueError(f"{row['archive_path']} is not at hand")
    return Kept(
        capture_id=row["capture_id"],
        source_id=row["source_id"],
        url=row["url"],
        captured_at=row["captured_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        late=row["late"],
        payload_sha256=row["payload_sha256"],
        noted=Noted(
            path=path,
            offset=int(row["warc_offset"]),
            record_id=row["warc_record_id"],
            body_path=body_path,
            body_offset=None if row["body_warc_offset"] is None else int(row["body_warc_offset"]),
        ),
    )
