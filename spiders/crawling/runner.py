"""Run crawl jobs in one Scrapy process, each written to its output files as soon as it is done."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from llmpairs.spiders.archive import Recorder
from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.job_output import write_health, write_job_output
from llmpairs.spiders.crawling.settings import live_settings, replay_settings, user_agent


def run_jobs(
    crawls: list[tuple[type[SourceSpider], CrawlJob]], out: Path, overrides: dict[str, Any] | None = None
) -> None:
    """Crawl all jobs and write their output below `out`; RuntimeError if a job has no output at the end.

    `overrides` are Scrapy settings. Only one call per process: the reactor cannot be started again.
    """
    ready = []
    for spider, job in crawls:
        if job.archive or job.key or not job.source.key_env:
            ready.append((spider, job))
        else:
            write_health(job, out, configured=False)
    if not ready:
        return
    replay = all(job.archive for _, job in ready)
    settings = {**(replay_settings() if replay else live_settings()), **(overrides or {})}
    process = AsyncCrawlerProcess(settings)
    for spider, job in ready:
        start_crawl(process, spider, job, out)
    process.start(install_signal_handlers=False)
    unwritten = [job.source.id for _, job in ready if not job.is_written]
    if unwritten:
        raise RuntimeError(f"no output was written for {', '.join(unwritten)}; see the log above")


def start_crawl(process: AsyncCrawlerProcess, spider: type[SourceSpider], job: CrawlJob, out: Path) -> None:
    """Schedule a job in the process; its output is written when the crawl ends."""
    started_at = datetime.now(UTC)
    if not job.archive:
        about = {"software": user_agent(), "source": job.source.id, "robots": "obeyed"}
        target = out / "archive" / f"{job.source.id}.warc.gz"
        job.recorder = Recorder(target, run_id=job.run_id, as_of=job.as_of, about=about, previous=job.previous)
    task = process.crawl(spider, job=job)
    task.add_done_callback(lambda done: _finish(done, job, out, started_at))


def _finish(done: asyncio.Task[None], job: CrawlJob, out: Path, started_at: datetime) -> None:
    error = done.exception()
    if error is not None:
        job.crash = f"the crawl failed: {type(error).__name__}: {error}"
    write_job_output(job, out, started_at, datetime.now(UTC))


def exit_on_signals() -> None:
    """Exit at once on SIGINT and SIGTERM: no file with a final name is ever incomplete."""

    def end(number: int, _: FrameType | None) -> None:
        sys.stderr.write("llmpairs.spiders.crawling: interrupted\n")
        sys.stderr.flush()
        os._exit(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
