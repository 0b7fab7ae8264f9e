"""A change of a manifest, a decision or a signature shows."""

from pathlib import Path

import pytest
from minisign import KeyPair

from llmpairs.warehouse.decisions import Decision, append_decision, decisions_digest, list_decisions, read_decisions
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.manifest import Manifest, parse_run_time
from llmpairs.warehouse.releases import publish, read_manifest, verify_release, write_manifest
from llmpairs.warehouse.retention import prune
from llmpairs.warehouse.store import Store
from llmpairs.warehouse.verification import sign_release, verify_provenance

RUNS = ("20260601T000000Z", "20260602T000000Z", "20260603T000000Z")


def publish_empty(store: Store, run_id: str, parent: str | None) -> None:
    """A release without tables that applied the decisions there are."""
    as_of = parse_run_time(run_id)
    manifest = Manifest(
        run_id=run_id,
        as_of=as_of,
        parent_run_id=parent,
        rules_version="1",
        code_version="1",
        decisions_digest=decisions_digest(read_decisions(store, as_of)),
        landings={},
        tables={},
    )
    write_manifest(store, run_id, manifest)
    sign_release(store, run_id)
    publish(store, run_id)


def decide(store: Store, decision_id: str, release: str) -> str:
    """The file of a decision made on a release."""
    decision = Decision(
        decision_id=decision_id, kind="hold", subject="h", verdict="accept", reason="r", evidence="e", decided_by="Ada",
        made_on_as_of=parse_run_time(release), values={}, expires_on=None,
    )  # fmt: skip
    return append_decision(store, decision)


@pytest.fixture
def chain(local: Store) -> Store:
    """Three releases with a decision after the first."""
    publish_empty(local, RUNS[0], None)
    decide(local, "d1", RUNS[0])
    publish_empty(local, RUNS[1], RUNS[0])
    publish_empty(local, RUNS[2], RUNS[1])
    return local


def find_problems(store: Store, key: Path | None = None) -> dict[str, list[str]]:
    """Problems of the last two releases."""
    return {run_id: verify_provenance(store, run_id, key) for run_id in RUNS[1:]}


def edit_manifest(store: Store, run_id: str, folder: str = "releases") -> None:
    """Claim another version of the code."""
    name = f"{folder}/{run_id}/manifest.json"
    text = store.read_bytes(name).replace(b'"code_version": "1"', b'"code_version": "2"')
    assert text != store.read_bytes(name)
    store.write_bytes(name, text)


def test_a_changed_manifest_breaks_the_chain_of_the_next_release(chain: Store) -> None:
    assert find_problems(chain) == {RUNS[1]: [], RUNS[2]: []}
    edit_manifest(chain, RUNS[1])
    assert verify_release(chain, RUNS[1]) == []
    found = find_problems(chain)
    assert found[RUNS[1]] == []
    assert found[RUNS[2]] == [f"the manifest of {RUNS[1]} was changed after {RUNS[2]} was built on it"]


def test_the_chain_leads_through_pruned_releases(chain: Store) -> None:
    publish_empty(chain, "20260604T000000Z", RUNS[2])
    assert prune(chain, 1, 0, 0) == list(RUNS[:2])
    assert verify_provenance(chain, RUNS[2]) == []
    edit_manifest(chain, RUNS[0], "runs")
    (problem,) = verify_provenance(chain, RUNS[2])
    assert problem == f"the manifest of {RUNS[0]} was changed after {RUNS[1]} was built on it"
    chain.delete_file(f"runs/{RUNS[0]}/manifest.json")
    assert "is missing" in verify_provenance(chain, RUNS[2])[0]


def test_a_decision_that_is_changed_or_deleted_afterwards_shows(chain: Store) -> None:
    name = f"decisions/{RUNS[0]}-d1.jsonl"
    line = chain.read_bytes(name)
    chain.write_bytes(name, line.replace(b"Ada", b"Bob"))
    assert all("one was changed, deleted or added" in found[0] for found in find_problems(chain).values())
    chain.delete_file(name)
    assert all(find_problems(chain).values())
    chain.write_bytes(name, line)
    assert not any(find_problems(chain).values())
    decide(chain, "d2", RUNS[2])
    assert not any(find_problems(chain).values()), "it applies to later runs"


def test_a_decision_names_the_user_and_host_that_recorded_it(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "build-7")
    monkeypatch.setenv("LOGNAME", "operator")
    decide(local, "d1", RUNS[0])
    (made,) = list_decisions(local)
    assert (made.decided_by, made.recorded_by) == ("Ada", "operator@build-7")


def test_signatures_are_checked_with_the_public_key(
    local: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = KeyPair.generate(), KeyPair.generate()
    secret, public, wrong = tmp_path / "m.key", tmp_path / "m.pub", tmp_path / "other.pub"
    secret.write_bytes(bytes(mine.secret_key))
    public.write_bytes(bytes(mine.public_key))
    wrong.write_bytes(bytes(other.public_key))
    publish_empty(local, RUNS[0], None)
    publish_empty(local, RUNS[1], RUNS[0])
    monkeypatch.setenv("LLMPAIRS_SIGNING_KEY", str(secret))
    publish_empty(local, RUNS[2], RUNS[1])
    assert find_problems(local, public) == {RUNS[1]: [], RUNS[2]: []}, "the signed release vouches for its parent"
    assert verify_release(local, RUNS[2]) == []
    assert "its signature is not one of other.pub" in find_problems(local, wrong)[RUNS[2]][0]
    edit_manifest(local, RUNS[2])
    assert "its signature is not one of m.pub" in find_problems(local, public)[RUNS[2]][0]
    local.delete_file(f"releases/{RUNS[2]}/manifest.json.minisig")
    assert set(map(tuple, find_problems(local, public).values())) == {
        ("it is not signed, nor is a release that was built on it",)
    }
    secret.write_bytes(b"no key")
    with pytest.raises(ReleaseError, match="cannot be signed with the key of LLMPAIRS_SIGNING_KEY"):
        sign_release(local, RUNS[2])
    assert read_manifest(local, RUNS[1]).parent_manifest_sha256
