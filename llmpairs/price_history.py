"""The prices of a model's routes over time: spans as plain data, and as text with a step plot for each route."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb

from llmpairs.warehouse.query_rows import rows_of

Row = dict[str, Any]
WIDTH = 48
BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"
NO_PRICE = {BLOCKS: "·", PLAIN: "x"}
NOT_KNOWN = " "
LABELS = {"input_usd_per_mtok": "input", "output_usd_per_mtok": "output", "cache_read_usd_per_mtok": "cache read",
          "cache_write_usd_per_mtok": "cache write"}  # fmt: skip


def describe_history(con: duckdb.DuckDBPyConnection, model_id: str, fields: Sequence[str]) -> dict[str, Any]:
    """Every span of the price fields of a model's offers as it is known, and what was said of the same time before.

    `spans` are in order of offer, field and time; one that a later release took back has a `known_to`.
    """
    wanted = ", ".join("?" for _ in fields)
    spans = rows_of(
        con,
        f"""SELECT offers.provider_id, offers.operator_id, offers.route_kind, offers.offer_status, history.*
            FROM price_history AS history JOIN offers USING (offer_id)
            WHERE offers.model_id = ? AND history.field IN ({wanted})
            ORDER BY offer_id, array_position([{wanted}], history.field::VARCHAR), valid_from, known_from""",
        [model_id, *fields, *fields],
    )
    as_of = rows_of(con, "SELECT as_of() AS as_of", [])[0]["as_of"]
    return {"model_id": model_id, "as_of": as_of, "fields": list(fields), "spans": spans}


def render_history(page: dict[str, Any], *, blocks: bool = True) -> str:
    """The page as text: a plot and the spans of each price that moved, then those that never did.

    `blocks` draws with block characters, else with plain ASCII.
    """
    spans = page["spans"]
    start = min((span["valid_from"] for span in spans), default=page["as_of"])
    head = f"{page['model_id']}: prices in USD per million tokens, {start[:10]} to {page['as_of'][:10]}"
    series = [list(rows) for _, rows in groupby(spans, key=lambda span: (span["offer_id"], span["field"]))]
    moved = [rows for rows in series if len(rows) > 1]
    lines = [head, ""]
    for rows in moved:
        lines += [*series_lines(rows, (start, page["as_of"]), BLOCKS if blocks else PLAIN), ""]
    lines += still_lines([rows[0] for rows in series if len(rows) == 1])
    if not spans:
        lines.append("no price of it was ever published")
    return "\n".join(lines).rstrip() + "\n"


def series_lines(rows: list[Row], axis: tuple[str, str], levels: str) -> Iterator[str]:
    """One price of one route: its plot, then each span, then what was said before."""
    known = [row for row in rows if row["known_to"] is None]
    yield f"{rows[0]['offer_id']}  {LABELS[rows[0]['field']]}"
    yield f"  {axis[0][:10]} {plot(known, axis, levels)} {axis[1][:10]}"
    yield from (f"  {span_words(row)}" for row in known)
    for row in rows:
        if row["known_to"] is not None and is_taken_back(row, rows):
            yield f"  until {row['known_to'][:10]} we said: {span_words(row)}"


def span_words(row: Row) -> str:
    """A span in words: price, from when, until when, and how that is known."""
    start = "before " if row["valid_from_kind"] == "left_censored" else ""
    end = row["valid_to"][:10] if row["valid_to"] else "now"
    notes = [row["source_id"] or (f"decision {row['decision_id']}" if row.get("decision_id") else "retired")]
    if row["valid_from_kind"] == "declared":
        notes.append("start stated")
    if row["reason"] == "correction":
        notes.append(f"corrected {row['known_from'][:10]}")
    return f"{price_words(row):<24} {start}{row['valid_from'][:10]} to {end}  ({', '.join(notes)})"


def price_words(row: Row) -> str:
    """A price as printed, or why there is none."""
    if row["usd_per_mtok"] is not None:
        return f"{row['usd_per_mtok']:.15g}"
    return f"none: {str(row.get('price_missing_reason') or 'not listed').replace('_', ' ')}"


def is_taken_back(row: Row, rows: Iterable[Row]) -> bool:
    """Whether a correction ended the row and put another price in its time; a change takes nothing back."""
    return any(
        other["reason"] == "correction"
        and other["known_from"] == row["known_to"]
        and other["usd_per_mtok"] != row["usd_per_mtok"]
        and other["valid_from"] < (row["valid_to"] or row["known_to"])
        and row["valid_from"] < (other["valid_to"] or row["known_to"])
        for other in rows
    )


def plot(spans: list[Row], axis: tuple[str, str], levels: str) -> str:
    """A step plot between two moments: the higher the dearer, a dot for no price, a blank for what is not known."""
    prices = [row["usd_per_mtok"] for row in spans if row["usd_per_mtok"] is not None]
    low, high = min(prices, default=0.0), max(prices, default=0.0)
    first, last = (datetime.fromisoformat(moment) for moment in axis)
    step = (last - first) / WIDTH
    cells = []
    for place in range(WIDTH):
        # Each cell shows the price at its end, so that the last one shows today's.
        at = first + step * (place + 1) if place < WIDTH - 1 else last
        row = next((row for row in spans if covers(row, at)), None)
        cells.append(cell(row, low, high, levels))
    return "".join(cells)


def covers(row: Row, at: datetime) -> bool:
    """Whether a span holds at a moment."""
    ends = row["valid_to"] and datetime.fromisoformat(row["valid_to"]) <= at
    return datetime.fromisoformat(row["valid_from"]) <= at and not ends


def cell(row: Row | None, low: float, high: float, levels: str) -> str:
    """One character of a plot."""
    if row is None:
        return NOT_KNOWN
    if row["usd_per_mtok"] is None:
        return NO_PRICE[levels]
    share = (row["usd_per_mtok"] - low) / (high - low) if high > low else 0.0
    return levels[round(share * (len(levels) - 1))]


def still_lines(rows: list[Row]) -> Iterator[str]:
    """The prices that never moved since they were first seen, one line for each route."""
    if rows:
        yield "never moved:"
    for offer_id, prices in groupby(rows, key=lambda row: row["offer_id"]):
        held = list(prices)
        told = ", ".join(f"{LABELS[row['field']]} {price_words(row)}" for row in held)
        yield f"  {offer_id}  {told}, since {held[0]['valid_from'][:10]}"
