"""Report sections on the quality gate and the run: failed checks, statistics, duration and size."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Bullets, Cell
from llmpairs.report.formats import (
    MOST_SHOWN,
    code,
    fold,
    format_number,
    format_plural,
    format_share,
    list_keys,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData

MEGA = 1e6


class ReportedCheck(NamedTuple):
    """A check with its result."""

    suite: str
    check: str
    outcome: str
    rows_checked: int
    rows_failed: int
    observed: str | None
    failing_keys: list[str] | None
    why: str | None


def list_blocking(results: pd.DataFrame | None) -> pd.DataFrame:
    """Critical checks that failed or raised."""
    if results is None:
        return pd.DataFrame(columns=["severity", *ReportedCheck._fields])
    wrong = (results["severity"] == "critical") & (results["outcome"] != "passed")
    return results[wrong].sort_values(["suite", "check"])


def build_blocking(data: RunData) -> list[Block]:
    """Every blocking check with its rows, and the overrides; nothing when none blocks."""
    blocking = list_blocking(data.quality_results)
    if blocking.empty:
        return []
    caption = "Critical checks that failed, with the first rows that fail"
    blocks: list[Block] = [_build_checks(caption, blocking, data)]
    if data.overrides:
        overrides = [
            Cell(
                f"{made.verdict}: overridden by {made.decided_by}",
                note=f"{made.reason}\nevidence: {made.evidence}\nrecorded by {made.recorded_by or 'unknown'}",
            )
            for made in data.overrides
        ]
        blocks.append(Bullets(overrides))
    return blocks


def build_warnings(data: RunData) -> list[Block]:
    """Warnings, and statistics that could not be computed."""
    results = data.quality_results
    if results is None:
        return []
    not_passed = results[(results["severity"] != "critical") & (results["outcome"] != "passed")]
    passed = int((results["outcome"] == "passed").sum())
    summary = paragraph(f"{format_number(passed)} of {format_plural(len(results), 'check')} passed.")
    rows = not_passed.sort_values(["outcome", "suite", "check"])
    links = [Cell(f"Data Docs of {suite}", href=href) for suite, href in sorted(data.data_docs.items())]
    docs = fold("Great Expectations' Data Docs", [Bullets(links)] if links else [])
    if rows.empty:
        return [summary, *docs]
    shown = [_build_checks("Warnings: they block nothing", rows[:MOST_SHOWN], data)]
    rest = rows[MOST_SHOWN:]
    if len(rest):
        shown += fold(format_plural(len(rest), "further warning"), [_build_checks("Further warnings", rest, data)])
    return [summary, *shown, *docs]


def _build_checks(caption: str, rows: pd.DataFrame, data: RunData) -> Block:
    """One row per check: what was found, where, and why it is checked."""
    lines = []
    for row in read_rows(rows, ReportedCheck):
        found = row.observed or format_plural(row.rows_failed, "row")
        if row.outcome == "broken":
            found = f"could not be checked: {found}"
        keys = row.failing_keys if row.failing_keys is not None else ()
        lines.append(
            [
                Cell(f"{row.suite}: {row.check}", href=data.data_docs.get(row.suite, "")),
                Cell(found, note=list_keys(keys, int(row.rows_failed))),
                row.why or "",
            ]
        )
    return table(caption, ["Check", "Found", "Why it is checked"], lines, prose=(1, 2))


def build_statistics(results: pd.DataFrame | None) -> list[Block]:
    """Checks of severity info: for how many rows they hold."""
    if results is None:
        return []
    statistics = results[(results["severity"] == "info") & (results["outcome"] == "passed")]
    if statistics.empty:
        return []
    rows = []
    for row in read_rows(statistics.sort_values(["suite", "check"]), ReportedCheck):
        passed = row.rows_checked - row.rows_failed
        share = format_share(passed, row.rows_checked)
        rows.append((code(row.suite), row.check, passed, row.rows_checked, share))
    caption = "Statistics of the checks: counts, not warnings"
    return fold(caption, [table(caption, ["Table", "Holds", "#For", "#Of", "#Share"], rows, prose=(1,))])


def build_duration(data: RunData) -> list[Block]:
    """Seconds by stage, and the peak memory."""
    run = data.run
    stages = run.get("stage_seconds")
    rows = [] if stages is None else [(stage["stage"], f"{stage['seconds']:.1f}") for stage in stages]
    peak = run.get("peak_rss_bytes")
    memory = "" if peak is None or pd.isna(peak) else f", at most {int(peak) / MEGA:,.0f} MB of memory"
    duration = "Unknown" if pd.isna(run["seconds"]) else f"{run['seconds']:.1f} s"
    total = paragraph(f"{duration} in all{memory}.")
    return [total, table("Seconds by stage", ["Stage", "#Seconds"], rows)] if rows else [total]


def build_size(data: RunData) -> list[Block]:
    """Rows and bytes by table, the largest first."""
    if not data.row_counts:
        return []
    sizes = data.bytes_by_table
    total = sum(sizes.values())
    ordered = sorted(data.row_counts, key=lambda name: (-sizes.get(name, 0), name))
    rows = [
        (name, data.row_counts[name], f"{sizes.get(name, 0) / MEGA:,.1f}", format_share(sizes.get(name, 0), total))
        for name in ordered
    ]
    caption = f"Rows and size by table, {total / MEGA:,.0f} MB in all"
    return [table(caption, ["Table", "#Rows", "#MB", "#Share"], rows)]
