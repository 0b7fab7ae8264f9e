"""Switching between the two sides: obstacles kind by kind, in both directions."""

from collections.abc import Callable, Sequence

from llmpairs.pages.content.evidence import unique
from llmpairs.pages.content.pair_schema import Move
from llmpairs.pages.content.schema import Profile
from llmpairs.pages.rows import PairRow
from llmpairs.render.document import Citation
from llmpairs.render.labels import (
    UNKNOWN,
    format_capability,
    format_count,
    format_derived_price,
    format_tokens,
    join_names,
)
from llmpairs.transforms.pairs.friction import SEVERITY
from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTION_SEVERITIES, FRICTIONS

Detail = tuple[str, list[Citation | None]]


def describe_moves(record: PairRow, sides: Sequence[Profile]) -> list[Move]:
    """Switching from left to right, then from right to left; `record` has the left side as its A."""
    left, right = sides
    return [
        describe_move(record["friction_a_to_b"], record["friction_kinds_a_to_b"], left, right),
        describe_move(record["friction_b_to_a"], record["friction_kinds_b_to_a"], right, left),
    ]


def describe_move(severity: str, bits: int, start: Profile, end: Profile) -> Move:
    """One direction: severity, each obstacle in detail (the worst first), and the capabilities that it gains."""
    kinds = [kind for bit, kind in enumerate(FRICTIONS) if bits >> bit & 1]
    kinds.sort(key=lambda kind: (-FRICTION_SEVERITIES.index(SEVERITY[kind]), FRICTIONS.index(kind)))
    details = [(kind, *DETAILS[kind](start, end)) for kind in kinds]
    return {
        "from": start["model_id"],
        "to": end["model_id"],
        "severity": severity,
        "obstacles": [
            {"kind": kind, "severity": SEVERITY[kind], "detail": text, "evidence": unique(cited)}
            for kind, text, cited in details
        ],
        "gains": capabilities_in_states(start, end, "no", "yes"),
    }


def capabilities_in_states(start: Profile, end: Profile, of_start: str, of_end: str) -> list[str]:
    """Capabilities in one state on the one side and another on the other."""
    here, there = start["capabilities"], end["capabilities"]
    return [name for name in CAPABILITIES if here[name]["state"] == of_start and there[name]["state"] == of_end]


def name_capabilities(start: Profile, end: Profile, state: str) -> Detail:
    """Capabilities that `start` has and that are in that state on `end`."""
    names = capabilities_in_states(start, end, "yes", state)
    cited = [side["capabilities"][name]["evidence"] for name in names for side in (start, end)]
    return join_names([format_capability(name) for name in names]), cited


def _compare_limits(field: str, start: Profile, end: Profile) -> Detail:
    specs = [side["specs"][field] for side in (start, end)]
    texts = [format_tokens(spec["value"] if isinstance(spec["value"], int) else None) for spec in specs]
    return f"{' to '.join(texts)} tokens", [spec["evidence"] for spec in specs]


def _compare_licences(start: Profile, end: Profile) -> Detail:
    specs = [side["specs"]["license_spdx"] for side in (start, end)]
    classes = [side["specs"]["license_class"]["value"] for side in (start, end)]
    texts = [
        f"{spec['value'] or UNKNOWN} ({class_ or 'class ' + UNKNOWN})"
        for spec, class_ in zip(specs, classes, strict=True)
    ]
    return " to ".join(texts), [spec["evidence"] for spec in specs]


def _compare_list_prices(start: Profile, end: Profile) -> Detail:
    prices = [side["list_price"] for side in (start, end)]
    text = " to ".join(format_derived_price(price["blended_3to1_usd_per_mtok"]) for price in prices)
    cited: list[Citation | None] = [each for price in prices for each in price["evidence"]]
    return f"{text} per million tokens, blended 3:1", cited


def name_lost_modalities(start: Profile, end: Profile) -> Detail:
    """Modalities of `start` that a known list of `end` does not have."""
    lost: list[str] = []
    cited: list[Citation | None] = []
    for field, direction in (("input_modalities", "input"), ("output_modalities", "output")):
        here, there = start["specs"][field], end["specs"][field]
        if isinstance(here["value"], list) and isinstance(there["value"], list):
            lost += [f"{name} {direction}" for name in here["value"] if name not in there["value"]]
            cited += [here["evidence"], there["evidence"]]
    return join_names(lost) if lost else "", cited


def _count_providers(start: Profile, end: Profile) -> Detail:
    texts = [f"{format_count(len(side['providers']), 'provider')} of {side['display_name']}" for side in (start, end)]
    return f"{' and '.join(texts)}; none in common", [_cite_first_price(side) for side in (start, end)]


def _name_unsold(start: Profile, end: Profile) -> Detail:
    unsold = [side["display_name"] for side in (start, end) if not side["providers"]]
    return f"no active offer of {join_names(unsold)} is known", [_cite_first_price(side) for side in (start, end)]


def _compare_reasoning(start: Profile, end: Profile) -> Detail:
    cells = [side["capabilities"]["reasoning"] for side in (start, end)]
    return f"reasoning: {cells[0]['state']} to {cells[1]['state']}", [cell["evidence"] for cell in cells]


def _describe_lifecycle(_: Profile, end: Profile) -> Detail:
    specs = end["specs"]
    parts = [] if end["lifecycle"] == "active" else [end["lifecycle"]]
    for field, label in (("deprecated_on", "deprecated on"), ("retire_on", "ends on")):
        if specs[field]["value"] is not None:
            parts.append(f"{label} {specs[field]['value']}")
    cited = [specs[field]["evidence"] for field in ("lifecycle", "deprecated_on", "retire_on")]
    return f"{end['display_name']}: {', '.join(parts)}", cited


def _cite_first_price(side: Profile) -> Citation | None:
    return next((offer["evidence"] for offer in side["routes"] if offer["evidence"]), None)


DETAILS: dict[str, Callable[[Profile, Profile], Detail]] = {
    "no_shared_provider": _count_providers,
    "provider_unknown": _name_unsold,
    "lost_capability": lambda start, end: name_capabilities(start, end, "no"),
    "unverified_capability": lambda start, end: name_capabilities(start, end, "unknown"),
    "context_shrink": lambda start, end: _compare_limits("context_tokens", start, end),
    "max_output_shrink": lambda start, end: _compare_limits("max_output_tokens", start, end),
    "price_increase": _compare_list_prices,
    "licence_change": _compare_licences,
    "modality_loss": name_lost_modalities,
    "reasoning_control_change": _compare_reasoning,
    "api_shape_change": lambda _start, _end: ("", []),
    "lifecycle_risk": _describe_lifecycle,
}
"""Details of each kind of FRICTIONS."""
