"""What earlier nights leave to tonight's crawls: captures that may still hold, and what sources usually yield."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.plan import Night
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.log import read_log
from llmpairs.warehouse.manifest import read_moment

GOOD_STATES = ("ok", "partial")
NIGHTS_COMPARED = 7
PREVIOUS, USUAL = "previous.jsonl", "usual.json"
"""Names of both files in the night's work folder."""


def leave_earlier(night: Night) -> None:
    """Write both files into the work folder."""
    (night.work / USUAL).write_text(json.dumps(list_usual(night), indent=1), encoding="utf-8")
    if night.mode == "live":
        lines = list_earlier(night)
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (night.work / PREVIOUS).write_text(text, encoding="utf-8")


def list_usual(night: Night) -> dict[str, list[int]]:
    """Items of the last seven good nights before this one, by source, the newest last.

    Only nights within the source's freshness limit count: when its last good values have expired, a source that
    has shrunk for good is taken as it is.
    """
    log = read_log(night.store, "sources")
    log = log.assign(moment=[read_moment(run_id) for run_id in log["run_id"]])
    good = log[log["state"].isin(GOOD_STATES) & (log["moment"] < night.moment)]
    nights = good.drop_duplicates(["source_id", "moment"], keep="last").sort_values("moment", kind="stable")
    counts: dict[str, list[int]] = {}
    for source_id, rows in nights.groupby("source_id"):
        source = SOURCES.get(str(source_id))
        fresh = rows[rows["moment"] >= night.moment - source.expires_after] if source else rows[:0]
        counts[str(source_id)] = [int(items) for items in fresh["items"].tail(NIGHTS_COMPARED)]
    return counts


def list_earlier(night: Night) -> list[dict[str, Any]]:
    """For each address its newest capture, and the record that holds its body: the first one with that digest.

    A crawl stores an unchanged body once, and asks whether a page has changed where the server named its version.
    """
    log = read_log(night.store, "captures")
    good = log[log["status"] == 200].sort_values(["captured_at", "capture_id"])
    newest = good.drop_duplicates("url", keep="last")[["url", "payload_digest", "etag", "last_modified"]]
    stored = good.drop_duplicates(["url", "payload_digest"])
    places = stored[["url", "payload_digest", "captured_at", "archive_path", "warc_offset"]]
    rows = newest.merge(places, on=["url", "payload_digest"])
    named = rows["etag"].notna() | rows["last_modified"].notna()
    folder = night.work / "earlier"
    local = {
        name: night.store.bring(f"archive/{name}", folder)
        for name in sorted(set(rows.loc[named, "archive_path"]))
    }
    return describe(rows, local)


def describe(rows: DataFrame, local: dict[str, Path | None]) -> list[dict[str, Any]]:
    """The lines that `llmpairs.spiders.crawl --previous` takes."""
    plain = rows.astype("object").where(rows.notna(), None)
    return [
        {
            "url": row["url"],
            "captured_at": pd.Timestamp(row["captured_at"]).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "payload_digest": row["payload_digest"],
            "file": f"../{row['archive_path']}",
            "etag": row["etag"],
            "last_modified": row["last_modified"],
            "path": str(path) if (path := local.get(row["archive_path"])) else None,
            "offset": int(row["warc_offset"]),
        }
        for row in plain.to_dict("records")
    ]
