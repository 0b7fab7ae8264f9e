"""The baseline that a crawl gets from earlier runs: captures to revalidate, and the usual item counts of sources."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.flows.nightly.plan import RunPlan
from llmpairs.spiders.registry import SOURCES
from llmpairs.warehouse.crawl_history import ItemCounts, count_recent_items, find_newest_captures
from llmpairs.warehouse.evidence_retention import list_pruned
from llmpairs.warehouse.log import read_log

PREVIOUS, VISITED, ITEM_COUNTS = "previous.jsonl", "visited.json", "item-counts.json"
"""Names of the files in the run's work folder."""


def write_baseline(plan: RunPlan) -> None:
    """Write the files into the work folder; a replay needs no captures."""
    (plan.work / ITEM_COUNTS).write_text(json.dumps(read_item_counts(plan), indent=1), encoding="utf-8")
    if plan.mode == "live":
        text = "".join(json.dumps(line) + "\n" for line in read_previous_captures(plan))
        (plan.work / PREVIOUS).write_text(text, encoding="utf-8")
        visits = list_visits(read_log(plan.store, "captures"))
        (plan.work / VISITED).write_text(json.dumps(visits, indent=1), encoding="utf-8")


def list_visits(captures: DataFrame) -> dict[str, str]:
    """When each model card was last answered, by address, from rows of CAPTURES; a missing card was visited too."""
    cards = captures[captures["source_id"].isin([source.id for source in SOURCES.values() if source.kind == "card"])]
    newest = cards.groupby("url")["captured_at"].max()
    return {str(url): pd.Timestamp(time).strftime("%Y-%m-%dT%H:%M:%SZ") for url, time in newest.items()}


def read_item_counts(plan: RunPlan) -> dict[str, ItemCounts]:
    """Items of the last good runs before this one by source."""
    expiry = {source.id: source.expires_after for source in SOURCES.values()}
    return count_recent_items(read_log(plan.store, "sources"), plan.moment, expiry)


def read_previous_captures(plan: RunPlan) -> list[dict[str, Any]]:
    """The newest capture of each URL; archives of those that the server can revalidate are brought to this machine.

    A capture whose body was pruned is left out: an unchanged page is then stored again.
    """
    rows = find_newest_captures(read_log(plan.store, "captures"))
    rows = rows[~("archive/" + rows["archive_path"].astype("str")).isin(list_pruned(plan.store))]
    can_revalidate = rows["etag"].notna() | rows["last_modified"].notna()
    folder = plan.work / "earlier"
    local = {
        name: plan.store.fetch_local(f"archive/{name}", folder)
        for name in sorted(set(rows.loc[can_revalidate, "archive_path"]))
    }
    return format_captures(rows, local)


def format_captures(rows: DataFrame, local: dict[str, Path | None]) -> list[dict[str, Any]]:
    """The lines of the crawler's `--previous` file; `local` is the path of each archive on this machine."""
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
