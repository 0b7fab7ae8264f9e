"""Questions that a page answers, each only where the facts for its answer are known."""

from collections.abc import Callable, Iterator

from llmpairs.pages.content.blocks import ALWAYS_SHOWN
from llmpairs.pages.content.evidence import make_sentence
from llmpairs.pages.content.pair_schema import PairFacts
from llmpairs.pages.content.schema import Profile, Question, Sentence, names_of
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


def _which_context(page: PairFacts) -> Answered:
    specs = [side["specs"]["context_tokens"] for side in page["sides"]]
    values = [spec["value"] for spec in specs if isinstance(spec["value"], int)]
    if len(values) < len(specs):
        return
    small, large = sorted((0, 1), key=lambda position: values[position])
    ratio = values[large] / values[small]
    if ratio < LARGER_RATIO:
        return
    names = names_of(page["sides"])
    text = (
        f"{names[large]}: {format_tokens(values[large])} tokens, {format_ratio(ratio)} the "
        f"{format_tokens(values[small])} of {names[small]}. An offer may have less than the model takes; see the table "
        "of offers."
    )
    question = f"Which has the larger context window, {names[0]} or {names[1]}?"
    yield question, make_sentence("context", large, text, *(spec["evidence"] for spec in specs))


def _which_licence(page: PairFacts) -> Answered:
    specs = [side["specs"] for side in page["sides"]]
    known = [position for position in (0, 1) if specs[position]["license_spdx"]["value"] is not None]
    if not known:
        return
    names = names_of(page["sides"])
    parts = []
    for name, side in zip(names, specs, strict=True):
        licence, class_ = side["license_spdx"]["value"], side["license_class"]["value"]
        details = f" ({LICENCE_CLASS_LABELS[str(class_)]})" if class_ else ""
        parts.append(f"{name} is under {licence}{details}." if licence else f"The licence of {name} is not known.")
    cited = [specs[position]["license_spdx"]["evidence"] for position in known]
    question = f"Under which licences are {names[0]} and {names[1]}?"
    yield question, make_sentence("licence", None, " ".join(parts), *cited)


def which_capability(page: PairFacts) -> Answered:
    """Capabilities that exactly one side is known to support; a no and an unknown are worded differently."""
    names = names_of(page["sides"])
    for position, capability in enumerate(CAPABILITY_LABELS):
        cells = [side["capabilities"][capability] for side in page["sides"]]
        states = [cell["state"] for cell in cells]
        if states.count("yes") != 1 or ("unknown" in states and position >= ALWAYS_SHOWN):
            continue
        has = states.index("yes")
        count = cells[has]["routes_yes"]
        text = f"{names[has]} supports it" + (f", stated on {format_count(count, 'active offer')}" if count else "")
        other = names[1 - has]
        text += f"; {other} does not." if states[1 - has] == "no" else f". It is not known for {other}."
        question = f"Which supports {format_capability(capability)}, {names[0]} or {names[1]}?"
        kind = f"capability:{capability}"
        yield question, make_sentence(kind, has, text, *(cell["evidence"] for cell in cells))


def _which_is_cheaper(page: PairFacts) -> Answered:
    row = next(row for row in page["costs"] if row["scenario_id"] == DETAILED_SCENARIO)
    best = [side["best"] for side in row["sides"] if side["best"]]
    if len(best) < len(row["sides"]):
        return
    names = names_of(page["sides"])
    parts = [
        f"{name}: from {format_money(cost['usd'])} a month at {describe_offer(cost)}."
        for name, cost in zip(names, best, strict=True)
    ]
    traffic = f"{row['prompt_tokens']} tokens in, {row['output_tokens']} out, {row['requests_per_month']:,} requests"
    text = f"For {traffic} a month. {' '.join(parts)} Tokens spent on reasoning are not counted."
    question = f"What do {names[0]} and {names[1]} cost for {row['label'].lower()}?"
    yield question, make_sentence("cost", None, text, *(cost["evidence"] for cost in best))


def _where_to_run(page: PairFacts) -> Answered:
    cited = [offer["evidence"] for side in page["sides"] for offer in side["routes"] if offer["evidence"] is not None]
    if not cited or not any(side["providers"] for side in page["sides"]):
        return
    names = names_of(page["sides"])
    qualifier = "at least " if page["silent_sources"] else ""
    parts = [_name_providers(side, qualifier) for side in page["sides"]]
    shared = page["shared"]["providers"]
    if shared:
        parts.append(f"Both are sold by {join_first_names([provider['name'] for provider in shared])}.")
    question = f"Where can I run {names[0]} and {names[1]}?"
    yield question, make_sentence("routes", None, " ".join(parts), *cited)


def _name_providers(side: Profile, qualifier: str) -> str:
    names = [provider["name"] for provider in side["providers"]]
    if not names:
        return f"No active offer of {side['display_name']} is known."
    count = format_count(len(names), "provider")
    return f"{side['display_name']} is sold by {qualifier}{count}: {join_first_names(names)}."


RULES: tuple[Callable[[PairFacts], Answered], ...] = (
    _which_context,
    _which_licence,
    _which_is_cheaper,
    which_capability,
    _where_to_run,
)
