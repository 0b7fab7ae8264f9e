"""Provenance: published values compared with the archived captures, or decision files, that they were read from."""

import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.stages import load_source_metadata
from llmpairs.spiders.archive.reader import RecordReference
from llmpairs.spiders.devtools.reparse import CaptureReference, reparse_captures
from llmpairs.transforms.reference_data import load_reference_data
from llmpairs.transforms.replay_claims import (
    COLUMNS,
    compare_claims,
    compare_scores,
    describe_compared_claims,
    describe_compared_scores,
    list_values_without_claim,
    replay_claims,
    replay_facts,
    replay_scores,
    select_published_claims,
)
from llmpairs.warehouse.contracts.log import CAPTURES
from llmpairs.warehouse.decisions import frame_decisions, list_decisions
from llmpairs.warehouse.evidence_retention import list_pruned
from llmpairs.warehouse.landing import Landed, read_landing
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.releases import read_manifest, read_table
from llmpairs.warehouse.store import Store
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE

TABLES = ("models", "offers", "model_capabilities", "offer_capabilities", "benchmark_scores")
"""Tables whose values have provenance."""
NOT_LOGGED = "no log row names this capture"
NOT_DECIDED = "no file in decisions/ has this decision"
ReportProgress = Callable[[int, int], None]
"""Gets how many captures of how many are done."""


@dataclass(frozen=True)
class RereadResult:
    """Captures parsed again from the archive."""

    landed: Landed
    problems: Mapping[str, str]
    """Reason by capture_id, for captures and decisions that could not be read."""
    decisions: DataFrame
    """Decisions that archive the evidence of facts of reviewers."""


def recheck_release(
    store: Store, run_id: str, tables: tuple[str, ...] = TABLES, report: ReportProgress = lambda *_: None
) -> DataFrame:
    """Compare every published fact of these tables with its capture; returns COLUMNS with one `outcome` per fact.

    `same`; `other_value`: the capture has another value (`said`); `other_model`: the key now resolves to another
    model; `not_said`: the capture has no such value; `unreadable`: the archive does not have the capture (`detail`);
    `no_claim`: the published value is not that of a published claim (`said` is that of the claim).
    """
    release = {name: read_table(store, run_id, name) for name in (*TABLES, "facts", "identities")}
    facts = select_published_claims(release["facts"], release["model_capabilities"])
    facts = facts[facts["table"].isin(tables)].reset_index(drop=True)
    scores = release["benchmark_scores"] if "benchmark_scores" in tables else release["benchmark_scores"][:0]
    capture_ids = [*facts["capture_id"].unique(), *scores["capture_id"].unique()]
    reread = reread_captures(store, capture_ids, report)
    as_of = read_manifest(store, run_id).as_of
    compared = [
        check_facts(facts, reread, release["identities"], as_of),
        check_scores(scores, reread),
        *(list_values_without_claim(release, name) for name in tables if name != "benchmark_scores"),
    ]
    parts = [part for part in compared if len(part)] or [DataFrame(columns=COLUMNS)]
    return pd.concat(parts, ignore_index=True)


def check_facts(facts: DataFrame, reread: RereadResult, identities: DataFrame, as_of: datetime) -> DataFrame:
    """Compare published claims with their captures; returns COLUMNS."""
    claims = replay_claims(reread.landed, identities, load_source_metadata(), load_reference_data(), as_of)
    claims = pd.concat([claims, replay_facts(reread.decisions)], ignore_index=True)
    return describe_compared_claims(compare_claims(facts, claims), reread.problems)


def check_scores(scores: DataFrame, reread: RereadResult) -> DataFrame:
    """Compare published benchmark results with their captures; returns COLUMNS."""
    compared = compare_scores(scores, replay_scores(reread.landed.scores, load_reference_data()))
    return describe_compared_scores(compared, reread.problems)


def reread_captures(
    store: Store,
    capture_ids: Iterable[str],
    report: ReportProgress = lambda *_: None,
    locators: Collection[str] | None = None,
) -> RereadResult:
    """Parse captures again from their archived bytes; with `locators` only the items there.

    Captures of pruned releases are found as well: the log is kept longer than releases. Facts of reviewers have the
    decision in place of a capture.
    """
    named = set(capture_ids)
    decided = {name for name in named if name.startswith(DECISION_CAPTURE)}
    made = [made for made in list_decisions(store) if DECISION_CAPTURE + made.decision_id in decided] if decided else []
    gone = decided - {DECISION_CAPTURE + each.decision_id for each in made}
    ids = named - decided
    log = find_captures(store, ids)
    problems = dict.fromkeys(sorted(ids - set(log["capture_id"])), NOT_LOGGED) | dict.fromkeys(gone, NOT_DECIDED)
    lines: dict[str, tuple[bytes, ...]] = {}
    with tempfile.TemporaryDirectory(prefix="llmpairs-archive-") as folder:
        found, missing = locate_captures(store, log, Path(folder))
        for number, parsed in enumerate(reparse_captures(found), 1):
            report(number, len(found))
            lines[parsed.capture_id] = tuple(
                line for line in parsed.lines if locators is None or json.loads(line)["locator"] in locators
            )
            if parsed.problem:
                problems[parsed.capture_id] = parsed.problem
    return RereadResult(read_landing(lines), {**problems, **missing}, frame_decisions(made))


def find_captures(store: Store, wanted: set[str]) -> DataFrame:
    """One row of CAPTURES for each of these captures: the newest whose archive exists, else the newest."""
    log = read_log(store, CAPTURES)
    log = log[log["capture_id"].isin(wanted)]
    exists = {name: store.exists(f"archive/{name}") for name in log["archive_path"].unique()}
    ranked = log.assign(is_stored=log["archive_path"].map(exists)).sort_values("is_stored", kind="stable")
    return ranked.drop_duplicates("capture_id", keep="last").sort_index()


def locate_captures(store: Store, log: DataFrame, folder: Path) -> tuple[list[CaptureReference], dict[str, str]]:
    """The captures whose archives are in the warehouse, and the reason by capture_id for the others."""
    names = set(log["archive_path"]) | set(log["body_archive_path"].dropna())
    paths = {name: store.fetch_local(f"archive/{name}", folder) for name in sorted(names)}
    pruned = list_pruned(store)
    found, missing = [], {}
    for row in log.astype("object").where(log.notna(), None).to_dict("records"):
        lost = [name for name in (row["archive_path"], row["body_archive_path"]) if name and not paths[name]]
        if lost:
            day = pruned.get(f"archive/{lost[0]}")
            reason = f"was pruned on {day}" if day else "is not in the warehouse"
            missing[row["capture_id"]] = f"the archive {lost[0]} {reason}"
        else:
            found.append(build_reference(row, paths))
    return found, missing


def build_reference(row: Mapping[str, Any], paths: Mapping[str, Path | None]) -> CaptureReference:
    """A row of CAPTURES as the reparser takes it; `paths` is the local path of each archive."""
    path, body_path = paths[row["archive_path"]], paths.get(row["body_archive_path"])
    if path is None:
        raise ValueError(f"{row['archive_path']} is not on this machine")
    return CaptureReference(
        capture_id=row["capture_id"],
        source_id=row["source_id"],
        url=row["url"],
        captured_at=row["captured_at"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        late=row["late"],
        payload_sha256=row["payload_sha256"],
        reference=RecordReference(
            path=path,
            offset=int(row["warc_offset"]),
            record_id=row["warc_record_id"],
            body_path=body_path,
            body_offset=None if row["body_warc_offset"] is None else int(row["body_warc_offset"]),
        ),
    )
