import threading
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.manifest import manifest_to_json
from llmpairs.warehouse.query import connect
from llmpairs.warehouse.releases import (
    current_run_id,
    list_releases,
    publish,
    read_arrow,
    read_manifest,
    read_table,
    rollback,
    stage_table,
    verify_release,
    write_manifest,
)
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import GPT, RUN, manifest_of, publish_sample, release_frames

LATER, LAST = "20260609T235900Z", "20260610T235900Z"


def test_a_release_is_staged_verified_and_published(store: Store) -> None:
    assert current_run_id(store) is None
    assert list_releases(store) == []
    written = publish_sample(store)
    assert current_run_id(store) == RUN
    assert list_releases(store) == [RUN]
    assert verify_release(store, RUN) == []
    manifest = read_manifest(store, RUN)
    assert manifest == written
    assert manifest.as_of == datetime(2026, 6, 8, 23, 59, tzinfo=UTC)
    assert manifest.rows("pairs") == 3
    assert manifest.landings == {"openrouter": RUN}
    models = read_table(store, RUN, "models", ["display_name", "model_id"])
    assert models.columns.tolist() == ["display_name", "model_id"]
    assert models["model_id"].tolist() == [GPT, "qwen/qwen3.5-4b", "z-ai/glm-5"]


def test_a_staged_release_is_invisible_until_published(local: Store) -> None:
    publish_sample(local)
    for name, rows in release_frames(cost=1).items():
        stage_table(local, LATER, name, rows)
    assert list_releases(local) == [RUN]
    with pytest.raises(ReleaseError, match="no release 20260609T235900Z"):
        publish(local, LATER)
    write_manifest(local, LATER, manifest_of(local, LATER, RUN))
    assert current_run_id(local) == RUN
    publish(local, LATER)
    assert current_run_id(local) == LATER


def test_the_manifest_is_the_same_in_a_folder_and_a_bucket(tmp_path: Path, s3_uri: str) -> None:
    stores = [open_store(tmp_path / "one"), open_store(s3_uri)]
    manifests = [manifest_to_json(publish_sample(store)) for store in stores]
    assert manifests[0] == manifests[1]
    assert manifests[0] == stores[1].read_bytes(f"releases/{RUN}/manifest.json")
    assert b'"as_of": "2026-06-08T23:59:00Z"' in manifests[0]


def test_the_link_current_follows(local: Store) -> None:
    publish_sample(local)
    publish_sample(local, LATER, RUN)
    link = local.local_path("current")
    assert link is not None
    assert link.resolve() == local.local_path(f"releases/{LATER}")
    assert (link / "manifest.json").exists()


def test_publication_succeeds_without_the_link(local: Store, caplog: pytest.LogCaptureFixture) -> None:
    local.write_bytes("current/in-the-way.txt", b"")
    publish_sample(local)
    assert current_run_id(local) == RUN
    assert "no link" in caplog.text


def test_readers_see_one_release_never_a_mixture(local: Store) -> None:
    costs = {RUN: 1.0, LATER: 2.0}
    for run_id, cost in costs.items():
        publish_sample(local, run_id, cost=cost)
    stop = threading.Event()

    def publish_in_turn() -> None:
        while not stop.is_set():
            for run_id in costs:
                publish(local, run_id)

    thread = threading.Thread(target=publish_in_turn)
    thread.start()
    try:
        seen = set()
        for _ in range(12):
            connection = connect(local.name)
            first = connection.execute("SELECT epoch(as_of()), max(cheapest_usd) FROM model_scenario_costs").fetchone()
            again = connection.execute("SELECT max(monthly_cost_usd['seed_chat']) FROM models_wide").fetchone()
            connection.close()
            assert first is not None
            assert again is not None
            assert first[1] == again[0]
            moment = datetime.fromtimestamp(first[0], UTC).strftime("%Y%m%dT%H%M%SZ")
            assert costs[moment] == first[1]
            seen.add(moment)
    finally:
        stop.set()
        thread.join()
    assert current_run_id(local) in costs
    assert not [name for name in local.list() if name.startswith(".")]


def test_rollback_goes_to_the_parent_and_on_from_there(local: Store) -> None:
    publish_sample(local)
    publish_sample(local, LATER, RUN)
    publish_sample(local, LAST, LATER)
    assert rollback(local) == LATER
    assert rollback(local) == RUN
    with pytest.raises(ReleaseError, match=f"no release before {RUN}"):
        rollback(local)
    assert rollback(local, LAST) == LAST
    assert current_run_id(local) == LAST


def test_rollback_rejects_a_damaged_or_unknown_release(local: Store) -> None:
    publish_sample(local)
    publish_sample(local, LATER, RUN)
    local.delete_file(f"releases/{RUN}/offers/offers-{RUN}-0000.parquet")
    with pytest.raises(ReleaseError, match=rf"release {RUN} is damaged, .* stays at {LATER}: .* is missing"):
        rollback(local)
    with pytest.raises(ReleaseError, match=f"no release 20260609T235901Z .* nearest: {LATER}"):
        rollback(local, "20260609T235901Z")
    assert current_run_id(local) == LATER


def test_a_second_run_of_the_same_time_comes_after_the_first(local: Store) -> None:
    for run_id in (f"{RUN}-10", f"{RUN}-2", RUN):
        publish_sample(local, run_id)
    assert list_releases(local) == [RUN, f"{RUN}-2", f"{RUN}-10"]


def test_a_damaged_file_of_a_release_is_found(local: Store) -> None:
    publish_sample(local)
    name = f"releases/{RUN}/pairs/pairs-{RUN}-0000.parquet"
    data = local.read_bytes(name)
    local.write_bytes(name, data[:200] + bytes([data[200] ^ 1]) + data[201:])
    assert verify_release(local, RUN) == [f"{name} does not have the digest of the manifest"]
    local.write_bytes(name, data[:-9])
    assert "bytes, the manifest says" in verify_release(local, RUN)[0]
    local.delete_file(name)
    local.write_bytes(f"releases/{RUN}/pairs/pairs-20250101T000000Z-0000.parquet", data)
    problems = verify_release(local, RUN)
    assert f"{name} is missing" in problems
    assert any("is not in the manifest" in problem for problem in problems)


def test_a_release_that_lost_a_file_is_not_published(store: Store) -> None:
    publish_sample(store)
    publish_sample(store, LATER, RUN)
    publish(store, RUN)
    name = f"releases/{LATER}/offers/offers-{LATER}-0000.parquet"
    store.write_bytes(name, store.read_bytes(name)[:-1])
    for _ in range(2):
        with pytest.raises(ReleaseError, match=rf"release {LATER} is incomplete: offers/.* is missing or truncated"):
            publish(store, LATER)
        assert current_run_id(store) == RUN
        if store.exists(name):
            store.delete_file(name)


def test_a_damaged_manifest_is_an_error(local: Store) -> None:
    publish_sample(local)
    local.write_bytes(f"releases/{RUN}/manifest.json", b'{"run_id": "x"}')
    with pytest.raises(ReleaseError, match=r"manifest\.json is damaged .*: roll back"):
        read_manifest(local, RUN)


def test_a_damaged_pointer_is_an_error(local: Store) -> None:
    local.write_bytes("CURRENT", b"")
    with pytest.raises(ReleaseError, match="is not a run id"):
        current_run_id(local)


def test_missing_tables_and_columns_are_named(local: Store) -> None:
    publish_sample(local)
    with pytest.raises(ReleaseError, match="has no table offerings; it has benchmark_scores, "):
        read_table(local, RUN, "offerings")
    with pytest.raises(ReleaseError, match="has no column price"):
        read_arrow(local, RUN, "offers", ["offer_id", "price"])


def test_a_table_is_read_back_in_key_order_with_its_texts(local: Store) -> None:
    publish_sample(local)
    table = read_arrow(local, RUN, "pairs", ["model_b_id", "relation"])
    assert isinstance(table, pa.Table)
    assert table["model_b_id"].to_pylist() == ["qwen/qwen3.5-4b", "z-ai/glm-5", "z-ai/glm-5"]
    assert table.schema.field("relation").metadata[b"description"].startswith(b"Relation of A to B")
