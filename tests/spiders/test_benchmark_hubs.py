"""Score tables of many evaluators: Epoch AI's hub, the function calling leaderboard, tau2-bench."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from llmpairs.spiders.archive import Archive, parse_timestamp
from llmpairs.spiders.base import find_spider
from llmpairs.spiders.benchmarks.bfcl import parse_table
from llmpairs.spiders.benchmarks.epoch import parse_benchmarks
from llmpairs.spiders.benchmarks.tau2_bench import parse_submissions
from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.items import ScoreClaim
from llmpairs.spiders.page import Finding, NextPage, Page, Parser
from llmpairs.spiders.registry import SOURCES
from tests.spiders.warcs import exchange, record

AS_OF = "2026-05-18T23:59:00Z"
EPOCH = "https://epoch.ai/data/benchmark_data.zip"
SUBMISSIONS = "https://tau.example/submissions"


def read(parser: Parser, url: str, body: bytes | str) -> list[Any]:
    content = body.encode() if isinstance(body, str) else body
    return list(parser(Page(url=url, body=content, captured_at="2026-05-15T05:10:00Z")))


def scores(found: list[Any]) -> list[ScoreClaim]:
    return [each for each in found if isinstance(each, ScoreClaim)]


def pack(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"benchmark_data/{name}.csv", text)
    return packed.getvalue()


# Rows of gpqa_diamond.csv and cybench_external.csv as of 2026-04-19, columns left out.
GPQA = "Model version,mean_score,stderr,Started at\ngpt-5.4-mini_high,0.8358,0.0222,2026-04-15T14:03:19.000Z\n"
CYBENCH = (
    "Model version,Unguided % Solved,Source\n"
    "claude-opus-4-6_unknown,0.93,Opus 4.6 System Card\nclaude-3-opus,0.10,Cybench leaderboard\n,0.5,\n"
)


def test_epoch_states_effort_error_and_day_of_its_own_runs() -> None:
    (score,) = scores(read(parse_benchmarks, EPOCH, pack(gpqa_diamond=GPQA)))
    assert (score.model_key, score.model_name, score.effort) == ("gpt-5.4-mini_high", "gpt-5.4-mini", "high")
    assert (score.benchmark, score.value, score.unit, score.standard_error) == (
        "GPQA Diamond", "0.8358", "fraction", "0.0222",
    )  # fmt: skip
    assert (score.harness, score.evaluator_class) == ("Epoch AI", "third_party")


def test_epoch_marks_what_a_developer_states_and_leaves_out_rows_without_a_model() -> None:
    found = read(parse_benchmarks, f"{EPOCH}#cybench_external.csv", CYBENCH)
    assert [(each.model_key, each.effort, each.evaluator_class) for each in scores(found)] == [
        ("claude-opus-4-6_unknown", None, "lab_claimed"),
        ("claude-3-opus", None, "third_party"),
    ]
    assert [each.text for each in found if isinstance(each, Finding)] == [
        "1 of 3 rows of cybench_external.csv have no model version or no score"
    ]


def test_epoch_leaves_out_copies_and_names_unknown_files() -> None:
    found = read(parse_benchmarks, EPOCH, pack(aider_polyglot_external=GPQA, new_external=GPQA))
    assert [(each.kind, each.locator) for each in found] == [
        ("remark", "aider_polyglot_external.csv"),
        ("unknown_key", "new_external.csv"),
    ]


def test_epoch_without_its_archive_or_its_columns_fails() -> None:
    with pytest.raises(NotTextError):
        read(parse_benchmarks, EPOCH, "<html>Just a moment</html>")
    with pytest.raises(LayoutChangedError, match="column 'mean_score'"):
        read(parse_benchmarks, EPOCH, pack(gpqa_diamond=GPQA.replace("mean_score", "score")))


def test_a_replay_without_the_zip_requests_its_recorded_members(tmp_path: Path) -> None:
    members = [exchange(GPQA.encode(), url=f"{EPOCH}#{name}.csv") for name in ("gpqa_diamond", "frontiermath")]
    alone = record(tmp_path, "members.warc.gz", "r1", AS_OF, *members)
    whole = record(tmp_path, "zip.warc.gz", "r1", AS_OF, exchange(pack(gpqa_diamond=GPQA), url=EPOCH))

    def list_pages(*archives: Path) -> list[str]:
        source, as_of = SOURCES["epoch"], parse_timestamp(AS_OF)
        archive = Archive(archives) if archives else None
        job = CrawlJob(source=source, run_id="r1", as_of=as_of, archive=archive)
        return [url for _, url in find_spider("epoch")(job).pages()]

    assert list_pages() == list_pages(whole) == list_pages(alone, whole) == [EPOCH]
    assert list_pages(alone) == [f"{EPOCH}#frontiermath.csv", f"{EPOCH}#gpqa_diamond.csv"]
    archive = Archive([alone, whole])
    found, _ = archive.find("GET", f"{EPOCH}#frontiermath.csv", b"", as_of=parse_timestamp(AS_OF), accepts_late=False)
    assert archive.read(found, False).body == GPQA.encode()


def test_bfcl_reads_mode_and_setting_from_the_name_and_the_version_from_the_columns() -> None:
    table = (
        "Rank,Overall Acc,Model,Multi Turn Acc,Web Search Acc\n"
        "1,72.38%,GLM-4.6 (FC thinking),68.00%,N/A\n2,70.00%,DeepSeek-V3.2-Exp (Prompt + Thinking),1.00%,2.00%\n"
        "3,50.00%,BitAgent-Bounty-8B,N/A,0.00%\n"
    )
    found = scores(read(parse_table, "https://x.example/data_overall.csv", table))
    assert {(each.model_name, each.harness, each.effort) for each in found} == {
        ("GLM-4.6", "BFCL FC", "thinking"),
        ("DeepSeek-V3.2-Exp", "BFCL Prompt", "thinking"),
        (None, "BFCL", None),
    }
    assert {each.version for each in found} == {"v4"}
    assert [(each.metric, each.value) for each in found][:2] == [("overall", "72.38"), ("multi turn", "68.00")]
    assert ("web search", "0.00") in [(each.metric, each.value) for each in found]
    older = scores(read(parse_table, "https://x.example/a.csv", table.replace("Web Search Acc", "Other")))
    assert {each.version for each in older} == {"v3"}


def submission(**fields: Any) -> str:
    common = {
        "model_name": "GPT-5.2", "model_organization": "OpenAI", "submitting_organization": "Sierra",
        "results": {"retail": {"pass_1": 81.58, "pass_2": None, "cost": 0.0716}, "airline": None},
        "reasoning_effort": "high",
        "methodology": {"tau2_bench_version": "v0.1.3", "user_simulator": "gpt-5.2"},
    }  # fmt: skip
    return json.dumps(common | fields)


def test_a_tau2_submission_states_its_harness_its_evaluator_and_what_it_cost() -> None:
    found = scores(read(parse_submissions, f"{SUBMISSIONS}/a/submission.json", submission()))
    assert [(each.benchmark, each.metric, each.value, each.unit) for each in found] == [
        ("tau2-bench retail", "pass_1", "81.58", "percent"),
        ("tau2-bench retail", "cost", "0.0716", "usd"),
    ]
    assert {(each.harness, each.version, each.effort, each.evaluator_class) for each in found} == {
        ("tau2-bench, user gpt-5.2", "0.1.3", "high", "third_party")
    }
    own = scores(read(parse_submissions, "https://x/s.json", submission(submitting_organization="OpenAI")))
    assert {each.evaluator_class for each in own} == {"lab_claimed"}


def test_results_of_the_first_tau_bench_are_another_benchmark() -> None:
    first = submission(methodology={"tau2_bench_version": "original tau-bench"})
    (score, _) = scores(read(parse_submissions, "https://x/s.json", first))
    assert (score.benchmark, score.version) == ("tau-bench retail", None)


@pytest.mark.parametrize("fields", [{"modality": "voice"}, {"voice_config": {}}, {"submission_type": "custom"}])
def test_voices_and_agents_are_left_out_with_a_remark(fields: dict[str, Any]) -> None:
    (finding,) = read(parse_submissions, "https://x/s.json", submission(**fields))
    assert finding.kind == "remark"


def test_the_manifest_names_the_next_pages() -> None:
    found = read(parse_submissions, f"{SUBMISSIONS}/manifest.json", '{"submissions": ["a_x", "b y"]}')
    assert found == [
        NextPage(url=f"{SUBMISSIONS}/a_x/submission.json"),
        NextPage(url=f"{SUBMISSIONS}/b%20y/submission.json"),
    ]


@pytest.mark.parametrize("start", [1, 40, -30])
def test_an_archive_that_is_cut_is_named(start: int) -> None:
    packed = pack(gpqa_diamond=GPQA)
    with pytest.raises(NotTextError, match="no ZIP archive"):
        read(parse_benchmarks, EPOCH, packed[start:])
