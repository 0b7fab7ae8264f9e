"""A pair in sentences: one for each known fact, nothing else."""

from collections.abc import Callable, Iterator

from llmpairs.pages.content.evidence import make_sentence
from llmpairs.pages.content.pair_schema import PairFacts
from llmpairs.pages.content.schema import Profile, Sentence
from llmpairs.pages.content.switching import capabilities_in_states
from llmpairs.render.labels import (
    describe_offer,
    format_capability,
    format_count,
    format_money,
    format_tokens,
    join_names,
    label_workload,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

RELATION_TEXTS = {
    "snapshot": "{a} and {b} are snapshots of one model.",
    "sibling": "{a} and {b} are of one family.",
    "base": "{b} derives from {a}.",
    "derivative": "{a} derives from {b}.",
}


def introduce(page: PairFacts) -> list[Sentence]:
    """Release, context window and weights of each model, as far as they are known."""
    return [sentence for position in (0, 1) for sentence in introduce_side(page["sides"][position], position)]


def introduce_side(side: Profile, position: int) -> Iterator[Sentence]:
    """One sentence on one model, or none where only its name is known."""
    specs = side["specs"]
    released, context = specs["released_date"], specs["context_tokens"]
    parts = []
    if isinstance(released["value"], str):
        is_day = len(released["value"]) >= len("2026-05-18")
        when = "in" if not is_day else "around" if released["basis"] == "derived" else "on"
        parts.append(f"was released {when} {released['value']}")
    if isinstance(context["value"], int):
        parts.append(f"takes {format_tokens(context['value'])} tokens of context")
    if specs["is_open_weights"]["value"]:
        parts.append("has open weights")
    cited = [specs[name]["evidence"] for name in ("released_date", "context_tokens", "is_open_weights")]
    if parts and any(cited):
        text = f"{side['display_name']} by {side['developer']} {join_names(parts)}."
        yield make_sentence("intro", position, text, *cited)


def summarise(page: PairFacts) -> list[Sentence]:
    """Sentences on the pair, from every rule in order."""
    return [sentence for rule in RULES for sentence in rule(page)]


def _describe_relation(page: PairFacts) -> Iterator[Sentence]:
    left, right = page["sides"]
    dates = [side["specs"]["released_date"] for side in page["sides"]]
    gap = page["record"]["release_gap_days"]
    if gap:
        first, second = (left, right) if gap > 0 else (right, left)
        text = f"{second['display_name']} came out {format_count(abs(gap), 'day')} after {first['display_name']}."
        yield make_sentence("release_gap", None, text, *(spec["evidence"] for spec in dates))
    pattern = RELATION_TEXTS.get(page["record"]["relation"])
    cited = [spec["evidence"] for side in page["sides"] for spec in side["specs"].values()]
    if pattern and any(cited):
        text = pattern.format(a=left["display_name"], b=right["display_name"])
        yield make_sentence("relation", None, text, *cited)


def describe_capabilities(page: PairFacts) -> Iterator[Sentence]:
    """Capabilities that both support, and those that one side is known not to support."""
    left, right = page["sides"]
    common = capabilities_in_states(left, right, "yes", "yes")
    if common:
        cited = [side["capabilities"][name]["evidence"] for name in common for side in page["sides"]]
        text = f"Both have {join_names([format_capability(name) for name in common])}."
        yield make_sentence("both_have", None, text, *cited)
    for position, (own, other) in enumerate(((left, right), (right, left))):
        names = capabilities_in_states(own, other, "yes", "no")
        if names:
            cited = [side["capabilities"][name]["evidence"] for name in names for side in page["sides"]]
            text = f"{own['display_name']} supports {join_names([format_capability(name) for name in names])}; "
            text += f"{other['display_name']} does not."
            yield make_sentence("only_one_has", position, text, *cited)


def describe_prices(page: PairFacts) -> Iterator[Sentence]:
    """Range of each side's monthly cost over its offers in the detailed workload."""
    label = label_workload(DETAILED_SCENARIO)
    for position, side in enumerate(page["sides"]):
        cost = side["costs"][DETAILED_SCENARIO]
        low, high = cost["best"], cost["dearest"]
        if not low or not high:
            continue
        name, count = side["display_name"], cost["eligible_offer_count"]
        if count == 1:
            text = f"{name} has one priced offer for {label}, at {format_money(low['usd'])} a month "
            text += f"({describe_offer(low)})."
        else:
            text = f"{name} costs {format_money(low['usd'])} to {format_money(high['usd'])} a month for {label}. "
            text += f"The median of {count} offers is {format_money(cost['median_usd'])}. "
            text += f"The best price of a named operator is at {describe_offer(low)}."
        yield make_sentence("cost_spread", position, text, low["evidence"], high["evidence"])


def describe_limits(page: PairFacts) -> Iterator[Sentence]:
    """Context limits of offers that fall short of the model's context window."""
    for position, side in enumerate(page["sides"]):
        limits, own = side["limits"]["context_tokens"], side["specs"]["context_tokens"]
        window = own["value"]
        if limits and isinstance(window, int) and limits["least"] < window and own["evidence"]:
            ends = dict.fromkeys((format_tokens(limits["least"]), format_tokens(limits["greatest"])))
            text = f"Offers of {side['display_name']} have {' to '.join(ends)} tokens of context; "
            text += f"the model itself takes {format_tokens(window)}."
            cited = (offer["evidence"] for offer in side["routes"])
            yield make_sentence("route_context", position, text, own["evidence"], *cited)


def _describe_licences(page: PairFacts) -> Iterator[Sentence]:
    specs = [side["specs"]["license_spdx"] for side in page["sides"]]
    if None in [spec["value"] for spec in specs]:
        return
    names = [side["display_name"] for side in page["sides"]]
    cited = [spec["evidence"] for spec in specs]
    if specs[0]["value"] == specs[1]["value"]:
        yield make_sentence("same_licence", None, f"Both are under {specs[0]['value']}.", *cited)
    else:
        text = f"{names[0]} is under {specs[0]['value']}, {names[1]} under {specs[1]['value']}."
        yield make_sentence("two_licences", None, text, *cited)


RULES: tuple[Callable[[PairFacts], Iterator[Sentence]], ...] = (
    _describe_relation,
    describe_capabilities,
    describe_prices,
    describe_limits,
    _describe_licences,
)
