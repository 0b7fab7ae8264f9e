"""Crawl sources: `python -m llmpairs.spiders.crawling --sources a,b --as-of T --run-id ID --out DIR`.

Writes DIR/landing/<source>.jsonl.gz, DIR/captures/<source>.jsonl, DIR/health/<source>.json and, for a live crawl,
DIR/archive/<source>.warc.gz. Each file appears only when complete; the health record comes last. A failed source
is reported in its health record; the exit code states only whether the process could run (0, else 1 or 2).
"""

import argparse
import json
import os
import sys
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypedDict

from llmpairs.spiders.archive import Archive, ArchiveError, parse_timestamp
from llmpairs.spiders.archive.previous import load_previous_captures
from llmpairs.spiders.base import find_spider
from llmpairs.spiders.crawling.job import CrawlJob
from llmpairs.spiders.crawling.runner import exit_on_signals, run_jobs
from llmpairs.spiders.inputs import Inputs, InputsError, load_inputs
from llmpairs.spiders.registry import SOURCES


def main(arguments: list[str] | None = None) -> int:
    """Crawl the sources that the command line names; returns the exit code."""
    options = _parse_options(arguments)
    exit_on_signals()
    try:
        jobs = _plan_jobs(options)
        overrides = dict(_parse_setting(text) for text in options.set)
    except (ArchiveError, InputsError, ValueError, OSError) as error:
        print(f"llmpairs.spiders.crawling: {error}", file=sys.stderr)
        return 1
    run_jobs([(find_spider(job.source.id), job) for job in jobs], Path(options.out), overrides)
    return 0


def _plan_jobs(options: argparse.Namespace) -> list[CrawlJob]:
    archive = Archive([Path(path) for path in options.archive]) if options.archive else None
    inputs = load_inputs(Path(options.inputs)) if options.inputs else Inputs()
    previous = load_previous_captures(Path(options.previous)) if options.previous and not archive else {}
    visited: dict[str, str] = json.loads(Path(options.visited).read_text("utf-8")) if options.visited else {}
    item_counts = _load_item_counts(Path(options.item_counts)) if options.item_counts else {}
    return [
        CrawlJob(
            source=SOURCES[source_id],
            run_id=options.run_id,
            as_of=options.as_of,
            archive=archive,
            inputs=inputs,
            previous=previous,
            visited=visited,
            item_counts=item_counts.get(source_id, _NO_COUNTS)["recent"],
            expired_counts=item_counts.get(source_id, _NO_COUNTS)["expired"],
            key=None if archive else os.environ.get(SOURCES[source_id].key_env or ""),
            show_progress=options.progress,
        )
        for source_id in options.sources
    ]


class _ItemCounts(TypedDict):
    """Items of a source's earlier successful runs, the latest last."""

    recent: tuple[int, ...]
    expired: tuple[int, ...]


_NO_COUNTS = _ItemCounts(recent=(), expired=())


def _load_item_counts(path: Path) -> dict[str, _ItemCounts]:
    """Items of earlier successful runs by source; ValueError if the file holds anything else."""
    raw = json.loads(path.read_text("utf-8"))
    if not isinstance(raw, dict) or not all(
        isinstance(counts, dict) and counts.keys() == _NO_COUNTS.keys() and all(map(_is_counts, counts.values()))
        for counts in raw.values()
    ):
        raise ValueError(f"{path}: expected by source an object of recent and expired lists of counts")
    return {
        source_id: _ItemCounts(recent=tuple(counts["recent"]), expired=tuple(counts["expired"]))
        for source_id, counts in raw.items()
    }


def _is_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(count) is int and count >= 0 for count in value)


def _parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m llmpairs.spiders.crawling", description=__doc__)
    parser.add_argument("--sources", required=True, type=_parse_sources, help="source ids, separated by commas")
    parser.add_argument("--as-of", required=True, type=_parse_as_of, help="as-of time of the run, ISO 8601")
    parser.add_argument("--run-id", required=True, help="id of the run")
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument(
        "--archive", action="append", default=[], help="WARC file or folder that answers instead of the network"
    )
    parser.add_argument("--inputs", help="JSON file of the models and repositories that the first wave named")
    parser.add_argument(
        "--previous", help="JSON lines of previous captures, for conditional requests and to store no body twice"
    )
    parser.add_argument(
        "--item-counts",
        help="JSON object: recent and expired item counts of each source's successful runs, the latest last",
    )
    parser.add_argument("--visited", help="JSON object: when each page was last answered, by address")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a Scrapy setting")
    parser.add_argument("--progress", action="store_true", help="one JSON line per page on stderr")
    return parser.parse_args(arguments)


def _parse_sources(text: str) -> list[str]:
    ids = [part.strip() for part in text.split(",") if part.strip()]
    for source_id in ids:
        if source_id not in SOURCES:
            close = get_close_matches(source_id, SOURCES, n=3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise argparse.ArgumentTypeError(f"there is no source {source_id!r}{hint}")
    if not ids:
        raise argparse.ArgumentTypeError(f"name at least one of {', '.join(SOURCES)}")
    return list(dict.fromkeys(ids))


def _parse_as_of(text: str) -> datetime:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parse_setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: expected NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


if __name__ == "__main__":
    sys.exit(main())
