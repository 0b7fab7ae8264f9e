"""WARC archives: recording what is fetched, and answering requests from what was."""

from llmpairs.spiders.archive.listing import list_archive, verify_archive
from llmpairs.spiders.archive.store import Archive, archive_as_of, archive_digest
from llmpairs.spiders.archive.times import print_moment, read_moment
from llmpairs.spiders.archive.urls import canonical_url, redact_url
from llmpairs.spiders.archive.warc import ArchiveError, find_warcs
from llmpairs.spiders.archive.write import Recorder

__all__ = [
    "Archive",
    "ArchiveError",
    "Recorder",
    "archive_as_of",
    "archive_digest",
    "canonical_url",
    "find_warcs",
    "list_archive",
    "print_moment",
    "read_moment",
    "redact_url",
    "verify_archive",
]
