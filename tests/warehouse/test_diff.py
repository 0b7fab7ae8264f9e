"""Two releases side by side: what was added, removed and changed, by key and by column."""

import pytest

from llmpairs.warehouse.diff import compare_checks, compare_releases
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import Store
from tests.warehouse.samples import GLM, GPT, RUN, frame, manifest_of, publish_sample, release_frames

NEXT = "20260609T235900Z"


@pytest.fixture
def two(store: Store) -> Store:
    """A release, and one in which a price fell by half, a context grew, a model went and another came."""
    publish_sample(store)
    frames = release_frames()
    offers = frames["offers"]
    offers.loc[0, "input_usd_per_mtok"] = 0.0195
    offers["last_seen_at"] = offers["last_seen_at"].map(lambda moment: moment.replace(day=9))
    models = frames["models"][frames["models"]["model_id"] != GLM]
    new = frame("models", {"model_id": "z-ai/glm-6", "slug": "glm-6", "developer_id": "z-ai"})
    frames["models"] = frame("models", *models.to_dict("records"), *new.to_dict("records"))
    frames["models"].loc[0, "context_tokens"] = 131_072
    for name, rows in frames.items():
        stage_table(store, NEXT, name, rows)
    write_manifest(store, NEXT, manifest_of(store, NEXT, RUN))
    publish(store, NEXT)
    return store


def test_rows_are_compared_by_key_and_column(two: Store) -> None:
    found = {one.table: one for one in compare_releases(two, RUN, NEXT, [], 5)}
    assert set(found) == {"models", "offers"}
    models, offers = found["models"], found["offers"]
    assert (models.before, models.after, models.added, models.removed, models.changed) == (3, 3, 1, 1, 1)
    assert models.columns == {"context_tokens": 1}
    assert models.rows == [
        {"what": "changed", "model_id": GPT, "columns": ["context_tokens: null -> 131072"]},
        {"what": "removed", "model_id": GLM},
        {"what": "added", "model_id": "z-ai/glm-6"},
    ]
    assert offers.columns == {"last_seen_at": 2, "input_usd_per_mtok": 1}
    assert offers.changed == 1, "a later sighting is no change"
    assert offers.rows[0]["columns"] == ["input_usd_per_mtok: 0.039 -> 0.0195"]


def test_the_largest_change_comes_first(local: Store) -> None:
    publish_sample(local)
    frames = release_frames()
    frames["offers"].loc[0, "input_usd_per_mtok"] = 0.04
    frames["offers"].loc[1, "context_tokens"] = 4_096
    costs = frames["model_scenario_costs"]
    costs.loc[0, "cheapest_usd"] = 762.0
    frames["pairs"].loc[1, "list_price_ratio"] = 25.0
    frames["pairs"].loc[0, "context_ratio"] = 0.49
    for name, rows in frames.items():
        stage_table(local, NEXT, name, rows)
    write_manifest(local, NEXT, manifest_of(local, NEXT, RUN))
    assert [one.table for one in compare_releases(local, RUN, NEXT, [], 1)] == ["offers", "model_scenario_costs"]
    (pairs,) = compare_releases(local, RUN, NEXT, ["pairs"], 1)
    assert pairs.changed == 2
    assert [(row["model_a_id"], row["model_b_id"]) for row in pairs.rows] == [(GPT, GLM)]
    with pytest.raises(ReleaseError, match="no release"):
        compare_releases(local, RUN, "20260610T235900Z", ["offers"], 1)


def test_checks_are_compared_changed_outcomes_first(local: Store) -> None:
    def verdict(check: str, outcome: str, failed: int, severity: str = "warning") -> dict[str, object]:
        return {
            "suite": "offers", "check": check, "severity": severity, "outcome": outcome, "rows_failed": failed,
        }  # fmt: skip

    before = [verdict("same", "passed", 0), verdict("figure", "passed", 3, "info"), verdict("breaks", "passed", 0)]
    after = [verdict("same", "passed", 0), verdict("figure", "passed", 5, "info"), verdict("breaks", "failed", 7)]
    for run_id, rows in ((RUN, before), (NEXT, [*after, verdict("new", "passed", 0, "critical")])):
        append_log(local, "quality_results", run_id, frame("quality_results", *({"run_id": run_id, **r} for r in rows)))
    found = compare_checks(local, RUN, NEXT)
    changed = [(row["check"], row["before"], row["after"], row["failed_before"], row["failed_after"]) for row in found]
    assert changed == [
        ("new", "not made", "passed", None, 0),
        ("breaks", "passed", "failed", 0, 7),
        ("figure", "passed", "passed", 3, 5),
    ]
