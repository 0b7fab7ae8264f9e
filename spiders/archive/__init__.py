"""WARC archives: recording what is fetched, and answering requests from what was."""

from spiders.archive.inspect import list_archive, verify_archive
from spiders.archive.store import Archive, archive_as_of, archive_digest
from spiders.archive.times import print_moment, read_moment
from spiders.archive.urls import canonical_url, redact_url
from spiders.archive.warc import ArchiveError, find_warcs
from spiders.archive.write import Recorder

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
