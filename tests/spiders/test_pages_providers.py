"""Changed pages of every provider, and the model lists of first parties."""

from collections.abc import Callable
from pathlib import Path

import pytest

from llmpairs.spiders.archive import Archive, parse_timestamp
from llmpairs.spiders.base import find_parser, find_spider
from llmpairs.spiders.crawling.causes import LayoutChangedError, PageError
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.outcome import PageRequest
from llmpairs.spiders.items import ModelClaim, OfferClaim
from llmpairs.spiders.page import Finding, NextPage, Page
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.registry.pages import PAGES
from tests.spiders.provider_pages import Found, model, offer, parse, rejected, sample

TABLED = [source.id for source in PAGES if not source.id.endswith("_models") and source.id != "cerebras"]


@pytest.fixture(params=TABLED)
def tabled(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def with_another_column(url: str, text: str) -> str:
    """The page with one more column in its first table."""
    if not url.endswith((".md", ".txt")):
        header = text.index("</tr>", text.index("<table"))
        return text[:header] + "<th>Surcharge</th>" + text[header:]
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("|"))
    more = [" Surcharge |", " --- |", *[" $9 |"] * (end - start - 2)]
    lines[start:end] = [line + cell for line, cell in zip(lines[start:end], more, strict=True)]
    return "\n".join(lines)


def test_a_new_column_of_amounts_is_named_and_its_table_is_not_read(tabled: str) -> None:
    url, text = sample(tabled)
    # DeepSeek's columns are rows, Moonshot's are titles of a component.
    titles = {"deepseek": ("MAX OUTPUT", "SURCHARGE"), "moonshot": ("Output Price", "Surcharge")}
    broken = text.replace(*titles[tabled]) if tabled in titles else with_another_column(url, text)
    try:
        found = parse(tabled, broken)
    except PageError as error:
        named = [str(error)]
    else:
        named = [each.text for each in found if isinstance(each, Finding) and each.kind == "unknown_key"]
        items = [each for each in found if not isinstance(each, Finding)]
        assert len(items) < len(parse(tabled))
    assert any("surcharge" in text.lower() or "not as many cells" in text for text in named)


def test_a_page_without_its_tables_is_a_layout_change(tabled: str) -> None:
    with pytest.raises(LayoutChangedError, match="expected a table"):
        parse(tabled, "# Pricing\n\n<p>Prices have moved.</p>")


def test_an_empty_page_is_refused(tabled: str) -> None:
    with pytest.raises(PageError):
        parse(tabled, " ")


def test_every_claim_is_about_the_provider_itself() -> None:
    for source in PAGES:
        _, text = sample(source.id)
        keys = {each.provider_key for each in parse(source.id, text) if isinstance(each, (ModelClaim, OfferClaim))}
        assert keys == {source.lineage}, source.id


# Lists of first parties


def test_first_parties_lists_state_limits_and_capabilities() -> None:
    found = parse("anthropic_models")
    opus = model(found, "claude-opus-4-20250514")
    assert (opus.context_tokens, opus.max_output_tokens, opus.listed) == (200_000, 32_000, "2025-05-22")
    assert dict(opus.capabilities) == {
        "image_input": True,
        "structured_outputs": False,
        "thinking": True,
        "code_execution": False,
    }
    assert opus.released is None
    assert offer(found, "claude-opus-4-20250514").prices == ()


def test_an_absent_thinking_flag_of_gemini_is_unknown() -> None:
    found = parse("google_ai_studio_models")
    assert model(found, "models/gemini-2.5-flash").capabilities == (("thinking", True),)
    assert model(found, "models/gemini-embedding-001").capabilities == ()
    assert model(found, "models/gemini-embedding-001").task == "embedding"


@pytest.mark.parametrize(
    ("source_id", "more", "url"),
    [
        (
            "anthropic_models",
            '{"has_more": true, "last_id": "claude-opus-4-20250514",',
            "https://api.anthropic.com/v1/models?after_id=claude-opus-4-20250514",
        ),
        (
            "google_ai_studio_models",
            '{"nextPageToken": "Ch/x=",',
            "https://generativelanguage.googleapis.com/v1beta/models?pageToken=Ch/x%3D",
        ),
    ],
)
def test_a_list_names_its_next_page(source_id: str, more: str, url: str) -> None:
    _, text = sample(source_id)
    assert [each for each in parse(source_id, text) if isinstance(each, NextPage)] == []
    found = parse(source_id, text.replace("{", more, 1))
    assert [each.url for each in found if isinstance(each, NextPage)] == [url]
    assert SOURCES[source_id].page_at(url) == "models"


@pytest.mark.parametrize(
    ("source_id", "headers"),
    [
        ("anthropic_models", {b"X-Api-Key": [b"k"], b"Anthropic-Version": [b"2023-06-01"]}),
        ("google_ai_studio_models", {b"X-Goog-Api-Key": [b"k"]}),
        ("openai_models", {b"Authorization": [b"Bearer k"]}),
    ],
)
def test_a_key_is_sent_in_the_header_that_its_api_reads(source_id: str, headers: dict[bytes, list[bytes]]) -> None:
    job = CrawlJob(source=SOURCES[source_id], run_id="r", as_of=parse_timestamp("2026-05-15T00:00:00Z"), key="k")
    url = SOURCES[source_id].urls["models"]
    request = find_spider(source_id)(job).build_request(PageRequest(number=0, page="models", url=url))
    assert {name: request.headers.getlist(name) for name in request.headers} == headers


@pytest.mark.parametrize("missing", [source.id for source in PAGES if source.key_env])
def test_only_lists_need_a_key(missing: str) -> None:
    assert missing.endswith("_models")


# As recorded

ReadCapture = Callable[[str, str], Found]


@pytest.fixture(scope="module")
def recorded(captures: Path) -> ReadCapture:
    """What a source's parser makes of its newest recorded page up to a day."""
    archive = Archive([captures / "nights", captures / "reference.warc.gz"])

    def read(source_id: str, day: str) -> Found:
        (url,) = SOURCES[source_id].urls.values()
        found, late = archive.find("GET", url, b"", as_of=parse_timestamp(f"{day}T23:59:59Z"), accepts_late=False)
        body = archive.read(found, late).body
        return list(find_parser(source_id, url)(Page(url=url, body=body, captured_at=f"{day}T23:59:59Z")))

    return read


def test_deepseeks_recorded_table_reads_like_the_sample(recorded: ReadCapture) -> None:
    found = recorded("deepseek", "2026-09-01")
    expected = parse("deepseek")
    assert rejected(found) == []
    assert [each for each in found if isinstance(each, OfferClaim)] == [
        each for each in expected if isinstance(each, OfferClaim)
    ]


@pytest.mark.parametrize(
    ("source_id", "day", "models"),
    [
        ("anthropic_models", "2026-06-09", 11),
        ("anthropic_models", "2026-07-25", 11),
        ("google_ai_studio_models", "2026-06-10", None),
        ("google_ai_studio_models", "2026-07-31", 58),
        ("openai_models", "2026-08-05", 132),
    ],
)
def test_recorded_lists_parse_whole(recorded: ReadCapture, source_id: str, day: str, models: int | None) -> None:
    found = recorded(source_id, day)
    assert [each for each in found if isinstance(each, Finding)] == []
    claims = [each for each in found if isinstance(each, ModelClaim)]
    assert len(claims) == models or (models is None and len(claims) > 40)
