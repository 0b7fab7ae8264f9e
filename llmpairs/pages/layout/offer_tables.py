"""Offers of a model, with everything that a price depends on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llmpairs.pages.content.schema import Offer, Side
from llmpairs.pages.layout.outcomes import citations
from llmpairs.render.document import Block, Cell, Fold, Paragraph, TableBlock
from llmpairs.render.labels import (
    INELIGIBLE_LABELS,
    MISSING_PRICE_LABELS,
    NOT_STATED,
    OFFER_KIND_LABELS,
    UNKNOWN,
    explain_unused_operator,
    format_count,
    format_date,
    format_money,
    format_price,
    format_short_tokens,
    format_tokens,
    label_workload,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

SHOWN_OPERATORS = 10
UNPRICED = float("inf")
NONE = ""


@dataclass(frozen=True)
class Operator:
    """An operator with its lowest offer, and the speed and uptime that any of its offers states."""

    offer: Offer
    tokens_per_s: float | None
    uptime_percent: float | None


def operator_blocks(side: Side, address: str | None) -> Iterator[Block]:
    """The best priced offer of each operator, the first rows open; every other offer folded, or on the model's page."""
    name, offers = side["display_name"], side["routes"]
    if not offers:
        yield Paragraph([Cell(f"No offer of {name} is known.")], "muted")
        return
    best = find_operators(offers)
    shown = [each for each in best if _cost_of(each.offer) < UNPRICED][:SHOWN_OPERATORS]
    rest = [each for each in best if each not in shown]
    if shown:
        yield operator_table(f"{name}: best offer of each operator", shown)
    if rest:
        others = format_count(len(rest), "other operator")
        yield Fold(others, [operator_table(others, rest)])
    every = f"All {format_count(len(offers), 'offer')} of {name}"
    if address is None:
        yield Fold(every, [offer_table(every, offers)])
    else:
        yield Paragraph([Cell(every, href=f"{address}#routes")])


def find_operators(offers: Sequence[Offer]) -> list[Operator]:
    """Operators of the active offers by lowest cost; named ones first, then price outliers and unknown operators.

    `offers` are in their order by monthly cost. An unknown operator is one for each seller.
    """
    found: dict[tuple[str, str], list[Offer]] = {}
    for offer in sorted(offers, key=_is_not_compared):
        if offer["offer_status"] == "active":
            seller = "" if offer["operator_known"] else offer["provider_id"]
            found.setdefault((offer["operator_id"], seller), []).append(offer)
    operators = [
        Operator(
            offer=own[0],
            tokens_per_s=next((o["throughput_tokens_per_s"] for o in own if o["throughput_tokens_per_s"]), None),
            uptime_percent=next((o["uptime_percent"] for o in own if o["uptime_percent"] is not None), None),
        )
        for own in found.values()
    ]
    return sorted(operators, key=lambda each: (_is_not_compared(each.offer), _cost_of(each.offer)))


def _is_not_compared(offer: Offer) -> bool:
    return offer["is_price_outlier"] or not offer["operator_known"]


def _cost_of(offer: Offer) -> float:
    return offer["monthly_usd"].get(DETAILED_SCENARIO, UNPRICED)


def operator_table(caption: str, operators: Sequence[Operator]) -> TableBlock:
    """Table of operators with price, speed, uptime and what is stated of prompts; a column only where one is known."""
    columns = [
        ("Operator", [_name_operator(each.offer) for each in operators]),
        ("$ per 1M, input/output", [_price_cell(each.offer) for each in operators]),
        (f"{label_workload(DETAILED_SCENARIO)} a month", [_cost_cell(each.offer) for each in operators]),
        ("Context", [Cell(format_short_tokens(each.offer["context_tokens"])) for each in operators]),
        ("Tokens/s", [_known_cell(each.tokens_per_s, "{:.0f}") for each in operators]),
        ("Uptime", [_known_cell(each.uptime_percent, "{:.1f}%") for each in operators]),
        ("Prompts", [Cell(_format_data_policy(each.offer)) for each in operators]),
    ]
    shown = [(head, cells) for head, cells in columns if any(cell.text != NONE for cell in cells)]
    rows = list(zip(*(cells for _, cells in shown), strict=True))
    return TableBlock(caption, [head for head, _ in shown], rows, frozenset(range(1, len(shown))))


def _name_operator(offer: Offer) -> Cell:
    if not offer["operator_known"]:
        name, notes = offer["provider"], [explain_unused_operator(offer["operator"])]
    else:
        name = offer["operator"]
        notes = [] if name == offer["provider"] else [f"via {offer['provider']}"]
    notes += ["price outlier"] if offer["is_price_outlier"] else []
    return Cell(name, note=", ".join(filter(None, [*notes, offer["quantization"] or ""])))


def _cost_cell(offer: Offer) -> Cell:
    cost = _cost_of(offer)
    return Cell(NONE if cost == UNPRICED else format_money(cost))


def _format_data_policy(offer: Offer) -> str:
    """What is stated about prompts; nothing where it is unknown."""
    stated = (
        (offer["trains_on_prompts"], "trained on", "no training"),
        (offer["zero_retention"], "zero retention", ""),
        (offer["retains_prompts"] if offer["zero_retention"] is None else None, "kept", "not kept"),
    )
    return ", ".join(filter(None, (yes if flag else no for flag, yes, no in stated if flag is not None))) or NONE


def _known_cell(value: float | None, pattern: str) -> Cell:
    return Cell(NONE if value is None else pattern.format(value))


def offer_table(caption: str, offers: Sequence[Offer]) -> TableBlock:
    """Table of offers with everything that a price depends on."""
    head = (
        "Provider",
        "Run by",
        "Quantisation",
        "Context",
        "Input/output per million",
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
        Cell(NONE if cost is None else format_money(cost)),
        Cell(describe_status(offer), tone="muted"),
    ]


def _price_cell(offer: Offer) -> Cell:
    if offer["input_usd_per_mtok"] is None or offer["output_usd_per_mtok"] is None:
        why = MISSING_PRICE_LABELS.get(offer["price_missing_reason"] or "", "not listed")
        return Cell(UNKNOWN, note=why, tone="unknown")
    free = " (free tier)" if offer["price_kind"] == "free_tier" else ""
    prices = f"{format_price(offer['input_usd_per_mtok'])}/{format_price(offer['output_usd_per_mtok'])}{free}"
    return Cell(prices, citations(offer["evidence"]))


def describe_status(offer: Offer) -> str:
    """Tier, status and why an offer is not counted, where they differ from the usual."""
    parts = [] if offer["service_tier"] == "standard" else [f"{offer['service_tier']} tier"]
    if offer["price_hours_utc"]:
        parts.append(f"price of {', '.join(offer['price_hours_utc'])} UTC")
    if offer["offer_status"] == "stale":
        parts.append(f"stale: last seen {format_date(offer['last_seen_at'])}")
    elif offer["offer_status"] != "active":
        parts.append(offer["offer_status"])
    if offer["retire_on"]:
        parts.append(f"ends on {format_date(offer['retire_on'])}")
    if offer["held"]:
        parts.append("a newer price is held back")
    reason = offer["not_counted_because"]
    if reason and reason not in ("price_missing", "some_hours_only") and not (reason == "not_active" and parts):
        parts.append(f"not counted: {INELIGIBLE_LABELS[reason]}")
    return ", ".join(parts)
