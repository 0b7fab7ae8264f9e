"""Real spiders against a server that fails them: `python -m tests.runs.failing_crawls --out DIR zenmux:denied ...`.

Writes what each crawl leaves behind to DIR/<source>/<way>/. All run in one process, beside each other.
"""

import argparse
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess

from llmpairs.spiders.archive import parse_timestamp
from llmpairs.spiders.base import SourceSpider, find_spider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.job_output import write_health
from llmpairs.spiders.crawling.runner import start_crawl
from llmpairs.spiders.crawling.settings import live_settings
from llmpairs.spiders.registry import SOURCES
from llmpairs.spiders.samples import frozen_inputs
from tests.spiders.loopback import QUICK
from tests.spiders.server import serve

TIMEOUTS = ("drip", "stuck")
UNSET = "LLMPAIRS_NO_SUCH_KEY"
ONE_HOST = {"HOST_MAX_FAILURES": 10_000, "HOST_BUDGET_SECONDS": 10_000}
"""Many sources are one host here: it is not given up for what others of them met."""


def plan(host: str, source_id: str, way: str, as_of: datetime) -> CrawlJob:
    """The crawl of a source all of whose pages fail in one way."""
    source = SOURCES[source_id]
    urls = {page: f"{host}/{way}?page={page}" for page in source.urls}
    key_env = UNSET if way == "keyless" else source.key_env
    key = "sk-secret" if key_env not in (None, UNSET) else None
    moved = replace(source, urls=urls, key_env=key_env)
    return CrawlJob(source=moved, run_id="broken", as_of=as_of, inputs=frozen_inputs(), key=key)


def find_quick_spider(source_id: str, way: str) -> type[SourceSpider]:
    """The source's spider; a host has the time limit of its first one: long, unless its cases are timeouts."""
    seconds = 1 if way in TIMEOUTS else 60
    spider = find_spider(source_id)
    return type(spider.__name__, (spider,), {"custom_settings": {"DOWNLOAD_TIMEOUT": seconds}})


def main() -> None:
    """Crawl every case that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", type=parse_timestamp, required=True)
    parser.add_argument("cases", nargs="+")
    options = parser.parse_args()
    with serve() as server, serve() as slow_server:
        process = AsyncCrawlerProcess({**live_settings(), **QUICK, **ONE_HOST})
        for source_id, way in (case.split(":") for case in options.cases):
            port = (slow_server if way in TIMEOUTS else server).server_port
            job = plan(f"http://127.0.0.1:{port}", source_id, way, options.as_of)
            out = options.out / source_id / way
            if job.source.key_env == UNSET:
                write_health(job, out, configured=False)
            else:
                start_crawl(process, find_quick_spider(source_id, way), job, out)
        process.start(install_signal_handlers=False)


if __name__ == "__main__":
    main()
