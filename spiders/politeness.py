"""Manners of a live crawl: waiting before another try, and staying at the hosts that were declared."""

import asyncio
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser

PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})
PASSING_FAILURES = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt, one question per host at a time.

    Scrapy 2.19.0 lets all but the first of the requests that wait for a robots.txt pass unchecked: each takes the
    result off the one Deferred that they share (fourteen pages at once over the loopback).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.locks: dict[str, asyncio.Lock] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, fetched once."""
        async with self.locks.setdefault(urlsplit(request.url).netloc, asyncio.Lock()):
            return await super().robot_parser(request)


class BackoffMiddleware:
    """Tries again after a passing failure: each time after twice the wait, or when Retry-After says."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.first_wait = crawler.settings.getfloat("BACKOFF_FIRST_WAIT")
        self.longest_wait = crawler.settings.getfloat("BACKOFF_LONGEST_WAIT")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BackoffMiddleware":
        """The middleware with the crawler's waits."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request again after a wait, or the response when it is no use or the wait would be too long."""
        if response.status not in PASSING_STATUS:
            return response
        told = read_retry_after(response, time.time())
        if told is not None and told > self.longest_wait:
            return response
        return await self._again(request, f"HTTP {response.status}", told) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The request again after a wait, if the failure may pass."""
        if not isinstance(exception, PASSING_FAILURES):
            return None
        return await self._again(request, type(exception).__name__, None)

    async def _again(self, request: Request, reason: str, told: float | None) -> Request | None:
        tries = request.meta.get("retry_times", 0)
        if self.crawler.spider is None:
            return None
        again = get_retry_request(request, spider=self.crawler.spider, reason=reason)
        if again is not None:
            wait = min(self.first_wait * 2.0**tries, self.longest_wait)
            await asyncio.sleep(max(wait, told or 0.0))
        return again


class SameHostMiddleware:
    """Keeps redirects within the host that was asked: one that leads elsewhere is not followed, but named `moved`."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; RedirectMiddleware, which sees it next, leaves it alone if it leads to another host."""
        location = response.headers.get("Location")
        if 300 <= response.status < 400 and location:
            target = urlsplit(response.urljoin(location.decode("latin-1")))
            request.meta["dont_redirect"] = target.hostname != urlsplit(request.url).hostname
        return response


def read_retry_after(response: Response, now: float) -> float | None:
    """Seconds to wait as the Retry-After header says, in seconds or as a date; None if it does not."""
    printed = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if printed.isdigit():
        return float(printed)
    try:
        return max(parsedate_to_datetime(printed).timestamp() - now, 0.0)
    except ValueError:
        return None
