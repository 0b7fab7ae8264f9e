"""Questions that a page answers, each only where the facts for its answer are known."""

from collections.abc import Callable, Iterator, Mapping

from llmpairs.pages.content.blocks import ALWAYS_SHOWN
from llmpairs.pages.content.evidence import make_sentence
from llmpairs.pages.content.pair_schema import PairFacts
from llmpairs.pages.content.schema import Capability, Profile, Question, Sentence, Spec
from llmpairs.pages.content.tradeoffs import LARGER_RATIO
from llmpairs.render.labels import (
    CAPABILITY_LABELS,
    LICENCE_CLASS_LABELS,
    describe_offer,
    format_capability,
    format_count,
    format_money,
    format_ratio,
    format_tokens,
    join_first_names,
)
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

Answered = Iterator[tuple[str, Sentence]]


def answer_questions(page: PairFacts) -> list[Question]:
    """Questions with their answers, each a sentence with its citations."""
    return [{"question": question, "answer": answer} for rule in RULES for question, answer in rule(page)]


def names_of(page: PairFacts) -> tuple[str, str]:
    """Both names, left first."""
    left, right = (side["display_name"] for side in page["sides"])
    return left, right


def which_context(page: PairFacts) -> Answered:
    """Context windows that differ by LARGER_RATIO or more."""
    specs = [side["specs"]["context_tokens"] for side in page["sides"]]
    values = [spec["value"] for spec in specs if isinstance(spec["value"], int)]
    if len(values) < len(specs):
        return
    small, large = sorted((0, 1), key=lambda position: values[position])
    ratio = values[large] / values[small]
    if ratio < LARGER_RATIO:
        return
    names = names_of(page)
    text = (
        f"{names[large]}: {format_tokens(values[large])} tokens, {format_ratio(ratio)} the "
        f"{format_tokens(values[small])} of {names[small]}. An offer may have less than the model takes; see the table "
        "of offers."
    )
    question = f"Which has the larger context window, {names[0]} or {names[1]}?"
    yield question, make_sentence("context", large, text, *(spec["evidence"] for spec in specs))


def which_licence(page: PairFacts) -> Answered:
    """Licences, where at least one is known."""
    specs = [side["specs"] for side in page["sides"]]
    known = [position for position in (0, 1) if specs[position]["license_spdx"]["value"] is not None]
    if not known:
        return
    names = names_of(page)
    parts = [describe_licence(names[position], specs[position]) for position in (0, 1)]
    cited = [specs[position]["license_spdx"]["evidence"] for position in known]
    question = f"Under which licences are {names[0]} and {names[1]}?"
    yield question, make_sentence("licence", None, " ".join(parts), *cited)


def describe_licence(name: str, specs: Mapping[str, Spec]) -> str:
    """Licence of one side, with its class where that is known."""
    licence, class_ = specs["license_spdx"]["value"], specs["license_class"]["value"]
    if licence is None:
        return f"The licence of {name} is not known."
    return f"{name} is under {licence}" + (f" ({LICENCE_CLASS_LABELS[str(class_)]})." if class_ else ".")


def which_capability(page: PairFacts) -> Answered:
    """Capabilities that exactly one side is known to support; a no and an unknown are worded differently."""
    names = names_of(page)
    for position, capability in enumerate(CAPABILITY_LABELS):
        cells = [side["capabilities"][capability] for side in page["sides"]]
        states = [cell["state"] for cell in cells]
        if states.count("yes") != 1 or ("unknown" in states and position >= ALWAYS_SHOWN):
            continue
        has = states.index("yes")
        text = f"{names[has]} supports it{count_offers(cells[has])}"
        if states[1 - has] == "no":
            text += f"; {names[1 - has]} does not."
        else:
            text += f". It is not known for {names[1 - has]}."
        question = f"Which supports {format_capability(capability)}, {names[0]} or {names[1]}?"
        kind = f"capability:{capability}"
        yield question, make_sentence(kind, has, text, *(cell["evidence"] for cell in cells))


def count_offers(cell: Capability) -> str:
    """Number of offers that state a capability, where any does."""
    return f", stated on {format_count(cell['routes_yes'], 'active offer')}" if cell["routes_yes"] else ""


def which_is_cheaper(page: PairFacts) -> Answered:
    """Cheapest offers of both sides in the detailed workload."""
    row = next(row for row in page["costs"] if row["scenario_id"] == DETAILED_SCENARIO)
    cheapest = [side["cheapest"] for side in row["sides"] if side["cheapest"]]
    if len(cheapest) < len(row["sides"]):
        return
    names = names_of(page)
    parts = [
        f"{name}: from {format_money(cost['usd'])} a month on its cheapest offer ({describe_offer(cost)})."
        for name, cost in zip(names, cheapest, strict=True)
    ]
    traffic = f"{row['prompt_tokens']} tokens in, {row['output_tokens']} out, {row['requests_per_month']:,} requests"
    text = f"For {traffic} a month. {' '.join(parts)} Tokens spent on reasoning are not counted."
    question = f"What do {names[0]} and {names[1]} cost for {row['label'].lower()}?"
    yield question, make_sentence("cost", None, text, *(cost["evidence"] for cost in cheapest))


def where_to_run(page: PairFacts) -> Answered:
    """Providers of each side, and those that sell both."""
    cited = [offer["evidence"] for side in page["sides"] for offer in side["routes"] if offer["evidence"] is not None]
    if not cited or not any(side["providers"] for side in page["sides"]):
        return
    names = names_of(page)
    qualifier = "at least " if page["silent_sources"] else ""
    parts = [name_providers(side, qualifier) for side in page["sides"]]
    shared = page["shared"]["providers"]
    if shared:
        parts.append(f"Both are sold by {join_first_names([provider['name'] for provider in shared])}.")
    question = f"Where can I run {names[0]} and {names[1]}?"
    yield question, make_sentence("routes", None, " ".join(parts), *cited)


def name_providers(side: Profile, qualifier: str) -> str:
    """Number of providers with active offers of a side, and some of their names."""
    names = [provider["name"] for provider in side["providers"]]
    if not names:
        return f"No active offer of {side['display_name']} is known."
    count = format_count(len(names), "provider")
    return f"{side['display_name']} is sold by {qualifier}{count}: {join_first_names(names)}."


RULES: tuple[Callable[[PairFacts], Answered], ...] = (
    which_context,
    which_licence,
    which_is_cheaper,
    which_capability,
    where_to_run,
)
