"""What earlier crawls tell the next one, from frames of the log: usual item counts, and captures to revalidate."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypedDict

from pandas import DataFrame

from llmpairs.warehouse.manifest import parse_run_time

GOOD_STATES = ("ok", "partial")
RUNS_COMPARED = 7


class ItemCounts(TypedDict):
    """Items of the last seven good runs of a source, the newest last."""

    recent: list[int]
    """Of runs whose values have not expired."""
    expired: list[int]
    """Of runs before those."""


def count_recent_items(
    sources: DataFrame, as_of: datetime, expires_after: Mapping[str, timedelta]
) -> dict[str, ItemCounts]:
    """Item counts by source of the good runs before `as_of`, from rows of SOURCES.

    When its last good values have expired, a source that has shrunk for good is accepted with fewer items. A source
    that is not in `expires_after` is left out, and so is a run that left out pages.
    """
    rows = sources.assign(moment=[parse_run_time(run_id) for run_id in sources["run_id"]])
    rows = rows[
        rows["state"].isin(GOOD_STATES)
        & (rows["moment"] < as_of)
        & rows["source_id"].isin(list(expires_after))
        & ~(rows["pages_not_due"] > 0)
    ]
    rows = rows.drop_duplicates(["source_id", "moment"], keep="last").sort_values("moment", kind="stable")
    counts: dict[str, ItemCounts] = {}
    for source_id, runs in rows.groupby("source_id"):
        is_recent = runs["moment"] >= as_of - expires_after[str(source_id)]
        recent, expired = (part["items"].tail(RUNS_COMPARED) for part in (runs[is_recent], runs[~is_recent]))
        counts[str(source_id)] = ItemCounts(recent=[*map(int, recent)], expired=[*map(int, expired)])
    return counts


def find_newest_captures(captures: DataFrame) -> DataFrame:
    """The newest good capture of each URL with the record that stores its body, from rows of CAPTURES.

    An unchanged body is stored once: by the first capture of the URL with that digest. Columns: url, payload_digest,
    etag, last_modified, captured_at, archive_path, warc_offset.
    """
    good = captures[captures["status"] == 200].sort_values(["captured_at", "capture_id"])
    newest = good.drop_duplicates("url", keep="last")[["url", "payload_digest", "etag", "last_modified"]]
    stored = good.drop_duplicates(["url", "payload_digest"])
    records = stored[["url", "payload_digest", "captured_at", "archive_path", "warc_offset"]]
    rows: DataFrame = newest.merge(records, on=["url", "payload_digest"])
    return rows
