"""Recorded responses of providers' lists: every entry parses, and nothing is unknown."""

import json
from pathlib import Path

import pytest

from llmpairs.spiders.archive import Archive, archive_as_of
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.items import Item, OfferClaim
from llmpairs.spiders.page import Finding, Page, Parser
from llmpairs.spiders.providers.cloudflare import parse_models
from llmpairs.spiders.registry import SOURCES
from tests.spiders.pages import quoted

DOCS = "https://raw.githubusercontent.com/cloudflare/cloudflare-docs/production/src/content/workers-ai-models"


def read(archive: Path, url: str) -> bytes:
    as_of = archive_as_of([archive])
    assert as_of is not None
    found = Archive([archive])
    capture, late = found.find("GET", url, b"", as_of=as_of, accepts_late=True)
    return found.read(capture, late).body


def parse(parser: Parser, body: bytes) -> tuple[list[Item], list[Finding]]:
    found = list(parser(Page(url="https://provider.example/list", body=body, captured_at="2026-06-10T00:00:00Z")))
    return ([each for each in found if isinstance(each, Item)], [each for each in found if isinstance(each, Finding)])


def offers(items: list[Item]) -> dict[str, OfferClaim]:
    return {each.model_key: each for each in items if isinstance(each, OfferClaim)}


@pytest.mark.parametrize(
    ("source_id", "archive", "entries"),
    [("deepinfra", "reference.warc.gz", 13), ("xai", "nights/2026-06-10.warc.gz", 9)],
)
def test_every_recorded_entry_parses(captures: Path, source_id: str, archive: str, entries: int) -> None:
    url = SOURCES[source_id].urls["models"]
    items, found = parse(find_parser(source_id, url), read(captures / archive, url))
    assert [each for each in found if each.kind != "remark"] == []
    assert len(offers(items)) == entries


def test_recorded_prices_are_those_of_the_samples(captures: Path) -> None:
    url = SOURCES["deepinfra"].urls["models"]
    items, found = parse(find_parser("deepinfra", url), read(captures / "reference.warc.gz", url))
    assert quoted(offers(items)["Qwen/Qwen3.5-4B"])["input", 0] == "0.030000000000000002"
    assert len(found) == 3
    url = SOURCES["xai"].urls["models"]
    items, _ = parse(find_parser("xai", url), read(captures / "nights" / "2026-06-10.warc.gz", url))
    assert quoted(offers(items)["grok-4.3"])["output", 200_000] == "50000"


def test_recorded_files_of_the_documentation_are_entries_of_the_list(captures: Path) -> None:
    names = ("gpt-oss-120b", "llama-3.3-70b-instruct-fp8-fast")
    models = [json.loads(read(captures / "reference.warc.gz", f"{DOCS}/{name}.json")) for name in names]
    for model in models:
        del model["_scout_note"]
    items, found = parse(parse_models, json.dumps({"models": models}).encode())
    assert found == []
    assert {key: quoted(offer) for key, offer in offers(items).items()} == {
        "@cf/openai/gpt-oss-120b": {("input", 0): "0.35", ("output", 0): "0.75"},
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast": {("input", 0): "0.29", ("output", 0): "2.25"},
    }
