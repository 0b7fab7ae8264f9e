"""Downloader middlewares of a polite crawl: robots.txt, retries with backoff, no other and no private hosts."""

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

from llmpairs.spiders.crawling.job import JobComponent

TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})
TRANSIENT_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
HOME_PAGE = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-zA-Z]{2})?/?)?(?:home/?|index\.(?:html?|php))?")
"""Paths of home pages, also by language: "/", "/en", "/en-US/", "/home", "/index.html"."""


class PrivateHostError(IgnoreRequest):
    """A host with a private address; no source is there, so it is not requested."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt, one request per host at a time.

    Scrapy 2.19.0 lets all but the first of the requests that wait for a robots.txt pass unchecked: each takes the
    result off the Deferred that they share (seen with fourteen pages at once over the loopback).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.locks: dict[str, asyncio.Lock] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, fetched once."""
        async with self.locks.setdefault(urlsplit(request.url).netloc, asyncio.Lock()):
            return await super().robot_parser(request)


class BackoffMiddleware(JobComponent):
    """Retries after a transient failure, with exponential backoff or after the time that Retry-After states."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.first_delay = crawler.settings.getfloat("BACKOFF_FIRST_DELAY")
        self.max_delay = crawler.settings.getfloat("BACKOFF_MAX_DELAY")

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        """The retried request, or the response if a retry is pointless or its delay would be too long."""
        if response.status not in TRANSIENT_STATUS:
            return response
        retry_after = read_retry_after(response, time.time())
        if retry_after is not None and retry_after > self.max_delay:
            return response
        return await self._retry(request, f"HTTP {response.status}", retry_after) or response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The retried request, if the failure is transient."""
        if not isinstance(exception, TRANSIENT_ERRORS):
            return None
        return await self._retry(request, type(exception).__name__, None)

    async def _retry(self, request: Request, reason: str, retry_after: float | None) -> Request | None:
        tries = request.meta.get("retry_times", 0)
        if self.crawler.spider is None:
            return None
        retry = get_retry_request(request, spider=self.crawler.spider, reason=reason)
        if retry is not None:
            delay = min(self.first_delay * 2.0**tries, self.max_delay)
            await asyncio.sleep(max(delay, retry_after or 0.0))
        return retry


class SameHostMiddleware:
    """Follows a redirect only within the requested host; one to another host or to a home page is `moved`."""

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; RedirectMiddleware, which gets it next, does not follow it if `dont_redirect` is set."""
        if 300 <= response.status < 400 and "Location" in response.headers:
            requested, target = urlsplit(request.url), urlsplit(redirect_target(response))
            leads_home = is_home_page(target.path) and not is_home_page(requested.path)
            request.meta["dont_redirect"] = target.hostname != requested.hostname or leads_home
        return response


class PublicHostMiddleware(JobComponent):
    """Refuses hosts with a private address, except those in PRIVATE_HOSTS_ALLOWED.

    Next to the downloader, which connects to the address that is checked here: both take it from Scrapy's DNS
    cache. Behind a proxy the proxy resolves the address, and nothing is checked.
    """

    async def process_request(self, request: Request) -> None:
        """Raise PrivateHostError, or CannotResolveHostError if the host has no address."""
        host = urlsplit(request.url).hostname or ""
        if host in self.crawler.settings.getlist("PRIVATE_HOSTS_ALLOWED") or request.meta.get("proxy"):
            return
        from twisted.internet import reactor

        try:
            address: str = await maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[arg-type]
        except DNSLookupError as error:
            raise CannotResolveHostError(f"{host}: {error}") from None
        if is_private_address(address):
            raise PrivateHostError(f"{host} has the private address {address}, which is not requested")


def redirect_target(response: Response) -> str:
    """The address that a response redirects to."""
    return response.urljoin((response.headers.get("Location") or b"").decode("latin-1"))


def describe_redirect(response: Response) -> str:
    """The target of a redirect that was not followed, in one line."""
    target = urlsplit(redirect_target(response))
    if target.hostname != urlsplit(response.url).hostname:
        private = ", a private address" if is_private_address(target.hostname or "") else ""
        return f"HTTP {response.status} to {target.hostname}{private}"
    return f"HTTP {response.status} to the home page {target.path or '/'}"


def is_private_address(host: str) -> bool:
    """Whether a host is an IP address of a private network."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def is_home_page(path: str) -> bool:
    """Whether a path is that of a site's home page."""
    return HOME_PAGE.fullmatch(path) is not None


def read_retry_after(response: Response, now: float) -> float | None:
    """Seconds to wait by the Retry-After header, which holds seconds or a date; None without one."""
    printed = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if printed.isdigit():
        return float(printed)
    try:
        return max(parsedate_to_datetime(printed).timestamp() - now, 0.0)
    except ValueError:
        return None
