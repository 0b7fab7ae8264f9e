"""Gaps of sources: what happened, until when the last good values count, and what only they say."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.coverage import failed_sources, list_witnesses, load_stewards

AS_OF = datetime(2026, 5, 20, tzinfo=UTC)


def source(
    source_id: str, state: str, cause: str | None, captured: str | None, days: int = 7
) -> dict[str, object]:
    moment = pd.Timestamp(captured, tz="UTC") if captured else pd.NaT
    return {
        "source_id": source_id,
        "state": state,
        "cause": cause,
        "captured_at": moment,
        "expires_at": moment + pd.Timedelta(days=days),
    }


SOURCES = DataFrame(
    [
        source("whole", "ok", None, "2026-05-20"),
        source("keyless", "not_configured", "X_KEY is not set", None),
        source("slow", "timed_out", "took longer than 60 seconds", "2026-05-18"),
        source("lost", "moved", "HTTP 301 to elsewhere.example", "2026-05-01"),
        source("never", "blocked", "HTTP 403", None),
    ]
)
FACTS = DataFrame(
    {
        "subject_kind": ["model", "model", "model", "offer"],
        "subject_id": ["lab/a", "lab/b", "lab/b", "p/x"],
        "source_id": ["slow", "slow", "whole", "slow"],
    }
)
ROUTES = DataFrame(
    {
        "offer_id": ["p/x", "p/y", "p/y", "p/z", "p/v"],
        "model_id": ["lab/a", "lab/b", "lab/b", "lab/c", None],
        "source_id": ["slow", "slow", "whole", "lost", "lost"],
    }
)


@pytest.fixture
def details() -> dict[str, str]:
    gaps = failed_sources(SOURCES, list_witnesses(FACTS, ROUTES), AS_OF)
    return dict(zip(gaps["subject_id"], gaps["detail"], strict=True))


def test_only_sources_that_failed_have_a_gap(details: dict[str, str]) -> None:
    assert set(details) == {"slow", "lost", "never"}


def test_a_gap_says_until_when_values_count_and_what_only_they_say(details: dict[str, str]) -> None:
    assert details["slow"] == (
        "timed_out: took longer than 60 seconds; its values in use, of 2026-05-18, expire on 2026-05-25"
        ", and with them what only it names: offers 1, models 1"
    )


def test_values_that_expired_are_said_to_have(details: dict[str, str]) -> None:
    assert details["lost"] == (
        "moved: HTTP 301 to elsewhere.example; its values in use, of 2026-05-01, expired on 2026-05-08"
        ", and with them what only it names: offers 2, models 1"
    )


def test_a_source_of_which_nothing_is_known_says_so(details: dict[str, str]) -> None:
    assert details["never"] == "blocked: HTTP 403; none of its values is in use"


def test_how_grave_a_gap_is_follows_from_what_is_missing() -> None:
    sources = DataFrame(
        [
            source("slow", "timed_out", "took long", "2026-05-18"),
            source("never", "blocked", "HTTP 403", None),
            source("rows", "partial", "1 entry could not be read", "2026-05-20"),
            source("absent", "not_archived", "the archive has none", None),
            source("left", "not_asked", "left out with --only", "2026-05-18"),
        ]
    )
    gaps = failed_sources(sources, list_witnesses(FACTS, ROUTES), AS_OF)
    stewards = load_stewards()
    told = zip(gaps["subject_id"], gaps["state"], gaps["field"].map(stewards.get), strict=True)
    assert [(name, state, steward.severity) for name, state, steward in told] == [
        ("slow", "stale", "critical"),
        ("never", "missing", "critical"),
        ("rows", "stale", "warning"),
        ("absent", "missing", "info"),
        ("left", "stale", "info"),
    ]


def test_witnesses_do_not_depend_on_the_order_of_rows() -> None:
    columns = ["subject_kind", "subject_id", "source_id"]
    one = list_witnesses(FACTS, ROUTES).sort_values(columns, ignore_index=True)
    other = list_witnesses(FACTS[::-1], ROUTES[::-1]).sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(one[columns], other[columns])


def test_no_failed_source_is_no_gap() -> None:
    assert failed_sources(SOURCES[:2], list_witnesses(FACTS, ROUTES), AS_OF).empty
