"""What readers had on an earlier day, and what was known of prices then."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.query import WHOLE_HISTORY, connect
from llmpairs.warehouse.release_history import end_of_day, find_release
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.retention import prune
from llmpairs.warehouse.store import Store, open_store
from tests.warehouse.samples import RUN, frame, manifest_of, publish_sample, release_frames

SECOND, AGAIN = "20260609T235900Z", "20260609T235900Z-2"


def moment(run_id: str) -> datetime:
    return datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def log_run(store: Store, run_id: str, state: str = "published") -> None:
    row = {"run_id": run_id, "as_of": moment(run_id), "state": state, "mode": "replay"}
    append_log(store, "runs", run_id, frame("runs", row))


def test_a_date_means_its_end_and_a_datetime_itself() -> None:
    noon = datetime(2026, 6, 9, 12, tzinfo=timezone(timedelta(hours=2)))
    assert end_of_day(date(2026, 6, 9)) == datetime(2026, 6, 9, 23, 59, 59, 999999, tzinfo=UTC)
    assert end_of_day(noon) == datetime(2026, 6, 9, 10, tzinfo=UTC)
    assert end_of_day(noon.replace(tzinfo=None)) == datetime(2026, 6, 9, 12, tzinfo=UTC)


def test_the_live_release_at_a_time_is_the_newest_published_by_then(local: Store) -> None:
    for run_id in (RUN, SECOND, AGAIN):
        publish_sample(local, run_id)
    log_run(local, "20260610T235900Z", state="blocked")
    asked = (date(2026, 6, 8), moment(SECOND) - timedelta(seconds=1), date(2026, 6, 9), date(2026, 7, 1))
    assert [find_release(local, end_of_day(day)) for day in asked] == [RUN, RUN, AGAIN, AGAIN]
    with connect(local.name, as_of=date(2026, 6, 8)) as con:
        assert con.execute("SELECT as_of()").fetchall() == [(moment(RUN),)]


def test_before_the_first_release_there_is_none(local: Store) -> None:
    with pytest.raises(ReleaseError, match="has no release yet"):
        find_release(local, moment(RUN))
    publish_sample(local)
    with pytest.raises(ReleaseError, match=f"no release yet on 2026-06-07 at 23:59 UTC: the first, {RUN}, is of"):
        connect(local.name, as_of=date(2026, 6, 7))
    with pytest.raises(ReleaseError, match="a release or a time, not both"):
        connect(local.name, RUN, as_of=date(2026, 6, 8))


def test_a_pruned_release_is_an_error_that_names_its_neighbours(local: Store) -> None:
    runs = ["20260507T235900Z", RUN, SECOND, "20260610T235900Z"]
    for run_id, parent in zip(runs, [None, *runs], strict=False):
        publish_sample(local, run_id, parent)
        log_run(local, run_id)
    assert prune(local, keep_daily=1, keep_weekly=0, keep_monthly=2) == [RUN]
    with pytest.raises(ReleaseError, match=f"{RUN}, .* was pruned .*{runs[0]} before it, {SECOND} after it"):
        connect(local.name, as_of=date(2026, 6, 8))
    assert find_release(local, moment(SECOND)) == SECOND


@pytest.mark.parametrize("where", ["local", "bucket"])
def test_history_is_shown_as_recorded_at_a_time(where: str, request: pytest.FixtureRequest) -> None:
    uri = request.getfixturevalue("local").name if where == "local" else request.getfixturevalue("s3_uri")
    store = open_store(uri)
    frames = release_frames()
    known = {"known_from": [moment(f"202605{day:02d}T000000Z") for day in (1, 1, 2, 20)]}
    frames["price_history"] = frames["price_history"].assign(**known)
    for name, rows in frames.items():
        stage_table(store, RUN, name, rows)
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    query = "SELECT usd_per_mtok, known_to FROM price_history ORDER BY valid_from"
    for day, prices in (
        (datetime(2026, 4, 30, tzinfo=UTC), []),
        (datetime(2026, 5, 1, 12, tzinfo=UTC), [0.05, 0.4]),
        (date(2026, 5, 2), [0.05, 0.04]),
        (date(2026, 5, 20), [0.05, 0.04, None]),
    ):
        with connect(uri, known_at=day) as con:
            assert con.execute(query).fetchall() == [(price, None) for price in prices]
            changes = con.execute("SELECT new_usd_per_mtok FROM price_changes ORDER BY changed_at").fetchall()
            assert changes == [(price,) for price in prices[1:]]
            assert con.execute(f"SELECT count(*) FROM {WHOLE_HISTORY}").fetchall() == [(4,)]
