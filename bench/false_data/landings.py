"""Landed claims of archives without a crawl: every page by its parser, and a source's health by its number of items."""

from dataclasses import dataclass
from pathlib import Path

from llmpairs.spiders.archive import format_timestamp
from llmpairs.spiders.archive.reader import RecordReference
from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.outcome import PageOutcome, PageRequest, parse_page
from llmpairs.spiders.crawling.pipelines import reject_invalid_items, serialise_items
from llmpairs.spiders.devtools.parse_archive import list_captures
from llmpairs.spiders.devtools.reparse import CaptureReference, capture_metadata, decode_content
from llmpairs.spiders.registry import SOURCES

Lines = dict[str, list[bytes]]
"""Landed lines by source."""


@dataclass(frozen=True)
class Week:
    """The landed lines of one recorded run."""

    day: str
    lines: Lines


def land_archive(path: Path) -> Week:
    """The landed lines of every listed page of an archive; an archive's name is its day."""
    newest: dict[tuple[str, str], PageOutcome] = {}
    for archive, capture in list_captures([path]):
        response = archive.read(capture, late=False)
        body = decode_content(capture.url, response.headers, response.body)
        for source in SOURCES.values():
            if source.find_page(capture.url):
                reference = CaptureReference(
                    capture_id="",
                    source_id=source.id,
                    url=capture.url,
                    captured_at=format_timestamp(capture.captured_at),
                    late=False,
                    payload_sha256="",
                    reference=RecordReference(
                        path=capture.path, offset=capture.position.offset, record_id=capture.record_id
                    ),
                )
                request = PageRequest(number=0, page="", url=capture.url)
                parser = find_parser(source.id, capture.url)
                outcome = parse_page(request, capture_metadata(reference), body, parser)
                newest[source.id, capture.url] = reject_invalid_items(outcome)
    lines: Lines = {}
    for (source_id, _), outcome in sorted(newest.items()):
        lines.setdefault(source_id, []).extend(serialise_items(outcome, source_id))
    return Week(path.name.split(".")[0], {name: found for name, found in lines.items() if found})
