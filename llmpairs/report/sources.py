"""Report section on sources: which answered, how old the values in use are, and when they expire."""

from typing import NamedTuple

import pandas as pd

from llmpairs.render.document import Block, Cell
from llmpairs.report.formats import (
    code,
    fold,
    format_duration,
    format_minute,
    format_number,
    format_plural,
    join_some,
    paragraph,
    read_rows,
    table,
)
from llmpairs.report.run_data import RunData

NOT_REQUESTED = ("not_configured", "not_asked")
ANSWERED = ("ok", "partial")
NOT_ARCHIVED = "not_archived"
"""The replayed archive has no capture of the source, which is no failure of the source."""


class ReportedSource(NamedTuple):
    """A source and its values in use."""

    source_id: str
    kind: str
    state: str
    cause: str | None
    items: int
    carried_items: int
    captured_at: pd.Timestamp
    late_after: pd.Timestamp | None
    expires_at: pd.Timestamp | None


def list_failed(sources: pd.DataFrame) -> pd.DataFrame:
    """Sources that were requested and failed."""
    return sources[~sources["state"].isin([*NOT_REQUESTED, *ANSWERED, NOT_ARCHIVED])].sort_values(["kind", "source_id"])


def build_sources(data: RunData) -> list[Block]:
    """Sources by what became of them: expired or failed ones visible, values in use and unavailable sources folded."""
    sources = data.sources
    if sources is None or sources.empty:
        return []
    requested = sources[~sources["state"].isin([*NOT_REQUESTED, NOT_ARCHIVED])]
    answered = int(requested["state"].isin(ANSWERED).sum())
    summary = f"{format_number(answered)} of {format_plural(len(requested), 'source')} answered."
    expired = sorted(sources.loc[sources["expires_at"] <= data.as_of, "source_id"])
    if expired:
        count = format_plural(len(expired), "source")
        summary += f" Values of {count} have expired and no longer count as prices: {join_some(expired)}."
    blocks: list[Block] = [paragraph(summary)]
    failed = list_failed(sources)
    if len(failed):
        rows = [
            (code(row.source_id), row.kind, row.state.replace("_", " "), row.cause or "", row.items, row.carried_items)
            for row in read_rows(failed, ReportedSource)
        ]
        heads = ["Source", "Kind", "State", "Cause", "#New claims", "#Carried forward"]
        blocks.append(table("Sources that failed", heads, rows, prose=(3,)))
    return [*blocks, *_build_in_use(sources, data.as_of), *_build_unavailable(sources)]


def _build_in_use(sources: pd.DataFrame, as_of: pd.Timestamp) -> list[Block]:
    """Age of the values in use, and the time until they are late and expire; the earliest expiry first."""
    used = sources[sources["captured_at"].notna()].sort_values(["expires_at", "source_id"])
    if used.empty:
        return []
    rows = [
        (
            code(row.source_id),
            row.kind,
            Cell(row.state, note=(row.cause or "") if row.state == "partial" else ""),
            row.items + row.carried_items,
            f"{format_duration(as_of - row.captured_at)} {'before' if row.captured_at <= as_of else 'after'}",
            _format_remaining(as_of, row.late_after),
            _format_remaining(as_of, row.expires_at),
        )
        for row in read_rows(used, ReportedSource)
    ]
    heads = ["Source", "Kind", "State", "#Claims in use", "#Captured", "#Late", "#Expires"]
    caption = f"Values in use and their expiry, as of {format_minute(as_of)}"
    return fold("Values in use and their expiry", [table(caption, heads, rows, prose=(2,))])


def _format_remaining(as_of: pd.Timestamp, end: pd.Timestamp | None) -> Cell:
    """The time until an end, or since it."""
    if end is None:
        return Cell("")
    left = format_duration(end - as_of)
    return Cell(f"in {left}") if end > as_of else Cell(f"{left} ago", tone="no")


def _build_unavailable(sources: pd.DataFrame) -> list[Block]:
    """Sources without values: not in the archive, not configured, not requested."""
    blocks: list[Block] = []
    for state, label in (
        (NOT_ARCHIVED, "not in the archives of this replay"),
        ("not_configured", "not configured"),
        ("not_asked", "not requested in this run"),
    ):
        selected = sources[sources["state"] == state].sort_values("source_id")
        if len(selected):
            rows = [(code(row.source_id), row.cause or "") for row in read_rows(selected, ReportedSource)]
            caption = f"{format_plural(len(rows), 'source')} {label}"
            blocks += fold(caption, [table(caption, ["Source", "Cause"], rows, prose=(1,))])
    return blocks
