"""Offers of a model, with everything that a price depends on."""

from collections.abc import Iterator, Sequence

from llmpairs.pages.content.schema import Offer, Side
from llmpairs.pages.layout.verdicts import citations
from llmpairs.render.document import Block, Cell, Fold, Paragraph, TableBlock
from llmpairs.render.labels import (
    INELIGIBLE_LABELS,
    MISSING_PRICE_LABELS,
    NOT_STATED,
    OFFER_KIND_LABELS,
    UNKNOWN,
    format_count,
    format_money,
    format_price,
    format_tokens,
    label_workload,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

SHOWN_OFFERS = 8


def offer_blocks(side: Side, tone: str, address: str | None) -> Iterator[Block]:
    """The first offers by cost; the others folded, or on the model's page where there is one."""
    offers = side["routes"]
    if not offers:
        return
    name = side["display_name"]
    label = label_workload(DETAILED_SCENARIO)
    yield offer_table(f"Offers of {name} by monthly cost, {label}", offers[:SHOWN_OFFERS])
    rest = offers[SHOWN_OFFERS:]
    if rest and address is None:
        more = f"{format_count(len(rest), 'more offer')} of {name}"
        yield Fold(more, [offer_table(more, rest)], f"and {more}; --format json or html shows them")
    elif rest:
        yield Paragraph([Cell(f"All {len(offers)} offers of {name}", tone=tone, href=f"{address}#routes")])


def offer_table(caption: str, offers: Sequence[Offer]) -> TableBlock:
    """Table of offers with everything that a price depends on."""
    head = (
        "Provider",
        "Run by",
        "Quantisation",
        "Context",
        "Input / output per million",
        f"{label_workload(DETAILED_SCENARIO)} a month",
        "Remarks",
    )
    return TableBlock(caption, head, [_offer_cells(offer) for offer in offers], frozenset({3, 4, 5}))


def _offer_cells(offer: Offer) -> list[Cell]:
    cost = offer["monthly_usd"].get(DETAILED_SCENARIO)
    kind = OFFER_KIND_LABELS[offer["route_kind"]] + (", first party" if offer["is_first_party"] else "")
    return [
        Cell(offer["provider"], note=offer["provider_model_key"]),
        Cell(offer["operator"], note=kind, tone="unknown" if offer["operator"] == NOT_STATED else ""),
        Cell(offer["quantization"] or UNKNOWN, tone="" if offer["quantization"] else "unknown"),
        Cell(format_tokens(offer["context_tokens"]), tone="unknown" if offer["context_tokens"] is None else ""),
        _price_cell(offer),
        Cell("-" if cost is None else format_money(cost)),
        Cell(describe_status(offer), tone="muted"),
    ]


def _price_cell(offer: Offer) -> Cell:
    if offer["input_usd_per_mtok"] is None or offer["output_usd_per_mtok"] is None:
        why = MISSING_PRICE_LABELS.get(offer["price_missing_reason"] or "", "not listed")
        return Cell(UNKNOWN, note=why, tone="unknown")
    free = " (free tier)" if offer["price_kind"] == "free_tier" else ""
    prices = f"{format_price(offer['input_usd_per_mtok'])} / {format_price(offer['output_usd_per_mtok'])}{free}"
    return Cell(prices, citations(offer["evidence"]))


def describe_status(offer: Offer) -> str:
    """Tier, status and why an offer is not counted, where they differ from the usual."""
    parts = [] if offer["service_tier"] == "standard" else [f"{offer['service_tier']} tier"]
    if offer["offer_status"] == "stale":
        parts.append(f"stale: last seen {offer['last_seen_at'][:10]}")
    elif offer["offer_status"] != "active":
        parts.append(offer["offer_status"])
    if offer["retire_on"]:
        parts.append(f"ends on {offer['retire_on']}")
    if offer["held"]:
        parts.append("a newer price is held back")
    reason = offer["not_counted_because"]
    if reason and reason != "price_missing" and not (reason == "not_active" and parts):
        parts.append(f"not counted: {INELIGIBLE_LABELS[reason]}")
    return ", ".join(parts)
