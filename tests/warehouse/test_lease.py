"""Two writers of one warehouse: the lease, conditional writes, and what happens when a lease is lost unnoticed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llmpairs.warehouse import conditional as conditional_module
from llmpairs.warehouse import lease as lease_module
from llmpairs.warehouse.conditional import LockedWriter, open_conditional
from llmpairs.warehouse.decisions import Decision, append_decision
from llmpairs.warehouse.errors import ConflictError, LeaseError, LogConflictError, ReleaseError, StoreError
from llmpairs.warehouse.lease import LEASE, LeaseRecord, hold_lease, join_lease, read_record, write_record
from llmpairs.warehouse.log import append_log, correct_log, read_log
from llmpairs.warehouse.manifest import format_timestamp
from llmpairs.warehouse.releases import (
    current_run_id,
    list_releases,
    publish,
    read_pointer,
    rollback,
    stage_table,
    withdraw,
    write_manifest,
)
from llmpairs.warehouse.retention import clean_staged, prune
from llmpairs.warehouse.staging import discard_unfinished
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import AS_OF, RUN, frame, manifest_of, publish_sample

LATER = "20260609T235900Z"


def take_over(store: Store, minutes_left: float, **fields: object) -> None:
    """Make a writer on another host the holder of the lease."""
    with hold_lease(store, "refresh") as lease:
        record = lease.record
    expires = format_timestamp(datetime.now(UTC) + timedelta(minutes=minutes_left))
    other = replace(record, token=record.token + 1, host="other", machine="other", expires_at=expires, **fields)  # type: ignore[arg-type]
    store.write_bytes(LEASE, write_record(other))


def read_holder(store: Store) -> LeaseRecord:
    return read_record(store.read_bytes(LEASE))


def test_a_file_is_written_only_over_the_version_that_was_read(store: Store) -> None:
    writer = open_conditional(store)
    assert writer.spans_hosts
    assert writer.read("CURRENT") is None
    first = writer.write("CURRENT", b"a", None)
    assert writer.write("CURRENT", b"a", None) == first, "the same write again, after its answer was lost"
    for expected in (None, '"0"'):
        with pytest.raises(ConflictError, match=r"writing .*/CURRENT: another process has written it meanwhile"):
            writer.write("CURRENT", b"b", expected)
    second = writer.write("CURRENT", b"b", first)
    assert writer.read("CURRENT") == (b"b", second)
    with pytest.raises(ConflictError):
        writer.write("CURRENT", b"c", first)


def test_the_lease_counts_its_holders_and_blocks_a_second_one(store: Store) -> None:
    with hold_lease(store, "refresh") as lease:
        with pytest.raises(LeaseError, match=r"refresh by .*@.* since .*Z is still running"), hold_lease(store, "x"):
            pass
        with join_lease(store, "publication") as joined:
            assert joined is lease
        assert read_holder(store).expires_at is not None, "the inner block does not return it"
    assert read_holder(store).expires_at is None
    with hold_lease(store, "prune"):
        assert (read_holder(store).token, read_holder(store).purpose) == (2, "prune")


@pytest.mark.parametrize("minutes_left", [15, -4])
def test_a_lease_of_another_host_holds_until_it_has_expired_beyond_the_difference_of_clocks(
    local: Store, minutes_left: float
) -> None:
    take_over(local, minutes_left)
    for write in (
        lambda: publish_sample(local),
        lambda: prune(local),
        lambda: rollback(local),
        lambda: clean_staged(local),
    ):
        with pytest.raises(LeaseError, match="@other since"):
            write()
    take_over_token = read_holder(local).token
    assert current_run_id(local) is None
    take_over_expired(local)
    with hold_lease(local, "refresh") as lease:
        assert lease.record.token == take_over_token + 1


def take_over_expired(store: Store) -> None:
    expired = format_timestamp(datetime.now(UTC) - timedelta(minutes=6))
    store.write_bytes(LEASE, write_record(replace(read_holder(store), expires_at=expired)))


def test_a_decision_waits_for_the_writer(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmpairs.warehouse.decisions.LEASE_WAIT_SECONDS", 0.0)
    decision = Decision(
        decision_id="d1", kind="hold", subject="h", verdict="accept", reason="r", evidence="e", decided_by="me",
        made_on_as_of=AS_OF, values={}, expires_on=None,
    )  # fmt: skip
    take_over(local, 15)
    with pytest.raises(LeaseError, match="is still running"):
        append_decision(local, decision)
    take_over_expired(local)
    assert append_decision(local, decision).endswith("-d1.jsonl")


def test_a_writer_that_lost_its_lease_publishes_and_deletes_nothing(local: Store) -> None:
    publish_sample(local)
    stage_finished(local, LATER, RUN)
    with hold_lease(local, "refresh") as lease:
        local.write_bytes(LEASE, write_record(replace(lease.record, token=9, holder="other", host="other")))
        for write in (lambda: publish(local, LATER), lambda: prune(local, 0, 0, 0), lambda: rollback(local, LATER)):
            with pytest.raises(LeaseError, match=r"the lease of refresh was taken over: refresh by .*@other"):
                write()
    assert current_run_id(local) == RUN
    assert list_releases(local) == [RUN, LATER]
    assert read_holder(local).token == 9, "a lost lease is not returned"


def stage_finished(store: Store, run_id: str, parent: str | None) -> None:
    """A finished release that was not published."""
    live = read_pointer(store)
    publish_sample(store, run_id, parent)
    store.write_bytes("CURRENT", f"{live.run_id}\n".encode())


def test_of_two_releases_on_one_parent_the_later_is_refused_and_withdrawn(store: Store) -> None:
    publish_sample(store)
    before = read_pointer(store)
    publish_sample(store, LATER, RUN)
    stage_finished(store, "20260609T235900Z-2", RUN)
    with pytest.raises(ReleaseError, match=f"the live release is {LATER} now, no longer {RUN}"):
        publish(store, "20260609T235900Z-2", before)
    for run_id in ("20260609T235900Z-2", LATER, RUN):
        withdraw(store, run_id)
    assert list_releases(store) == [RUN, LATER], "what was live stays"


def test_cleaning_and_the_end_of_a_release_exclude_each_other(local: Store) -> None:
    """The writer lost its lease unnoticed and finishes while, or after, its folder is cleaned away."""
    publish_sample(local)
    stage_finished(local, LATER, RUN)
    assert not discard_unfinished(local, LATER)
    assert list_releases(local) == [RUN, LATER]
    manifest = manifest_of(local, RUN)
    late = replace(manifest, run_id="20260610T235900Z", parent_run_id=RUN)
    stage_table(local, late.run_id, "models", frame("models"))
    local.write_bytes(f"releases/{late.run_id}/manifest.json", b"")  # cleaning was killed after its mark
    assert list_releases(local) == [RUN, LATER]
    with pytest.raises(ReleaseError, match="cleaned away by another process"):
        write_manifest(local, late.run_id, late)
    assert clean_staged(local) == [late.run_id]
    write_manifest(local, late.run_id, late)
    with pytest.raises(ReleaseError, match="is missing or truncated; it was not published"):
        publish(local, late.run_id)
    assert current_run_id(local) == RUN


def test_a_run_that_was_taken_for_killed_corrects_its_row(local: Store) -> None:
    append_log(local, "runs", RUN, frame("runs", {"run_id": RUN, "state": "failed", "error": "killed"}))
    true = frame("runs", {"run_id": RUN, "state": "published"})
    with pytest.raises(LogConflictError, match="append-only"):
        append_log(local, "runs", RUN, true)
    correct_log(local, "runs", RUN, true)
    assert list(read_log(local, "runs")["state"]) == ["published"]


@pytest.fixture
def one_host(local: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A warehouse whose file system has no locks."""
    monkeypatch.setattr(conditional_module, "_can_lock", lambda store, lock: False)
    return local


def test_without_conditional_writes_a_second_host_is_refused(
    one_host: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_sample(one_host)
    assert "has no conditional writes: only this host" in caplog.text
    with hold_lease(one_host, "refresh"), pytest.raises(LeaseError, match="still running"), hold_lease(one_host, "x"):
        pass
    monkeypatch.setattr("platform.node", lambda: "second")
    with pytest.raises(LeaseError, match=r"only one host may write to it, and .* does: run this there"):
        publish_sample(one_host, LATER, RUN)


def test_a_bucket_that_ignores_conditions_is_recognised(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import obstore

    put = obstore.put
    monkeypatch.setattr("obstore.put", lambda client, rel, data, mode, use_multipart: put(client, rel, data))
    writer = open_conditional(open_store(s3_uri))
    assert isinstance(writer, LockedWriter)
    assert not writer.spans_hosts


def test_a_full_disk_does_not_keep_prune_from_the_lease(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_sample(local)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("llmpairs.warehouse.store._sync", full)
    with pytest.raises(StoreError, match="the disk is full"):
        local.write_bytes("x", b"1")
    assert prune(local) == []
    assert read_holder(local).purpose == "prune"


def test_a_lease_is_renewed_while_it_is_held(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module, "RENEWAL_SECONDS", 0.01)
    with hold_lease(local, "refresh") as lease:
        first = lease.record.expires_at
        deadline = datetime.now(UTC) + timedelta(seconds=20)
        while read_holder(local).expires_at == first and datetime.now(UTC) < deadline:
            pass
        assert read_holder(local).expires_at != first
