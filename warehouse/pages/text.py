"""A pair as plain text for a terminal: established facts, their sources, and what is unknown."""

from collections.abc import Iterable, Iterator
from typing import Any

UNKNOWN = "unknown"
SHOWN_ROUTES = 6
SEED_TRAFFIC = "800 input and 250 output tokens, a million requests a month"
CAPABILITY_ROWS = (
    ("vision", "Vision"),
    ("multimodal_input", "Multimodal input"),
    ("reasoning", "Reasoning"),
    ("function_calling", "Function calling and tool use"),
    ("structured_outputs", "Structured outputs"),
    ("code_execution", "Code execution"),
)
FRICTION_WORDS = {
    "no_shared_provider": "no provider sells both",
    "provider_unknown": "who runs one of them is not known",
    "lost_capability": "a capability is lost",
    "unverified_capability": "a capability is not established on the other side",
    "context_shrink": "the context window shrinks",
    "max_output_shrink": "the longest answer shrinks",
    "price_increase": "the price rises",
    "licence_change": "the licence changes",
    "modality_loss": "an input or output modality is lost",
    "reasoning_control_change": "reasoning is controlled differently",
    "api_shape_change": "the API has another shape",
    "lifecycle_risk": "the target is deprecated or about to end",
}


def render_text(page: dict[str, Any]) -> str:
    """The whole page; unknown is said as such and every spec names its source."""
    left, right = page["sides"]
    names = (left["model"]["display_name"], right["model"]["display_name"])
    blocks: list[Iterable[str]] = [
        (f"{names[0]} vs {names[1]}", f"as of {page['release']['as_of']}"),
        block("Cost", cost_lines(left, right)),
        block("Specs", spec_lines(left, right, names)),
        block("Capabilities", capability_lines(left, right, names)),
        block("Routes", [*route_lines(left), "", *route_lines(right)]),
        block("Moving", friction_lines(page)),
        block("Not established", gap_lines(left, right)),
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"


def block(title: str, lines: Iterable[str]) -> list[str]:
    """A titled block."""
    return [title, "-" * len(title), *lines]


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Rows with columns padded to their widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def cost_lines(left: dict[str, Any], right: dict[str, Any]) -> Iterator[str]:
    """Monthly cost of the seed_chat workload on each side, with its route."""
    yield f"seed_chat: {SEED_TRAFFIC}; tokens spent on reasoning are not counted"
    for side in (left, right):
        name = side["model"]["display_name"]
        cost = next((row for row in side["costs"] if row["scenario_id"] == "seed_chat"), None)
        if cost is None or cost["cheapest_usd"] is None:
            yield f"  {name}: {UNKNOWN} ({why_no_cost(side)})"
            continue
        yield f"  {name}: ${cost['cheapest_usd']:,.2f} cheapest, {route_words(side, cost['cheapest_offer_id'])}"
        if (
            cost["cheapest_direct_usd"] is not None
            and cost["cheapest_direct_offer_id"] != cost["cheapest_offer_id"]
        ):
            route = route_words(side, cost["cheapest_direct_offer_id"])
            yield f"    ${cost['cheapest_direct_usd']:,.2f} cheapest direct, {route}"
        count = cost["eligible_offer_count"]
        yield f"    median ${cost['median_usd']:,.2f}, dearest ${cost['dearest_usd']:,.2f} over {count} priced routes"


def why_no_cost(side: dict[str, Any]) -> str:
    """The reasons that the side's routes give for having no cost."""
    reasons = {row["price_missing_reason"] or row["ineligible_reason"] or UNKNOWN for row in side["routes"]}
    return ", ".join(sorted(word.replace("_", " ") for word in reasons)) or "no offer"


def route_words(side: dict[str, Any], offer_id: str) -> str:
    """A route with what a cheap price may hide: operator, quantisation and context."""
    route = next(row for row in side["routes"] if row["offer_id"] == offer_id)
    operator = (
        f" run by {route['operator_id']}"
        if route["operator_id"] not in (route["provider_id"], "unspecified")
        else ""
    )
    context = number(route["context_tokens"])
    return f"{route['provider_id']}{operator} (quantisation {route['quantization'] or UNKNOWN}, context {context})"


def number(value: int | None) -> str:
    """A whole number with separators."""
    return UNKNOWN if value is None else f"{value:,}"


def spec_lines(left: dict[str, Any], right: dict[str, Any], names: tuple[str, str]) -> Iterator[str]:
    """Specs of both sides with their sources."""
    rows: list[tuple[str, ...]] = [("", *names, "sources")]
    for label, field in (
        ("Released", "released_date"), ("Context window", "context_tokens"), ("Longest answer", "max_output_tokens"),
        ("Parameters", "parameters_total"), ("Architecture", "architecture"), ("Licence", "license_spdx"),
        ("Knowledge cutoff", "knowledge_cutoff_date"), ("Inputs", "input_modalities"), ("Outputs", "output_modalities"),
    ):  # fmt: skip
        cells = [spec(side, field) for side in (left, right)]
        sources = dict.fromkeys(
            side["evidence"][field]["source_id"] for side in (left, right) if field in side["evidence"]
        )
        rows.append((label, *cells, ", ".join(sources)))
    yield from table(rows)


def spec(side: dict[str, Any], field: str) -> str:
    """One spec as text; a value that was computed rather than declared says so."""
    value = side["model"][field]
    if value is None:
        return UNKNOWN
    if field in ("released_date", "knowledge_cutoff_date"):
        stated = side["evidence"].get(field)
        value = stated["value"] if stated else value
    if isinstance(value, list):
        value = ", ".join(value)
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    derived = side["evidence"].get(field, {}).get("basis") == "derived"
    return f"{shown} (derived)" if derived else shown


def capability_lines(left: dict[str, Any], right: dict[str, Any], names: tuple[str, str]) -> Iterator[str]:
    """Capability matrix; a state rests on its rule, and a contradicted one says so."""
    rows: list[tuple[str, ...]] = [("", *names)]
    for capability, label in CAPABILITY_ROWS:
        rows.append(
            (label, *(capability_cell(side["capabilities"].get(capability)) for side in (left, right)))
        )
    yield from table(rows)


def capability_cell(row: dict[str, Any] | None) -> str:
    """State with its source and whether any witness contradicts it."""
    if row is None or row["state"] == "unknown":
        return "unknown (sources contradict)" if row and row["rule"] == "conflict" else UNKNOWN
    disputed = ", disputed" if row["is_disputed"] else ""
    return f"{row['state']} ({row['rule'].replace('_', ' ')}, {row['source_id']}{disputed})"


def route_lines(side: dict[str, Any]) -> Iterator[str]:
    """The cheapest routes, then how many more there are."""
    routes = side["routes"]
    model = side["model"]
    offers, operators = (
        count_words(model["offer_count"], "active offer"),
        count_words(model["operator_count"], "operator"),
    )
    yield f"{model['display_name']}: {offers}, {operators} known"
    rows = [
        (
            "  " + row["provider_id"], row["operator_id"], row["quantization"] or UNKNOWN,
            number(row["context_tokens"]), price_words(row),
            "" if row["seed_chat_usd"] is None else f"${row['seed_chat_usd']:,.2f}",
        )
        for row in routes[:SHOWN_ROUTES]
    ]  # fmt: skip
    if rows:
        yield from table(
            [("  provider", "operator", "quantisation", "context", "USD per Mtok in/out", "seed_chat"), *rows]
        )
    if len(routes) > SHOWN_ROUTES:
        yield f"  and {len(routes) - SHOWN_ROUTES} more"


def count_words(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def price_words(row: dict[str, Any]) -> str:
    """Input and output price, exact; or why there is none."""
    if row["input_usd_per_mtok"] is None or row["output_usd_per_mtok"] is None:
        return f"{UNKNOWN}: {(row['price_missing_reason'] or 'not listed').replace('_', ' ')}"
    free = " (free tier)" if row["price_kind"] == "free_tier" else ""
    return f"{row['input_usd_per_mtok']:g} / {row['output_usd_per_mtok']:g}{free}"


def friction_lines(page: dict[str, Any]) -> Iterator[str]:
    """Obstacles both ways."""
    for way in page["friction"]:
        yield f"{way['from']} -> {way['to']}: {way['severity']}"
        for kind in way["kinds"]:
            yield f"  - {FRICTION_WORDS[kind]}"


def gap_lines(left: dict[str, Any], right: dict[str, Any]) -> Iterator[str]:
    """What nobody established, by side."""
    for side in (left, right):
        gaps = side["gaps"]
        missing = ", ".join(f"{gap['field']} ({gap['state']})" for gap in gaps) or "nothing that is expected"
        yield f"{side['model']['display_name']}: {missing}"
