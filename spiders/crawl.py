"""One process, the named sources: `python -m llmpairs.spiders.crawl --sources a,b --as-of T --run-id ID --out DIR`.

Writes DIR/landing/<source>.jsonl.gz, DIR/captures/<source>.jsonl, DIR/health/<source>.json and, live,
DIR/archive/<source>.warc.gz, each whole or not at all; the health record comes last. A source that fails
says so in its health; the exit code tells only whether the process could do its work (0, else 1 or 2).
"""

import argparse
import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from llmpairs.spiders.archive import Archive, ArchiveError, Recorder, read_moment
from llmpairs.spiders.archive.write import read_earlier
from llmpairs.spiders.base import SourceSpider, find_spider
from llmpairs.spiders.crawling.job import Job
from llmpairs.spiders.crawling.results import land_job, write_health
from llmpairs.spiders.crawling.settings import live_settings, replay_settings, user_agent
from llmpairs.spiders.inputs import Inputs, InputsError, load_inputs
from llmpairs.spiders.registry import SOURCES


def main(arguments: list[str] | None = None) -> int:
    """Crawl as the command line says."""
    options = _read_options(arguments)
    end_at_once_on_signals()
    try:
        jobs = _plan_jobs(options)
        changes = dict(_read_setting(text) for text in options.set)
    except (ArchiveError, InputsError, ValueError, OSError) as error:
        print(f"llmpairs.spiders.crawl: {error}", file=sys.stderr)
        return 1
    run_jobs([(find_spider(job.source.id), job) for job in jobs], Path(options.out), changes)
    return 0


def run_jobs(
    crawls: list[tuple[type[SourceSpider], Job]], out: Path, changes: dict[str, Any] | None = None
) -> None:
    """Crawl all jobs in one process and write what became of each as soon as it is done.

    `changes` are Scrapy settings to use instead of ours. Only one call per process: the reactor runs once.
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
    settings = {**(replay_settings() if replay else live_settings()), **(changes or {})}
    process = AsyncCrawlerProcess(settings)
    for spider, job in ready:
        _start(process, spider, job, out)
    process.start(install_signal_handlers=False)
    unwritten = [job.source.id for _, job in ready if not job.landed]
    if unwritten:
        raise RuntimeError(f"nothing was written of {', '.join(unwritten)}; see the log above")


def _start(process: AsyncCrawlerProcess, spider: type[SourceSpider], job: Job, out: Path) -> None:
    started_at = datetime.now(UTC)
    if not job.archive:
        about = {"software": user_agent(), "source": job.source.id, "robots": "obeyed"}
        job.recorder = Recorder(
            job.archive_path(out), run_id=job.run_id, as_of=job.as_of, about=about, earlier=job.earlier
        )
    task = process.crawl(spider, job=job)
    task.add_done_callback(lambda done: _finish(done, job, out, started_at))


def _finish(done: asyncio.Task[None], job: Job, out: Path, started_at: datetime) -> None:
    error = done.exception()
    if error is not None:
        job.breakdown = f"the crawl broke off: {type(error).__name__}: {error}"
    land_job(job, out, started_at, datetime.now(UTC))


def _plan_jobs(options: argparse.Namespace) -> list[Job]:
    archive = Archive([Path(path) for path in options.archive]) if options.archive else None
    inputs = load_inputs(Path(options.inputs)) if options.inputs else Inputs()
    earlier = read_earlier(Path(options.previous)) if options.previous and not archive else {}
    usual = read_usual(Path(options.usual)) if options.usual else {}
    return [
        Job(
            source=SOURCES[source_id],
            run_id=options.run_id,
            as_of=options.as_of,
            archive=archive,
            inputs=inputs,
            earlier=earlier,
            usual=usual.get(source_id, ()),
            key=None if archive else os.environ.get(SOURCES[source_id].key_env or ""),
            show_progress=options.progress,
        )
        for source_id in options.sources
    ]


def read_usual(path: Path) -> dict[str, tuple[int, ...]]:
    """Items of each source's good nights; ValueError if the file holds anything else."""
    raw = json.loads(path.read_text("utf-8"))
    if not isinstance(raw, dict) or not all(_is_counts(counts) for counts in raw.values()):
        raise ValueError(f"{path}: expected an object of lists of counts")
    return {source_id: tuple(counts) for source_id, counts in raw.items()}


def _is_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(count) is int and count >= 0 for count in value)


def _read_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m llmpairs.spiders.crawl", description=__doc__)
    parser.add_argument("--sources", required=True, type=_read_sources, help="ids, separated by commas")
    parser.add_argument("--as-of", required=True, type=_read_as_of, help="the night's moment, ISO 8601")
    parser.add_argument("--run-id", required=True, help="the attempt's id")
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument(
        "--archive", action="append", default=[], help="WARC file or folder that answers instead"
    )
    parser.add_argument("--inputs", help="JSON file of the names that the first wave found")
    parser.add_argument(
        "--previous", help="JSON lines of earlier captures, whose bodies need not be sent or stored again"
    )
    parser.add_argument("--usual", help="JSON object: items of each source's good nights, the last one last")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a Scrapy setting")
    parser.add_argument("--progress", action="store_true", help="one JSON line per page on stderr")
    return parser.parse_args(arguments)


def _read_sources(text: str) -> list[str]:
    ids = [part.strip() for part in text.split(",") if part.strip()]
    for source_id in ids:
        if source_id not in SOURCES:
            close = get_close_matches(source_id, SOURCES, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise argparse.ArgumentTypeError(f"there is no source {source_id!r}{hint}")
    if not ids:
        raise argparse.ArgumentTypeError(f"name at least one of {', '.join(SOURCES)}")
    return list(dict.fromkeys(ids))


def _read_as_of(text: str) -> datetime:
    try:
        return read_moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _read_setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def end_at_once_on_signals() -> None:
    """Nothing under a final name is ever half-written, so there is nothing to wait for."""

    def end(number: int, _: FrameType | None) -> None:
        sys.stderr.write("llmpairs.spiders.crawl: interrupted\n")
        sys.stderr.flush()
        os._exit(128 + number)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)


if __name__ == "__main__":
    sys.exit(main())
