"""Review of unresolved names: affected offers and pairs, nearest models, and the reference data that resolves them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pandas import DataFrame, Series

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.compare_axes import WITHOUT_SUGGESTIONS, find_conflicts
from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.identity.parse_key import parse_key, parse_model
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes

NOT_REVIEWED = WITHOUT_SUGGESTIONS | {"fine_tune", "no_such_model"}
"""Reasons that need no review: names of no model, and scores of models that no catalogue lists."""
WHY_UNRESOLVED = {
    "floating_alias": "it means the newest model, and no source states which one",
    "two_candidates": "it fits several models",
    "contradicted": "its display name or context is another model's",
}
REVIEW_COLUMNS = ["name", "reason", "offers", "pairs", "sources", "providers", "keys", "candidates", "model_id"]


def list_unresolved_names(
    identities: DataFrame, offers: DataFrame, models: DataFrame, reference: IdentityReference, reason: str = ""
) -> DataFrame:
    """One row per unresolved name, or per one of a reason, with REVIEW_COLUMNS; highest impact first.

    `offers` counts offers without a model; `pairs` the pairs that the name would affect. `candidates` are the
    nearest models, each with the axes that differ; `model_id` is the only one without a difference, or empty,
    also where a name fits several models.
    """
    chosen = identities["reason"].isin([reason]) if reason else ~identities["reason"].isin(NOT_REVIEWED)
    rows = identities[identities["model_id"].isna() & chosen].reset_index(drop=True)
    if rows.empty:
        return DataFrame(columns=REVIEW_COLUMNS)
    parsed = [parse_key(key, provider, reference) for _, provider, key in rows[KEY].itertuples(index=False)]
    rows["name"] = Series([p.name or k for p, k in zip(parsed, rows[KEY[2]], strict=True)], dtype="str")
    rows["offer_ids"] = _find_offers(rows, offers)
    axes = {name: each.axes for name, each in zip(rows["name"], parsed, strict=True)}
    live = set(models.loc[models["is_live"] & models["is_text_generating"], "model_id"])
    reviewed = [
        {"name": name, "reason": why, **_describe_name(group, axes[str(name)], live, reference)}
        for (name, why), group in rows.groupby(["name", "reason"], sort=True)
    ]
    table = DataFrame(reviewed, columns=REVIEW_COLUMNS)
    return table.sort_values(["offers", "pairs", "name"], ascending=[False, False, True], ignore_index=True)


def _find_offers(rows: DataFrame, offers: DataFrame) -> Series:
    """Ids of the unresolved offers of every key; an offer's key lacks the source's own prefix."""
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


def _describe_name(
    group: DataFrame, axes: ModelAxes, live: set[str], reference: IdentityReference
) -> dict[str, object]:
    """Review columns of the identities of one name and reason."""
    offers = {offer for ids in group["offer_ids"] for offer in ids}
    listed = group["nearest"].dropna()
    nearest = listed.iloc[0].split("; ") if len(listed) else []
    compared = [(model, ", ".join(find_conflicts(axes, parse_model(model, reference)))) for model in nearest]
    same = [model for model, what in compared if not what]
    pairs = len(live) - (bool(nearest) and nearest[0] in live) if offers else 0
    return {
        "offers": len(offers),
        "pairs": pairs,
        "sources": sorted(set(group["source_id"])),
        "providers": sorted(set(group["provider_id"])),
        "keys": sorted(set(group["provider_model_key"])),
        "candidates": [f"{model} ({what or 'nothing that both state'})" for model, what in compared],
        "model_id": same[0] if len(same) == 1 and group["reason"].iloc[0] not in WHY_UNRESOLVED else "",
    }


def render_alias_entry(
    name_row: Mapping[str, Any], reviewed_on: date, reference: IdentityReference, model_id: str = ""
) -> str:
    """Lines for aliases.toml that resolve a name: an alias of `model_id`, or a name of no known model.

    `name_row` is a row of list_unresolved_names. Without `model_id` the only candidate that does not differ is
    taken. The alternatives follow as comments.
    """
    proof = [
        f"date = {reviewed_on.isoformat()}",
        f"evidence = {_quote(', '.join(name_row['keys']) + ' in ' + ', '.join(name_row['sources']))}",
    ]
    near = [text.partition(" (")[0] for text in name_row["candidates"]]
    target = model_id or name_row["model_id"]
    models = [model for model in dict.fromkeys([target, *near]) if model]
    choices = [_render_alias(name_row, _name_in_reference(model, reference), proof) for model in models]
    names = sorted({key.lower().rpartition("/")[2].partition(":")[0] for key in name_row["keys"]})
    why = WHY_UNRESOLVED.get(name_row["reason"], "its developer is unknown")
    unresolved = ["[[nobody]]", f"words = {_list(names)}", f"reason = {_quote(why)}", *proof]
    choices.insert(len(choices) if target else 0, unresolved)
    others = [f"# {line}" for choice in choices[1:] for line in ("or, if not:", *choice)]
    return "\n".join([*choices[0], *others])


def _name_in_reference(model_id: str, reference: IdentityReference) -> tuple[str, str]:
    """Developer and name of a model as aliases.toml lists it, or would list it."""
    axes = parse_model(model_id, reference)
    developer, _, name = model_id.partition("/")
    model = reference.known_names.find(axes)
    if model and model.axes == axes:
        return developer, model.name
    # Base weights whose repository has no tuning in its name; aliases.toml lists no repositories.
    bare = parse_name(name, developer, "", reference)
    is_base = axes.tuning == "base" and bare.axes.tuning != "base" and bare.axes.developer == developer
    return developer, f"{name}-base" if is_base else name


def _render_alias(name_row: Mapping[str, Any], model: tuple[str, str], proof: list[str]) -> list[str]:
    developer, name = model
    alias = f"name = {_quote(name)}, aliases = {_list([name_row['name']])}"
    return [
        "[[known]]",
        f"developer = {_quote(developer)}",
        'reason = "another name of this model"',
        *proof,
        f"models = [{{ {alias}, providers = {_list(name_row['providers'])} }}]",
    ]


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quote, texts))}]"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
