"""The report of a run: its result first, the next command, and every figure in its section."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pandas as pd
import pytest
from parsel import Selector

from llmpairs.report import RunData, render_html, render_markdown
from llmpairs.report.run_data import LoggedRun
from llmpairs.warehouse.contracts.log import QUARANTINE
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.decisions import Decision
from llmpairs.warehouse.review_cases import ReviewCase
from tests.expectations.good_catalogue import AS_OF, RUN_ID
from tests.expectations.mutations import Frames

PARENT = "20260607T235900Z"


def result(check: str, severity: str = "warning", outcome: str = "failed", **values: Any) -> dict[str, Any]:
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
    } | values


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
def published(good: Frames) -> RunData:
    run: LoggedRun = {
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
    return RunData(
        run=run,
        current_run_id=RUN_ID,
        current_as_of=AS_OF,
        row_counts={"pairs": 1_447_551, "models": 1_702},
        quality_results=pd.DataFrame(results),
        sources=good["sources"],
        coverage_gaps=good["coverage_gaps"],
        holds=good["holds"],
        changes=pd.DataFrame([change("a/a/m/-/standard", "input_usd_per_mtok", 0.25)]),
        disagreements=good["disagreements"].assign(model_id=good["disagreements"]["subject_id"]),
        models=good["models"],
        identities=good["identities"],
    )


def with_run(data: RunData, **values: Any) -> RunData:
    return replace(data, run=cast(LoggedRun, {**data.run, **values}))


def with_results(data: RunData, *rows: dict[str, Any]) -> RunData:
    return replace(data, quality_results=pd.DataFrame(list(rows)))


def open_case(case_id: str, pairs: int = 12, kind: str = "held") -> ReviewCase:
    return ReviewCase(
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


def test_the_first_line_is_the_verdict(published: RunData) -> None:
    assert render_markdown(published).splitlines()[0] == "# Published: 1,702 models, 6,012 offers, 1,447,551 pairs"
    failed = with_run(published, state="failed", error="disk full\ntraceback")
    assert render_markdown(failed).splitlines()[0] == "# Failed: disk full"
    nameless = with_run(published, state="failed", error=None)
    assert render_markdown(nameless).splitlines()[0] == "# Failed: no cause was recorded"


def test_a_blocked_run_lists_failed_checks_with_rows_and_the_next_command(published: RunData) -> None:
    blocking = result("a price is in US dollars", "critical", why="nothing is converted")
    data = with_results(with_run(published, state="blocked"), blocking, result("output costs more"))
    earlier = replace(data, current_run_id=PARENT, current_as_of=AS_OF - timedelta(hours=27))
    text = render_markdown(earlier)
    assert text.startswith("# Blocked by 1 critical check, 7 rows\n")
    first = section(text, "What to do first")
    assert f"Live release: {PARENT}, of 2026-06-07 20:59 UTC: 1 d 3 h old." in first
    assert f"`llmpairs review override {RUN_ID} --override 'offers: a price is in US dollars' --reason" in first
    assert "- offers: a price is in US dollars: 7 of 1,000" in first
    blocks = section(text, "What blocks")
    assert "| offers: a price is in US dollars | 7 of 1,000 (0.7%) (a/a/m0/-/standard; " in blocks
    assert "a/a/m4/-/standard; and 2 more) | nothing is converted |" in blocks
    assert "output costs more" not in blocks
    assert "output costs more" in section(text, "Checks")


def test_a_broken_check_does_not_pass(published: RunData) -> None:
    broken = result("costs recompute", "critical", "broken", observed="KeyError: cost", failing_keys=[])
    text = render_markdown(with_results(with_run(published, state="blocked"), broken | {"rows_failed": 0}))
    assert text.startswith("# Blocked by 1 critical check\n")
    assert "could not be checked: KeyError: cost" in section(text, "What blocks")
    assert "`llmpairs sources`" in section(text, "What to do first")


def test_an_overridden_check_is_listed_with_reviewer_and_reason(published: RunData) -> None:
    made = Decision(
        decision_id="0001-override",
        kind="override",
        subject=PARENT,
        verdict="offers: a price is in US dollars",
        reason="the price list states it",
        evidence="https://example.com/sheet",
        decided_by="ann",
        made_on_as_of=AS_OF,
        values={"run_id": RUN_ID},
        expires_on=None,
    )
    failed = with_results(published, result("a price is in US dollars", "critical"))
    text = render_markdown(replace(failed, overrides=(made,)))
    assert text.splitlines()[0].endswith("; 1 critical check overridden")
    overridden = section(text, "Overridden checks")
    assert "overridden by ann" in overridden
    assert "the price list states it" in overridden


def test_a_first_run_is_a_baseline_not_a_list_of_additions(published: RunData) -> None:
    baseline = "This is the first run: a baseline, with nothing to compare it with."
    for parent in (None, float("nan")):
        text = render_markdown(with_run(published, parent_run_id=parent))
        assert section(text, "All changes").strip() == baseline
        assert section(text, "Price changes").strip() == baseline
        assert "are the baseline" in section(text, "New, changed and closed gaps")
        assert "This is the first release: a baseline" in section(text, "What to do first")


def test_a_source_that_never_had_values_has_none_carried_forward(published: RunData) -> None:
    def first(carried: int) -> str:
        sources = published.sources.assign(carried_items=carried) if published.sources is not None else None
        return section(render_markdown(replace(published, sources=sources)), "What to do first")

    assert "1 source failed: fasthost (layout\\_changed); no earlier values are known" in first(0)
    assert "; its last known good values are carried forward" in first(3)


def test_open_decisions_are_listed_by_incident_with_ids_safe_to_paste(published: RunData) -> None:
    cases = (open_case("litellm/x/scale $(reboot)", 40), open_case("b", 9), open_case("d1", 3, "disagreement"))
    first = section(render_markdown(replace(published, open_cases=cases)), "What to do first")
    assert "`llmpairs review list 'litellm/x/scale $(reboot)'`" in first
    assert "2 incidents and 1 disagreement need a decision, each with up to 40 pairs at risk." in first
    assert "1.0 is published; 1000.0 held back (Q15 out of bounds) | 40 | 2026-06-01 |" in first
    assert "| `d1` |" not in first, "held values come first"


def test_disagreements_are_grouped_by_cause_and_field(published: RunData) -> None:
    [row] = published.disagreements.query("state == 'reopened'").to_dict("records")  # type: ignore[union-attr]
    alone = row | {"cause": "litellm", "field": "context_tokens"}
    rows = [
        alone,
        alone | {"subject_id": "b/b", "model_id": "b/b", "pairs_affected": 0},
        row | {"cause": "litellm|models_dev"},
    ]
    data = replace(published, disagreements=pd.DataFrame(rows))
    text = section(render_markdown(data), "Disagreements")
    assert "3 disagreements between independent sources." in text
    assert f"| `litellm/context_tokens` | 2 | {row['subject_id']}, b/b |" in text
    assert f"| `litellm\\|models_dev/{row['field']}` | 1 |" in text
    group = replace(open_case("litellm/context_tokens", 7, "disagreement"), cases=(open_case("d1"), open_case("d2")))
    first = section(render_markdown(replace(data, open_cases=(group,))), "What to do first")
    assert "2 disagreements in 1 group need a decision" in first
    assert "2 disagreements about input\\_usd\\_per\\_mtok" in first


def test_decisions_are_listed_by_what_became_of_them(published: RunData) -> None:
    assert "## Decisions" not in render_markdown(published)
    made = pd.DataFrame(
        [
            ("1-a", "fact", "model|a/a|context_tokens", "131072", "ana", "effective", None),
            ("2-b", "fact", "model|a/b|context_tokens", "131072", "ana", "waiting", "it fails the check Q34"),
            ("3-c", "disagreement", "d3", "moe", "bo", "reopened", "litellm=dense, was moe"),
        ],
        columns=["decision_id", "kind", "subject", "verdict", "decided_by", "outcome", "detail"],
    )
    text = render_markdown(replace(published, decisions=made))
    listed = section(text, "Decisions")
    assert "3 decisions: 1 in effect, 1 waiting, 1 reopened." in listed
    assert [line.split("|")[1].strip() for line in listed.splitlines() if line.startswith("| ")][2:] == [
        "reopened", "waiting", "in effect",
    ]  # fmt: skip
    assert "it fails the check Q34" in listed
    assert "1 decision reopened: a value that it was based on changed" in section(text, "What to do first")
    assert "1 decision waiting: its value is not published" in section(text, "What to do first")


def test_changes_are_counted_by_cause_and_the_largest_price_change_is_first(published: RunData) -> None:
    changed = [
        change("a/a/m/-/standard", "input_usd_per_mtok", 0.25),
        change("b/b/m/-/standard", "output_usd_per_mtok", 2),
    ]
    text = render_markdown(replace(published, changes=pd.DataFrame(changed)))
    assert "| offer | changed | source | 2 | 2 |" in section(text, "All changes")
    prices = section(text, "Price changes")
    assert "2 prices changed, 1 up and 1 down; 0 became known, 0 became unknown." in prices
    assert prices.index("a/a/m/-/standard") < prices.index("b/b/m/-/standard")


def test_missing_prices_are_counted_by_model_and_field(published: RunData) -> None:
    gaps = section(render_markdown(published), "Coverage gaps")
    assert "Missing prices: 1 model without any usable price, 1 offer without one of their own." in gaps
    assert gaps.index("| `price` | model | 1 |") < gaps.index("| `license_spdx` | model | 1 |")
    assert "| `all` | source |  |  | 1 |  |  |" in gaps


def test_the_ten_most_valuable_gaps_come_by_rank(published: RunData, good: Frames) -> None:
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


def test_gaps_are_new_changed_or_closed_since_the_parent_release(published: RunData, good: Frames) -> None:
    now = many_gaps(good)
    before = now.iloc[:9].copy()
    before["state"] = before["state"].astype("object")
    before.loc[0, ["gap_id", "state"]] = ["other", "stale"]
    text = render_markdown(replace(published, coverage_gaps=now.iloc[[0, *range(2, 12)]], parent_gaps=before))
    moved = section(text, "New, changed and closed gaps")
    assert "Since the parent release: 3 new, 1 changed, 1 closed." in moved
    new, changed = moved.split("changed gaps**")
    assert all(f"`m{n:02}`" in new for n in (9, 10, 11))
    assert "`m00`" in changed.split("closed gaps**")[0]
    assert "was stale" in changed
    assert "`m01`" in changed.split("closed gaps**")[1]
    assert "- 3 new critical gaps, among 3 new ones" in section(text, "What to do first")


def test_coverage_has_a_trend_and_lists_losses(published: RunData) -> None:
    def coverage_of(run_id: str, known: int) -> pd.DataFrame:
        rows = [
            ("model", "-", "price", 10, 9),
            ("offer", "-", "price", 20, known),
            ("offer", "groq", "price", 8, known - 8),
        ]
        frame = pd.DataFrame(rows, columns=["subject_kind", "provider_id", "field", "subjects", "known"])
        return frame.assign(run_id=run_id)

    both = pd.concat([coverage_of(PARENT, 16), coverage_of(RUN_ID, 12)])
    page = Selector(render_html(replace(published, coverage=both)))
    fields = {row.css("th code::text").get(): row for row in page.css("#coverage table")[0].css("tbody tr")}
    assert fields["price"].css(".heat::text").get() in ("60%", "90%")
    losses = section(render_markdown(replace(published, coverage=both)), "Coverage")
    assert "| `groq` | `price` | 100% | 50% |" in losses
    sparks = page.css("#coverage svg.spark::attr(aria-label)").getall()
    assert "from 80.0% to 60.0% over 2 releases" in sparks
    alone = render_markdown(replace(published, coverage=coverage_of(RUN_ID, 12)))
    assert "no trend yet" in section(alone, "Coverage")


def test_pairs_are_counted_by_the_weaker_identity_of_their_models(published: RunData) -> None:
    models = pd.concat([published.models] * 2, ignore_index=True)
    models["identity_basis"] = ["anchored"] * 3 + ["single_witness"] * 4 + ["corroborated"] * 3
    identities = section(render_markdown(replace(published, models=models)), "Identities")
    compared = models[models["is_live"] & models["is_text_generating"]]["identity_basis"].value_counts()
    assert compared.to_dict() == {"anchored": 3, "single_witness": 3, "corroborated": 2}
    assert "| anchored | 3 | 3 | 3 |" in identities
    assert "| corroborated | 3 | 2 | 7 |" in identities, "1 among them and 6 with an anchored one"
    assert "| single\\_witness | 4 | 3 | 18 |" in identities, "3 among them and 15 with the others"


def test_sources_holds_identities_and_timings_are_listed(published: RunData) -> None:
    text = render_markdown(published)
    sources = section(text, "Sources")
    assert "2 of 3 sources answered." in sources
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


def test_the_next_command_is_the_most_urgent(published: RunData) -> None:
    assert "`llmpairs review list d1`" not in render_markdown(
        replace(published, open_cases=(open_case("d1", 3, "disagreement"),))
    )
    assert "`llmpairs gaps`" in section(render_markdown(published), "What to do first")
    whole = replace(published, coverage_gaps=empty_frame("coverage_gaps"))
    assert "`llmpairs changes`" in section(render_markdown(whole), "What to do first")


def test_a_run_that_failed_early_has_a_report(published: RunData) -> None:
    run: LoggedRun = {
        **published.run,
        "state": "failed",
        "error": "no source answered",
        "stage_seconds": None,
        "peak_rss_bytes": None,
    }
    text = render_markdown(RunData(run=run, current_run_id=None))
    assert "Live release: none, no release was ever published." in text
    assert text.count("The run did not reach this stage.") == 10
    assert "`llmpairs sources`" in text
    assert "last known good" not in text
    assert "last good" not in text


def test_rows_that_break_their_contract_are_named_first_with_their_evidence(published: RunData) -> None:
    broken = {
        "run_id": RUN_ID, "table_name": "holds", "row_key": "hold_id=h7", "field": "candidate_value",
        "problem": "are null, and the column may not be", "value": None, "set_aside": "row",
        "evidence": '{"hold_id": "h7", "rule": "Q20 tier below the base price"}', "source_id": "litellm",
        "capture_id": "c1", "table_rows": 40,
    }  # fmt: skip
    rows = pd.DataFrame([broken, broken | {"row_key": "hold_id=h8"}])
    text = render_markdown(replace(published, quarantine=rows))
    assert text.splitlines()[0].endswith("1,447,551 pairs; 2 rows set aside")
    first = next(line for line in section(text, "What to do first").splitlines() if line.startswith("- "))
    assert first.startswith("- 2 rows break their contract and were set aside: holds (2); the first is hold")
    listed = section(text, "Rows that break their contract")
    assert "`hold_id=h8`" in listed
    assert "Q20 tier below the base price" in listed
    assert "set aside" not in render_markdown(published)


def test_empty_frames_give_valid_texts(published: RunData) -> None:
    tables = {
        "sources", "coverage_gaps", "holds", "changes", "models", "identities", "quality_results", "disagreements",
        "coverage", "quarantine",
    }  # fmt: skip
    empty: Any = {name: empty_frame(name) for name in tables}
    text = render_markdown(replace(published, **empty))
    assert "0 of 0 keys are unresolved (0.0%)." in text
    assert "None since the parent release." in text


def test_a_bar_in_a_key_does_not_break_a_table(published: RunData, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(detail="a | b", subject_id="c | d")
    text = render_markdown(replace(published, coverage_gaps=gaps))
    assert "a \\| b" in text
    assert "`c \\| d`" in text


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e](javascript:x)`"


def test_hostile_names_are_shown_and_escaped(published: RunData, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(subject_id=HOSTILE, detail=HOSTILE, action=HOSTILE)
    holds = good["holds"].assign(subject_id=HOSTILE, candidate_value=HOSTILE, published_value=HOSTILE)
    sources = good["sources"].assign(cause=HOSTILE, source_id=HOSTILE)
    failed = with_run(published, state="failed", error=HOSTILE)
    names = dict.fromkeys(QUARANTINE.column_names, HOSTILE)
    broken = pd.DataFrame([names | {"table_rows": 1}])
    data = replace(failed, coverage_gaps=gaps, holds=holds, sources=sources, open_cases=(open_case(HOSTILE),))
    data = replace(data, quarantine=broken)
    data = with_results(data, result(HOSTILE, "critical", failing_keys=[HOSTILE], observed=HOSTILE))
    page = render_html(data)
    assert "<script" not in page
    assert "alert(1)" in page
    root = Selector(page)
    assert root.css("script, iframe, link[rel=stylesheet]").getall() == []
    assert all(href.startswith("#") for href in root.css("a::attr(href)").getall())
    for text in (page, render_markdown(data)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_the_page_is_self_contained_and_accessible(published: RunData) -> None:
    changes = published.changes
    page = render_html(replace(published, changes=changes))
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


@pytest.mark.slow
def test_the_report_does_not_load_great_expectations() -> None:
    command = "import sys, llmpairs.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False, timeout=60).returncode == 0
