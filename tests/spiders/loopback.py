"""A source on the loopback interface: `python -m tests.spiders.loopback --port N --out DIR [--archive PATH]`."""

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

from llmpairs.spiders.archive import Archive, parse_timestamp
from llmpairs.spiders.archive.previous import load_previous_captures
from llmpairs.spiders.base import SourceSpider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.runner import exit_on_signals, run_jobs
from llmpairs.spiders.items import Item, ModelClaim
from llmpairs.spiders.json_entries import Entry, read_entries, read_list
from llmpairs.spiders.page import Finding, Page, Parsers
from llmpairs.spiders.registry.source import LIST, Source

PATHS = (
    "list", "plain", "chunked", "tagged", "dated", "flaky", "patient", "here", "mislabelled", "hidden", "elsewhere",
    "private", "homewards", "loop", "missing", "withdrawn", "denied", "forbidden", "limited", "broken", "html",
    "blank", "nothing", "recoded", "bug", "bomb", "half_packed", "cut", "half_chunked", "large", "endless", "drip",
    "stuck",
)  # fmt: skip
QUICK = {
    "HOST_DELAY_SECONDS": 0,
    "HOST_CONNECTIONS": 8,
    "HOST_BUDGET_SECONDS": 20,
    "HOST_MAX_FAILURES": 20,
    "BACKOFF_FIRST_DELAY": 0.01,
    "RETRY_TIMES": 1,
    "DOWNLOAD_MAXSIZE": 1_000_000,
    "DOWNLOAD_TIMEOUT": 1,
    "PRIVATE_HOSTS_ALLOWED": ["127.0.0.1"],
}
"""Waits of milliseconds, limits of seconds, and the private loopback address is allowed."""


def parse_names(page: Page) -> Iterator[Item | Finding]:
    """A model for each name."""
    if page.url.endswith("/bug"):
        raise ZeroDivisionError("a bug of ours")
    yield from read_entries(page, read_list(page, "data"), _read_name)


def _read_name(entry: Entry) -> Iterator[Item]:
    yield ModelClaim(provider_key="loopback", model_key=entry.required_text("id"), locator=entry.locator)


class LoopbackSpider(SourceSpider):
    """Asks for every path."""

    name = "loopback"
    parsers: ClassVar[Parsers] = dict.fromkeys(PATHS, parse_names)


def loopback_source(host: str, paths: Iterable[str] = PATHS) -> Source:
    """The server as a source with a page for each path."""
    return Source(
        id="loopback",
        title="Loopback",
        kind="catalogue",
        urls={path: f"{host}/{path}" for path in paths},
        homepage=host,
        lineage="loopback",
        terms="none",
        terms_url=host,
        redistributable=None,
        lateness=LIST,
        fewest_items=1,
        verified="documented",
        verified_note="a test",
    )


def main(arguments: list[str] | None = None) -> None:
    """Crawl it as a run would, with waits of milliseconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--archive", type=Path)
    parser.add_argument("--previous", type=Path)
    parser.add_argument("--paths", default=",".join(PATHS))
    parser.add_argument("--item-counts", default="[]", help="items of earlier runs, as JSON")
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args(arguments)
    exit_on_signals()
    job = CrawlJob(
        source=loopback_source(f"http://{options.host}:{options.port}", options.paths.split(",")),
        run_id="r1",
        as_of=parse_timestamp("2026-05-18T23:59:00Z"),
        archive=Archive([options.archive]) if options.archive else None,
        previous=load_previous_captures(options.previous) if options.previous else {},
        item_counts=tuple(json.loads(options.item_counts)),
        key="sk-very-secret",
        show_progress=True,
    )
    run_jobs([(LoopbackSpider, job)], options.out, QUICK)


if __name__ == "__main__":
    main()
