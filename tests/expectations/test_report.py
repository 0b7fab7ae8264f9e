"""The morning report: the verdict first, what to type next, and every figure in its place."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest
from parsel import Selector

from llmpairs.report import Attempt, render_html, render_markdown
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import Decision
from llmpairs.warehouse.inbox import Case
from tests.expectations.good_catalogue import AS_OF, RUN_ID
from tests.expectations.spoil import Frames

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
        current_as_of=AS_OF,
        row_counts={"pairs": 1_447_551, "models": 1_702},
        quality_results=pd.DataFrame(results),
        sources=good["sources"],
        coverage_gaps=good["coverage_gaps"],
        holds=good["holds"],
        changes=pd.DataFrame([change("a/a/m/-/standard", "input_usd_per_mtok", 0.25)]),
        disagreements=good["disagreements"],
        models=good["models"],
        identities=good["identities"],
    )


def with_run(attempt: Attempt, **said: Any) -> Attempt:
    return replace(attempt, run={**attempt.run, **said})


def with_results(attempt: Attempt, *rows: dict[str, Any]) -> Attempt:
    return replace(attempt, quality_results=pd.DataFrame(list(rows)))


def waits(case_id: str, pairs: int = 12, kind: str = "held") -> Case:
    return Case(
        case_id=case_id,
        kind=kind,
        subjects=("a/a/m/-/standard",),
        field="input_usd_per_mtok",
        published="1.0",
        candidates=("1000.0",),
        rule="Q15 out of bounds",
        since="2026-06-01T00:00:00Z",
        nights=2,
        pairs=pairs,
        values={"h1": "1000.0"},
    )


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
    earlier = replace(attempt, current_run_id=PARENT, current_as_of=AS_OF - timedelta(hours=27))
    text = render_markdown(earlier)
    assert text.startswith("# Blocked by 1 critical check, 7 rows\n")
    first = section(text, "What to do first")
    assert f"Readers have release {PARENT}, of 2026-06-07 20:59 UTC: 1 d 3 h old." in first
    assert f"`llmpairs publish {RUN_ID} --override 'offers: a price is in US dollars' --reason" in first
    assert "- offers: a price is in US dollars: 7 of 1,000" in first
    blocks = section(text, "What blocks")
    assert "| offers: a price is in US dollars | 7 of 1,000 (0.7%) (a/a/m0/-/standard; " in blocks
    assert "a/a/m4/-/standard; and 2 more) | nothing is converted |" in blocks
    assert "output costs more" not in blocks
    assert "output costs more" in section(text, "Checks")


def test_a_check_that_could_not_be_made_is_no_pass(published: Attempt) -> None:
    broken = result("costs recompute", "critical", "broken", observed="KeyError: cost", failing_keys=[])
    text = render_markdown(with_results(with_run(published, state="blocked"), broken | {"rows_failed": 0}))
    assert text.startswith("# Blocked by 1 critical check\n")
    assert "could not be checked: KeyError: cost" in section(text, "What blocks")
    assert "`llmpairs sources`" in section(text, "What to do first")


def test_an_overridden_check_stays_in_sight_with_who_and_why(published: Attempt) -> None:
    made = Decision(
        decision_id="0001-override",
        kind="override",
        subject=PARENT,
        verdict="offers: a price is in US dollars",
        reason="the sheet says so",
        evidence="https://example.com/sheet",
        decided_by="ann",
        made_on_as_of=AS_OF,
        values={"run_id": RUN_ID},
        expires_on=None,
    )
    failed = with_results(published, result("a price is in US dollars", "critical"))
    text = render_markdown(replace(failed, overrides=(made,)))
    assert text.splitlines()[0].endswith("; 1 critical check overridden")
    told = section(text, "Overridden checks")
    assert "overridden by ann" in told
    assert "the sheet says so" in told


def test_a_first_night_is_a_baseline_not_a_flood_of_additions(published: Attempt) -> None:
    baseline = "This is the first night: a baseline, with nothing to compare it with."
    for parent in (None, float("nan")):
        text = render_markdown(with_run(published, parent_run_id=parent))
        assert section(text, "All changes").strip() == baseline
        assert section(text, "Price moves").strip() == baseline
        assert "are the baseline" in section(text, "New, changed and closed gaps")
        assert "This is the first release: a baseline" in section(text, "What to do first")


def test_a_source_that_never_gave_anything_has_no_last_good_values(published: Attempt) -> None:
    def first(carried: int) -> str:
        sources = published.sources.assign(carried_items=carried) if published.sources is not None else None
        return section(render_markdown(replace(published, sources=sources)), "What to do first")

    assert "1 source failed: fasthost (layout\\_changed); there are no earlier values" in first(0)
    assert "; its last good values stand in" in first(3)


def test_what_waits_is_listed_by_incident_and_its_id_is_safe_to_paste(published: Attempt) -> None:
    cases = (waits("litellm/x/scale $(reboot)", 40), waits("b", 9), waits("d1", 3, "disagreement"))
    first = section(render_markdown(replace(published, waiting=cases)), "What to do first")
    assert "`llmpairs inbox 'litellm/x/scale $(reboot)'`" in first
    assert "2 incidents and 1 disagreement wait for a decision, each with up to 40 pairs at risk." in first
    assert "1.0 is published; 1000.0 held back (Q15 out of bounds) | 40 | 2026-06-01 |" in first
    assert "| `d1` |" not in first, "held values come first"


def test_changes_are_counted_by_cause_and_the_furthest_price_is_shown(published: Attempt) -> None:
    moved = [
        change("a/a/m/-/standard", "input_usd_per_mtok", 0.25),
        change("b/b/m/-/standard", "output_usd_per_mtok", 2),
    ]
    text = render_markdown(replace(published, changes=pd.DataFrame(moved)))
    assert "| offer | changed | source | 2 | 2 |" in section(text, "All changes")
    prices = section(text, "Price moves")
    assert "2 prices moved, 1 up and 1 down; 0 became known, 0 went." in prices
    assert prices.index("a/a/m/-/standard") < prices.index("b/b/m/-/standard")


def test_missing_prices_are_counted_by_model_and_field(published: Attempt) -> None:
    gaps = section(render_markdown(published), "Coverage gaps")
    assert "Missing prices: 1 model without any usable price, 1 offer without one of their own." in gaps
    assert gaps.index("| `price` | model | 1 |") < gaps.index("| `license_spdx` | model | 1 |")
    assert "| `all` | source |  |  | 1 |  |  |" in gaps


def test_the_ten_most_valuable_gaps_come_by_rank(published: Attempt, good: Frames) -> None:
    gaps = section(render_markdown(replace(published, coverage_gaps=many_gaps(good))), "Coverage gaps")
    assert gaps.index("d11") < gaps.index("d2)")
    assert "(d1)" not in gaps


def many_gaps(good: Frames) -> pd.DataFrame:
    many = pd.concat([good["coverage_gaps"].iloc[[0]]] * 12, ignore_index=True)
    return many.assign(
        gap_id=[f"g{n:02}" for n in range(12)],
        rank_score=range(12),
        detail=[f"d{n}" for n in range(12)],
        subject_id=[f"m{n:02}" for n in range(12)],
        severity="critical",
    )


def test_gaps_are_new_changed_or_closed_against_the_release_before(published: Attempt, good: Frames) -> None:
    now = many_gaps(good)
    before = now.iloc[:9].copy()
    before["state"] = before["state"].astype("object")
    before.loc[0, ["gap_id", "state"]] = ["other", "stale"]
    text = render_markdown(replace(published, coverage_gaps=now.iloc[[0, *range(2, 12)]], parent_gaps=before))
    moved = section(text, "New, changed and closed gaps")
    assert "Since the release before: 3 new, 1 changed, 1 closed." in moved
    new, changed = moved.split("changed gaps**")
    assert all(f"`m{n:02}`" in new for n in (9, 10, 11))
    assert "`m00`" in changed.split("closed gaps**")[0]
    assert "was stale" in changed
    assert "`m01`" in changed.split("closed gaps**")[1]
    assert "- 3 new critical gaps, among 3 new ones" in section(text, "What to do first")


def test_coverage_has_its_trend_and_names_who_lost(published: Attempt) -> None:
    def night(run_id: str, known: int) -> pd.DataFrame:
        rows = [
            ("model", "-", "price", 10, 9),
            ("offer", "-", "price", 20, known),
            ("offer", "groq", "price", 8, known - 8),
        ]
        frame = pd.DataFrame(rows, columns=["subject_kind", "provider_id", "field", "subjects", "known"])
        return frame.assign(run_id=run_id)

    both = pd.concat([night(PARENT, 16), night(RUN_ID, 12)])
    page = Selector(render_html(replace(published, coverage=both)))
    fields = {row.css("th code::text").get(): row for row in page.css("#coverage table")[0].css("tbody tr")}
    assert fields["price"].css(".heat::text").get() in ("60%", "90%")
    losses = section(render_markdown(replace(published, coverage=both)), "Coverage")
    assert "| `groq` | `price` | 100% | 50% |" in losses
    sparks = page.css("#coverage svg.spark::attr(aria-label)").getall()
    assert "from 80.0% to 60.0% over 2 releases" in sparks
    alone = render_markdown(replace(published, coverage=night(RUN_ID, 12)))
    assert "no trend yet" in section(alone, "Coverage")


def test_pairs_are_told_by_the_weaker_identity_of_their_models(published: Attempt) -> None:
    models = pd.concat([published.models] * 2, ignore_index=True)
    models["identity_basis"] = ["anchored"] * 3 + ["single_witness"] * 4 + ["corroborated"] * 3
    identities = section(render_markdown(replace(published, models=models)), "Identities")
    compared = models[models["is_live"] & models["is_text_generating"]]["identity_basis"].value_counts()
    assert compared.to_dict() == {"anchored": 3, "single_witness": 3, "corroborated": 2}
    assert "| anchored | 3 | 3 | 3 |" in identities
    assert "| corroborated | 3 | 2 | 7 |" in identities, "1 among them and 6 with an anchored one"
    assert "| single\\_witness | 4 | 3 | 18 |" in identities, "3 among them and 15 with the others"


def test_sources_holds_identities_and_timings_are_told(published: Attempt) -> None:
    text = render_markdown(published)
    sources = section(text, "Sources")
    assert "2 of 3 sources that could answer did so well." in sources
    assert "| `fasthost` | provider | layout\\_changed | no table | 0 | 0 |" in sources
    assert "1 source not configured" in sources
    assert "`arena`" in sources
    assert "2 values held in 2 incidents" in section(text, "Held values")
    identities = section(text, "Identities")
    assert "| anchored | 5 | 4 | 6 |" in identities
    assert "1 of 4 keys are unresolved (25.0%)." in identities
    assert "| no\\_candidate | 1 |" in identities
    assert "| `models` | licence is known | 150 | 200 | 75.0% |" in section(text, "Checks")
    assert "71.2 s in all, at most 1,200 MB of memory." in section(text, "Time and size")
    assert "| pairs | 1,447,551 |" in section(text, "Time and size")


def test_the_next_command_is_what_presses_most(published: Attempt) -> None:
    assert "`llmpairs inbox d1`" not in render_markdown(
        replace(published, waiting=(waits("d1", 3, "disagreement"),))
    )
    assert "`llmpairs gaps`" in section(render_markdown(published), "What to do first")
    whole = replace(published, coverage_gaps=empty_frame("coverage_gaps"))
    assert "`llmpairs changes`" in section(render_markdown(whole), "What to do first")


def test_an_attempt_that_failed_early_still_has_a_report(published: Attempt) -> None:
    run = {
        **published.run,
        "state": "failed",
        "error": "no source answered",
        "stage_seconds": None,
        "peak_rss_bytes": None,
    }
    text = render_markdown(Attempt(run=run, current_run_id=None))
    assert "Readers have nothing yet: no release was ever published." in text
    assert text.count("The attempt did not get this far.") == 10
    assert "`llmpairs sources`" in text
    assert "last good" not in text


def test_empty_frames_read_well(published: Attempt) -> None:
    tables = {
        "sources", "coverage_gaps", "holds", "changes", "models", "identities", "quality_results", "disagreements",
        "coverage",
    }  # fmt: skip
    empty: Any = {name: empty_frame(name) for name in tables}
    text = render_markdown(replace(published, **empty))
    assert "0 of 0 keys are unresolved (0.0%)." in text
    assert "None since the release before." in text


def test_a_bar_in_a_key_does_not_break_a_table(published: Attempt, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(detail="a | b", subject_id="c | d")
    text = render_markdown(replace(published, coverage_gaps=gaps))
    assert "a \\| b" in text
    assert "`c \\| d`" in text


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e](javascript:x)`"


def test_hostile_names_are_shown_and_never_obeyed(published: Attempt, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(subject_id=HOSTILE, detail=HOSTILE, action=HOSTILE)
    holds = good["holds"].assign(subject_id=HOSTILE, candidate_value=HOSTILE, published_value=HOSTILE)
    sources = good["sources"].assign(cause=HOSTILE, source_id=HOSTILE)
    failed = with_run(published, state="failed", error=HOSTILE)
    attempt = replace(failed, coverage_gaps=gaps, holds=holds, sources=sources, waiting=(waits(HOSTILE),))
    attempt = with_results(attempt, result(HOSTILE, "critical", failing_keys=[HOSTILE], observed=HOSTILE))
    page = render_html(attempt)
    assert "<script" not in page
    assert "alert(1)" in page
    root = Selector(page)
    assert root.css("script, iframe, link[rel=stylesheet]").getall() == []
    assert all(href.startswith("#") for href in root.css("a::attr(href)").getall())
    for text in (page, render_markdown(attempt)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_page_needs_nothing_else_and_reads_aloud(published: Attempt) -> None:
    moved = published.changes
    page = render_html(replace(published, changes=moved))
    root = Selector(page)
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "url(" not in page
    assert root.css("html::attr(lang)").get() == "en"
    assert len(root.css("h1")) == 1
    assert root.css("section:not([aria-labelledby])").getall() == []
    for table in root.css("table"):
        assert table.css("caption::text").get()
        assert table.css("thead th:not([scope=col])").getall() == []
        assert table.css("tbody tr > th[scope=row]").getall()
    for drawing in root.css("svg[role=img]"):
        assert drawing.attrib.get("aria-label") or drawing.attrib.get("aria-labelledby")
    links = {href[1:] for href in root.css("a::attr(href)").getall()}
    assert links <= set(root.css("[id]::attr(id)").getall())


def test_the_report_does_not_load_great_expectations() -> None:
    said = "import sys, llmpairs.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False, timeout=60).returncode == 0
