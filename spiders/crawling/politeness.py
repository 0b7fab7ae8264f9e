"""Downloader middlewares of a polite crawl: robots.txt, limits per host, retries, no other and no private hosts."""

import asyncio
import re
import time
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from protego import Protego
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import get_retry_request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import DNSLookupError

from llmpairs.spiders.archive.urls import DEFAULT_PORTS
from llmpairs.spiders.crawling.causes import HostUnavailableError, PrivateHostError, RobotsDisallowedError
from llmpairs.spiders.crawling.failures import classify_exception, classify_status
from llmpairs.spiders.crawling.hosts import Connection, Host, HostLimits, find_host
from llmpairs.spiders.crawling.job import JobComponent

TRANSIENT_STATUS = frozenset({408, 429, 500, 502, 503, 504, 520, 522, 524})
HOST_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    TunnelError,
)
"""Failures of a host, which may be transient."""
DOWNLOAD_ERRORS = (*HOST_ERRORS, DownloadCancelledError, IgnoreRequest)
ROBOTS_PRIORITY = 1000
MAX_ROBOTS_BYTES = 512 * 1024
"""RFC 9309 asks a crawler to read at least 500 KiB."""
HOME_PAGE = re.compile(r"/?(?:[a-z]{2}(?:[-_][a-zA-Z]{2})?/?)?(?:home/?|index\.(?:html?|php))?")
"""Paths of home pages, also by language: "/", "/en", "/en-US/", "/home", "/index.html"."""


class HostComponent(JobComponent):
    """A component that knows the host of a request; all crawls of the process share it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.limits = HostLimits.from_settings(crawler.settings)

    def find_host(self, request: Request) -> Host:
        """The host of a request."""
        return find_host(request.url, self.limits)


class RobotsMiddleware(HostComponent):
    """Obeys robots.txt by RFC 9309: absent means all is allowed; an error of the server, that nothing is."""

    async def process_request(self, request: Request) -> None:
        """RobotsDisallowedError or HostUnavailableError where the page may not be requested."""
        if request.meta.get("is_robots"):
            return
        user_agent: str = self.crawler.settings["USER_AGENT"]
        rules = await self.find_host(request).read_rules(lambda: self._fetch_rules(request), user_agent)
        if not rules.can_fetch(request.url, user_agent):
            raise RobotsDisallowedError("robots.txt forbids the page: ask the owner, or leave the source out")

    async def _fetch_rules(self, request: Request) -> Protego:
        parts = urlsplit(request.url)
        robots = Request(
            f"{parts.scheme}://{parts.netloc}/robots.txt",
            callback=NO_CALLBACK,
            meta={"is_robots": True},
            priority=ROBOTS_PRIORITY,
        )
        engine = self.crawler.engine
        if engine is None:
            raise RuntimeError("a request was made before the crawl was started")
        try:
            response = await engine.download_async(robots)
        except DOWNLOAD_ERRORS as error:
            cause, detail = classify_exception(error)
            raise HostUnavailableError(cause, f"{parts.netloc}: {detail} (asked for robots.txt)") from None
        if response.status >= 500 or response.status == 429:
            detail = f"HTTP {response.status} for robots.txt: no page of the host may be requested (RFC 9309)"
            raise HostUnavailableError("rate_limited" if response.status == 429 else "blocked", detail)
        text = response.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace") if response.status == 200 else ""
        return Protego.parse(text)


class HostMiddleware(HostComponent):
    """Keeps the limits of a host: its connections, their pauses, and the time that it may cost."""

    async def process_request(self, request: Request) -> None:
        """Wait for a connection; HostUnavailableError where the host is skipped."""
        connection = await self.find_host(request).connect()
        request.meta["connection"] = connection
        request.meta["download_timeout"] = connection.host.timeout_seconds

    def process_response(self, request: Request, response: Response) -> Response:
        """Count the answer; a transient status counts as a failure."""
        connection: Connection | None = request.meta.pop("connection", None)
        if connection is not None:
            if response.status in TRANSIENT_STATUS:
                key_env = self.job.source.key_env if self.job.key else None
                connection.host.record_failure(connection.seconds, *classify_status(response, key_env=key_env))
            else:
                connection.host.record_answer(connection.seconds)
            connection.close()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Count the failure."""
        connection: Connection | None = request.meta.pop("connection", None)
        if connection is not None:
            if isinstance(exception, HOST_ERRORS):
                connection.host.record_failure(connection.seconds, *classify_exception(exception))
            else:
                connection.host.record_answer(connection.seconds)
            connection.close()


class BackoffMiddleware(HostComponent):
    """Retries after a transient failure, with exponential backoff or after the time that Retry-After states."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.max_retries = crawler.settings.getint("RETRY_TIMES")
        self.first_delay = crawler.settings.getfloat("BACKOFF_FIRST_DELAY")
        self.max_delay = crawler.settings.getfloat("BACKOFF_MAX_DELAY")

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The retried request, or the response if a retry is pointless or the host's budget has no room for it."""
        if response.status not in TRANSIENT_STATUS:
            return response
        retry_after = read_retry_after(response, time.time())
        return self._retry(request, f"HTTP {response.status}", retry_after) or response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """The retried request, if the failure is transient."""
        if not isinstance(exception, HOST_ERRORS) or classify_exception(exception)[0] == "bad_certificate":
            return None
        return self._retry(request, type(exception).__name__, None)

    def _retry(self, request: Request, reason: str, retry_after: float | None) -> Request | None:
        tries = request.meta.get("retry_times", 0)
        if self.crawler.spider is None or tries >= self.max_retries:
            return None
        delay = max(min(self.first_delay * 2.0**tries, self.max_delay), retry_after or 0.0)
        if not self.find_host(request).wait_before_retry(delay):
            return None
        return get_retry_request(request, spider=self.crawler.spider, reason=reason)


class SameOriginMiddleware:
    """Follows a redirect only within scheme, host and port; one elsewhere or to a home page is `moved`.

    A key therefore never leaves the origin that it belongs to, and never travels without TLS.
    """

    def process_response(self, request: Request, response: Response) -> Response:
        """The response; RedirectMiddleware, which gets it next, does not follow it if `dont_redirect` is set."""
        if 300 <= response.status < 400 and "Location" in response.headers:
            requested, target = urlsplit(request.url), urlsplit(redirect_target(response))
            leads_home = is_home_page(target.path) and not is_home_page(requested.path)
            request.meta["dont_redirect"] = read_origin(target) != read_origin(requested) or leads_home
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
            resolving = maybe_deferred_to_future(reactor.resolve(host))  # type: ignore[arg-type]
            address: str = await asyncio.wait_for(resolving, request.meta["download_timeout"])
        except (DNSLookupError, TimeoutError) as error:
            raise CannotResolveHostError(f"{host}: {error}") from None
        if is_private_address(address):
            raise PrivateHostError(f"{host} has the private address {address}, which is not requested")


def redirect_target(response: Response) -> str:
    """The address that a response redirects to."""
    return response.urljoin((response.headers.get("Location") or b"").decode("latin-1"))


def describe_redirect(response: Response) -> str:
    """The target of a redirect that was not followed, and what to do, in one line."""
    asked, target = urlsplit(response.url), urlsplit(redirect_target(response))
    advice = "if the page has moved there, change its address in the registry"
    if target.hostname != asked.hostname:
        private = ", a private address" if is_private_address(target.hostname or "") else ""
        return f"HTTP {response.status} to {target.hostname}{private}; {advice}"
    if read_origin(target) != read_origin(asked):
        return f"HTTP {response.status} to {target.scheme}, port {read_origin(target)[2]}, of the same host; {advice}"
    return f"HTTP {response.status} to the home page {target.path or '/'}: the page is gone; look for its new address"


def read_origin(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address."""
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme)


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
