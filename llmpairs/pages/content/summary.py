"""A pair in sentences: one for each established fact that a reader asks for first, nothing else."""

from collections.abc import Callable, Iterator

from llmpairs.pages.content.evidence import Row, say
from llmpairs.pages.content.switching import states
from llmpairs.render.labels import capability_name, count_of, listed, money, route_words, tokens
from llmpairs.warehouse.vocabulary import CAPABILITIES

KIN = {
    "snapshot": "{a} and {b} are snapshots of one model.",
    "sibling": "{a} and {b} are of one family.",
    "base": "{b} derives from {a}.",
    "derivative": "{a} derives from {b}.",
}


def introduce(page: Row) -> list[Row]:
    """Who made each model, when it came out and how much it takes; only what is established."""
    return [sentence for side in (0, 1) for sentence in introduce_side(page["sides"][side], side)]


def introduce_side(side: Row, place: int) -> Iterator[Row]:
    """One sentence on one model, or none where nothing but its name is known."""
    specs = side["specs"]
    released, context = specs["released_date"], specs["context_tokens"]
    parts = []
    if released["value"] is not None:
        parts.append(
            f"was released {'around' if released['basis'] == 'derived' else 'on'} {released['value']}"
        )
        if len(released["value"]) < len("2026-05-18"):
            parts[-1] = f"was released in {released['value']}"
    if context["value"] is not None:
        parts.append(f"takes {tokens(context['value'])} tokens of context")
    if specs["is_open_weights"]["value"]:
        parts.append("has open weights")
    cited = [specs[name]["evidence"] for name in ("released_date", "context_tokens", "is_open_weights")]
    if parts and any(cited):
        yield say("intro", place, f"{side['display_name']} by {side['developer']} {listed(parts)}.", *cited)


def summarise(page: Row) -> list[Row]:
    """Sentences on kinship, capabilities, prices, routes, licences and benchmarks, as far as they are established."""
    return [sentence for rule in RULES for sentence in rule(page)]


def tell_kinship(page: Row) -> Iterator[Row]:
    """How the two are related, and how far apart they came out."""
    left, right = page["sides"]
    dates = [side["specs"]["released_date"] for side in page["sides"]]
    gap = page["record"]["release_gap_days"]
    if gap:
        first, second = (left, right) if gap > 0 else (right, left)
        text = f"{second['display_name']} came out {count_of(abs(gap), 'day')} after {first['display_name']}."
        yield say("release_gap", None, text, *(spec["evidence"] for spec in dates))
    pattern = KIN.get(page["record"]["relation"])
    cited = [spec["evidence"] for side in page["sides"] for spec in side["specs"].values()]
    if pattern and any(cited):
        text = pattern.format(a=left["display_name"], b=right["display_name"])
        yield say("relation", None, text, *cited)


def tell_capabilities(page: Row) -> Iterator[Row]:
    """What both have, and what is established on one side only."""
    left, right = page["sides"]
    common = [
        name
        for name in CAPABILITIES
        if left["capabilities"][name]["state"] == "yes" == right["capabilities"][name]["state"]
    ]
    if common:
        cited = [side["capabilities"][name]["evidence"] for name in common for side in page["sides"]]
        yield say("both_have", None, f"Both have {listed([capability_name(n) for n in common])}.", *cited)
    for place, (own, other) in enumerate(((left, right), (right, left))):
        names = states(own, other, "yes", "no")
        if names:
            cited = [side["capabilities"][name]["evidence"] for name in names for side in page["sides"]]
            text = f"{listed([capability_name(n) for n in names])}: {own['display_name']} does, "
            text += f"{other['display_name']} is established not to."
            yield say("only_one_has", place, text[0].upper() + text[1:], *cited)


def tell_prices(page: Row) -> Iterator[Row]:
    """Spread of each side's monthly costs over its routes in seed_chat."""
    for place, side in enumerate(page["sides"]):
        cost = side["costs"]["seed_chat"]
        low, high = cost["cheapest"], cost["dearest"]
        if not low or not high:
            continue
        name, count = side["display_name"], cost["eligible_offer_count"]
        if count == 1:
            text = f"{name} has one priced route in seed_chat, at {money(low['usd'])} a month ({route_words(low)})."
        else:
            text = f"Over {count} priced routes {name} costs {money(low['usd'])} to {money(high['usd'])} a month in "
            text += (
                f"seed_chat, {money(cost['median_usd'])} in the middle; the cheapest is {route_words(low)}."
            )
        yield say("cost_spread", place, text, low["evidence"], high["evidence"])


def tell_routes(page: Row) -> Iterator[Row]:
    """Least and greatest context of the routes, where they fall short of the model's own."""
    for place, side in enumerate(page["sides"]):
        limits, own = side["limits"]["context_tokens"], side["specs"]["context_tokens"]
        if limits and own["value"] and limits["least"] < own["value"] and own["evidence"]:
            ends = dict.fromkeys((tokens(limits["least"]), tokens(limits["greatest"])))
            text = f"Routes of {side['display_name']} offer {' to '.join(ends)} tokens of context; "
            text += f"the model itself takes {tokens(own['value'])}."
            yield say("route_context", place, text, own["evidence"], *(r["evidence"] for r in side["routes"]))


def tell_licences(page: Row) -> Iterator[Row]:
    """One licence or two."""
    specs = [side["specs"]["license_spdx"] for side in page["sides"]]
    if None in [spec["value"] for spec in specs]:
        return
    names = [side["display_name"] for side in page["sides"]]
    cited = [spec["evidence"] for spec in specs]
    if specs[0]["value"] == specs[1]["value"]:
        yield say("same_licence", None, f"Both are under {specs[0]['value']}.", *cited)
    else:
        text = f"{names[0]} is under {specs[0]['value']}, {names[1]} under {specs[1]['value']}."
        yield say("two_licences", None, text, *cited)


RULES: tuple[Callable[[Row], Iterator[Row]], ...] = (
    tell_kinship,
    tell_capabilities,
    tell_prices,
    tell_routes,
    tell_licences,
)
