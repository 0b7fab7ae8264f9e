"""What speaks for each side: one sentence for each established difference above a threshold, the largest first."""

from collections.abc import Callable, Iterator, Sequence
from math import log2

from llmpairs.pages.content.evidence import Row, say
from llmpairs.pages.content.switching import states
from llmpairs.render.labels import capability_name, count_of, listed, money, route_words, times, tokens

CHEAPER = 1.1
"""A cost must be that many times lower to speak for a side."""
LARGER = 1.25
"""As must a context window or a longest answer."""
MORE_OPERATORS = 1.5
STRENGTH = {
    "gate": 4.0,
    "lower_cost": 1.0,
    "larger_context": 0.8,
    "capabilities": 1.0,
    "benchmarks": 1.5,
    "open_licence": 1.0,
    "more_operators": 0.5,
    "longer_answers": 0.4,
}
"""Weight of each kind; ratios count by their logarithm to base 2, capabilities by their number."""


def rank_tradeoffs(page: Row) -> list[list[Row]]:
    """Sentences for the left and for the right side, the strongest first.

    `page` has the blocks that are done: sides, decisions, costs, benchmarks, silent_sources.
    """
    return [
        sorted(
            (sentence for rule in RULES for sentence in rule(page, place)),
            key=lambda sentence: (-sentence["strength"], sentence["kind"], sentence["text"]),
        )
        for place in (0, 1)
    ]


def name_one_sided(page: Row) -> list[list[Row]]:
    """What is established of one side while nothing settles it for the other: no advantage, only known."""
    return [[sentence for rule in ONE_SIDED for sentence in rule(page["sides"], place)] for place in (0, 1)]


def wins_by_gate(page: Row, place: int) -> Iterator[Row]:
    """Workloads that only this side can serve."""
    own, other = page["sides"][place], page["sides"][1 - place]
    for row in page["decisions"]:
        if row["reason"] != "gate" or row["winner"] != place:
            continue
        gates = row["sides"][1 - place]["failed_gates"]
        cited = [ref for gate in gates for side in (own, other) for ref in gate_evidence(side, gate)]
        text = f"Only {own['display_name']} can serve {row['scenario_id']}: {other['display_name']} is established "
        text += f"to lack {listed([gate_name(gate) for gate in gates])}."
        yield say("gate", place, text, *cited, strength=STRENGTH["gate"])


def gate_name(gate: str) -> str:
    """A gate inside a sentence."""
    sizes = {"context": "a context window that is large enough", "max_output": "answers that are long enough"}
    return sizes.get(gate) or capability_name(gate)


def gate_evidence(side: Row, gate: str) -> list[Row]:
    """Where a side's standing at a gate was read; sizes of routes were read beside their prices."""
    if gate in side["capabilities"]:
        cited = [side["capabilities"][gate]["evidence"]]
    else:
        cited = [
            side["specs"][f"{gate}_tokens"]["evidence"],
            *(route["evidence"] for route in side["routes"]),
        ]
    return [ref for ref in cited if ref is not None]


def costs_less(page: Row, place: int) -> Iterator[Row]:
    """The cheaper side in seed_chat."""
    row = next(row for row in page["costs"] if row["scenario_id"] == "seed_chat")
    own, other = row["sides"][place]["cheapest"], row["sides"][1 - place]["cheapest"]
    if not own or not other or own["usd"] <= 0 or other["usd"] / own["usd"] < CHEAPER:
        return
    ratio = other["usd"] / own["usd"]
    names = [page["sides"][i]["display_name"] for i in (place, 1 - place)]
    text = (
        f"{names[0]} costs less in seed_chat: {money(own['usd'])} a month on its cheapest route ({route_words(own)}), "
        f"against {money(other['usd'])}, {times(ratio)} as much, on the cheapest route of {names[1]} "
        f"({route_words(other)}). Quality is not part of this figure."
    )
    yield say(
        "lower_cost",
        place,
        text,
        own["evidence"],
        other["evidence"],
        strength=STRENGTH["lower_cost"] * log2(ratio),
    )


def exceeds(kind: str, field: str, phrase: str) -> Callable[[Row, int], Iterator[Row]]:
    """A rule for a spec in tokens that is larger on one side."""

    def rule(page: Row, place: int) -> Iterator[Row]:
        own, other = (page["sides"][i]["specs"][field] for i in (place, 1 - place))
        if own["value"] is None or other["value"] is None or own["value"] < LARGER * other["value"]:
            return
        ratio = own["value"] / other["value"]
        name = page["sides"][place]["display_name"]
        text = f"{name} {phrase}: {tokens(own['value'])} tokens, {times(ratio)} the {tokens(other['value'])}"
        text += f" of {page['sides'][1 - place]['display_name']}."
        yield say(
            kind, place, text, own["evidence"], other["evidence"], strength=STRENGTH[kind] * log2(ratio)
        )

    return rule


def has_capabilities(page: Row, place: int) -> Iterator[Row]:
    """Capabilities that are established here and established to be absent there."""
    own, other = page["sides"][place], page["sides"][1 - place]
    names = states(own, other, "yes", "no")
    if names:
        cited = [side["capabilities"][name]["evidence"] for name in names for side in (own, other)]
        text = f"{own['display_name']} has {listed([capability_name(name) for name in names])}; "
        text += f"{other['display_name']} is established not to."
        yield say("capabilities", place, text, *cited, strength=STRENGTH["capabilities"] * len(names))


def scores_higher(page: Row, place: int) -> Iterator[Row]:
    """Comparable benchmark rows, of which this side is ahead in most."""
    rows = [row for row in page["benchmarks"]["comparable"] if row["ahead"] is not None]
    won = [row for row in rows if row["ahead"] == place]
    if 2 * len(won) <= len(rows):
        return
    of_labs = sum(any(side["evaluator_class"] == "lab_claimed" for side in row["sides"]) for row in rows)
    names = list(dict.fromkeys(row["benchmark"] for row in rows))
    text = (
        f"{page['sides'][place]['display_name']} scores better in {len(won)} of {count_of(len(rows), 'row')} of "
        f"{listed(names)}, at the same version, harness, effort and kind of evaluator"
    )
    text += f"; in {of_labs} of them the scores are the labs' own." if of_labs else "."
    cited = [side["evidence"] for row in rows for side in row["sides"]]
    lead = (2 * len(won) - len(rows)) / len(rows)
    yield say("benchmarks", place, text, *cited, strength=STRENGTH["benchmarks"] * lead)


def is_open(page: Row, place: int) -> Iterator[Row]:
    """An open licence beside one that is not."""
    own, other = (page["sides"][i]["specs"] for i in (place, 1 - place))
    if own["license_class"]["value"] != "open" or other["license_class"]["value"] not in (
        "restricted",
        "closed",
    ):
        return
    names = [page["sides"][i]["display_name"] for i in (place, 1 - place)]
    text = f"{names[0]} is under {own['license_spdx']['value']}, an open source licence; the licence of {names[1]}"
    text += f" ({other['license_spdx']['value']}) is {other['license_class']['value']}."
    cited = (own["license_spdx"]["evidence"], other["license_spdx"]["evidence"])
    yield say("open_licence", place, text, *cited, strength=STRENGTH["open_licence"])


def has_more_operators(page: Row, place: int) -> Iterator[Row]:
    """More known operators; only when every catalogue and provider answered: a silent one may sell the other."""
    own, other = page["sides"][place], page["sides"][1 - place]
    here, there = len(own["operators"]), len(other["operators"])
    if page["silent_sources"] or not there or here < MORE_OPERATORS * there:
        return
    text = f"{own['display_name']} is run by {count_of(here, 'known operator')}, {other['display_name']} by {there}."
    strength = STRENGTH["more_operators"] * log2(here / there)
    cited = [route["evidence"] for side in (own, other) for route in side["routes"] if route["evidence"]]
    if cited:
        yield say("more_operators", place, text, *cited, strength=strength)


def knows_capabilities(sides: Sequence[Row], place: int) -> Iterator[Row]:
    """Capabilities that are established here and open there."""
    own, other = sides[place], sides[1 - place]
    names = states(own, other, "yes", "unknown")
    if names:
        cited = [own["capabilities"][name]["evidence"] for name in names]
        text = f"{listed([capability_name(name) for name in names])}: established for {own['display_name']}, "
        text += f"not established either way for {other['display_name']}."
        yield say("capabilities_one_sided", place, text[0].upper() + text[1:], *cited)


def knows_cost(sides: Sequence[Row], place: int) -> Iterator[Row]:
    """A token price on this side alone."""
    own, other = (side["costs"]["seed_chat"]["cheapest"] for side in (sides[place], sides[1 - place]))
    if own and not other:
        names = [sides[i]["display_name"] for i in (place, 1 - place)]
        text = f"{names[0]} has metered prices, from {money(own['usd'])} a month in seed_chat on its cheapest route "
        text += f"({route_words(own)}); no usable price of {names[1]} is established."
        yield say("price_one_sided", place, text, own["evidence"])


RULES: tuple[Callable[[Row, int], Iterator[Row]], ...] = (
    wins_by_gate,
    costs_less,
    exceeds("larger_context", "context_tokens", "takes longer prompts"),
    exceeds("longer_answers", "max_output_tokens", "gives longer answers"),
    has_capabilities,
    scores_higher,
    is_open,
    has_more_operators,
)
ONE_SIDED = (knows_capabilities, knows_cost)
