"""The command with which a reviewer corrects a price of the past."""

import getpass
import hashlib
import math
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from llmpairs.flows.commands.console import USAGE, Warehouse, leave, one_line_errors, query_rows, read_moment
from llmpairs.flows.commands.history import read_fields
from llmpairs.flows.runtime.settings import warehouse_uri

if TYPE_CHECKING:
    import duckdb

NEAREST = 3


def correct(
    offer: Annotated[str, typer.Argument(help="Offer id, as `llmpairs history MODEL` prints it.")],
    field: Annotated[str, typer.Argument(help="input, output, cache_read or cache_write.")],
    usd_per_mtok: Annotated[
        str, typer.Option(help="The right price in USD per million tokens; unknown if no usable one applied.")
    ],
    valid_from: Annotated[str, typer.Option(help="From when it applied: a day (its start, UTC) or a time.")],
    reason: Annotated[str, typer.Option(help="Why what the history says is wrong.")],
    evidence: Annotated[str, typer.Option(help="Where you looked: an address, a capture, a document.")],
    valid_to: Annotated[
        str | None,
        typer.Option(
            help="Until when, exclusive; else until the price changed next, the current release at the latest."
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who decides; else the user of this machine.")] = None,
    warehouse: Warehouse = None,
) -> None:
    """Correct a price of the past; the next release says so, and keeps what was said before.

    What is published tonight is not touched: that is for `llmpairs decide`.

    Example: llmpairs correct groq/groq/gpt-oss-120b/-/standard input --usd-per-mtok 0.04 --valid-from 2026-05-01
    --valid-to 2026-05-20 --reason "read per thousand" --evidence https://example.org/pricing
    """
    from llmpairs.warehouse.decisions import Decision, append_decision
    from llmpairs.warehouse.manifest import spell_moment
    from llmpairs.warehouse.query import connect
    from llmpairs.warehouse.store import open_store

    uri = warehouse_uri(warehouse)
    (name,) = read_fields(field)
    price = read_price(usd_per_mtok)
    start, end = read_moment(valid_from, "--valid-from"), read_moment(valid_to, "--valid-to")
    with one_line_errors():
        with connect(uri) as con:
            as_of = con.execute("SELECT as_of()").fetchall()[0][0]
            spans = list_spans(con, offer, name)
        start, end = check_span(spans, price, start, end, as_of)
        known = next((span for span in reversed(spans) if span["start"] <= start), None)
        said = "unknown" if known is None or known["price"] is None else repr(known["price"])
        values = {"valid_from": spell_moment(start), "valid_to": spell_moment(end), "known": said}
        verdict = "unknown" if price is None else repr(price)
        told = "|".join((offer, name, verdict, *values.values(), as_of.isoformat()))
        decision = Decision(
            decision_id=f"c{hashlib.sha256(told.encode()).hexdigest()[:16]}",
            kind="correction",
            subject=f"{offer}|{name}",
            verdict=verdict,
            reason=reason,
            evidence=evidence,
            decided_by=by or getpass.getuser(),
            made_on_as_of=as_of,
            values=values,
            expires_on=None,
        )
        append_decision(open_store(uri), decision)
    print(
        f"recorded {decision.decision_id}: {name} of {offer} was {verdict}, not {said}, from {start:%Y-%m-%d %H:%M} "
        f"to {end:%Y-%m-%d %H:%M} UTC; the next release says so"
    )
    if end == as_of and spans[-1]["price"] != price:
        print(
            f"{spans[-1]['price']} is still what is published: `llmpairs inbox` lists what can be decided about that"
        )


def read_price(given: str) -> float | None:
    """A price, None for unknown."""
    if given == "unknown":
        return None
    try:
        price = float(given)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise leave(
            USAGE, f"--usd-per-mtok {given!r} is no price; write 0.04, or unknown if no usable one applied"
        )
    return price


def list_spans(con: "duckdb.DuckDBPyConnection", offer_id: str, field: str) -> list[dict[str, Any]]:
    """What is known now of the price: price, start, end; leaves with the nearest offers when there is none."""
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
        raise leave(USAGE, f"{offer_id} has no history of {field}; nearest: {near or 'none'}")
    return [{"price": price, "start": start, "end": end} for price, start, end in rows]


def check_span(
    spans: list[dict[str, Any]],
    price: float | None,
    start: datetime | None,
    end: datetime | None,
    as_of: datetime,
) -> tuple[datetime, datetime]:
    """The stretch of time to correct; leaves when it is none, or when the history says so already."""
    if start is None:
        raise leave(USAGE, "--valid-from is needed")
    bounds = [
        moment for span in spans for moment in (span["start"], span["end"]) if moment and moment > start
    ]
    stop = end or min([*bounds, as_of])
    if not start < stop <= as_of:
        raise leave(
            USAGE,
            f"from {start:%Y-%m-%d %H:%M} to {stop:%Y-%m-%d %H:%M} is no time before the current release "
            f"({as_of:%Y-%m-%d %H:%M} UTC): a correction is of the past",
        )
    touched = [span for span in spans if span["start"] < stop and not (span["end"] and span["end"] <= start)]
    if spans[0]["start"] <= start and all(span["price"] == price for span in touched):
        raise leave(USAGE, "the history says so already")
    return start, stop
