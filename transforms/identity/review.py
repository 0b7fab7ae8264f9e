"""What a reviewer is asked: names that lead nowhere, what hangs on each, and the lines that would settle it."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from pandas import DataFrame, Series

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.evidence import find_conflicts
from llmpairs.transforms.identity.key_nodes import KEY
from llmpairs.transforms.identity.known_names import KnownNames, build_known
from llmpairs.transforms.identity.parse_key import read_key
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks
from llmpairs.transforms.identity.suggestions import WITHOUT_CANDIDATES

ASK_NOBODY = WITHOUT_CANDIDATES | {"fine_tune", "no_such_model"}
"""Reasons that need no reviewer: what is known to be no model, and scores of models that nobody lists."""
WHY_NOBODY = {
    "floating_alias": "it leads to whatever is newest, and no source says whither",
    "two_candidates": "it may be any of several models",
}
SAME = "nothing that both state"
UNKNOWN = "its maker is not known"
QUESTION_COLUMNS = (
    "name", "reason", "offers", "pairs", "sources", "providers", "keys", "candidates", "model_id",
)  # fmt: skip


Differ = Callable[[Axes, str], str]
"""What a name's axes and a model's differ in, as text."""


def list_questions(
    identities: DataFrame, offers: DataFrame, models: DataFrame, books: IdentityBooks, reason: str = ""
) -> DataFrame:
    """One row per unresolved name, or per one of that reason; first what most offers and pairs hang on.

    `offers` counts routes without a model; `pairs` those that the name would join or make. `candidates` are
    the nearest models, each with the axes that differ; `model_id` is the only one that differs in none, or
    empty, as where a name is known to be any of several. The columns are QUESTION_COLUMNS.
    """
    chosen = identities["reason"].isin([reason]) if reason else ~identities["reason"].isin(ASK_NOBODY)
    rows = identities[identities["model_id"].isna() & chosen].reset_index(drop=True)
    if rows.empty:
        return DataFrame(columns=list(QUESTION_COLUMNS))
    readings = [read_key(key, provider, books) for _, provider, key in rows[KEY].itertuples(index=False)]
    rows["name"] = Series([r.name or k for r, k in zip(readings, rows[KEY[2]], strict=True)], dtype="str")
    rows["offer_ids"] = _find_offers(rows, offers)
    axes = {name: reading.axes for name, reading in zip(rows["name"], readings, strict=True)}
    live = set(models.loc[models["is_live"] & models["is_text_generating"], "model_id"])
    differ = _differ_from(books)
    asked_of = [
        _ask(str(name), str(why), group, axes[str(name)], live, differ)
        for (name, why), group in rows.groupby(["name", "reason"], sort=True)
    ]
    table = DataFrame(asked_of, columns=list(QUESTION_COLUMNS))
    return table.sort_values(["offers", "pairs", "name"], ascending=[False, False, True], ignore_index=True)


def _find_offers(rows: DataFrame, offers: DataFrame) -> Series:
    """Ids of the unresolved offers of every key; a route's key lacks the source's own words in front."""
    unresolved = offers[offers["model_id"].isna()]
    of_provider = {
        provider: list(zip(group["provider_model_key"], group["offer_id"], strict=True))
        for provider, group in unresolved.groupby("provider_id")
    }
    found = [
        [offer for short, offer in of_provider.get(provider, ()) if key == short or key.endswith(f"/{short}")]
        for _, provider, key in rows[KEY].itertuples(index=False)
    ]
    return Series(found, index=rows.index, dtype="object")


def _ask(
    name: str, why: str, group: DataFrame, axes: Axes, live: set[str], differ: Differ
) -> dict[str, object]:
    offers = {offer for ids in group["offer_ids"] for offer in ids}
    listed = group["nearest"].dropna()
    nearest = listed.iloc[0].split("; ") if len(listed) else []
    compared = [(model, differ(axes, model)) for model in nearest]
    same = [model for model, what in compared if not what]
    pairs = len(live) - (bool(nearest) and nearest[0] in live) if offers else 0
    return {
        "name": name,
        "reason": why,
        "offers": len(offers),
        "pairs": pairs,
        "sources": sorted(set(group["source_id"])),
        "providers": sorted(set(group["provider_id"])),
        "keys": sorted(set(group["provider_model_key"])),
        "candidates": [f"{model} ({what or SAME})" for model, what in compared],
        "model_id": same[0] if len(same) == 1 and why not in WHY_NOBODY else "",
    }


def _differ_from(books: IdentityBooks) -> Differ:
    known = build_known(books)
    return lambda axes, model_id: ", ".join(find_conflicts(axes, _read_model(model_id, known, books)))


def _read_model(model_id: str, known: KnownNames, books: IdentityBooks) -> Axes:
    return known.settle(read_key(model_id, "-", books, is_repository=True).axes, "-")[0]


def write_toml(question: Mapping[str, Any], asked_on: date, books: IdentityBooks, model_id: str = "") -> str:
    """Lines for aliases.toml that settle a question: the name is another one of `model_id`, or nobody's.

    Without a model it is the only candidate that differs in nothing. The choices not taken stand beside it
    as comments.
    """
    proof = [
        f"date = {asked_on.isoformat()}",
        f"evidence = {_quote(', '.join(question['keys']) + ' in ' + ', '.join(question['sources']))}",
    ]
    near = [text.partition(" (")[0] for text in question["candidates"]]
    target = model_id or question["model_id"]
    wanted = [model for model in dict.fromkeys([target, *near]) if model]
    choices = [_write_alias(question, _name_in_book(model, books), proof) for model in wanted]
    nobody = _write_nobody(question, proof)
    choices.insert(len(choices) if target else 0, nobody)
    others = [f"# {line}" for choice in choices[1:] for line in ("or, if not:", *choice)]
    return "\n".join([*choices[0], *others])


def _name_in_book(model_id: str, books: IdentityBooks) -> tuple[str, str]:
    """Developer and name of a model as the book has it, or would have it."""
    known = build_known(books)
    axes = _read_model(model_id, known, books)
    developer, _, name = model_id.partition("/")
    model = known.find(axes)
    if model and model.axes == axes:
        return developer, model.name
    # Base weights that a repository names barely; the book has no repositories.
    bare = parse_name(name, developer, "", books)
    is_base = axes.tuning == "base" and bare.axes.tuning != "base" and bare.axes.developer == developer
    return developer, f"{name}-base" if is_base else name


def _write_alias(question: Mapping[str, Any], model: tuple[str, str], proof: list[str]) -> list[str]:
    developer, name = model
    alias = f"name = {_quote(name)}, aliases = {_list([question['name']])}"
    return [
        "[[known]]",
        f"developer = {_quote(developer)}",
        'reason = "another name of this model"',
        *proof,
        f"models = [{{ {alias}, providers = {_list(question['providers'])} }}]",
    ]


def _write_nobody(question: Mapping[str, Any], proof: list[str]) -> list[str]:
    words = sorted({key.lower().rpartition("/")[2].partition(":")[0] for key in question["keys"]})
    why = WHY_NOBODY.get(question["reason"], UNKNOWN)
    return ["[[nobody]]", f"words = {_list(words)}", f"reason = {_quote(why)}", *proof]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quote, texts))}]"


def _quote(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(text, ensure_ascii=False)
