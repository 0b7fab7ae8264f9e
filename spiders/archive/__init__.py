"""WARC archives: record what is fetched, and answer requests from what was recorded."""

from llmpairs.spiders.archive.listing import list_archive, verify_archive
from llmpairs.spiders.archive.reader import Archive, archive_as_of, archive_digest
from llmpairs.spiders.archive.recorder import Recorder
from llmpairs.spiders.archive.urls import canonical_url, redact_url
from llmpairs.spiders.archive.warc import ArchiveError, find_warcs, format_timestamp, parse_timestamp

__all__ = [
    "Archive",
    "ArchiveError",
    "Recorder",
    "archive_as_of",
    "archive_digest",
    "canonical_url",
    "find_warcs",
    "format_timestamp",
    "list_archive",
    "parse_timestamp",
    "redact_url",
    "verify_archive",
]
