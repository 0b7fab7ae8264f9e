"""A listing of several pages: followed through a replay, and every way in which that ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import Request

from llmpairs.spiders import base
from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.base import SourceSpider, find_spider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.outcome import PageOutcome
from llmpairs.spiders.devtools.reparse import reparse
from llmpairs.spiders.page import Finding, NextPage
from llmpairs.spiders.providers.azure import parse_prices
from llmpairs.spiders.registry import SOURCES
from tests.spiders.conftest import Crawled, crawl_into
from tests.spiders.pages import page
from tests.spiders.warcs import exchange, record

AS_OF = "2026-05-18T23:59:00Z"
URL = SOURCES["azure"].urls["gpt5"]


def listing(name: str, link: str | None) -> bytes:
    """A page with one meter."""
    meter = {
        "currencyCode": "USD",
        "retailPrice": 1,
        "armRegionName": "eastus2",
        "effectiveStartDate": "2025-08-01T00:00:00Z",
        "meterName": f"{name} Inp glbl Tokens",
        "productName": "Azure OpenAI GPT5",
        "unitOfMeasure": "1M",
        "type": "Consumption",
    }
    return json.dumps({"Items": [meter], "NextPageLink": link}).encode()


def go_to(skip: int) -> str:
    """A link as the API prints it: with a port."""
    return f"{URL.replace('azure.com/', 'azure.com:443/')}&$skip={skip}"


def crawl(folder: Path, pages: dict[str, bytes]) -> Crawled:
    """The replay of an archive with the pages."""
    exchanges = [exchange(body, url=url) for url, body in pages.items()]
    archive = record(folder, "azure.warc.gz", "r1", AS_OF, *exchanges)
    arguments = ("--sources", "azure", "--as-of", AS_OF, "--run-id", "r1", "--archive", str(archive))
    return crawl_into(folder / "out", *arguments)


def names(crawled: Crawled) -> list[str]:
    return [line["model_key"] for line in crawled.landed("azure") if line["kind"] == "offer"]


def failures(crawled: Crawled) -> dict[str, Any]:
    return {each["url"]: each["cause"] for each in crawled.health("azure")["failures"]}


@pytest.fixture
def spider() -> SourceSpider:
    job = CrawlJob(source=SOURCES["azure"], run_id="r", as_of=parse_timestamp(AS_OF))
    job.set_pages(job.source.urls.items())
    return find_spider("azure")(job)


def test_the_next_page_is_requested_and_landed(frozen_crawl: Crawled) -> None:
    urls = [row["url"] for row in frozen_crawl.captures("azure")]
    assert urls == [URL, f"{URL}&$skip=1000", SOURCES["azure"].urls["openai"], SOURCES["azure"].urls["others"]]
    health = frozen_crawl.health("azure")
    assert (health["pages_asked"], health["pages_answered"]) == (4, 4)
    priority = [line for line in frozen_crawl.landed("azure") if line.get("service_tier") == "priority"]
    assert {line["url"] for line in priority} == {f"{URL}&$skip=1000"}


def test_a_listing_is_followed_to_its_last_page(tmp_path: Path) -> None:
    pages = {
        URL: listing("a", go_to(1000)),
        f"{URL}&$skip=1000": listing("b", go_to(2000)),
        f"{URL}&$skip=2000": listing("c", None),
    }
    crawled = crawl(tmp_path, pages)
    assert names(crawled) == ["gpt-a", "gpt-b", "gpt-c"]
    assert set(failures(crawled).values()) == {"not_archived"}
    assert len(failures(crawled)) == len(SOURCES["azure"].urls) - 1


def test_a_page_that_is_not_archived_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    crawled = crawl(tmp_path, {URL: listing("a", go_to(1000))})
    assert names(crawled) == ["gpt-a"]
    assert failures(crawled)[f"{URL}&$skip=1000"] == "not_archived"


def test_a_listing_in_a_circle_ends(tmp_path: Path) -> None:
    pages = {URL: listing("a", go_to(1000)), f"{URL}&$skip=1000": listing("b", go_to(1000))}
    crawled = crawl(tmp_path, pages)
    assert names(crawled) == ["gpt-a", "gpt-b"]
    assert failures(crawled)[f"{URL}&$skip=1000"] == "layout_changed"


def test_a_listing_is_not_followed_to_another_address(spider: SourceSpider) -> None:
    request = spider.job.requests[0]
    for url in ("https://evil.example/api", SOURCES["azure"].urls["openai"] + "&$skip=1", f"{URL}x"):
        outcome = spider.follow_next_page(request, url)
        assert isinstance(outcome, PageOutcome)
        assert (outcome.cause, outcome.request.url) == ("moved", url)


def test_a_listing_is_followed_up_to_a_limit(spider: SourceSpider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_PAGES", len(spider.job.requests) + 1)
    request = spider.job.requests[0]
    assert isinstance(spider.follow_next_page(request, f"{URL}&$skip=1000"), Request)
    outcome = spider.follow_next_page(request, f"{URL}&$skip=2000")
    assert isinstance(outcome, PageOutcome)
    assert outcome.cause == "failed"


def test_a_next_page_follows_the_page_that_named_it(spider: SourceSpider) -> None:
    first, second, *_ = spider.job.requests
    spider.follow_next_page(second, f"{second.url}&$skip=1000")
    spider.follow_next_page(first, f"{first.url}&$skip=1000")
    assert [each.url for each in spider.job.requests[:4]] == [
        first.url,
        f"{first.url}&$skip=1000",
        second.url,
        f"{second.url}&$skip=1000",
    ]
    assert len({each.number for each in spider.job.requests}) == len(spider.job.requests)


def test_a_next_page_has_the_name_of_its_listing() -> None:
    azure = SOURCES["azure"]
    assert azure.page_at(f"{azure.urls['openai']}&$skip=1000") == "openai"
    assert azure.page_at(f"{URL}x") is None
    assert azure.page_at(URL.partition("?")[0]) is None


@pytest.mark.parametrize("parameter", ["&$skip=7", "&%24skip=7", "&%24SKIP=7"])
def test_the_next_page_keeps_the_requested_address(parameter: str) -> None:
    body = listing("a", f"https://prices.azure.com:443/api/retail/prices?x=1{parameter}")
    for url in (URL, f"{URL}&$skip=3"):
        found = list(parse_prices(page(body, url)))
        assert [each.url for each in found if isinstance(each, NextPage)] == [f"{URL}&$skip=7"]


def test_a_link_without_an_offset_is_a_layout_change(tmp_path: Path) -> None:
    crawled = crawl(tmp_path, {URL: listing("a", "https://prices.azure.com/next")})
    assert failures(crawled)[URL] == "layout_changed"


def test_reparsing_a_page_follows_no_link() -> None:
    again = reparse("azure", f"{URL}&$skip=1000", listing("a", go_to(2000)), "2026-05-18T00:00:00Z")
    assert [type(each).__name__ for each in again] == ["ModelClaim", "OfferClaim"]
    assert not any(isinstance(each, (Finding, NextPage)) for each in again)
