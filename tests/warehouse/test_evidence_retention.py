"""Which archives, landed lines and crawl logs go, and which ones a kept release or a decision still needs."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.evidence_retention import list_old_evidence, list_pruned, prune_evidence
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.manifest import Manifest, manifest_to_json
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import AS_OF, frame

OLD, OLDER, CITED, LIVE = "20250601T000000Z", "20250501T000000Z", "20250701T000000Z", "20260608T235900Z"
BEFORE, NOW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 9, 3, tzinfo=UTC)
CAPTURE = "{:020x}".format


@pytest.fixture
def kept(local: Store) -> Store:
    """Three old runs and the live release, whose landed lines cite a revisit of CITED with its body in OLD."""
    for number, run_id in enumerate((OLDER, OLD, CITED, LIVE)):
        body = {"body_archive_path": f"{OLD}/zenmux.warc.gz"} if run_id == CITED else {}
        row = {"run_id": run_id, "capture_id": CAPTURE(number), "archive_path": f"{run_id}/zenmux.warc.gz", **body}
        append_log(local, "captures", run_id, frame("captures", row))
        local.write_bytes(f"archive/{run_id}/zenmux.warc.gz", b"x")
        lines = json.dumps({"capture_id": CAPTURE(2 if run_id == LIVE else number)}).encode()
        local.write_bytes(f"landing/{run_id}/zenmux.jsonl.gz", gzip.compress(lines))
        local.write_bytes(f"runs/{run_id}/logs/crawl-zenmux.log", b"warning")
        local.write_bytes(f"runs/{run_id}/report.html", b"report")
    manifest = Manifest(
        run_id=LIVE, as_of=AS_OF, parent_run_id=None, rules_version="1", code_version="1", decisions_digest="",
        landings={"zenmux": LIVE}, tables={},
    )  # fmt: skip
    local.write_bytes(f"releases/{LIVE}/manifest.json", manifest_to_json(manifest))
    return local


def test_what_the_kept_release_cites_stays_with_the_bodies_of_unchanged_pages(kept: Store) -> None:
    old = list_old_evidence(kept, BEFORE, [LIVE])
    assert old == sorted(
        [
            f"archive/{OLDER}/zenmux.warc.gz",
            *(f"landing/{run_id}/zenmux.jsonl.gz" for run_id in (OLDER, OLD, CITED)),
            *(f"runs/{run_id}/logs/crawl-zenmux.log" for run_id in (OLDER, OLD, CITED)),
        ]
    )
    assert list_old_evidence(kept, datetime(2025, 1, 1, tzinfo=UTC), [LIVE]) == []


@pytest.mark.parametrize("named", [CAPTURE(0), OLDER])
def test_what_a_decision_names_stays(kept: Store, named: str) -> None:
    kept.write_bytes("decisions/d.jsonl", json.dumps({"evidence": f"see {named}"}).encode())
    old = list_old_evidence(kept, BEFORE, [LIVE])
    assert f"archive/{OLDER}/zenmux.warc.gz" not in old
    assert (f"landing/{OLDER}/zenmux.jsonl.gz" in old) == (named != OLDER)


def test_an_archive_of_a_replay_goes_when_no_kept_run_uses_it(kept: Store) -> None:
    for run_id in ("20250502T000000Z", "20260601T000000Z"):
        name = f"by-digest/{run_id}.warc.gz"
        row = {"run_id": run_id, "capture_id": CAPTURE(9), "archive_path": name}
        append_log(kept, "captures", run_id, frame("captures", row))
        kept.write_bytes(f"archive/{name}", b"x")
    old = list_old_evidence(kept, BEFORE, [LIVE])
    assert [name for name in old if "by-digest" in name] == ["archive/by-digest/20250502T000000Z.warc.gz"]


def test_pruned_files_are_recorded_before_they_are_deleted(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    old = list_old_evidence(kept, BEFORE, [LIVE])

    def fail(_: Store, rel: str) -> None:
        raise OSError(rel)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "delete_file", fail)
        with pytest.raises(OSError, match=OLDER):
            prune_evidence(kept, old, NOW)
    assert list_pruned(kept) == dict.fromkeys(old, "2026-06-09")
    prune_evidence(kept, old, NOW)
    assert not any(kept.exists(name) for name in old)
    assert list_old_evidence(kept, BEFORE, [LIVE]) == []
    assert kept.exists(f"runs/{OLDER}/report.html")
    assert kept.exists(f"archive/{OLD}/zenmux.warc.gz")


def test_damaged_landed_lines_stop_the_pruning(kept: Store) -> None:
    kept.write_bytes(f"landing/{LIVE}/zenmux.jsonl.gz", b"no gzip")
    with pytest.raises(ReleaseError, match=f"landing/{LIVE}/zenmux.jsonl.gz is damaged"):
        list_old_evidence(kept, BEFORE, [LIVE])
