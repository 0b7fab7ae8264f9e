"""Price history of a model: spans of the prices of its offers as plain data, and as text with step plots."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import TypedDict

import duckdb

from llmpairs.warehouse.query import fetch_rows

WIDTH = 48
BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"
NO_PRICE = {BLOCKS: "·", PLAIN: "x"}
UNKNOWN = " "
LABELS = {"input_usd_per_mtok": "input", "output_usd_per_mtok": "output", "cache_read_usd_per_mtok": "cache read",
          "cache_write_usd_per_mtok": "cache write"}  # fmt: skip


class PriceSpan(TypedDict):
    """A row of `price_history` with its offer; times are ISO 8601 text."""

    provider_id: str
    operator_id: str
    route_kind: str
    offer_status: str
    offer_id: str
    field: str
    usd_per_mtok: float | None
    price_missing_reason: str | None
    valid_from: str
    valid_to: str | None
    known_from: str
    known_to: str | None
    """Set where a later release superseded the span."""
    reason: str
    valid_from_kind: str
    source_id: str | None
    capture_id: str | None
    decision_id: str | None


class PriceHistory(TypedDict):
    """Prices of a model's offers over time; `spans` are in order of offer, field and time."""

    name: str
    """The model's id, else the key under which sellers list offers of no known model."""
    model_id: str | None
    as_of: str
    fields: list[str]
    spans: list[PriceSpan]


def load_price_history(con: duckdb.DuckDBPyConnection, model_id: str, fields: Sequence[str]) -> PriceHistory:
    """Every span of the price fields of a model's offers, superseded ones included."""
    spans = load_spans(con, "offers.model_id = ?", model_id, fields)
    return {"name": model_id, "model_id": model_id, "as_of": read_as_of(con), "fields": list(fields), "spans": spans}


def load_key_history(con: duckdb.DuckDBPyConnection, key: str, fields: Sequence[str]) -> PriceHistory | None:
    """The same of the offers that sellers list under a key of no known model; None where there is none.

    A floating name such as `deepseek-chat` has prices, and another model from time to time.
    """
    unresolved = "offers.model_id IS NULL AND lower(offers.provider_model_key) = ?"
    spans = load_spans(con, unresolved, key.strip().casefold(), fields)
    if not spans:
        return None
    return {"name": key.strip(), "model_id": None, "as_of": read_as_of(con), "fields": list(fields), "spans": spans}


def load_spans(con: duckdb.DuckDBPyConnection, condition: str, value: str, fields: Sequence[str]) -> list[PriceSpan]:
    """Spans of the price fields of the offers that meet a condition with one parameter."""
    wanted = ", ".join("?" for _ in fields)
    spans: list[PriceSpan] = fetch_rows(
        con,
        f"""SELECT offers.provider_id, offers.operator_id, offers.route_kind, offers.offer_status, history.*
            FROM price_history AS history JOIN offers USING (offer_id)
            WHERE {condition} AND history.field IN ({wanted})
            ORDER BY offer_id, array_position([{wanted}], history.field::VARCHAR), valid_from, known_from""",
        [value, *fields, *fields],
    )
    return spans


def read_as_of(con: duckdb.DuckDBPyConnection) -> str:
    """As-of time of the release, ISO 8601."""
    return str(fetch_rows(con, "SELECT as_of() AS as_of")[0]["as_of"])


def render_price_history(history: PriceHistory, *, blocks: bool = True) -> str:
    """The history as text: a plot and the spans of each price that changed, then prices that never changed.

    `blocks` draws with block characters, else with plain ASCII.
    """
    spans = history["spans"]
    start = min((span["valid_from"] for span in spans), default=history["as_of"])
    head = f"{history['name']}: prices in USD per million tokens, {start[:10]} to {history['as_of'][:10]}"
    series = [list(rows) for _, rows in groupby(spans, key=lambda span: (span["offer_id"], span["field"]))]
    lines = [head, ""]
    for rows in series:
        if len(rows) > 1:
            lines += [*series_lines(rows, (start, history["as_of"]), BLOCKS if blocks else PLAIN), ""]
    unchanged = [rows[0] for rows in series if len(rows) == 1]
    lines += ["never changed:"] if unchanged else []
    for offer_id, group in groupby(unchanged, key=lambda row: row["offer_id"]):
        prices = list(group)
        listed = ", ".join(f"{LABELS[row['field']]} {format_price(row)}" for row in prices)
        lines.append(f"  {offer_id}  {listed}, since {prices[0]['valid_from'][:10]}")
    if not spans:
        lines.append("no price of this model was ever published")
    return "\n".join(lines).rstrip() + "\n"


def series_lines(rows: list[PriceSpan], axis: tuple[str, str], levels: str) -> Iterator[str]:
    """One price of one offer: its plot, then each span, then superseded spans."""
    known = [row for row in rows if row["known_to"] is None]
    yield f"{rows[0]['offer_id']}  {LABELS[rows[0]['field']]}"
    yield f"  {axis[0][:10]} {plot(known, axis, levels)} {axis[1][:10]}"
    yield from (f"  {format_span(row)}" for row in known)
    for row in rows:
        if row["known_to"] is not None and is_corrected(row, rows):
            yield f"  recorded until {row['known_to'][:10]}: {format_span(row)}"


def format_span(row: PriceSpan) -> str:
    """A span in one line: price, start, end, and source."""
    start = "before " if row["valid_from_kind"] == "left_censored" else ""
    end = row["valid_to"][:10] if row["valid_to"] else "now"
    notes = [row["source_id"] or (f"decision {row['decision_id']}" if row.get("decision_id") else "retired")]
    if row["valid_from_kind"] == "declared":
        notes.append("start stated")
    if row["reason"] == "correction":
        notes.append(f"corrected {row['known_from'][:10]}")
    return f"{format_price(row):<24} {start}{row['valid_from'][:10]} to {end}  ({', '.join(notes)})"


def format_price(row: PriceSpan) -> str:
    """A price, or the reason why it is missing."""
    if row["usd_per_mtok"] is not None:
        return f"{row['usd_per_mtok']:.15g}"
    return f"none: {str(row.get('price_missing_reason') or 'not listed').replace('_', ' ')}"


def is_corrected(row: PriceSpan, rows: Iterable[PriceSpan]) -> bool:
    """Whether a correction replaced the price of the span; a change does not."""
    return any(
        other["reason"] == "correction"
        and other["known_from"] == row["known_to"]
        and other["usd_per_mtok"] != row["usd_per_mtok"]
        and other["valid_from"] < (row["valid_to"] or row["known_to"])
        and row["valid_from"] < (other["valid_to"] or row["known_to"])
        for other in rows
    )


def plot(spans: list[PriceSpan], axis: tuple[str, str], levels: str) -> str:
    """A step plot between two times: higher is more expensive, a dot is no price, a blank is unknown."""
    prices = [row["usd_per_mtok"] for row in spans if row["usd_per_mtok"] is not None]
    low, high = min(prices, default=0.0), max(prices, default=0.0)
    first, last = (datetime.fromisoformat(end) for end in axis)
    step = (last - first) / WIDTH
    cells = []
    for number in range(WIDTH):
        # Each cell shows the price at its end, so that the last one shows the current price.
        at = first + step * (number + 1) if number < WIDTH - 1 else last
        row = next((row for row in spans if _covers(row, at)), None)
        price = row["usd_per_mtok"] if row else None
        if price is None:
            cells.append(NO_PRICE[levels] if row else UNKNOWN)
        else:
            share = (price - low) / (high - low) if high > low else 0.0
            cells.append(levels[round(share * (len(levels) - 1))])
    return "".join(cells)


def _covers(row: PriceSpan, at: datetime) -> bool:
    ends = row["valid_to"] and datetime.fromisoformat(row["valid_to"]) <= at
    return datetime.fromisoformat(row["valid_from"]) <= at and not ends
