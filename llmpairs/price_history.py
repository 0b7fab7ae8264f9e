"""Price history of a model: spans of the prices of its offers as plain data, and as text with step plots."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import duckdb

from llmpairs.model_lookup import find_model
from llmpairs.warehouse.errors import UnknownNameError
from llmpairs.warehouse.query import fetch_typed

WIDTH = 48
BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"
NO_PRICE = {BLOCKS: "·", PLAIN: "x"}
UNKNOWN = " "
UNRESOLVED = "offers.model_id IS NULL AND lower(offers.provider_model_key) = ?"
LABELS = {"input_usd_per_mtok": "input", "output_usd_per_mtok": "output", "cache_read_usd_per_mtok": "cache read",
          "cache_write_usd_per_mtok": "cache write"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class PriceSpan:
    """A row of `price_history` with its offer; times are UTC."""

    provider_id: str
    operator_id: str
    route_kind: str
    offer_status: str
    offer_id: str
    field: str
    usd_per_mtok: float | None
    """USD per million tokens; None where there was no price, see `price_missing_reason`."""
    price_missing_reason: str | None
    valid_from: datetime
    valid_to: datetime | None
    """None where the price still holds."""
    known_from: datetime
    known_to: datetime | None
    """Set where a later release superseded the span."""
    reason: str
    valid_from_kind: str
    source_id: str | None
    capture_id: str | None
    decision_id: str | None


@dataclass(frozen=True, kw_only=True)
class PriceHistory:
    """Prices of a model's offers over time; `spans` are in order of offer, field and time."""

    name: str
    """The model's id, else the key under which sellers list offers of no known model."""
    model_id: str | None
    as_of: datetime
    """As-of time of the release, UTC."""
    fields: tuple[str, ...]
    spans: tuple[PriceSpan, ...]


def find_price_history(con: duckdb.DuckDBPyConnection, name: str, fields: Sequence[str]) -> PriceHistory:
    """Every span of the price fields of a model's offers by any name; else of the offers sold under that key.

    A floating key such as `deepseek-chat` has prices, and another model from time to time. UnknownNameError, with the
    nearest models, where it has none.
    """
    try:
        model_id = find_model(con, name)
    except UnknownNameError:
        key = name.strip()
        if not has_unresolved_key(con, key):
            raise
        return load_history(con, key, None, fields)
    return load_history(con, model_id, model_id, fields)


def has_unresolved_key(con: duckdb.DuckDBPyConnection, key: str) -> bool:
    """Whether offers of no known model are sold under a key."""
    return con.execute(f"SELECT 1 FROM offers WHERE {UNRESOLVED} LIMIT 1", [key.casefold()]).fetchone() is not None


def load_history(
    con: duckdb.DuckDBPyConnection, name: str, model_id: str | None, fields: Sequence[str]
) -> PriceHistory:
    """The history of a model, or, without one, of the key that `name` is."""
    condition = UNRESOLVED if model_id is None else "offers.model_id = ?"
    wanted = ", ".join("?" for _ in fields)
    spans = fetch_typed(
        con,
        PriceSpan,
        f"""SELECT offers.provider_id, offers.operator_id, offers.route_kind, offers.offer_status, history.*
            FROM price_history AS history JOIN offers USING (offer_id)
            WHERE {condition} AND history.field IN ({wanted})
            ORDER BY offer_id, array_position([{wanted}], history.field::VARCHAR), valid_from, known_from""",
        [model_id or name.casefold(), *fields, *fields],
    )
    [as_of] = [row[0] for row in con.execute("SELECT as_of()").fetchall()]
    return PriceHistory(
        name=name, model_id=model_id, as_of=as_of.astimezone(UTC), fields=tuple(fields), spans=tuple(spans)
    )


def render_price_history(history: PriceHistory, *, blocks: bool = True) -> str:
    """The history as text: a plot and the spans of each price that changed, then prices that never changed.

    `blocks` draws with block characters, else with plain ASCII.
    """
    spans = history.spans
    start = min((span.valid_from for span in spans), default=history.as_of)
    head = f"{history.name}: prices in USD per million tokens, {start:%Y-%m-%d} to {history.as_of:%Y-%m-%d}"
    series = [list(rows) for _, rows in groupby(spans, key=lambda span: (span.offer_id, span.field))]
    lines = [head, ""]
    for rows in series:
        if len(rows) > 1:
            lines += [*series_lines(rows, (start, history.as_of), BLOCKS if blocks else PLAIN), ""]
    unchanged = [rows[0] for rows in series if len(rows) == 1]
    lines += ["never changed:"] if unchanged else []
    for offer_id, group in groupby(unchanged, key=lambda row: row.offer_id):
        prices = list(group)
        listed = ", ".join(f"{LABELS[row.field]} {format_price(row)}" for row in prices)
        lines.append(f"  {offer_id}  {listed}, since {prices[0].valid_from:%Y-%m-%d}")
    if not spans:
        lines.append("no price of this model was ever published")
    return "\n".join(lines).rstrip() + "\n"


def series_lines(rows: list[PriceSpan], axis: tuple[datetime, datetime], levels: str) -> Iterator[str]:
    """One price of one offer: its plot, then each span, then superseded spans."""
    known = [row for row in rows if row.known_to is None]
    yield f"{rows[0].offer_id}  {LABELS[rows[0].field]}"
    yield f"  {axis[0]:%Y-%m-%d} {plot(known, axis, levels)} {axis[1]:%Y-%m-%d}"
    yield from (f"  {format_span(row)}" for row in known)
    for row in rows:
        if row.known_to is not None and is_corrected(row, rows):
            yield f"  recorded until {row.known_to:%Y-%m-%d}: {format_span(row)}"


def format_span(row: PriceSpan) -> str:
    """A span in one line: price, start, end, and source."""
    start = "before " if row.valid_from_kind == "left_censored" else ""
    end = f"{row.valid_to:%Y-%m-%d}" if row.valid_to else "now"
    notes = [row.source_id or (f"decision {row.decision_id}" if row.decision_id else "retired")]
    if row.valid_from_kind == "declared":
        notes.append("start stated")
    if row.reason == "correction":
        notes.append(f"corrected {row.known_from:%Y-%m-%d}")
    return f"{format_price(row):<24} {start}{row.valid_from:%Y-%m-%d} to {end}  ({', '.join(notes)})"


def format_price(row: PriceSpan) -> str:
    """A price, or the reason why it is missing."""
    if row.usd_per_mtok is not None:
        return f"{row.usd_per_mtok:.15g}"
    return f"none: {(row.price_missing_reason or 'not listed').replace('_', ' ')}"


def is_corrected(row: PriceSpan, rows: Iterable[PriceSpan]) -> bool:
    """Whether a correction replaced the price of the span; a change does not."""
    return any(
        other.reason == "correction"
        and other.known_from == row.known_to
        and other.usd_per_mtok != row.usd_per_mtok
        and other.valid_from < (row.valid_to or row.known_to)
        and row.valid_from < (other.valid_to or row.known_to)
        for other in rows
    )


def plot(spans: list[PriceSpan], axis: tuple[datetime, datetime], levels: str) -> str:
    """A step plot between two times: higher is more expensive, a dot is no price, a blank is unknown."""
    prices = [row.usd_per_mtok for row in spans if row.usd_per_mtok is not None]
    low, high = min(prices, default=0.0), max(prices, default=0.0)
    first, last = axis
    step = (last - first) / WIDTH
    cells = []
    for number in range(WIDTH):
        # Each cell shows the price at its end, so that the last one shows the current price.
        at = first + step * (number + 1) if number < WIDTH - 1 else last
        row = next((row for row in spans if _covers(row, at)), None)
        price = row.usd_per_mtok if row else None
        if price is None:
            cells.append(NO_PRICE[levels] if row else UNKNOWN)
        else:
            share = (price - low) / (high - low) if high > low else 0.0
            cells.append(levels[round(share * (len(levels) - 1))])
    return "".join(cells)


def _covers(row: PriceSpan, at: datetime) -> bool:
    return row.valid_from <= at and (row.valid_to is None or row.valid_to > at)
