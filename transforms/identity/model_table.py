"""Builds the table of resolved models: names, axes, base model, and the basis of the identity."""

from collections import Counter
from collections.abc import Mapping

from pandas import DataFrame

from llmpairs.transforms.identity.clean_key import simplify_repository
from llmpairs.transforms.identity.key_rows import KeyRow, group_by_node, is_anchor
from llmpairs.transforms.identity.parse_key import parse_model
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes

COLUMNS = (
    "model_id", "developer_id", "name", "family", "generation", "size_label", "tuning",
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
    return models.sort_values("model_id", ignore_index=True)


def _build_model(
    node: ModelAxes, ids: Mapping[ModelAxes, str], rows: list[KeyRow], reference: IdentityReference
) -> dict[str, object]:
    model_id = ids[node]
    developer, _, name = model_id.partition("/")
    family = _choose_family(node, reference)
    base, relation = _find_base(node, ids, rows, reference)
    lineages = {row.lineage for row in rows}
    is_anchored = any(is_anchor(row, reference) for row in rows)
    variant = "-".join(word for word in (*node.words, node.stage) if word and word != family)
    return {
        "model_id": model_id,
        "developer_id": developer,
        "name": name,
        "family": family,
        "generation": ".".join(node.numbers[:1]) or None,
        "size_label": "-".join(part for part in (node.size, node.active, node.experts) if part) or None,
        "tuning": node.tuning or None,
        "variant": variant or None,
        "dated_on": node.date or None,
        "hugging_face_id": _choose_repository(node, rows, reference),
        "base_model_id": base,
        "relation_to_base": relation,
        "identity_basis": "anchored" if is_anchored else "corroborated" if len(lineages) > 1 else "single_witness",
        "lineage_count": len(lineages),
        "key_count": len(rows),
    }


def _choose_family(node: ModelAxes, reference: IdentityReference) -> str | None:
    """The developer's own family in the name, else the one on which others build least, else the shorter word."""
    ranks = {
        family.word: (family.developer != node.developer, family.derived_rank, len(family.word))
        for family in reference.families.values()
        if family.word in node.words
    }
    best = [word for word, rank in ranks.items() if rank == min(ranks.values())]
    return best[0] if len(best) == 1 else None


def _choose_repository(node: ModelAxes, rows: list[KeyRow], reference: IdentityReference) -> str | None:
    """The repository that most keys state, else that most keys are; None where two have equal support.

    Among equals: the developer's own, the one without a number format, the shortest, the one with capitals.
    """
    placed = [row for row in rows if row.by_repository]
    counts = Counter(row.hugging_face_id for row in placed if row.hugging_face_id)
    counts = counts or Counter(row.parsed.repository for row in placed if row.parsed.repository)

    def rank(repository: str) -> tuple[int, bool, bool, int, int]:
        own = reference.repositories.get(repository.partition("/")[0]) == node.developer
        is_format = simplify_repository(repository) != repository.lower()
        capitals = sum(letter.isupper() for letter in repository)
        return -counts[repository], not own, is_format, len(repository), -capitals

    ranks = {repository: rank(repository) for repository in counts}
    best = [repository for repository in ranks if ranks[repository] == min(ranks.values())]
    return best[0] if len(best) == 1 else None


def _find_base(
    node: ModelAxes, ids: Mapping[ModelAxes, str], rows: list[KeyRow], reference: IdentityReference
) -> tuple[str | None, str | None]:
    """Base model and relation, by: stated base, reviewed base, undated name, base weights, name."""
    stated = Counter(parse_model(row.base_model, reference) for row in rows if row.base_model)
    bases = Counter({ids[axes]: count for axes, count in stated.items() if axes in ids and ids[axes] != ids[node]})
    most = [model_id for model_id, count in bases.items() if count == max(bases.values())]
    if len(most) == 1:
        return most[0], "derivative"
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
    """The one resolved model of another family that the name contains: hermes-3-llama-3.1-70b."""
    found = set()
    for word, number in {base for row in rows for base in row.parsed.bases}:
        family = next(f for f in reference.families.values() if f.word == word)
        numbers = (number,) if number else ()
        if family.developer == node.developer or not (number or node.size):
            continue
        for tuning in (node.tuning or "base", "instruct", "base", ""):
            axes = ModelAxes(family.developer, (word,), numbers, size=node.size, tuning=tuning)
            if axes in ids and ids[axes] != ids[node]:
                found.add(ids[axes])
                break
    return (found.pop(), "derivative") if len(found) == 1 else (None, None)
