"""Recorded captures through the real spiders: every entry parses, and no key is unknown."""

import json
from pathlib import Path
from typing import Any

import pytest

from llmpairs.spiders.archive import Archive, archive_as_of
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import NotArchivedError
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest, parse_page
from llmpairs.spiders.inputs import collect_inputs
from llmpairs.spiders.items import ModelClaim, OfferClaim
from llmpairs.spiders.registry import SOURCES
from tests.spiders.conftest import Crawled, crawl_into
from tests.spiders.pages import CAPTURE

FIRST_WAVE = [source_id for source_id, source in SOURCES.items() if source.wave == 1 and source.kind == "catalogue"]
DAYS = ["2026-05-18", *(f"2026-06-{number:02}" for number in range(8, 15))]


def count_entries(source_id: str, body: bytes) -> int:
    """How many entries a list has, counted without its parser."""
    content = json.loads(body)
    if source_id == "models_dev":
        return sum(len(provider["models"]) for provider in content.values())
    return len(content) - 1 if source_id == "litellm" else len(content["data"])


def parse_archived(path: Path, source_id: str) -> tuple[PageOutcome, bytes] | None:
    """The outcome of a list as archived, and its body; None if the archive lacks it."""
    archive = Archive([path])
    as_of = archive_as_of([path])
    assert as_of is not None
    (page,) = SOURCES[source_id].urls
    url = SOURCES[source_id].urls[page]
    try:
        capture, late = archive.find("GET", url, b"", as_of=as_of, accepts_late=False)
    except NotArchivedError:
        return None
    body = archive.read(capture, late).body
    return parse_page(PageRequest(number=0, page=page, url=url), CAPTURE, body, find_parser(source_id, url)), body


@pytest.mark.parametrize("day", DAYS)
def test_every_entry_of_every_day_parses(captures: Path, day: str) -> None:
    found = set()
    for source_id in FIRST_WAVE:
        parsed = parse_archived(captures / "nights" / f"{day}.warc.gz", source_id)
        if parsed is None:
            continue
        outcome, body = parsed
        assert (outcome.cause, outcome.detail) == ("ok", "")
        assert [each for each in outcome.findings if each.kind != "remark"] == []
        models = [each for each in outcome.items if isinstance(each, ModelClaim)]
        offers = [each for each in outcome.items if isinstance(each, OfferClaim)]
        # An entry is one model, and one offer beside those of its other tiers of service.
        ordinary = {(each.provider_key, each.model_key) for each in offers if each.route_tag == "-"}
        assert len(models) == len(ordinary) == count_entries(source_id, body)
        assert len(outcome.items) >= SOURCES[source_id].fewest_items
        found.add(source_id)
    assert {"models_dev", "litellm"} <= found


@pytest.fixture(scope="module")
def full_run(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Crawled, Crawled]:
    """Both waves of 2026-05-18, with the slow pages of the reference archive."""
    out = tmp_path_factory.mktemp("run")
    common = (
        *("--as-of", "2026-05-18T20:24:18Z", "--run-id", "20260518T202418Z"),
        *("--archive", str(captures / "nights" / "2026-05-18.warc.gz")),
        *("--archive", str(captures / "reference.warc.gz")),
    )
    first = crawl_into(out, "--sources", ",".join(FIRST_WAVE), *common)
    collect_inputs(out / "landing").write(out / "inputs.json")
    second = crawl_into(
        out, *("--sources", "openrouter_endpoints,huggingface_cards", "--inputs", str(out / "inputs.json")), *common
    )
    return first, second


def test_the_full_run_has_all_its_endpoints(full_run: tuple[Crawled, Crawled]) -> None:
    _, second = full_run
    health = second.health("openrouter_endpoints")
    assert (health["items_by_kind"], health["pages_answered"]) == ({"model": 343, "offer": 832}, 343)
    assert health["failed_pages"] == {"not_archived": health["pages_failed"]}
    assert health["remarks"] == 1
    tags = [
        line["route_tag"]
        for line in second.landed("openrouter_endpoints")
        if line["kind"] == "offer" and line["model_key"] == "qwen/qwen3-235b-a22b-2507"
    ]
    assert len(tags) == len(set(tags))
    assert "google-vertex/us-south1#2" in tags


def test_slow_pages_come_late_and_prices_never_do(full_run: tuple[Crawled, Crawled]) -> None:
    first, second = full_run
    router = first.health("huggingface_router")
    assert (router["state"], router["cause"]) == ("failed", "not_archived")
    assert "was first archived on 2026-07-30" in router["detail"]
    cards = second.health("huggingface_cards")
    assert (cards["state"], cards["cause"]) == ("partial", "not_archived")
    assert cards["late_pages"] == cards["pages_answered"] > 30
    by_model: dict[str, Any] = {line["model_key"]: line for line in second.landed("huggingface_cards")}
    oss = by_model["openai/gpt-oss-120b"]
    assert (oss["context_tokens"], oss["architecture"], oss["quantization"], oss["late"]) == (
        131072,
        "moe",
        "mxfp4",
        True,
    )


def test_no_offer_of_the_full_run_is_landed_twice(full_run: tuple[Crawled, Crawled]) -> None:
    first, second = full_run
    for crawled, source_id in [(first, name) for name in FIRST_WAVE] + [(second, "openrouter_endpoints")]:
        keys = [
            (line["provider_key"], line["model_key"], line["route_tag"], line["service_tier"])
            for line in crawled.landed(source_id)
            if line["kind"] == "offer"
        ]
        assert len(keys) == len(set(keys)), source_id
