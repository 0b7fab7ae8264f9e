"""Reviewer decisions on keys: they override every rule and are no evidence for other keys."""

from collections.abc import Mapping

from pandas import DataFrame

from llmpairs.transforms.identity.key_rows import KEY, Key, KeyRow
from llmpairs.transforms.identity.naming import SAFE_DEVELOPER, SAFE_NAME, NodeLookup
from llmpairs.transforms.identity.reference_types import ModelAxes
from llmpairs.warehouse.errors import DecisionError
from llmpairs.warehouse.review import UNRESOLVED


def select_identity_decisions(decisions: DataFrame) -> DataFrame:
    """KEY and model_id of the reviewer's decisions on keys; model_id is null for UNRESOLVED."""
    if decisions.empty:
        return DataFrame(columns=[*KEY, "model_id"])
    rows = decisions[decisions["kind"] == "identity"].reset_index(drop=True)
    parts = rows["subject"].str.split("|", n=2, expand=True).reindex(columns=range(len(KEY))).set_axis(KEY, axis=1)
    return parts.assign(model_id=rows["verdict"].where(rows["verdict"] != UNRESOLVED))


def index_decisions(decisions: DataFrame) -> dict[Key, str]:
    """Decided model id by key; empty text for a key that resolves to no model."""
    if decisions.empty:
        return {}
    columns = [decisions[name].tolist() for name in (*KEY, "model_id")]
    return {(s, p, k): m if isinstance(m, str) else "" for s, p, k, m in zip(*columns, strict=True)}


def set_aside_decided(rows: list[KeyRow], decided: Mapping[Key, str]) -> list[KeyRow]:
    """Rows in which decided keys take no part in the assignment."""
    return [
        row.reject("decision")._replace(is_decided=True, alias_target="") if row.key in decided else row for row in rows
    ]


def place_on_models(
    models: Mapping[Key, str], ids: Mapping[ModelAxes, str], find_node: NodeLookup
) -> tuple[dict[Key, ModelAxes], dict[ModelAxes, str]]:
    """Node of each key's given model, and `ids` with the models that no other key leads to.

    Keys with an empty model id are left out. DecisionError for text that is no model id.
    """
    known = {model_id: node for node, model_id in ids.items()}
    complete = dict(ids)
    nodes: dict[str, ModelAxes] = {}
    for key, model_id in sorted(models.items(), key=lambda each: (each[1], each[0])):
        if not model_id or model_id in nodes:
            continue
        developer, _, name = model_id.partition("/")
        if not SAFE_DEVELOPER.fullmatch(developer) or not SAFE_NAME.fullmatch(name):
            raise DecisionError(f"decision for {key}: {model_id!r} is no model id; write developer/name in lower case")
        node = known.get(model_id) or find_node(developer, name)
        if node is None or complete.get(node, model_id) != model_id:
            node = ModelAxes(developer, (name,))
        complete[node] = model_id
        nodes[model_id] = node
    return {key: nodes[model_id] for key, model_id in models.items() if model_id}, complete


def assign_given(rows: list[KeyRow], nodes: Mapping[Key, ModelAxes]) -> list[KeyRow]:
    """Rows with the given nodes."""
    return [row.assign(nodes[row.key]) if row.key in nodes else row for row in rows]
