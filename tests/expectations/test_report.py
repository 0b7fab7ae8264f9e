"""The report of a run: its result first, the next command, and every figure in its section."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pandas as pd
import pytest
from parsel import Selector

from llmpairs.report import RunData, RunFigures, render_html, render_json, render_markdown
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
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def first_screen(text: str) -> str:
    """The text before the sections."""
    return text.split("\n## ")[0]


def count_visible_words(page: str) -> int:
    """Words outside of folds and drawings."""
    found = Selector(page).xpath("//main//text()[not(ancestor::details) and not(ancestor::svg)]").getall()
    return sum(len(text.split()) for text in found)


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
    first = first_screen(text)
    assert f"Live release: {PARENT}, as of 7 June 2026, 20:59 UTC, 1 d 3 h old." in first
    assert "Nothing changed for readers: this run is not published." in first
    assert f"`llmpairs review override {RUN_ID} --override 'offers: a price is in US dollars' --reason" in first
    assert "- offers: a price is in US dollars: 7 of 1,000" in first
    blocks = section(text, "What blocks")
    assert "| offers: a price is in US dollars | 7 of 1,000 (0.7%) (a/a/m0/-/standard; " in blocks
    assert "a/a/m4/-/standard; and 2 more) | nothing is converted |" in blocks
    assert "output costs more" not in blocks
    assert "output costs more" in section(text, "Checks")
    assert "## Changes for readers" not in text
    assert "a/a/m/-/standard" in section(text, "Unpublished changes")


def test_a_broken_check_does_not_pass(published: RunData) -> None:
    broken = result("costs recompute", "critical", "broken", observed="KeyError: cost", failing_keys=[])
    text = render_markdown(with_results(with_run(published, state="blocked"), broken | {"rows_failed": 0}))
    assert text.startswith("# Blocked by 1 critical check\n")
    assert "could not be checked: KeyError: cost" in section(text, "What blocks")
    assert "`llmpairs sources`" in first_screen(text)


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
    for parent in (None, float("nan")):
        text = render_markdown(with_run(published, parent_run_id=parent))
        assert "This is the first release: there is nothing to compare it with." in first_screen(text)
        assert "## Changes for readers" not in text


def lost_source(source_id: str, title: str, **values: Any) -> dict[str, Any]:
    return {
        "source_id": source_id, "title": title, "kind": "card", "state": "partial", "cause": "a page is not archived",
        "items": 34, "carried_items": 0, "fewest_items": 1, "pages_asked": 664, "pages_answered": 34,
        "pages_failed": 630.0, "rejected_entries": 0, "held_items": 0,
        "captured_at": AS_OF, "late_after": AS_OF, "expires_at": AS_OF,
    } | values  # fmt: skip


def with_models(data: RunData, count: int) -> RunData:
    """`count` live models, of which source `cards` names the first 17, and `small` the first."""
    ids = [f"a/m{number}" for number in range(count)]
    models = pd.DataFrame({"model_id": ids, "identity_basis": "anchored", "is_live": True, "is_text_generating": True})
    claims = [("cards", id_) for id_ in ids[:17]] + [("small", ids[0])]
    return replace(data, models=models, claimed_models=pd.DataFrame(claims, columns=["source_id", "model_id"]))


def test_the_largest_loss_is_a_partial_source_and_not_a_small_held_price(published: RunData) -> None:
    whole = lost_source("small", "Small host", state="too_few_items", items=2, pages_asked=1, pages_answered=1,
                        pages_failed=0.0, fewest_items=4, kind="provider", cause="2 items")  # fmt: skip
    sources = pd.DataFrame([whole, lost_source("cards", "Model cards")])
    held = open_case("litellm/x/q07", 2_000)
    data = replace(with_models(published, 1_000), sources=sources, open_cases=(held,))
    text = render_markdown(data)
    # 34 pages name 17 models, so 630 pages would have named 315; they are in 315 x 999 - 315 x 314 / 2 pairs.
    loss = "Largest loss: Model cards: 630 of 664 pages failed; there are no earlier values."
    assert f"{loss} Affects about 315 models and 265,230 pairs." in first_screen(text)
    rows = [line.split(" | ") for line in section(text, "Incidents").splitlines() if line.startswith("| ")][2:]
    assert [row[0].split(":")[0] for row in rows] == ["| Model cards", "| a", "| Small host"]
    assert [row[1] for row in rows] == ["\\~315", "1", "\\~1"], "2 of 4 claims of one model for 2 claims"
    actions = [line for line in first_screen(text).splitlines() if line.startswith("- `")]
    assert [line.split("`")[1] for line in actions[:2]] == [
        "llmpairs sources cards",
        "llmpairs review list litellm/x/q07",
    ]
    assert len(actions) == 3


def test_a_list_with_far_too_many_entries_is_named_first(published: RunData) -> None:
    grown = lost_source("small", "Small host", cause="85000 items, over 1.6 times the largest recent number, 340",
                        held_items=84_660, items=340, pages_asked=1, pages_answered=1, pages_failed=0.0)  # fmt: skip
    sources = pd.DataFrame([lost_source("cards", "Model cards"), grown])
    text = render_markdown(replace(with_models(published, 1_000), sources=sources))
    assert "85000 items, over 1.6 times the largest recent number, 340; 84,660 claims on new entries held" in text
    rows = [line for line in section(text, "Incidents").splitlines() if line.startswith("| ")][2:]
    assert [row.split(":")[0] for row in rows] == ["| Small host", "| Model cards"]
    assert first_screen(text).index("Small host") < first_screen(text).index("Model cards")


def test_a_model_card_that_does_not_exist_is_no_loss(published: RunData) -> None:
    failed = lost_source("cards", "Model cards", pages_failed=1.0, pages_asked=134, pages_answered=33)
    text = render_markdown(replace(with_models(published, 1_000), sources=pd.DataFrame([failed])))
    assert "1 of 134 pages failed" in first_screen(text)
    assert "about 1 model and 999 pairs" in first_screen(text)
    earlier = failed | {"pages_failed": None}
    text = render_markdown(replace(with_models(published, 1_000), sources=pd.DataFrame([earlier])))
    assert "101 of 134 pages failed" in first_screen(text), "a log without the count of failed pages"


def test_a_failed_source_affects_the_models_of_its_carried_values(published: RunData) -> None:
    def first(carried: int) -> str:
        failed = lost_source("cards", "Cards", state="layout_changed", items=0, carried_items=carried, pages_answered=0)
        return first_screen(render_markdown(replace(with_models(published, 1_000), sources=pd.DataFrame([failed]))))

    assert "failed; there are no earlier values. Affects about 1 model and 999 pairs." in first(0)
    assert "earlier values are carried forward. Affects about 17 models" in first(40)


def test_open_decisions_are_listed_by_incident_with_ids_safe_to_paste(published: RunData) -> None:
    cases = (open_case("litellm/x/scale $(reboot)", 40), open_case("b", 9), open_case("d1", 3, "disagreement"))
    text = render_markdown(replace(published, open_cases=cases))
    assert "`llmpairs review list 'litellm/x/scale $(reboot)'`" in first_screen(text)
    assert "`llmpairs review list d1`" in first_screen(text)
    assert "a: 1 value held (Q15 out of bounds); the last known good value stays published (llmpairs review" in text
    assert "| `d1` |" not in section(text, "Incidents"), "a disagreement is no loss"


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
    assert f"| `litellm/context_tokens` | 2 | {row['subject_id']} |" in text
    assert f"| `litellm\\|models_dev/{row['field']}` | 1 |" in text
    group = replace(open_case("litellm/context_tokens", 7, "disagreement"), cases=(open_case("d1"), open_case("d2")))
    first = first_screen(render_markdown(replace(data, open_cases=(group,))))
    assert "`llmpairs review list litellm/context_tokens` (Settle 2 of 2 disagreements.)" in first


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
    by_decision = change("a/a/m/-/standard", "context_tokens", 2) | {"cause": "decision"}
    data = replace(published, decisions=made, changes=pd.DataFrame([by_decision]))
    text = render_markdown(data)
    listed = section(text, "Decisions")
    assert "3 decisions: 1 in effect, 1 waiting, 1 reopened." in listed
    rows = [line.split("|")[1].strip() for line in listed.splitlines() if line.startswith("| ")]
    assert [row for row in rows if row not in ("Outcome", "---")] == ["reopened", "waiting", "in effect"]
    assert "it fails the check Q34" in listed
    for line in (
        "1 decision in effect; 1 value changed by one in this run.",
        "1 decision reopened: a value that it was based on changed.",
        "1 decision waiting: its value is not published.",
    ):
        assert f"- {line}" in first_screen(text)


def test_changes_are_counted_by_cause_and_the_largest_price_change_is_first(published: RunData) -> None:
    changed = [
        change("a/a/m/-/standard", "input_usd_per_mtok", 0.25),
        change("b/b/m/-/standard", "output_usd_per_mtok", 2),
        change("new/m", "-", 1) | {"kind": "added", "subject_kind": "model"},
    ]
    text = render_markdown(replace(published, changes=pd.DataFrame(changed), row_counts={"pair_changes": 1_700}))
    assert "- 1 model new: new/m." in first_screen(text)
    assert "- 2 prices changed, 1 up and 1 down." in first_screen(text)
    assert "- Largest price change: m at a, input price 1.0 to 0.25 USD per million tokens." in first_screen(text)
    assert "- 1,700 pairs changed in content." in first_screen(text)
    prices = section(text, "Changes for readers")
    assert "| offer | changed | source | 2 | 2 |" in prices
    assert prices.index("a/a/m/-/standard") < prices.index("b/b/m/-/standard")
    same = render_markdown(replace(published, changes=empty_frame("changes")))
    assert "- Nothing changed for readers since the last release." in first_screen(same)


def test_gaps_have_one_row_for_each_field_prices_first(published: RunData) -> None:
    gaps = section(render_markdown(published), "Missing values")
    assert gaps.index("| Any usable price | 1 | 1 |") < gaps.index("| Licence | 1 | 1 |")
    assert "| Own price (offers) | 1 |" in gaps


def test_the_ten_most_valuable_gaps_come_by_rank(published: RunData, good: Frames) -> None:
    gaps = section(render_markdown(replace(published, coverage_gaps=many_gaps(good))), "Missing values")
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
    gaps = section(text, "Missing values")
    assert "11 gaps in all; since the last release 3 new, 1 changed, 1 closed." in gaps
    new, changed = gaps.split("valuable new gaps**")[1].split("changed gaps**")
    assert all(f"`m{n:02}`" in new for n in (9, 10, 11))
    assert "`m00`" in changed.split("closed gaps**")[0]
    assert "was stale" in changed
    assert "`m01`" in changed.split("closed gaps**")[1]
    assert "3 new critical gaps: price (3)" in section(text, "Incidents")
    assert "`llmpairs gaps --new --severity critical`" in first_screen(text)


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
    trend = (RunFigures(PARENT, 4_000, 20, 3, 70.0), RunFigures(RUN_ID, 4_400, None, 0, 71.0))
    data = replace(published, coverage=both, trend=trend)
    page = Selector(render_html(data))
    figures, fields = page.css("#trends > .table table")[:2]
    shares = {row.css("th::text").get(): row.css(".heat::text").get() for row in fields.css("tbody tr")}
    assert shares == {"Price, models": "90%", "Price, offers": "60%"}
    text = section(render_markdown(data), "Trends")
    assert "| `groq` | `price` | 100% | 50% |" in text
    assert "from 0.8 to 0.6 over 2 releases" in page.css("#trends svg.spark::attr(aria-label)").getall()
    assert "| Coverage gaps | 4,000 | 4,400 | +400 | ▁█ |" in text
    assert [row.css("th::text").get() for row in figures.css("tbody tr")][1] == "Held values"
    assert "| Held values | 20 | 20 | 0 |" in text, "a pruned release has no count"
    alone = section(render_markdown(replace(published, coverage=coverage_of(RUN_ID, 12))), "Trends")
    assert "Points gained" not in alone
    assert "Coverage gaps" not in alone


def test_pairs_are_counted_by_the_weaker_identity_of_their_models(published: RunData) -> None:
    models = pd.concat([published.models] * 2, ignore_index=True)
    models["identity_basis"] = ["anchored"] * 3 + ["single_witness"] * 4 + ["corroborated"] * 3
    identities = section(render_markdown(replace(published, models=models)), "Statistics")
    compared = models[models["is_live"] & models["is_text_generating"]]["identity_basis"].value_counts()
    assert compared.to_dict() == {"anchored": 3, "single_witness": 3, "corroborated": 2}
    assert "| anchored | 3 | 3 | 3 |" in identities
    assert "| corroborated | 3 | 2 | 7 |" in identities, "1 among them and 6 with an anchored one"
    assert "| single\\_witness | 4 | 3 | 18 |" in identities, "3 among them and 15 with the others"


def test_sources_holds_identities_and_timings_are_listed(published: RunData) -> None:
    text = render_markdown(published)
    sources = section(text, "Sources")
    assert "2 of 3 sources answered." in sources
    assert "| `fasthost` | provider | layout changed | no table | 0 | 0 |" in sources
    assert "1 source not configured" in sources
    assert "`arena`" in sources
    identities = section(text, "Statistics")
    assert "| anchored | 5 | 4 | 6 |" in identities
    assert "1 of 5 keys are unresolved (20.0%)." in identities
    assert "| no\\_candidate | 1 |" in identities
    assert "| `models` | licence is known | 150 | 200 | 75.0% |" in section(text, "Statistics")
    assert "71.2 s in all, at most 1,200 MB of memory." in section(text, "Statistics")
    assert "| pairs | 1,447,551 |" in section(text, "Statistics")


def test_the_next_command_is_the_most_urgent(published: RunData) -> None:
    quiet = replace(published, sources=empty_frame("sources"))
    assert "`llmpairs gaps`" in first_screen(render_markdown(quiet))
    whole = first_screen(render_markdown(replace(quiet, coverage_gaps=empty_frame("coverage_gaps"))))
    assert "`llmpairs gaps`" not in whole
    assert "`llmpairs changes`" in whole
    assert "No loss: every requested source answered in full." in whole


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
    assert "The run ended before it read a source." in text
    assert text.count("\n## ") == 1, "sections without content are left out"
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
    first = next(line for line in text.splitlines() if line.startswith("- "))
    assert first.startswith("- 2 rows break their contract and were set aside: holds (2); the first is hold")
    listed = section(text, "Rows that break their contract")
    assert "`hold_id=h8`" in listed
    assert "Q20 tier below the base price" in listed
    assert "set aside" not in render_markdown(published)


def test_empty_frames_give_valid_texts(published: RunData) -> None:
    tables = {
        "sources", "coverage_gaps", "changes", "models", "identities", "quality_results", "disagreements",
        "coverage", "quarantine",
    }  # fmt: skip
    empty: Any = {name: empty_frame(name) for name in tables}
    text = render_markdown(replace(published, **empty))
    assert "0 of 0 keys are unresolved (0.0%)." in text


def test_a_bar_in_a_key_does_not_break_a_table(published: RunData, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(detail="a | b", subject_id="c | d")
    text = render_markdown(replace(published, coverage_gaps=gaps))
    assert "a \\| b" in text
    assert "`c \\| d`" in text


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e](javascript:x)`"


def test_hostile_names_are_shown_and_escaped(published: RunData, good: Frames) -> None:
    gaps = good["coverage_gaps"].assign(subject_id=HOSTILE, detail=HOSTILE, action=HOSTILE)
    sources = good["sources"].assign(cause=HOSTILE, source_id=HOSTILE, title=HOSTILE)
    failed = with_run(published, state="failed", error=HOSTILE)
    names = dict.fromkeys(QUARANTINE.column_names, HOSTILE)
    broken = pd.DataFrame([names | {"table_rows": 1}])
    data = replace(failed, coverage_gaps=gaps, sources=sources, open_cases=(open_case(HOSTILE),))
    data = replace(data, quarantine=broken)
    data = with_results(data, result(HOSTILE, "critical", failing_keys=[HOSTILE], observed=HOSTILE))
    page = render_html(data)
    assert "<script" not in page
    assert "alert(1)" in page
    root = Selector(page)
    assert root.css("script, iframe, link[rel=stylesheet]").getall() == []
    assert all(href.startswith("#") for href in root.css("a::attr(href)").getall())
    for text in (page, render_markdown(data), render_json(data)):
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


def test_the_three_formats_have_one_content(published: RunData) -> None:
    data = json.loads(render_json(published))
    text, root = render_markdown(published), Selector(render_html(published))
    assert data["title"] == text.splitlines()[0].removeprefix("# ") == root.css("h1::text").get()
    titles = [each["title"] for each in data["sections"]]
    assert titles == root.css("h2::text").getall()
    assert titles == [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]
    [incident] = data["incidents"]
    assert incident["command"] == data["actions"][0]["command"] == "llmpairs sources fasthost"
    [table] = [block for block in data["sections"][0]["blocks"] if "table" in block]
    assert table["rows"][0]["What happened"] == f"{incident['text']} ({incident['command']})"


def test_a_usual_run_has_at_most_1200_visible_words(published: RunData, good: Frames) -> None:
    fields = ["price", "context_tokens", "license_spdx", "released_date", "architecture", "parameters_total",
              "input_modalities", "is_open_weights", "identity", "max_output_tokens", "capability:vision"]  # fmt: skip
    gaps = pd.concat([many_gaps(good).assign(field=field, gap_id=field) for field in fields], ignore_index=True)
    sentence = " ".join(["word"] * 25)
    warnings = [result(f"{sentence} {number}", why=sentence) for number in range(40)]
    moved = [change(f"a/b{number}/m/-/standard", "input_usd_per_mtok", 2) for number in range(900)]
    cases = tuple(open_case(f"litellm/{number}/q07", number) for number in range(400))
    many = replace(
        with_results(published, *warnings),
        coverage_gaps=gaps.assign(action=sentence), parent_gaps=gaps[:3], open_cases=cases,
        changes=pd.DataFrame(moved), trend=(RunFigures(PARENT, 1, 1, 1, 1.0),) * 30,
    )  # fmt: skip
    assert count_visible_words(render_html(many)) <= 1_200


@pytest.mark.slow
def test_the_report_does_not_load_great_expectations() -> None:
    command = "import sys, llmpairs.report; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False, timeout=60).returncode == 0
