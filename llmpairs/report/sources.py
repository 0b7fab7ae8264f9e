"""Sources: who answered, how old what is in use is, and when it expires."""

from typing import Any

import pandas as pd

from llmpairs.render.document import Block, Cell, Fold
from llmpairs.report.layout import NOT_REACHED, code, grid, minute, number, plural, rows_of, say, span
from llmpairs.report.run_data import Attempt

NOT_ASKED = ("not_configured", "not_asked")
USED_COLUMNS = (
    "source_id", "kind", "state", "cause", "items", "carried_items", "captured_at", "late_after", "expires_at",
)  # fmt: skip
WELL = ("ok", "partial")
NOT_THERE = "not_archived"
"""A replay whose archive has nothing of the source: no failure of the source."""


def list_failed(sources: pd.DataFrame) -> pd.DataFrame:
    """Sources that were asked, could have answered, and did not do so well."""
    return sources[~sources["state"].isin([*NOT_ASKED, *WELL, NOT_THERE])].sort_values(["kind", "source_id"])


def tell_sources(attempt: Attempt) -> list[Block]:
    """Sources that failed with their causes, then all that is in use by when it expires, then the silent ones."""
    sources = attempt.sources
    if sources is None:
        return [say(NOT_REACHED)]
    asked = sources[~sources["state"].isin([*NOT_ASKED, NOT_THERE])]
    well = int(asked["state"].isin(WELL).sum())
    blocks: list[Block] = [
        say(f"{number(well)} of {plural(len(asked), 'source')} that could answer did so well.")
    ]
    failed = list_failed(sources)
    if len(failed):
        rows = [
            (code(source), kind, state, Cell(cause or ""), number(items), number(carried))
            for source, kind, state, cause, items, carried in rows_of(
                failed, ("source_id", "kind", "state", "cause", "items", "carried_items")
            )
        ]
        heads = ["Source", "Kind", "State", "Cause", "#claims tonight", "#kept from before"]
        blocks.append(grid("Sources that failed", heads, rows, prose=(3,)))
    return [*blocks, *_in_use(sources, attempt.as_of), *_silent(sources)]


def _in_use(sources: pd.DataFrame, as_of: pd.Timestamp) -> list[Block]:
    """Age of what is in use, and the countdown to its end; the soonest first."""
    used = sources[sources["captured_at"].notna()].sort_values(["expires_at", "source_id"])
    if used.empty:
        return [say("No value of any source is in use.")]
    rows = [
        (code(source), kind, Cell(state, note=(cause or "") if state == "partial" else ""), number(items + carried),
         _age(as_of, captured), _left(as_of, late), _left(as_of, expires))
        for source, kind, state, cause, items, carried, captured, late, expires in rows_of(used, USED_COLUMNS)
    ]  # fmt: skip
    heads = ["Source", "Kind", "State", "#claims in use", "#captured", "#late", "#expires"]
    return [grid(f"What is in use and until when, seen from {minute(as_of)}", heads, rows, prose=(2,))]


def _age(as_of: pd.Timestamp, captured: Any) -> str:
    length = as_of - captured
    return f"{span(length)} before" if length.total_seconds() >= 0 else f"{span(length)} after"


def _left(as_of: pd.Timestamp, end: Any) -> Cell:
    """The countdown to an end, or since when it is past."""
    if end is None:
        return Cell("")
    left = end - as_of
    return Cell(f"in {span(left)}") if left.total_seconds() > 0 else Cell(f"{span(left)} ago", tone="no")


def _silent(sources: pd.DataFrame) -> list[Block]:
    """Those of which nothing was to be had: nothing in the archive, no key, not to be asked."""
    blocks: list[Block] = []
    for state, told in (
        (NOT_THERE, "not in the archives of this replay"),
        ("not_configured", "not configured"),
        ("not_asked", "not to be asked tonight"),
    ):
        rows = sources[sources["state"] == state].sort_values("source_id")
        if len(rows):
            said = [(code(source), cause or "") for source, cause in rows_of(rows, ("source_id", "cause"))]
            caption = f"{plural(len(rows), 'source')} {told}"
            blocks.append(Fold(caption, [grid(caption, ["Source", "Cause"], said, prose=(1,))], ""))
    return blocks
