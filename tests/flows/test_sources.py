"""`llmpairs sources`: a table that fits a terminal, causes below it, and everything about one source."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click import unstyle
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.commands.output import USAGE
from llmpairs.flows.commands.sources import (
    WIDTH,
    describe_source,
    format_age,
    format_source,
    format_sources,
    never_asked,
)
from llmpairs.spiders.registry import SOURCES

RUN = "20260518T202418Z"


def row(source_id: str, state: str, **values: Any) -> dict[str, Any]:
    asked = {
        "run_id": RUN, "state": state, "items": 254, "carried": 0, "age_hours": 16.1, "pages_asked": 1,
        "pages_answered": 1, "rejected_entries": 0, "unknown_keys": [], "detail": None,
        "newest_capture": datetime(2026, 5, 18, 4, tzinfo=UTC), "expires_at": datetime(2026, 5, 25, 4, tzinfo=UTC),
    }  # fmt: skip
    return {**never_asked(SOURCES[source_id]), **asked, **values}


def line_of(text: str, source_id: str) -> list[str]:
    return next(line for line in text.splitlines() if line.startswith(f"{source_id} ")).split()


def test_a_line_has_state_items_age_lineage_terms_and_verification() -> None:
    text = unstyle(format_sources([row("zenmux", "ok"), row("swe_bench", "ok", age_hours=3836.4, items=138)]))
    assert text.startswith(f"run {RUN}: 2 ok\n")
    assert " ".join(line_of(text, "zenmux")) == "zenmux catalogue ok 254 16 h 2026-05-25 zenmux not stated capture"
    assert " ".join(line_of(text, "swe_bench")) == "swe_bench benchmark ok 138 160 d 2026-05-25 swe_bench no capture"


def test_every_line_fits_120_columns() -> None:
    rows = [row(source_id, "layout_changed", items=1_234_567, detail="x " * 200) for source_id in SOURCES]
    lines = unstyle(format_sources(rows)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert sum(line.startswith(tuple(f"{source_id} " for source_id in SOURCES)) for line in lines) == len(SOURCES)


def test_causes_follow_for_sources_that_failed() -> None:
    text = format_sources(
        [
            row("zenmux", "timed_out", detail="took longer; its values in use expire on 2026-05-25"),
            row("litellm", "ok", detail=None),
            row("xai", "not_archived", detail="https://api.x.ai/v1/models is not in the archive"),
        ]
    )
    assert "zenmux: took longer; its values in use expire on 2026-05-25" in text
    assert "Not in the archive at the as-of time: xai" in text
    assert "is not in the archive" not in text


@pytest.mark.parametrize(
    ("hours", "text"), [(None, ""), (-2259.6, "later"), (0.0, "0 h"), (99.4, "99 h"), (240.0, "10 d")]
)
def test_an_age_is_in_hours_then_days(hours: float | None, text: str) -> None:
    assert format_age(hours) == text


def test_one_source_shows_its_entry_and_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    source = SOURCES["models_dev"]
    runs = [{"run_id": RUN, "state": "ok", "items": 9654}]
    text = format_source(describe_source(source, row("models_dev", "ok", unknown_keys=["cost.x"]), runs))
    for words in (
        source.terms, source.terms_url, *source.urls.values(), "prices of openrouter: derived", "26 h", "7 d",
        "cost.x", f"{RUN} ok 9,654", "1 of 1",
    ):  # fmt: skip
        assert words in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_before_the_first_run_every_source_is_listed(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["sources", "--format", "json", "--warehouse", str(tmp_path)])
    rows = json.loads(run.output)
    assert [each["source"] for each in rows] == sorted(SOURCES)
    assert {each["state"] for each in rows} == {"never asked"}
    about = CliRunner().invoke(app, ["sources", "xai", "--warehouse", str(tmp_path)]).output
    assert "XAI_API_KEY" in about


def test_an_unknown_source_is_a_usage_error_with_a_hint() -> None:
    run = CliRunner().invoke(app, ["sources", "modelsdev"])
    assert run.exit_code == USAGE
    assert "did you mean models_dev" in run.output
