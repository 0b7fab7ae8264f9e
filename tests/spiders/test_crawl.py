"""The crawl process: its arguments, its exit codes, and its output when something fails."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from llmpairs.spiders.archive import Recorder, list_archive, parse_timestamp
from llmpairs.spiders.archive.recorder import Exchange
from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.cards.huggingface_cards import HuggingFaceCardsSpider
from llmpairs.spiders.crawling.__main__ import main
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.runner import run_jobs
from llmpairs.spiders.crawling.settings import replay_settings
from llmpairs.spiders.devtools.reparse import reparse
from llmpairs.spiders.inputs import Inputs
from llmpairs.spiders.items import Provenance, to_record
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import build_frozen_archive, frozen_inputs, read_frozen
from tests.spiders.conftest import PROVENANCE, ROOT, Crawled, crawl_into

RUN = ("--as-of", "2026-05-15T23:59:00Z", "--run-id", "r1")
AS_OF = parse_timestamp("2026-05-15T23:59:00Z")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return build_frozen_archive(tmp_path / "archive", run_id="r1", as_of=AS_OF)


def test_an_unknown_source_is_reported_with_similar_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--sources", "model_dev", *RUN, "--out", str(tmp_path)])
    assert ended.value.code == 2
    assert "there is no source 'model_dev'; did you mean models_dev" in capsys.readouterr().err


@pytest.mark.parametrize("as_of", ["yesterday", "2026-13-01T00:00:00Z"])
def test_the_as_of_time_must_be_valid(tmp_path: Path, as_of: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--sources", "zenmux", "--as-of", as_of, "--run-id", "r", "--out", str(tmp_path)])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--archive", "{tmp}/nothing"), "does not exist"),
        (("--archive", "{tmp}/x.warc.gz"), "is not a WARC file"),
        (("--archive", "{archive}", "--inputs", "{tmp}/x.warc.gz"), "not a JSON object"),
        (("--previous", "{tmp}/x.warc.gz"), "not a previous capture"),
        (("--item-counts", "{tmp}/usual.json"), "expected by source an object of recent and expired lists of counts"),
        (("--archive", "{archive}", "--set", "nothing"), "expected NAME=VALUE"),
    ],
)
def test_a_process_that_cannot_run_reports_why_in_one_line(
    tmp_path: Path, archive: Path, more: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.warc.gz").write_text("{")
    (tmp_path / "usual.json").write_text('{"zenmux": [7, "8"]}')
    arguments = [part.format(tmp=tmp_path, archive=archive) for part in more]
    assert main(["--sources", "zenmux", *RUN, "--out", str(tmp_path / "out"), *arguments]) == 1
    error = capsys.readouterr().err
    assert why in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_damaged_archive_costs_only_the_pages_that_it_lost(tmp_path: Path, archive: Path) -> None:
    whole = b"".join((archive / f"{name}.warc.gz").read_bytes() for name in ("zenmux", "litellm"))
    damaged = tmp_path / "damaged.warc.gz"
    damaged.write_bytes(whole)
    offset = list_archive(damaged)[1]["offset"]
    damaged.write_bytes(whole[: offset + 200])
    arguments = ("--sources", "zenmux,litellm,openrouter", *RUN, "--archive", str(damaged))
    crawled = crawl_into(tmp_path / "out", *arguments)
    assert crawled.code == 0
    assert crawled.health("zenmux")["state"] == "ok"
    for lost in ("litellm", "openrouter"):
        health = crawled.health(lost)
        assert (health["state"], health["cause"]) == ("failed", "archive_damaged")
        assert f"damaged.warc.gz is damaged at byte {offset}" in health["detail"]
    assert "Traceback" not in crawled.errors


def test_the_order_of_sources_and_hashes_does_not_change_the_output(frozen_crawl: Crawled, tmp_path: Path) -> None:
    as_of = "2026-05-15T23:59:00Z"
    archive = build_frozen_archive(tmp_path / "a", run_id="20260515T235900Z", as_of=AS_OF)
    frozen_inputs().write(tmp_path / "inputs.json")
    command = [
        *(sys.executable, "-m", "llmpairs.spiders.crawling", "--sources", ",".join(reversed(list(SOURCES)))),
        *("--as-of", as_of, "--run-id", "20260515T235900Z", "--out", str(tmp_path / "out")),
        *("--archive", str(archive), "--inputs", str(tmp_path / "inputs.json")),
    ]
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    subprocess.run(command, cwd=ROOT, check=True, env=environment)
    written = sorted(path.relative_to(frozen_crawl.out) for path in frozen_crawl.out.rglob("*.*"))
    assert len(written) == 3 * len(SOURCES)
    for path in written:
        assert (tmp_path / "out" / path).read_bytes() == (frozen_crawl.out / path).read_bytes(), path


def test_a_source_without_its_key_is_not_crawled(tmp_path: Path) -> None:
    job = CrawlJob(source=replace(SOURCES["zenmux"], key_env="NO_SUCH_KEY"), run_id="r", as_of=AS_OF)
    run_jobs([(SourceSpider, job)], tmp_path)
    health = json.loads((tmp_path / "health" / "zenmux.json").read_text("utf-8"))
    assert (health["state"], health["cause"], health["pages_asked"]) == ("not_configured", "not_configured", 0)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["zenmux.json"]


@pytest.mark.parametrize("source_id", SOURCES)
def test_reparsing_a_page_gives_what_was_landed(frozen_crawl: Crawled, source_id: str) -> None:
    again: list[dict[str, Any]] = []
    for page in read_frozen(source_id):
        for item in reparse(source_id, page.url, page.body, "2026-05-15T00:00:00Z"):
            nowhere = Provenance(source_id="", url="", capture_id="", captured_at="", late=False)
            line = json.loads(json.dumps(to_record(item, nowhere)))
            again.append({name: value for name, value in line.items() if name not in PROVENANCE})
    landed = frozen_crawl.landed(source_id)
    assert again == [{name: value for name, value in line.items() if name not in PROVENANCE} for line in landed]


def test_reparsing_refuses_what_is_no_page_of_the_source() -> None:
    with pytest.raises(LookupError, match=r"https://elsewhere\.example/\?key=REDACTED is no page of zenmux"):
        reparse("zenmux", "https://elsewhere.example/?key=secret", b"{}", "2026-05-15T00:00:00Z")
    with pytest.raises(LayoutChangedError):
        reparse("zenmux", "https://zenmux.ai/api/v1/models", b"{}", "2026-05-15T00:00:00Z")


def plan_cards(visited: dict[str, str], most: int) -> list[str]:
    """The repositories that a live crawl of 15 May 2026 requests of three that are named, the most important first."""
    job = CrawlJob(
        source=SOURCES["huggingface_cards"],
        run_id="r",
        as_of=parse_timestamp("2026-05-15T23:59:00Z"),
        inputs=Inputs(hugging_face_repos=("lab/m2", "lab/m0", "lab/m1")),
        visited=visited,
    )
    spider = HuggingFaceCardsSpider(job)
    spider.settings = Settings({"HUB_PAGES_PER_DAY": most, "HUB_REVISIT_DAYS": 30})
    named = [re.sub(r"https://huggingface.co/(api/models/)?|/raw/.*", "", url) for _, url in spider.pages()]
    return list(dict.fromkeys(named))


def test_new_cards_are_requested_in_order_of_importance_up_to_a_number_of_pages() -> None:
    assert plan_cards({}, 300) == ["lab/m2", "lab/m0", "lab/m1"]
    assert plan_cards({}, 8) == ["lab/m2", "lab/m0"]


def test_a_card_is_requested_again_when_it_is_due_or_a_page_of_it_failed() -> None:
    pages = ["raw/main/config.json", "raw/main/README.md"]
    urls = [*(f"https://huggingface.co/lab/m2/{page}" for page in pages), "https://huggingface.co/api/models/lab/m2"]
    assert plan_cards(dict.fromkeys(urls, "2026-05-01T00:00:00Z"), 300) == ["lab/m0", "lab/m1"]
    assert "lab/m2" in plan_cards(dict.fromkeys(urls, "2026-04-01T00:00:00Z"), 300)
    assert "lab/m2" in plan_cards(dict.fromkeys(urls[:2], "2026-05-01T00:00:00Z"), 300)


def test_archives_and_the_registry_need_no_scrapy() -> None:
    code = (
        "import sys; from llmpairs.spiders import archive, inputs, registry, samples;"
        "sys.exit('scrapy' in sys.modules or 'twisted' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_late_captures_are_used_for_cards_and_never_for_prices(tmp_path: Path) -> None:
    later = build_frozen_archive(tmp_path / "a", run_id="r2", as_of=parse_timestamp("2026-08-21T23:59:00Z"))
    frozen_inputs().write(tmp_path / "inputs.json")
    arguments = ("--sources", "zenmux,huggingface_cards", "--inputs", str(tmp_path / "inputs.json"))
    crawled = crawl_into(tmp_path / "out", *arguments, *RUN, "--archive", str(later))
    assert crawled.health("zenmux")["cause"] == "not_archived"
    assert crawled.landed("zenmux") == []
    assert crawled.health("huggingface_cards")["late_pages"] == len(read_frozen("huggingface_cards"))
    assert {line["late"] for line in crawled.landed("huggingface_cards")} == {True}
    assert {row["late"] for row in crawled.captures("huggingface_cards")} == {True}


def test_a_page_is_requested_at_its_twin_and_at_its_former_address(tmp_path: Path) -> None:
    as_of = parse_timestamp("2026-05-15T23:00:00Z")
    recorder = Recorder(tmp_path / "pages.warc.gz", run_id="r", as_of=as_of, about={"software": "test"})
    table = "| Model | Input | Cached input | Output |\n|---|---|---|---|\n| gpt-5-mini | $0.25 | $0.025 | $2.00 |\n"
    bodies = {
        "https://developers.openai.com/api/docs/pricing.md": "# Pricing\n\nPrices per 1M tokens.\n",
        "https://developers.openai.com/api/docs/pricing": f"Prices per 1M tokens.\n\n{table}",
        "https://cloud.google.com/vertex-ai/generative-ai/pricing": read_frozen("vertex_ai")[0].body.decode(),
    }
    for url, body in bodies.items():
        recorder.record(Exchange(url=url, captured_at=as_of, status=200, headers=(), body=body.encode()))
    recorder.close()
    arguments = ("--sources", "openai,vertex_ai,groq", *RUN, "--archive", str(tmp_path / "pages.warc.gz"))
    crawled = crawl_into(tmp_path / "out", *arguments)
    assert {line["url"] for line in crawled.landed("openai")} == {"https://developers.openai.com/api/docs/pricing"}
    assert {line["url"] for line in crawled.landed("vertex_ai")} == {list(bodies)[2]}
    # Where every address fails, the cause is that of the first one.
    [failure] = crawled.health("groq")["failures"]
    assert (failure["cause"], failure["url"]) == ("not_archived", "https://console.groq.com/docs/models.md")


def test_a_replay_has_no_way_to_the_network() -> None:
    assert dict(Settings(replay_settings()).getwithbase("DOWNLOAD_HANDLERS")) == {}


CRASH = """
import sys
from pathlib import Path
from llmpairs.spiders.archive import Archive, parse_timestamp
from llmpairs.spiders.base import SourceSpider, find_spider
from llmpairs.spiders.crawling.runner import run_jobs
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.registry import SOURCES

class Broken(SourceSpider):
    name = "litellm"
    def pages(self):
        raise RuntimeError("out of order")

common = dict(run_id="r1", as_of=parse_timestamp("2026-05-15T23:59:00Z"), archive=Archive([Path(sys.argv[1])]))
crawls = [(Broken, CrawlJob(source=SOURCES["litellm"], **common))]
crawls += [(find_spider("zenmux"), CrawlJob(source=SOURCES["zenmux"], **common))]
run_jobs(crawls, Path(sys.argv[2]))
"""


def test_a_spider_that_crashes_costs_only_itself(tmp_path: Path, archive: Path) -> None:
    command = [sys.executable, "-c", CRASH, str(archive), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    crawled = Crawled(tmp_path / "out", done.returncode, done.stderr)
    assert crawled.code == 0
    broken = crawled.health("litellm")
    assert (broken["state"], broken["detail"]) == ("failed", "the crawl failed: RuntimeError: out of order")
    assert crawled.health("zenmux")["state"] == "ok"
    assert len(crawled.landed("zenmux")) == 8
