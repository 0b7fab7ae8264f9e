"""What stands in the way of moving from one side to the other, kind by kind, in both directions."""

from collections.abc import Callable, Sequence

from llmpairs.pages.content.evidence import Row, unique
from llmpairs.render.labels import UNKNOWN, capability_name, count_of, derived_price, listed, tokens
from llmpairs.transforms.pairs.friction import SEVERITY
from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTION_SEVERITIES, FRICTIONS

Detail = tuple[str, list[Row | None]]


def describe_moves(record: Row, sides: Sequence[Row]) -> list[Row]:
    """The move from left to right, then from right to left; `record` has the left side as its A."""
    ways = (("a_to_b", sides[0], sides[1]), ("b_to_a", sides[1], sides[0]))
    return [describe_move(record, way, start, end) for way, start, end in ways]


def describe_move(record: Row, way: str, start: Row, end: Row) -> Row:
    """One direction: severity, each obstacle in detail (the worst first), and what the move gains."""
    bits = record[f"friction_kinds_{way}"]
    kinds = [kind for place, kind in enumerate(FRICTIONS) if bits >> place & 1]
    kinds.sort(key=lambda kind: (-FRICTION_SEVERITIES.index(SEVERITY[kind]), FRICTIONS.index(kind)))
    return {
        "from": start["model_id"],
        "to": end["model_id"],
        "severity": record[f"friction_{way}"],
        "obstacles": [describe_obstacle(kind, start, end) for kind in kinds],
        "gains": gained(start, end),
    }


def describe_obstacle(kind: str, start: Row, end: Row) -> Row:
    """One kind with what it is about and where that was read."""
    text, cited = DETAILS[kind](start, end)
    return {"kind": kind, "severity": SEVERITY[kind], "detail": text, "evidence": unique(cited)}


def gained(start: Row, end: Row) -> list[str]:
    """Capabilities that are established on the target and established not to be on the present side."""
    return states(start, end, "no", "yes")


def states(start: Row, end: Row, of_start: str, of_end: str) -> list[str]:
    """Capabilities in one state on the one side and another on the other."""
    here, there = start["capabilities"], end["capabilities"]
    return [
        name for name in CAPABILITIES if here[name]["state"] == of_start and there[name]["state"] == of_end
    ]


def name_capabilities(start: Row, end: Row, state: str) -> Detail:
    """Capabilities that `start` has and that are in that state on `end`."""
    names = states(start, end, "yes", state)
    cited = [side["capabilities"][name]["evidence"] for name in names for side in (start, end)]
    return listed([capability_name(name) for name in names]), cited


def compare_spec(field: str, start: Row, end: Row) -> Detail:
    """A number of tokens on either side."""
    values = [side["specs"][field] for side in (start, end)]
    return " to ".join(tokens(spec["value"]) for spec in values) + " tokens", [
        spec["evidence"] for spec in values
    ]


def compare_licences(start: Row, end: Row) -> Detail:
    """Both licences."""
    values = [side["specs"]["license_spdx"] for side in (start, end)]
    classes = [side["specs"]["license_class"]["value"] for side in (start, end)]
    texts = [
        f"{spec['value'] or UNKNOWN} ({word or 'class ' + UNKNOWN})"
        for spec, word in zip(values, classes, strict=True)
    ]
    return " to ".join(texts), [spec["evidence"] for spec in values]


def compare_list_prices(start: Row, end: Row) -> Detail:
    """Both list prices, blended three parts input to one part output."""
    values = [side["list_price"] for side in (start, end)]
    text = " to ".join(derived_price(each["blended_3to1_usd_per_mtok"]) for each in values)
    cited = [ref for each in values for ref in each["evidence"]]
    return f"{text} per million tokens, blended 3:1", cited


def lost_modalities(start: Row, end: Row) -> Detail:
    """Modalities of `start` that an established list of `end` does not have."""
    lost, cited = [], []
    for field, word in (("input_modalities", "input"), ("output_modalities", "output")):
        here, there = start["specs"][field], end["specs"][field]
        if here["value"] is not None and there["value"] is not None:
            lost += [f"{name} {word}" for name in here["value"] if name not in there["value"]]
            cited += [here["evidence"], there["evidence"]]
    return listed(lost) if lost else "", cited


def count_providers(start: Row, end: Row) -> Detail:
    """How many sell each."""
    texts = [
        f"{count_of(len(side['providers']), 'provider')} of {side['display_name']}" for side in (start, end)
    ]
    return f"{' and '.join(texts)}; none is the same", [first_price(side) for side in (start, end)]


def name_unsold(start: Row, end: Row) -> Detail:
    """Which side has no provider."""
    unsold = [side["display_name"] for side in (start, end) if not side["providers"]]
    return f"no active route of {listed(unsold)} is known", [first_price(side) for side in (start, end)]


def compare_reasoning(start: Row, end: Row) -> Detail:
    """One reasons and the other does not."""
    states_ = [side["capabilities"]["reasoning"] for side in (start, end)]
    return f"reasoning: {states_[0]['state']} to {states_[1]['state']}", [
        each["evidence"] for each in states_
    ]


def tell_end(_: Row, end: Row) -> Detail:
    """Lifecycle of the target, with its days."""
    specs = end["specs"]
    words = [] if end["lifecycle"] == "active" else [str(end["lifecycle"])]
    for field, word in (("deprecated_on", "deprecated on"), ("retire_on", "ends on")):
        if specs[field]["value"] is not None:
            words.append(f"{word} {specs[field]['value']}")
    return f"{end['display_name']}: {', '.join(words)}", [
        specs[field]["evidence"] for field in ("lifecycle", "deprecated_on", "retire_on")
    ]


def first_price(side: Row) -> Row | None:
    """Where the first route's price was read."""
    return next((route["evidence"] for route in side["routes"] if route["evidence"]), None)


DETAILS: dict[str, Callable[[Row, Row], Detail]] = {
    "no_shared_provider": count_providers,
    "provider_unknown": name_unsold,
    "lost_capability": lambda start, end: name_capabilities(start, end, "no"),
    "unverified_capability": lambda start, end: name_capabilities(start, end, "unknown"),
    "context_shrink": lambda start, end: compare_spec("context_tokens", start, end),
    "max_output_shrink": lambda start, end: compare_spec("max_output_tokens", start, end),
    "price_increase": compare_list_prices,
    "licence_change": compare_licences,
    "modality_loss": lost_modalities,
    "reasoning_control_change": compare_reasoning,
    "api_shape_change": lambda _start, _end: ("", []),
    "lifecycle_risk": tell_end,
}
"""How each kind of FRICTIONS is told."""
