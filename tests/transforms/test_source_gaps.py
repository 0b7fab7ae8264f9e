"""Gaps of sources: the cause, the expiry of last known good values, and the subjects that only they name."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.coverage import list_failed_sources, list_naming_sources
from llmpairs.transforms.reference_data import load_gap_owners

AS_OF = datetime(2026, 5, 20, tzinfo=UTC)


def source(source_id: str, state: str, cause: str | None, captured: str | None, days: int = 7) -> dict[str, object]:
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
    gaps = list_failed_sources(SOURCES, list_naming_sources(FACTS, ROUTES), AS_OF)
    return dict(zip(gaps["subject_id"], gaps["detail"], strict=True))


def test_only_sources_that_failed_have_a_gap(details: dict[str, str]) -> None:
    assert set(details) == {"slow", "lost", "never"}


def test_a_gap_states_expiry_and_sole_subjects(details: dict[str, str]) -> None:
    assert details["slow"] == (
        "timed_out: took longer than 60 seconds; last known good values of 2026-05-18 expire on 2026-05-25"
        "; only source of offers: 1, of models: 1"
    )


def test_a_gap_states_that_values_expired(details: dict[str, str]) -> None:
    assert details["lost"] == (
        "moved: HTTP 301 to elsewhere.example; last known good values of 2026-05-01 expired on 2026-05-08"
        "; only source of offers: 2, of models: 1"
    )


def test_a_gap_states_that_a_source_has_no_values(details: dict[str, str]) -> None:
    assert details["never"] == "blocked: HTTP 403; no last known good values"


def test_the_severity_of_a_source_gap_depends_on_what_is_missing() -> None:
    sources = DataFrame(
        [
            source("slow", "timed_out", "took long", "2026-05-18"),
            source("never", "blocked", "HTTP 403", None),
            source("rows", "partial", "1 entry could not be read", "2026-05-20"),
            source("absent", "not_archived", "the archive has none", None),
            source("left", "not_asked", "left out with --only", "2026-05-18"),
        ]
    )
    gaps = list_failed_sources(sources, list_naming_sources(FACTS, ROUTES), AS_OF)
    owners = load_gap_owners()
    found = zip(gaps["subject_id"], gaps["state"], gaps["field"].map(owners.get), strict=True)
    assert [(name, state, owner.severity) for name, state, owner in found] == [
        ("slow", "stale", "critical"),
        ("never", "missing", "critical"),
        ("rows", "stale", "warning"),
        ("absent", "missing", "info"),
        ("left", "stale", "info"),
    ]


def test_naming_sources_do_not_depend_on_the_order_of_rows() -> None:
    columns = ["subject_kind", "subject_id", "source_id"]
    one = list_naming_sources(FACTS, ROUTES).sort_values(columns, ignore_index=True)
    other = list_naming_sources(FACTS[::-1], ROUTES[::-1]).sort_values(columns, ignore_index=True)
    pd.testing.assert_frame_equal(one[columns], other[columns])


def test_no_failed_source_is_no_gap() -> None:
    assert list_failed_sources(SOURCES[:2], list_naming_sources(FACTS, ROUTES), AS_OF).empty
