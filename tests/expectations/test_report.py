"""The morning report: the verdict first, what to type next, and every figure in its place."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from expectations.report import Attempt, render_markdown
from tests.expectations.good_catalogue import AS_OF, RUN_ID
from tests.expectations.spoil import Frames
from warehouse.arrow import empty_frame

PARENT = "20260607T235900Z"


def result(check: str, severity: str = "warning", outcome: str = "failed", **said: Any) -> dict[str, Any]:
    return {
        "run_id": RUN_ID,
        "suite": "offers",
        "check": check,
        "severity": severity,
        "outcome": outcome,
        "rows_checked": 1_000,
        "rows_failed": 0 if outcome == "passed" else 7,
        "observed": None if outcome == "passed" else "7 of 1,000 (0.7%)",
        "failing_keys": [] if outcome == "passed" else [f"a/a/m{number}/-/standard" for number in range(7)],
        "why": None,
    } | said


def change(subject: str, field: str, ratio: float) -> dict[str, Any]:
    return {
        "run_id": RUN_ID,
        "change_id": subject + field,
        "subject_kind": "offer",
        "subject_id": subject,
        "kind": "changed",
        "field": field,
        "old_value": "1.0",
        "new_value": str(ratio),
        "ratio": ratio,
        "cause": "source",
    }


@pytest.fixture
def published(good: Frames) -> Attempt:
    run = {
        "run_id": RUN_ID,
        "as_of": AS_OF,
        "seconds": 71.25,
        "state": "published",
        "mode": "replay",
        "parent_run_id": PARENT,
        "error": None,
        "models": 1_702,
        "offers": 6_012,
        "pairs": 1_447_551,
        "stage_seconds": [{"stage": "crawl", "seconds": 31.5}, {"stage": "pairs", "seconds": 1.5}],
        "peak_rss_bytes": 1_200_000_000,
    }
    results = [
        result("prices lie between 0.001 and 1,000", why="the largest real price is 600"),
        result("licence is known", "info", "passed", suite="models", rows_checked=200, rows_failed=50),
        result("offer_id is unique", "critical", "passed"),
    ]
    return Attempt(
        run=run,
        current_run_id=RUN_ID,
        row_counts={"pairs": 1_447_551, "models": 1_702},
        quality_results=pd.DataFrame(results),
        sources=good["sources"],
        coverage_gaps=good["coverage_gaps"],
        holds=good["holds"],
        changes=pd.DataFrame([change("a/a/m/-/standard", "input_usd_per_mtok", 0.25)]),
        models=good["models"],
        identities=good["identities"],
    )


def with_run(attempt: Attempt, **said: Any) -> Attempt:
    return replace(attempt, run={**attempt.run, **said})


def with_results(attempt: Attempt, *rows: dict[str, Any]) -> Attempt:
    return replace(attempt, quality_results=pd.DataFrame(list(rows)))


def section(text: str, title: str) -> str:
    """The text under one heading."""
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_first_line_is_the_verdict(published: Attempt) -> None:
    assert (
        render_markdown(published).splitlines()[0]
        == "# Published: 1,702 models, 6,012 offers, 1,447,551 pairs"
    )
    failed = with_run(published, state="failed", error="disk full\ntraceback")
    assert render_markdown(failed).splitlines()[0] == "# Failed: disk full"
    nameless = with_run(published, state="failed", error=None)
    assert render_markdown(nameless).splitlines()[0] == "# Failed: no cause was recorded"


def test_a_blocked_night_says_what_blocks_with_rows_and_the_next_command(published: Attempt) -> None:
    blocking = result("a price is in US dollars", "critical", why="nothing is converted")
    attempt = with_results(with_run(published, state="blocked"), blocking, result("output costs more"))
    text = render_markdown(replace(attempt, current_run_id=PARENT))
    assert text.startswith("# Blocked by 1 critical check, 7 rows\n")
    assert f"Readers get release {PARENT}." in text
    assert (
        f'Next: `llmpairs publish {RUN_ID} --override "offers: a price is in US dollars" --reason "..."`'
        in text
    )
    blocks = section(text, "What blocks")
    assert "**offers: a price is in US dollars**: 7 of 1,000 (0.7%)" in blocks
    assert "`a/a/m4/-/standard` and 2 more" in blocks
    assert "because nothing is converted" in blocks
    assert "output costs more" not in blocks
    assert "output costs more" in section(text, "Warnings")


def test_a_check_that_could_not_be_made_is_no_pass(published: Attempt) -> None:
    broken = result("costs recompute", "critical", "broken", observed="KeyError: cost_usd", failing_keys=[])
    text = render_markdown(with_results(with_run(published, state="blocked"), broken | {"rows_failed": 0}))
    assert text.startswith("# Blocked by 1 critical check\n")
    assert "costs recompute** could not be checked: KeyError: cost_usd" in section(text, "What blocks")
    assert "Next: `llmpairs sources`" in text


def test_an_overridden_check_stays_in_sight(published: Attempt) -> None:
    text = render_markdown(with_results(published, result("a price is in US dollars", "critical")))
    assert text.splitlines()[0].endswith("; 1 critical check overridden")
    assert "a price is in US dollars" in section(text, "What blocks")


def test_a_first_night_is_a_baseline_not_a_flood_of_additions(published: Attempt) -> None:
    for parent in (None, float("nan")):
        changes = section(render_markdown(with_run(published, parent_run_id=parent)), "Changes")
        assert changes.strip() == "This is the first night: a baseline, with nothing to compare it with."


def test_changes_are_counted_by_cause_and_the_furthest_price_is_shown(published: Attempt) -> None:
    moved = [
        change("a/a/m/-/standard", "input_usd_per_mtok", 0.25),
        change("b/b/m/-/standard", "output_usd_per_mtok", 2),
    ]
    changes = section(render_markdown(replace(published, changes=pd.DataFrame(moved))), "Changes")
    assert "| offer | changed | source | 2 | 2 |" in changes
    assert changes.index("a/a/m/-/standard") < changes.index("b/b/m/-/standard")


def test_missing_prices_are_counted_by_model_and_field(published: Attempt) -> None:
    gaps = section(render_markdown(published), "Coverage gaps")
    assert "Missing prices: 1 model without any, 1 offer of their own." in gaps
    assert "| zeta/delta-4 | 1 |" in gaps
    assert gaps.index("| model | price | 1 |") < gaps.index("| model | license_spdx | 1 |")
    assert "| source | all |  |  | 1 |  |  |" in gaps
    assert "The 4 most valuable:" in gaps


def test_the_ten_most_valuable_gaps_come_by_rank(published: Attempt, good: Frames) -> None:
    many = pd.concat([good["coverage_gaps"].iloc[[0]]] * 12, ignore_index=True)
    many = many.assign(
        gap_id=[f"g{n:02}" for n in range(12)], rank_score=range(12), detail=[f"d{n}" for n in range(12)]
    )
    gaps = section(render_markdown(replace(published, coverage_gaps=many)), "Coverage gaps")
    assert gaps.index("d11") < gaps.index("d2 ")
    assert "| d1 |" not in gaps


def test_pairs_are_told_by_the_weaker_identity_of_their_models(published: Attempt) -> None:
    models = pd.concat([published.models] * 2, ignore_index=True)
    models["identity_basis"] = ["anchored"] * 3 + ["single_witness"] * 4 + ["corroborated"] * 3
    identities = section(render_markdown(replace(published, models=models)), "Identities")
    compared = models[models["is_live"] & models["is_text_generating"]]["identity_basis"].value_counts()
    assert compared.to_dict() == {"anchored": 3, "single_witness": 3, "corroborated": 2}
    assert "| anchored | 3 | 3 | 3 |" in identities
    assert "| corroborated | 3 | 2 | 7 |" in identities, "1 among them and 6 with an anchored one"
    assert "| single_witness | 4 | 3 | 18 |" in identities, "3 among them and 15 with the others"


def test_sources_holds_identities_and_timings_are_told(published: Attempt) -> None:
    text = render_markdown(published)
    sources = section(text, "Sources")
    assert "2 of 3 sources that were asked are well." in sources
    assert "Not configured: arena." in sources
    assert "| fasthost | provider | layout_changed | 0 | 0 | 2026-06-08 | no table |" in sources
    assert "2 values held in 2 incidents" in section(text, "Held values")
    identities = section(text, "Identities")
    assert "| anchored | 5 | 4 | 6 |" in identities
    assert "1 of 4 keys are unresolved (25.0%)." in identities
    assert "| no_candidate | 1 |" in identities
    assert "| models | licence is known | 150 | 200 | 75.0% |" in section(text, "Figures")
    assert "71.2 s in all, at most 1,200 MB of memory." in section(text, "Timings")
    assert "| pairs | 1,447,551 |" in section(text, "Rows")


def test_the_next_command_is_what_presses_most(published: Attempt) -> None:
    assert "Next: `llmpairs inbox`" in render_markdown(published)
    calm = replace(published, holds=empty_frame("holds"))
    assert "Next: `llmpairs gaps`" in render_markdown(calm)
    whole = replace(calm, coverage_gaps=empty_frame("coverage_gaps"))
    assert "Next: `llmpairs changes`" in render_markdown(whole)


def test_an_attempt_that_failed_early_still_has_a_report(published: Attempt) -> None:
    run = {
        **published.run,
        "state": "failed",
        "error": "no source answered",
        "stage_seconds": None,
        "peak_rss_bytes": None,
    }
    text = render_markdown(Attempt(run=run, current_run_id=None))
    assert "Readers get nothing yet: there is no release." in text
    assert text.count("The attempt did not get this far.") == 7
    assert "Next: `llmpairs sources`" in text


def test_empty_frames_read_well(published: Attempt) -> None:
    tables = {"sources", "coverage_gaps", "holds", "changes", "models", "identities", "quality_results"}
    empty: Any = {name: empty_frame(name) for name in tables}
    text = render_markdown(replace(published, **empty))
    assert "0 of 0 keys are unresolved (0.0%)." in text
    assert "None since the parent release." in text


def test_a_bar_in_a_key_does_not_break_a_table(published: Attempt, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(detail="a | b")
    assert "a \\| b" in render_markdown(replace(published, coverage_gaps=gaps))


def test_the_report_does_not_load_great_expectations() -> None:
    said = "import sys, expectations.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False, timeout=60).returncode == 0
