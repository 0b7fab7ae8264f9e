"""What earlier crawls tell the next one, from frames of the log: usual item counts, and captures to revalidate."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pandas import DataFrame

from llmpairs.warehouse.manifest import parse_run_time

GOOD_STATES = ("ok", "partial")
RUNS_COMPARED = 7


def count_recent_items(
    sources: DataFrame, as_of: datetime, expires_after: Mapping[str, timedelta]
) -> dict[str, list[int]]:
    """Items of the last seven good runs before `as_of` by source, the newest last, from rows of SOURCES.

    Only runs within the source's expiry count: when its last good values have expired, a source that has shrunk for
    good is accepted with fewer items. A source that is not in `expires_after` has none.
    """
    rows = sources.assign(moment=[parse_run_time(run_id) for run_id in sources["run_id"]])
    rows = rows[rows["state"].isin(GOOD_STATES) & (rows["moment"] < as_of)]
    rows = rows.drop_duplicates(["source_id", "moment"], keep="last").sort_values("moment", kind="stable")
    counts: dict[str, list[int]] = {}
    for source_id, runs in rows.groupby("source_id"):
        limit = expires_after.get(str(source_id))
        fresh = runs[:0] if limit is None else runs[runs["moment"] >= as_of - limit]
        counts[str(source_id)] = [int(items) for items in fresh["items"].tail(RUNS_COMPARED)]
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
