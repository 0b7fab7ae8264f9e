"""The command `review correct`: a reviewer corrects a past price."""

import hashlib
import math
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.history import parse_price_fields
from llmpairs.flows.commands.output import (
    USAGE,
    DecidedBy,
    Warehouse,
    exit_with,
    one_line_errors,
    parse_time,
    query_rows,
)
from llmpairs.flows.commands.review import current_user
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

NEAREST = 3


def correct(
    offer: Annotated[str, typer.Argument(help="Offer id, as `llmpairs history MODEL` prints it.")],
    field: Annotated[str, typer.Argument(help="input, output, cache_read or cache_write.")],
    usd_per_mtok: Annotated[str, typer.Option(help="The right price in USD per million tokens, or `unknown`.")],
    valid_from: Annotated[str, typer.Option(help="From when it applied: a day (its start, UTC) or a time.")],
    reason: Annotated[str, typer.Option(help="Why the recorded price is wrong.")],
    evidence: Annotated[str, typer.Option(help="Where you looked: an address, a capture, a document.")],
    valid_to: Annotated[
        str | None,
        typer.Option(help="End, exclusive; default: the next change of the price, at the latest the live release."),
    ] = None,
    by: DecidedBy = None,
    warehouse: Warehouse = None,
) -> None:
    """Correct a past price; the next release records the correction and keeps the former value.

    The live price does not change: `llmpairs review decide` does that.

    Example: llmpairs review correct groq/groq/gpt-oss-120b/-/standard input --usd-per-mtok 0.04 --valid-from 2026-05-01
    --valid-to 2026-05-20 --reason "read per thousand" --evidence https://example.org/pricing
    """
    from llmpairs.warehouse.decisions import Decision, append_decision
    from llmpairs.warehouse.manifest import format_timestamp
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    (name,) = parse_price_fields(field)
    price = parse_price(usd_per_mtok)
    start, end = parse_time(valid_from, "--valid-from"), parse_time(valid_to, "--valid-to")
    with one_line_errors():
        with connect(uri) as con:
            as_of = con.execute("SELECT as_of()").fetchall()[0][0]
            spans = list_spans(con, offer, name)
        start, end = check_span(spans, price, start, end, as_of)
        known = next((span for span in reversed(spans) if span["start"] <= start), None)
        recorded = "unknown" if known is None or known["price"] is None else repr(known["price"])
        values = {"valid_from": format_timestamp(start), "valid_to": format_timestamp(end), "known": recorded}
        verdict = "unknown" if price is None else repr(price)
        fingerprint = "|".join((offer, name, verdict, *values.values(), as_of.isoformat()))
        decision = Decision(
            decision_id=f"c{hashlib.sha256(fingerprint.encode()).hexdigest()[:16]}",
            kind="correction",
            subject=f"{offer}|{name}",
            verdict=verdict,
            reason=reason,
            evidence=evidence,
            decided_by=by or current_user(),
            made_on_as_of=as_of,
            values=values,
            expires_on=None,
        )
        append_decision(open_store(uri), decision)
    print(
        f"recorded {decision.decision_id}: {name} of {offer} was {verdict}, not {recorded}, "
        f"from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC; it is part of the next release"
    )
    if end == as_of and spans[-1]["price"] != price:
        print(f"{spans[-1]['price']} is still published; `llmpairs review list` lists what can be decided")


def parse_price(text: str) -> float | None:
    """A price, None for unknown."""
    if text == "unknown":
        return None
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise exit_with(USAGE, f"--usd-per-mtok: {text!r} is not a price; write 0.04 or unknown")
    return price


def list_spans(con: "duckdb.DuckDBPyConnection", offer_id: str, field: str) -> list[dict[str, Any]]:
    """Recorded spans of the price: price, start, end; exit 2 with the nearest offers when there is none."""
    from rapidfuzz import process

    rows = con.execute(
        """SELECT usd_per_mtok, valid_from, valid_to FROM price_history
           WHERE offer_id = ? AND field = ? AND known_to IS NULL ORDER BY valid_from""",
        [offer_id, field],
    ).fetchall()
    if not rows:
        known = [
            row["offer_id"]
            for row in query_rows(
                con, "SELECT DISTINCT offer_id FROM price_history WHERE field = ? ORDER BY offer_id", [field]
            )
        ]
        near = ", ".join(match[0] for match in process.extract(offer_id, known, limit=NEAREST))
        raise exit_with(USAGE, f"{offer_id} has no recorded {field}; nearest offers: {near or 'none'}")
    return [{"price": price, "start": start, "end": end} for price, start, end in rows]


def check_span(
    spans: list[dict[str, Any]], price: float | None, start: datetime | None, end: datetime | None, as_of: datetime
) -> tuple[datetime, datetime]:
    """Start and end of the correction; exit 2 for an empty span, or when that price is recorded already."""
    if start is None:
        raise exit_with(USAGE, "--valid-from is required")
    bounds = [moment for span in spans for moment in (span["start"], span["end"]) if moment and moment > start]
    stop = end or min([*bounds, as_of])
    if not start < stop <= as_of:
        raise exit_with(
            USAGE,
            f"{start:%Y-%m-%d %H:%M} to {stop:%Y-%m-%d %H:%M} is not a span before the live release "
            f"({as_of:%Y-%m-%d %H:%M} UTC): only past prices can be corrected",
        )
    touched = [span for span in spans if span["start"] < stop and not (span["end"] and span["end"] <= start)]
    if spans[0]["start"] <= start and all(span["price"] == price for span in touched):
        raise exit_with(USAGE, "this price is recorded already")
    return start, stop
