"""Questions that a page answers: each stands only where the facts for its answer are established."""

from collections.abc import Iterator

from llmpairs.pages.content.blocks import ALWAYS_SHOWN
from llmpairs.pages.content.evidence import Row, say
from llmpairs.pages.content.tradeoffs import LARGER
from llmpairs.render.labels import (
    CAPABILITY_WORDS,
    LICENCE_CLASS_WORDS,
    capability_name,
    count_of,
    list_some,
    money,
    route_words,
    times,
    tokens,
)


def ask(page: Row) -> list[Row]:
    """Questions with their answers, each a sentence with its evidence."""
    return [{"question": question, "answer": answer} for rule in RULES for question, answer in rule(page)]


def names_of(page: Row) -> tuple[str, str]:
    """Both names, left first."""
    left, right = (side["display_name"] for side in page["sides"])
    return left, right


def which_context(page: Row) -> Iterator[tuple[str, Row]]:
    """Context windows that differ by a quarter or more."""
    specs = [side["specs"]["context_tokens"] for side in page["sides"]]
    if None in [spec["value"] for spec in specs]:
        return
    small, large = sorted((0, 1), key=lambda place: int(specs[place]["value"]))
    ratio = specs[large]["value"] / specs[small]["value"]
    if ratio < LARGER:
        return
    names = names_of(page)
    text = (
        f"{names[large]}: {tokens(specs[large]['value'])} tokens, {times(ratio)} the {tokens(specs[small]['value'])} "
        f"of {names[small]}. A route may offer less than the model takes; the table of routes says which."
    )
    cited = (spec["evidence"] for spec in specs)
    yield f"Which takes longer prompts, {names[0]} or {names[1]}?", say("context", large, text, *cited)


def which_licence(page: Row) -> Iterator[tuple[str, Row]]:
    """Licences, where at least one is known."""
    specs = [side["specs"] for side in page["sides"]]
    known = [place for place in (0, 1) if specs[place]["license_spdx"]["value"] is not None]
    if not known:
        return
    names = names_of(page)
    parts = [licence_words(names[place], specs[place]) for place in (0, 1)]
    cited = [specs[place]["license_spdx"]["evidence"] for place in known]
    question = f"Under which licences are {names[0]} and {names[1]}?"
    yield question, say("licence", None, " ".join(parts), *cited)


def licence_words(name: str, specs: Row) -> str:
    """Licence and class of one side; a class is said only where it is established."""
    licence, kind = specs["license_spdx"]["value"], specs["license_class"]["value"]
    if licence is None:
        return f"The licence of {name} is not established."
    return f"{name} is under {licence}" + (f" ({LICENCE_CLASS_WORDS[kind]})." if kind else ".")


def which_capability(page: Row) -> Iterator[tuple[str, Row]]:
    """Capabilities established for exactly one side; an established no and an open question are worded apart."""
    names = names_of(page)
    for place, capability in enumerate(CAPABILITY_WORDS):
        cells = [side["capabilities"][capability] for side in page["sides"]]
        states = [cell["state"] for cell in cells]
        if states.count("yes") != 1 or ("unknown" in states and place >= ALWAYS_SHOWN):
            continue
        has = states.index("yes")
        text = f"{names[has]} has it{routes_words(cells[has])}"
        if states[1 - has] == "no":
            text += f"; {names[1 - has]} is established to lack it."
        else:
            text += f". For {names[1 - has]} it is not established either way."
        question = f"Which has {capability_name(capability)}, {names[0]} or {names[1]}?"
        yield question, say(f"capability:{capability}", has, text, *(cell["evidence"] for cell in cells))


def routes_words(cell: Row) -> str:
    """On how many routes a capability is stated, where any states it."""
    return f", stated on {count_of(cell['routes_yes'], 'active route')}" if cell["routes_yes"] else ""


def which_is_cheaper(page: Row) -> Iterator[tuple[str, Row]]:
    """Cheapest routes of both sides in seed_chat."""
    row = next(row for row in page["costs"] if row["scenario_id"] == "seed_chat")
    cheapest = [side["cheapest"] for side in row["sides"]]
    if None in cheapest:
        return
    names = names_of(page)
    parts = [
        f"{name}: from {money(cost['usd'])} a month on its cheapest route ({route_words(cost)})."
        for name, cost in zip(names, cheapest, strict=True)
    ]
    traffic = f"{row['prompt_tokens']} tokens in, {row['output_tokens']} out, {row['requests_per_month']:,} requests"
    text = f"For {traffic} a month. {' '.join(parts)} Tokens spent on reasoning are not counted."
    cited = (cost["evidence"] for cost in cheapest)
    yield f"What do {names[0]} and {names[1]} cost for short chat?", say("cost", None, text, *cited)


def where_to_run(page: Row) -> Iterator[tuple[str, Row]]:
    """Providers of each side, and those that sell both."""
    cited = [
        route["evidence"]
        for side in page["sides"]
        for route in side["routes"]
        if route["evidence"] is not None
    ]
    if not cited or not any(side["providers"] for side in page["sides"]):
        return
    names = names_of(page)
    least = "at least " if page["silent_sources"] else ""
    parts = [provider_words(side, least) for side in page["sides"]]
    shared = page["shared"]["providers"]
    if shared:
        parts.append(f"Both are sold by {list_some([provider['name'] for provider in shared])}.")
    yield f"Where can I run {names[0]} and {names[1]}?", say("routes", None, " ".join(parts), *cited)


def provider_words(side: Row, least: str) -> str:
    """How many providers a side has on active routes, and some of their names."""
    names = [provider["name"] for provider in side["providers"]]
    if not names:
        return f"No active route of {side['display_name']} is known."
    return f"{side['display_name']} is sold by {least}{count_of(len(names), 'provider')}: {list_some(names)}."


RULES = (which_context, which_licence, which_is_cheaper, which_capability, where_to_run)
