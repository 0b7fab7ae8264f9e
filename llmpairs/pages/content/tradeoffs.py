"""Advantages of each side: one sentence for each known difference above a threshold, highest impact first."""

from collections.abc import Callable, Iterator
from math import log2

from llmpairs.pages.content.evidence import make_sentence
from llmpairs.pages.content.pair_schema import PairFacts
from llmpairs.pages.content.schema import Profile, Sentence
from llmpairs.pages.content.switching import capabilities_in_states
from llmpairs.render.document import Citation
from llmpairs.render.labels import (
    GATE_LABELS,
    format_capability,
    format_count,
    format_money,
    format_tokens,
    join_names,
    label_workload,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

CHEAPER_RATIO = 1.1
"""A cost lower by less than this ratio is no advantage."""
LARGER_RATIO = 1.25
"""A context window or max output larger by less than this ratio is no advantage."""
MORE_OPERATORS_RATIO = 1.5
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


def rank_tradeoffs(page: PairFacts) -> list[list[Sentence]]:
    """Sentences for the left and for the right side, the strongest first."""
    return [
        sorted(
            (sentence for rule in RULES for sentence in rule(page, position)),
            key=lambda sentence: (-sentence["strength"], sentence["kind"], sentence["text"]),
        )
        for position in (0, 1)
    ]


def find_one_sided_facts(page: PairFacts) -> list[list[Sentence]]:
    """Facts that are known for one side and unknown for the other, which makes them no advantage."""
    return [[sentence for rule in ONE_SIDED for sentence in rule(page, position)] for position in (0, 1)]


def _wins_by_requirement(page: PairFacts, position: int) -> Iterator[Sentence]:
    own, other = page["sides"][position], page["sides"][1 - position]
    for row in page["decisions"]:
        if row["reason"] != "requirement_failed" or row["winner"] != position:
            continue
        gates = row["sides"][1 - position]["failed_gates"]
        cited = [each for gate in gates for side in (own, other) for each in _cite_requirement(side, gate)]
        lacking = join_names([GATE_LABELS.get(gate) or format_capability(gate) for gate in gates])
        text = f"Only {own['display_name']} can serve {row['label']}: "
        text += f"{other['display_name']} does not support {lacking}."
        yield make_sentence("gate", position, text, *cited, strength=STRENGTH["gate"])


def _cite_requirement(side: Profile, gate: str) -> list[Citation]:
    if gate in side["capabilities"]:
        cited = [side["capabilities"][gate]["evidence"]]
    else:
        cited = [side["specs"][f"{gate}_tokens"]["evidence"], *(offer["evidence"] for offer in side["routes"])]
    return [each for each in cited if each is not None]


def _costs_less(page: PairFacts, position: int) -> Iterator[Sentence]:
    row = next(row for row in page["costs"] if row["scenario_id"] == DETAILED_SCENARIO)
    own, other = row["sides"][position]["best"], row["sides"][1 - position]["best"]
    if not own or not other or own["usd"] <= 0 or other["usd"] / own["usd"] < CHEAPER_RATIO:
        return
    text = f"Lower cost: {format_money(own['usd'])} a month for {row['label']} at {own['operator']}, against "
    text += f"{format_money(other['usd'])}."
    strength = STRENGTH["lower_cost"] * log2(other["usd"] / own["usd"])
    yield make_sentence("lower_cost", position, text, own["evidence"], other["evidence"], strength=strength)


def exceeds(kind: str, field: str, phrase: str) -> Callable[[PairFacts, int], Iterator[Sentence]]:
    """Make a rule for a number of tokens that is larger on one side."""

    def rule(page: PairFacts, position: int) -> Iterator[Sentence]:
        own, other = (page["sides"][i]["specs"][field] for i in (position, 1 - position))
        value, other_value = own["value"], other["value"]
        if not isinstance(value, int) or not isinstance(other_value, int) or value < LARGER_RATIO * other_value:
            return
        text = f"Larger {phrase}: {format_tokens(value)} tokens against {format_tokens(other_value)}."
        strength = STRENGTH[kind] * log2(value / other_value)
        yield make_sentence(kind, position, text, own["evidence"], other["evidence"], strength=strength)

    return rule


def supports(kind: str, state: str, ending: str) -> Callable[[PairFacts, int], Iterator[Sentence]]:
    """Make a rule for capabilities that this side supports and that are in that state on the other."""

    def rule(page: PairFacts, position: int) -> Iterator[Sentence]:
        own, other = page["sides"][position], page["sides"][1 - position]
        names = capabilities_in_states(own, other, "yes", state)
        if names:
            cited = [side["capabilities"][name]["evidence"] for name in names for side in (own, other)]
            text = f"Supports {join_names([format_capability(name) for name in names])}; "
            strength = STRENGTH.get(kind, 0.0) * len(names)
            yield make_sentence(kind, position, text + ending.format(other["display_name"]), *cited, strength=strength)

    return rule


def scores_higher(page: PairFacts, position: int) -> Iterator[Sentence]:
    """Shared benchmark rows, each side at its best published effort, of which this side leads most."""
    rows = [row for row in page["benchmarks"]["indicative"] if row["ahead"] is not None]
    won = [row for row in rows if row["ahead"] == position]
    if 2 * len(won) <= len(rows):
        return
    of_labs = sum(any(side["evaluator_class"] == "lab_claimed" for side in row["sides"]) for row in rows)
    names = list(dict.fromkeys(row["benchmark"] for row in rows))
    text = f"Scores higher in {len(won)} of {format_count(len(rows), 'metric')} of {join_names(names)}, "
    text += "each model at its best effort"
    text += f"; in {of_labs} of them the scores are the labs' own." if of_labs else "."
    cited = [side["evidence"] for row in rows for side in row["sides"]]
    lead = (2 * len(won) - len(rows)) / len(rows)
    yield make_sentence("benchmarks", position, text, *cited, strength=STRENGTH["benchmarks"] * lead)


def _is_open(page: PairFacts, position: int) -> Iterator[Sentence]:
    own, other = (page["sides"][i]["specs"] for i in (position, 1 - position))
    other_class = other["license_class"]["value"]
    if own["license_class"]["value"] != "open" or other_class not in ("restricted", "proprietary"):
        return
    text = f"Open source licence: {own['license_spdx']['value']}. The other licence "
    text += f"({other['license_spdx']['value']}) is {other_class}."
    cited = (own["license_spdx"]["evidence"], other["license_spdx"]["evidence"])
    yield make_sentence("open_licence", position, text, *cited, strength=STRENGTH["open_licence"])


def has_more_operators(page: PairFacts, position: int) -> Iterator[Sentence]:
    """More known operators, only when every catalogue and provider answered: a silent one may sell the other."""
    own, other = page["sides"][position], page["sides"][1 - position]
    here, there = len(own["operators"]), len(other["operators"])
    if page["silent_sources"] or not there or here < MORE_OPERATORS_RATIO * there:
        return
    text = f"Run by {format_count(here, 'known operator')}, against {there}."
    strength = STRENGTH["more_operators"] * log2(here / there)
    cited = [offer["evidence"] for side in (own, other) for offer in side["routes"] if offer["evidence"]]
    if cited:
        yield make_sentence("more_operators", position, text, *cited, strength=strength)


def _has_known_cost(page: PairFacts, position: int) -> Iterator[Sentence]:
    sides = page["sides"]
    own, other = (sides[i]["costs"][DETAILED_SCENARIO]["best"] for i in (position, 1 - position))
    if own and not other:
        names = [sides[i]["display_name"] for i in (position, 1 - position)]
        text = f"{names[0]} costs from {format_money(own['usd'])} a month for {label_workload(DETAILED_SCENARIO)} at "
        text += f"{own['operator']}; no price of a named operator is known for {names[1]}."
        yield make_sentence("price_one_sided", position, text, own["evidence"])


Rule = Callable[[PairFacts, int], Iterator[Sentence]]
RULES: tuple[Rule, ...] = (
    _wins_by_requirement,
    _costs_less,
    exceeds("larger_context", "context_tokens", "context window"),
    exceeds("longer_answers", "max_output_tokens", "max output"),
    supports("capabilities", "no", "{} does not."),
    scores_higher,
    _is_open,
    has_more_operators,
)
ONE_SIDED: tuple[Rule, ...] = (supports("capabilities_one_sided", "unknown", "not known for {}."), _has_known_cost)
