"""One host as all crawls of this process see it: its connections, its robots.txt, and the time that it may cost.

A host may cost a run `budget_seconds` beyond the time of an ordinary answer: failed attempts, waits before a retry,
slow answers and its Crawl-delay count. Then, or after `max_failures` failed attempts in a row, it is skipped: every
further request ends at once with the cause of the first failure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego
from scrapy.settings import BaseSettings

from llmpairs.spiders.crawling.causes import Cause, HostUnavailableError, PageError

LEAST_TIMEOUT_SECONDS = 1.0

ReadRules = Callable[[], Awaitable[Protego]]


@dataclass(frozen=True, kw_only=True)
class HostLimits:
    """Limits of a live crawl for each host, over all sources."""

    connections: int
    delay_seconds: float
    """Least time from the start of a connection's request to the start of its next one."""
    timeout_seconds: float
    budget_seconds: float
    max_failures: int
    ordinary_seconds: float
    """Time of an answer that costs the host nothing of its budget."""
    retry_share: float
    """Share of the budget that waits before retries may use up."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> "HostLimits":
        """The limits that the Scrapy settings state."""
        return cls(
            connections=settings.getint("HOST_CONNECTIONS"),
            delay_seconds=settings.getfloat("HOST_DELAY_SECONDS"),
            timeout_seconds=settings.getfloat("DOWNLOAD_TIMEOUT"),
            budget_seconds=settings.getfloat("HOST_BUDGET_SECONDS"),
            max_failures=settings.getint("HOST_MAX_FAILURES"),
            ordinary_seconds=settings.getfloat("HOST_ORDINARY_SECONDS"),
            retry_share=settings.getfloat("HOST_RETRY_SHARE"),
        )


@dataclass(eq=False)
class Host:
    """The state of one host in this process."""

    name: str
    limits: HostLimits
    lost_seconds: float = 0.0
    """Time that its failures, waits and slow answers have cost."""
    failures: int = 0
    """Failed attempts since the last answer."""
    first_failure: tuple[Cause, str] | None = None
    """Cause and detail of the first failed attempt since the last answer."""
    skipped: tuple[Cause, str] | None = None
    """Cause and detail with which every further request ends."""
    rules: Protego | PageError | None = None
    """Its robots.txt, or why none of its pages may be requested; None before it was read."""
    delay_seconds: float = field(init=False)
    not_before: float = 0.0
    connections: asyncio.Semaphore = field(init=False)
    rules_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.delay_seconds = self.limits.delay_seconds
        self.connections = asyncio.Semaphore(self.limits.connections)

    @property
    def left_seconds(self) -> float:
        """What is left of the budget."""
        return max(self.limits.budget_seconds - self.lost_seconds, 0.0)

    @property
    def timeout_seconds(self) -> float:
        """How long the next request may take."""
        return min(self.limits.timeout_seconds, max(self.left_seconds, LEAST_TIMEOUT_SECONDS))

    async def connect(self) -> "Connection":
        """A free connection, after its pause; HostUnavailableError where the host is skipped."""
        connections = self.connections
        self._require_available()
        await connections.acquire()
        with ExitStack() as given_back:
            given_back.callback(connections.release)
            self._require_available()
            while (wait := self.not_before - time.monotonic()) > 0:
                await asyncio.sleep(wait)
                self._require_available()
            given_back.pop_all()
        return Connection(self, connections)

    def record_answer(self, seconds: float) -> None:
        """Count an answer: the host works, though perhaps slowly."""
        self.failures, self.first_failure = 0, None
        self._spend(seconds - self.limits.ordinary_seconds, "timed_out", "its answers are slow")

    def record_failure(self, seconds: float, cause: Cause, detail: str) -> None:
        """Count a failed attempt."""
        self.first_failure = self.first_failure or (cause, detail)
        self.failures += 1
        self._spend(seconds, *self.first_failure)
        if self.failures >= self.limits.max_failures:
            self._skip_rest(*self.first_failure)

    def wait_before_retry(self, seconds: float) -> bool:
        """Keep all requests from the host for some seconds; False where the budget has no room for the wait."""
        if self.skipped or self.lost_seconds + seconds > self.limits.retry_share * self.limits.budget_seconds:
            return False
        until = time.monotonic() + seconds
        self.lost_seconds += max(until - max(self.not_before, time.monotonic()), 0.0)
        self.not_before = max(self.not_before, until)
        return True

    async def read_rules(self, read: ReadRules, user_agent: str) -> Protego:
        """Its robots.txt, read once; the PageError of the first try where it cannot be read."""
        async with self.rules_lock:
            if self.rules is None:
                try:
                    self.rules = await read()
                    self._apply_crawl_delay(self.rules.crawl_delay(user_agent))
                except PageError as error:
                    self.rules = error
        if isinstance(self.rules, PageError):
            raise self.rules
        return self.rules

    def spend_pause(self) -> None:
        """Count the part of a connection's pause that the host's Crawl-delay adds to the ordinary one."""
        extra = self.delay_seconds - self.limits.delay_seconds
        self._spend(extra, "timed_out", f"its robots.txt asks for {self.delay_seconds:g} s between two requests")

    def _apply_crawl_delay(self, seconds: float | None) -> None:
        if seconds and seconds > self.delay_seconds:
            self.delay_seconds = seconds
            self.connections = asyncio.Semaphore(1)

    def _spend(self, seconds: float, cause: Cause, detail: str) -> None:
        if seconds > 0:
            self.lost_seconds += seconds
            if self.lost_seconds >= self.limits.budget_seconds:
                self._skip_rest(
                    cause, f"{detail}, and the {self.limits.budget_seconds:g} s that it may cost are used up"
                )

    def _skip_rest(self, cause: Cause, detail: str) -> None:
        self.skipped = self.skipped or (cause, f"{self.name} is skipped: {detail}")

    def _require_available(self) -> None:
        if self.skipped:
            raise HostUnavailableError(*self.skipped)


@dataclass(eq=False)
class Connection:
    """One of a host's connections, in use for one request."""

    host: Host
    slots: asyncio.Semaphore
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since the request began."""
        return time.monotonic() - self.started

    def close(self) -> None:
        """Free the connection after the pause that the host is owed; at once where the host is skipped."""
        self.host.spend_pause()
        pause = 0.0 if self.host.skipped else max(self.host.delay_seconds - self.seconds, 0.0)
        asyncio.get_running_loop().call_later(pause, self.slots.release)


_HOSTS: dict[str, Host] = {}


def find_host(url: str, limits: HostLimits) -> Host:
    """The host of an address; all crawls of this process share it."""
    name = urlsplit(url).netloc.rpartition("@")[2].lower()
    return _HOSTS.setdefault(name, Host(name, limits))
