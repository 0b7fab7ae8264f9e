"""Builds the table of resolved models: names, axes, base model, and the basis of the identity."""

import re
from collections import Counter
from collections.abc import Mapping

from pandas import DataFrame

from llmpairs.transforms.identity.key_rows import KeyRow, group_by_node, is_anchor
from llmpairs.transforms.identity.parse_key import parse_model
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f<>{}\\]{1,120}")
"""Display names without control characters and markup."""

COLUMNS = (
    "model_id", "developer_id", "name", "display_name", "family", "generation", "size_label", "tuning",
    "variant", "dated_on", "hugging_face_id", "base_model_id", "relation_to_base", "identity_basis",
    "lineage_count", "key_count",
)  # fmt: skip


def build_models(rows: list[KeyRow], ids: Mapping[ModelAxes, str], reference: IdentityReference) -> DataFrame:
    """One row per model, sorted by id."""
    members = group_by_node(rows)
    records = [_build_model(node, ids, found, reference) for node, found in members.items() if node in ids]
    texts = dict.fromkeys((name for name in COLUMNS if not name.endswith("_count")), "str")
    counts = {"lineage_count": "int64", "key_count": "int64"}
    models = DataFrame(records, columns=list(COLUMNS)).astype({**texts, **counts})
    models = models.sort_values("model_id", ignore_index=True)
    repeated = models["display_name"].str.casefold().duplicated(keep=False)
    with_id = models["display_name"] + " (" + models["model_id"] + ")"
    models["display_name"] = models["display_name"].where(~repeated, with_id)
    return models


def _build_model(
    node: ModelAxes, ids: Mapping[ModelAxes, str], rows: list[KeyRow], reference: IdentityReference
) -> dict[str, object]:
    model_id = ids[node]
    developer, _, name = model_id.partition("/")
    families = [family for family in reference.families.values() if family.word in node.words]
    families.sort(key=lambda family: (family.developer != node.developer, family.derived_rank, family.word))
    family = families[0].word if families else None
    base, relation = _find_base(node, ids, rows, reference)
    placed = [row for row in rows if row.by_repository]
    repositories = Counter(row.hugging_face_id for row in placed if row.hugging_face_id)
    repositories = repositories or Counter(row.parsed.repository for row in placed if row.parsed.repository)
    lineages = {row.lineage for row in rows}
    is_anchored = any(is_anchor(row, reference) for row in rows)
    variant = "-".join(word for word in (*node.words, node.stage) if word and word != family)
    return {
        "model_id": model_id,
        "developer_id": developer,
        "name": name,
        "display_name": _choose_display_name(rows, name),
        "family": family,
        "generation": ".".join(node.numbers[:1]) or None,
        "size_label": "-".join(part for part in (node.size, node.active, node.experts) if part) or None,
        "tuning": node.tuning or None,
        "variant": variant or None,
        "dated_on": node.date or None,
        "hugging_face_id": min(repositories, key=lambda name: (-repositories[name], len(name), name), default=None),
        "base_model_id": base,
        "relation_to_base": relation,
        "identity_basis": "anchored" if is_anchored else "corroborated" if len(lineages) > 1 else "single_witness",
        "lineage_count": len(lineages),
        "key_count": len(rows),
    }


def _choose_display_name(rows: list[KeyRow], name: str) -> str:
    """The display name that most sources use, without the developer in front of it."""
    shown = Counter(
        row.display_name.partition(": ")[2] or row.display_name
        for row in rows
        if _PRINTABLE.fullmatch(row.display_name)
    )
    plain = {text: count for text, count in shown.items() if "(" not in text and "/" not in text}
    chosen = sorted((plain or shown).items(), key=lambda item: (-item[1], len(item[0]), item[0]))
    return chosen[0][0].strip() if chosen else name


def _find_base(
    node: ModelAxes, ids: Mapping[ModelAxes, str], rows: list[KeyRow], reference: IdentityReference
) -> tuple[str | None, str | None]:
    """Base model and relation, by: stated base, reviewed base, undated name, base weights, name."""
    for stated in sorted({row.base_model for row in rows if row.base_model}):
        axes = parse_model(stated, reference)
        if axes in ids and ids[axes] != ids[node]:
            return ids[axes], "derivative"
    reviewed = reference.base_models.get(ids[node])
    if reviewed:
        return reviewed, "derivative"
    undated = node._replace(date="", revision="")
    if undated != node and undated in ids:
        return ids[undated], "snapshot"
    base = node._replace(tuning="base")
    if node.tuning != "base" and base in ids:
        return ids[base], "derivative"
    return _find_named_base(node, ids, rows, reference)


def _find_named_base(
    node: ModelAxes, ids: Mapping[ModelAxes, str], rows: list[KeyRow], reference: IdentityReference
) -> tuple[str | None, str | None]:
    """The resolved model of another family that the name contains: hermes-3-llama-3.1-70b."""
    named = sorted({base for row in rows for base in row.parsed.bases})
    for word, number in named:
        family = next(f for f in reference.families.values() if f.word == word)
        numbers = (number,) if number else ()
        if family.developer == node.developer or not (number or node.size):
            continue
        for tuning in (node.tuning or "base", "instruct", "base", ""):
            axes = ModelAxes(family.developer, (word,), numbers, size=node.size, tuning=tuning)
            if axes in ids and ids[axes] != ids[node]:
                return ids[axes], "derivative"
    return None, None
