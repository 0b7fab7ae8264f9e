"""Time and size of an attempt."""

import pandas as pd

from llmpairs.render.document import Block
from llmpairs.report.layout import grid, number, say, share
from llmpairs.report.run_data import Attempt

MEGA = 1e6


def tell_time(attempt: Attempt) -> list[Block]:
    """Seconds by stage, and the largest memory."""
    run = attempt.run
    stages = run.get("stage_seconds")
    rows = [] if stages is None else [(stage["stage"], f"{stage['seconds']:.1f}") for stage in stages]
    peak = run.get("peak_rss_bytes")
    memory = "" if peak is None or pd.isna(peak) else f", at most {int(peak) / MEGA:,.0f} MB of memory"
    took = "Unknown" if pd.isna(run["seconds"]) else f"{run['seconds']:.1f} s"
    said = say(f"{took} in all{memory}.")
    return [said, grid("Seconds by stage", ["Stage", "#seconds"], rows)] if rows else [said]


def tell_size(attempt: Attempt) -> list[Block]:
    """Rows and bytes by table, the largest first; nothing where nothing was staged."""
    if not attempt.row_counts:
        return [say("No release was finished.")]
    sizes = attempt.bytes_by_table
    total = sum(sizes.values())
    ordered = sorted(attempt.row_counts, key=lambda name: (-sizes.get(name, 0), name))
    rows = [
        (
            name,
            number(attempt.row_counts[name]),
            f"{sizes.get(name, 0) / MEGA:,.1f}",
            share(sizes.get(name, 0), total),
        )
        for name in ordered
    ]
    caption = f"Rows and size by table, {total / MEGA:,.0f} MB in all"
    return [grid(caption, ["Table", "#rows", "#MB", "#share"], rows)]
