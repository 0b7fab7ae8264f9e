"""Crawl processes: started together, with a time limit and one retry for each source."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from llmpairs.flows.nightly.crawl_baseline import ITEM_COUNTS, PREVIOUS, VISITED
from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.flows.runtime.process_tree import PYTHON_MODULE
from llmpairs.progress import Progress
from llmpairs.spiders.registry import SOURCES

SLOW_FIRST = (
    "models_dev", "openrouter", "litellm", "zenmux", "huggingface_router", "livebench", "lmarena",
    "openrouter_endpoints", "huggingface_cards",
)  # fmt: skip
"""Sources with the most to parse; assigned first, so that they run in different processes."""
PROCESSES = min(max(2, os.cpu_count() or 1), 6)
"""For each wave: a process costs more than a second of a core before its first page."""
LIMIT_SECONDS = {"live": 900.0, "replay": 900.0}
"""For a crawl process as a whole; the limits of a host end a live crawl long before."""
POLL_SECONDS = 0.2
MAX_NAMED = 4
"""Sources that a terminal names at once."""


class CrawlError(RuntimeError):
    """A crawl process failed or exceeded its time limit."""


def do_nothing() -> None:
    """What a wait does besides waiting."""


@dataclass
class Crawl:
    """One crawl process and its sources."""

    plan: RunPlan
    sources: tuple[str, ...]
    inputs: Path | None
    log: Path
    process: subprocess.Popen[bytes]
    deadline: float

    def wait(self, show: Callable[[], None] = do_nothing) -> None:
        """Wait for the process; CrawlError when it fails or takes too long, with the last line of its log.

        `show` is called while it works.
        """
        while (code := self.process.poll()) is None:
            if time.monotonic() > self.deadline:
                self.stop()
                raise CrawlError(f"crawl of {', '.join(self.sources)} took too long and was ended")
            show()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=POLL_SECONDS)
        show()
        if code != 0:
            tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise CrawlError(f"crawl of {', '.join(self.sources)} ended with {code}: {''.join(tail) or 'no message'}")

    def stop(self) -> None:
        """End the process: SIGTERM, then SIGKILL after 5 s."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def unfinished(self) -> list[str]:
        """Sources without a health record, which is the last file that the crawl of a source writes."""
        return [name for name in self.sources if not (self.plan.work / "health" / f"{name}.json").exists()]


def start_wave(plan: RunPlan, wave: int) -> list[Crawl]:
    """Start the processes of a wave whose pages need no names; they write below the run's work folder."""
    return [start_crawl(plan, group, None) for group in group_sources(plan, wave)]


def group_sources(plan: RunPlan, wave: int, processes: int = PROCESSES) -> list[tuple[str, ...]]:
    """The sources of a wave in groups, one for each process.

    Items of a source are written as soon as it is done, so a process that dies loses only its unfinished sources.
    Sources that share a host are in one process, which keeps the limits of the host for all of them.
    """
    sources_of_wave = [name for name in plan.sources if SOURCES[name].wave == wave]
    order = [name for name in SLOW_FIRST if name in sources_of_wave]
    order += [name for name in sources_of_wave if name not in SLOW_FIRST]
    groups: list[list[str]] = [[] for _ in range(min(processes, len(order)))]
    for together in group_by_host(order):
        min(groups, key=len).extend(together)
    return [tuple(group) for group in groups if group]


def group_by_host(order: list[str]) -> list[list[str]]:
    """Sources that share a host, directly or through a third one, together; in the given order."""
    groups: list[tuple[set[str], list[str]]] = []
    for name in order:
        hosts = {urlsplit(url).netloc for url in SOURCES[name].urls.values()}
        sharing = [group for group in groups if group[0] & hosts]
        merged = (hosts.union(*(group[0] for group in sharing)), [*(n for g in sharing for n in g[1]), name])
        at = groups.index(sharing[0]) if sharing else len(groups)
        groups = [group for group in groups if group not in sharing]
        groups.insert(at, merged)
    return [names for _, names in groups]


def start_crawl(plan: RunPlan, sources: tuple[str, ...], inputs: Path | None, deadline: float | None = None) -> Crawl:
    """Start one process in a session of its own: Ctrl-C reaches only this process, which then ends it."""
    command = [
        *PYTHON_MODULE, "llmpairs.spiders.crawling", "--sources", ",".join(sources), "--as-of", plan.as_of,
        "--run-id", plan.run_id, "--out", str(plan.work),
    ]  # fmt: skip
    for archive in plan.archives:
        command += ["--archive", archive]
    if inputs is not None:
        command += ["--inputs", str(inputs)]
    for option, name in (("--previous", PREVIOUS), ("--visited", VISITED), ("--item-counts", ITEM_COUNTS)):
        if (plan.work / name).exists():
            command += [option, str(plan.work / name)]
    log = plan.work / f"crawl-{sources[0]}.log"
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, start_new_session=True
        )
    until = time.monotonic() + LIMIT_SECONDS[plan.mode] if deadline is None else deadline
    return Crawl(plan, sources, inputs, log, process, until)


@dataclass
class CrawlProgress:
    """Shows each source of a wave as soon as its health record is there."""

    crawls: list[Crawl]
    progress: Progress
    shown: set[str] = field(default_factory=set)

    def show(self) -> None:
        """One line for each source that is newly done, and the sources at work on a terminal.

        A replay names only the sources that failed in what its archives hold.
        """
        waiting: list[str] = []
        for crawl in self.crawls:
            unfinished = crawl.unfinished()
            waiting += unfinished
            for name in [name for name in crawl.sources if name not in self.shown and name not in unfinished]:
                self.shown.add(name)
                self._show_source(crawl.plan, name)
        more = f" and {len(waiting) - MAX_NAMED} others" if len(waiting) > MAX_NAMED else ""
        self.progress.update(f"crawl: waiting for {', '.join(waiting[:MAX_NAMED])}{more}")

    def _show_source(self, plan: RunPlan, name: str) -> None:
        health = json.loads((plan.work / "health" / f"{name}.json").read_text(encoding="utf-8"))
        is_expected = plan.mode != "live" and health["cause"] in ("ok", "not_archived")
        if is_expected or health["state"] == "not_configured":
            return
        state, cause = health["state"], health["cause"]
        reason = f" ({cause}: {health['detail']})" if cause not in ("ok", state) else ""
        text = f"{name}: {state}, {health['items']:,} items{reason}"
        self.progress.print_line(text, source_id=name, state=state, cause=cause, items=health["items"])


def wait_for_crawls(
    crawls: list[Crawl], progress: Progress | None = None, step: Callable[[], None] = do_nothing
) -> dict[str, str]:
    """Wait for all, calling `step` meanwhile; returns the reason by source for those that failed.

    The unfinished sources of a failed process are crawled once more, each alone, so that a source that crashes its
    process affects no other.
    """
    crawl_failures: dict[str, str] = {}
    shown = CrawlProgress(crawls, progress or Progress(console=Console(quiet=True)))

    def show() -> None:
        shown.show()
        step()

    for crawl in crawls:
        try:
            crawl.wait(show)
        except CrawlError:
            until = time.monotonic() + LIMIT_SECONDS["replay"]
            for name in crawl.unfinished():
                try:
                    start_crawl(crawl.plan, (name,), crawl.inputs, until).wait()
                except CrawlError as error:
                    crawl_failures[name] = str(error)
    return crawl_failures
