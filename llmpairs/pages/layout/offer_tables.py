"""Routes of a model, with everything that a price depends on."""

from collections.abc import Iterator, Sequence
from typing import Any

from llmpairs.pages.layout.verdicts import refs
from llmpairs.render.document import Block, Cell, Fold, Para, Table
from llmpairs.render.labels import (
    NOT_STATED,
    PRICE_WORDS,
    REASON_WORDS,
    ROUTE_KIND_WORDS,
    UNKNOWN,
    count_of,
    money,
    price_words,
    tokens,
)

Row = dict[str, Any]
SHOWN_ROUTES = 8


def route_blocks(side: Row, tone: str, address: str | None) -> Iterator[Block]:
    """The first routes by cost, and the others when asked for, or on the model's page where there is one."""
    routes = side["routes"]
    if not routes:
        return
    name = side["display_name"]
    yield route_table(f"Routes of {name} by monthly cost in seed_chat", routes[:SHOWN_ROUTES])
    rest = routes[SHOWN_ROUTES:]
    if rest and address is None:
        more = f"{count_of(len(rest), 'more route')} of {name}"
        yield Fold(more, [route_table(more, rest)], f"and {more}; --format json or html shows them")
    elif rest:
        yield Para([Cell(f"All {len(routes)} routes of {name}", tone=tone, href=f"{address}#routes")])


def route_table(caption: str, routes: Sequence[Row]) -> Table:
    """Routes with everything that a price depends on."""
    head = (
        "Provider",
        "Run by",
        "Quantisation",
        "Context",
        "Input / output per million",
        "seed_chat a month",
        "Remarks",
    )
    return Table(caption, head, [route_cells(route) for route in routes], frozenset({3, 4, 5}))


def route_cells(route: Row) -> list[Cell]:
    """One route."""
    cost = route["monthly_usd"].get("seed_chat")
    return [
        Cell(route["provider"], note=route["provider_model_key"]),
        Cell(
            route["operator"],
            note=kind_words(route),
            tone="unknown" if route["operator"] == NOT_STATED else "",
        ),
        Cell(route["quantization"] or UNKNOWN, tone="" if route["quantization"] else "unknown"),
        Cell(tokens(route["context_tokens"]), tone="unknown" if route["context_tokens"] is None else ""),
        price_cell(route),
        Cell("-" if cost is None else money(cost)),
        Cell(status_words(route), tone="muted"),
    ]


def kind_words(route: Row) -> str:
    """How the route is sold."""
    kind = ROUTE_KIND_WORDS[route["route_kind"]]
    return f"{kind}, first party" if route["is_first_party"] else kind


def price_cell(route: Row) -> Cell:
    """Both prices, or why there is none."""
    if route["input_usd_per_mtok"] is None or route["output_usd_per_mtok"] is None:
        why = PRICE_WORDS.get(route["price_missing_reason"], "not listed")
        return Cell(UNKNOWN, note=why, tone="unknown")
    return Cell(price_words(route), refs(route["evidence"]))


def status_words(route: Row) -> str:
    """Tier, status and why a route is not counted, as far as they are out of the ordinary."""
    words = [] if route["service_tier"] == "standard" else [f"{route['service_tier']} tier"]
    if route["offer_status"] == "stale":
        words.append(f"stale: last seen {route['last_seen_at'][:10]}")
    elif route["offer_status"] != "active":
        words.append(route["offer_status"])
    if route["retire_on"]:
        words.append(f"ends on {route['retire_on']}")
    if route["held"]:
        words.append("a newer price is held back")
    reason = route["not_counted_because"]
    if reason and reason != "price_missing" and not (reason == "not_active" and words):
        words.append(f"not counted: {REASON_WORDS[reason]}")
    return ", ".join(words)
