"""Limits of a host, without a network: what it may cost, and what happens to the requests that remain."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from protego import Protego
from scrapy.http import Response
from scrapy.settings import Settings

from bench.rehearsal.faults import pack
from llmpairs.spiders.crawling.causes import CutShortError, HostUnavailableError, TooLargeError
from llmpairs.spiders.crawling.content_encoding import unpack_body
from llmpairs.spiders.crawling.hosts import Host, HostLimits
from llmpairs.spiders.crawling.keys import remove_key
from llmpairs.spiders.crawling.limits import limit_settings, load_limits
from llmpairs.spiders.crawling.politeness import describe_redirect
from llmpairs.spiders.crawling.settings import live_settings
from tests.spiders.conftest import ROOT

LIMITS = HostLimits(
    connections=2, delay_seconds=0.0, timeout_seconds=20.0, budget_seconds=50.0, max_failures=6, ordinary_seconds=5.0,
    retry_share=0.5,
)  # fmt: skip
BODY = b'{"data": [{"id": "lab/m", "price": "0.000001"}]}' * 40
KEY = "planted-key-0123456789"


def test_every_limit_has_a_reason_and_is_listed_for_operators() -> None:
    document = (ROOT / "docs/OPERATIONS.md").read_text(encoding="utf-8")
    for name, limit in load_limits().items():
        assert limit["reason"], name
        assert limit["evidence"], name
        assert f"| `{name}` | {limit['value']:g} | {limit['unit']} |" in document


def test_a_live_crawl_has_the_reviewed_limits() -> None:
    limits = HostLimits.from_settings(Settings(live_settings()))
    assert (limits.connections, limits.delay_seconds, limits.budget_seconds) == (2, 0.25, 50)
    assert set(limit_settings()) <= live_settings().keys()


def host() -> Host:
    return Host("api.example", LIMITS)


def reason_to_skip(found: Host) -> tuple[str, str]:
    with pytest.raises(HostUnavailableError) as raised:
        asyncio.run(found.connect())
    return raised.value.host_cause, str(raised.value)


def test_stalls_use_up_the_budget_and_later_requests_get_the_first_cause() -> None:
    found = host()
    found.record_failure(20.0, "timed_out", "no answer within 20 s")
    assert found.timeout_seconds == 20.0
    found.record_failure(20.0, "unreachable", "refused")
    assert found.timeout_seconds == 10.0, "a request may not outlast the budget"
    found.record_failure(10.0, "timed_out", "no answer")
    cause, detail = reason_to_skip(found)
    assert cause == "timed_out"
    assert detail.startswith("api.example is skipped: no answer within 20 s")


def test_a_host_that_fails_at_once_is_skipped_after_six_attempts_in_a_row() -> None:
    found = host()
    for _ in range(5):
        found.record_failure(0.0, "unreachable", "refused")
    found.record_answer(0.1)
    for _ in range(5):
        found.record_failure(0.0, "failed", "HTTP 500")
    asyncio.run(found.connect())
    found.record_failure(0.0, "failed", "HTTP 500")
    assert reason_to_skip(found)[0] == "failed"


def test_waits_before_retries_leave_half_of_the_budget_to_the_other_pages() -> None:
    found = host()
    assert found.wait_before_retry(20.0)
    assert not found.wait_before_retry(30.0), "a Retry-After beyond the budget is not waited for"
    found.record_failure(10.0, "timed_out", "no answer")
    assert not found.wait_before_retry(1.0)
    assert found.left_seconds > 15.0


def test_slow_answers_count_and_ordinary_ones_do_not() -> None:
    found = host()
    for _ in range(400):
        found.record_answer(1.0)
    assert found.lost_seconds == 0
    for _ in range(4):
        found.record_answer(19.0)
    assert reason_to_skip(found)[0] == "timed_out"


def test_a_crawl_delay_leaves_one_connection() -> None:
    async def read() -> Protego:
        return Protego.parse("User-agent: *\nCrawl-delay: 4\n")

    async def count_connections(found: Host) -> bool:
        await found.read_rules(read, "llmpairs/1")
        await found.connect()
        return found.connections.locked()

    found = host()
    assert asyncio.run(count_connections(found))
    assert found.delay_seconds == 4.0


def test_a_request_that_waits_for_a_host_ends_as_soon_as_the_host_is_skipped() -> None:
    async def wait_for_connection() -> None:
        found = Host("api.example", replace(LIMITS, connections=1, delay_seconds=600.0))
        used = await found.connect()
        waiting = asyncio.create_task(found.connect())
        await asyncio.sleep(0)
        found.record_failure(50.0, "timed_out", "no answer")
        used.close()
        await asyncio.wait_for(waiting, timeout=1.0)

    with pytest.raises(HostUnavailableError, match="is skipped: no answer"):
        asyncio.run(wait_for_connection())


def test_robots_txt_that_cannot_be_read_is_asked_for_once() -> None:
    asked: list[int] = []

    async def fail() -> Protego:
        asked.append(1)
        raise HostUnavailableError("blocked", "HTTP 503 for robots.txt")

    read: Callable[[], Awaitable[Protego]] = fail
    found = host()
    for _ in range(3):
        with pytest.raises(HostUnavailableError, match="HTTP 503"):
            asyncio.run(found.read_rules(read, "llmpairs/1"))
    assert len(asked) == 1


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_a_packed_body_is_whole_or_cut_short(encoding: str) -> None:
    packed = zlib.compress(BODY) if encoding == "deflate" else pack(encoding, BODY)
    assert unpack_body(packed, [encoding], 10_000) == BODY
    for end in (1, len(packed) // 2, len(packed) - 1):
        with pytest.raises(CutShortError, match=f"the {encoding} body"):
            unpack_body(packed[:end], [encoding], 10_000)
    with pytest.raises(TooLargeError):
        unpack_body(packed, [encoding], len(BODY) - 1)


def test_two_encodings_are_removed_in_turn() -> None:
    assert unpack_body(pack("gzip", pack("br", BODY)), ["br", "gzip"], 10_000) == BODY


@pytest.mark.parametrize("encoding", ["", "gzip", "br", "zstd"])
def test_a_repeated_key_is_removed_from_headers_and_body(encoding: str) -> None:
    body = b'{"you sent": "Bearer ' + KEY.encode() + b'"}'
    headers = {"X-Echo": f"Bearer {KEY}", **({"Content-Encoding": encoding} if encoding else {})}
    response = Response("https://api.example", headers=headers, body=pack(encoding, body) if encoding else body)
    clean = remove_key(response, KEY, 10_000)
    assert clean.body == b'{"you sent": "Bearer REDACTED"}'
    assert clean.headers["X-Echo"] == b"Bearer REDACTED"
    assert "Content-Encoding" not in clean.headers


def test_a_response_without_the_key_keeps_its_bytes() -> None:
    response = Response("https://api.example", headers={"Content-Encoding": "br"}, body=pack("br", BODY))
    clean = remove_key(response, KEY, 10_000)
    assert (clean.body, clean.headers) == (response.body, response.headers)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://api.example/v1", "to http, port 80, of the same host"),
        ("https://api.example:8443/v1", "to https, port 8443, of the same host"),
        ("https://parked.example/", "to parked.example"),
    ],
)
def test_a_redirect_that_is_not_followed_is_described(location: str, told: str) -> None:
    response = Response("https://api.example/v1/models", status=302, headers={"Location": location})
    assert told in describe_redirect(response)
    assert "change its address in the registry" in describe_redirect(response)
