"""Manners of a crawl: waiting before another try, staying at the hosts that were declared, no private networks."""

import asyncio
import re
import time
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})
PASSING_FAILURES = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
HOME_PAGE = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-zA-Z]{2})?/?)?(?:home/?|index\.(?:html?|php))?")
"""Paths of home pages, also by language: "/", "/en", "/en-US/", "/home", "/index.html"."""


class PrivateHostError(IgnoreRequest):
    """A host that leads into a private network; no source is there, so nothing is asked."""


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
    """Follows a redirect within the host that was asked; one that leads elsewhere, or home, is named `moved`."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; RedirectMiddleware, which sees it next, leaves it alone if it is not to be followed."""
        if 300 <= response.status < 400 and "Location" in response.headers:
            asked, target = urlsplit(request.url), urlsplit(redirect_target(response))
            leads_home = is_home_page(target.path) and not is_home_page(asked.path)
            request.meta["dont_redirect"] = target.hostname != asked.hostname or leads_home
        return response


class PublicHostMiddleware:
    """Refuses to ask a host whose address is private; PRIVATE_HOSTS_ALLOWED names hosts that may be asked.

    Next to the downloader, which connects to the address that was looked at here: both take it from Scrapy's
    cache of addresses. Behind a proxy the address is the proxy's to find, and is not looked at.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.allowed = frozenset(crawler.settings.getlist("PRIVATE_HOSTS_ALLOWED"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "PublicHostMiddleware":
        """The middleware with the crawler's exceptions."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Nothing; PrivateHostError, or CannotResolveHostError if the host has no address."""
        host = urlsplit(request.url).hostname or ""
        if host in self.allowed or request.meta.get("proxy"):
            return
        from twisted.internet import reactor

        try:
            address: str = await maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[arg-type]
        except DNSLookupError as error:
            raise CannotResolveHostError(f"{host}: {error}") from None
        if is_private_address(address):
            raise PrivateHostError(f"{host} leads to the private address {address}, which is not asked")


def redirect_target(response: Response) -> str:
    """The address that a response redirects to."""
    return response.urljoin((response.headers.get("Location") or b"").decode("latin-1"))


def describe_redirect(response: Response) -> str:
    """Where a redirect leads that was not followed, in one line."""
    target = urlsplit(redirect_target(response))
    if target.hostname != urlsplit(response.url).hostname:
        private = ", a private address" if is_private_address(target.hostname or "") else ""
        return f"HTTP {response.status} to {target.hostname}{private}"
    return f"HTTP {response.status} to the home page {target.path or '/'}"


def is_private_address(host: str) -> bool:
    """Whether a host is written as an address of a private network."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def is_home_page(path: str) -> bool:
    """Whether a path is that of a site's home page."""
    return HOME_PAGE.fullmatch(path) is not None


def read_retry_after(response: Response, now: float) -> float | None:
    """Seconds to wait as the Retry-After header says, in seconds or as a date; None if it does not."""
    printed = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if printed.isdigit():
        return float(printed)
    try:
        return max(parsedate_to_datetime(printed).timestamp() - now, 0.0)
    except ValueError:
        return None
