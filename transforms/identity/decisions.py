"""A reviewer's word on a key: it wins over every rule, and is no evidence for other keys."""

from collections.abc import Mapping

from pandas import DataFrame

from llmpairs.transforms.identity.key_nodes import KEY, Row
from llmpairs.transforms.identity.naming import SAFE_DEVELOPER, SAFE_NAME, Place
from llmpairs.transforms.identity.reference_types import Axes


class DecisionError(ValueError):
    """A decision names a model in a way that no id can be."""


def set_aside_decided(rows: list[Row], decisions: DataFrame) -> dict[str, list[Row]]:
    """Takes decided keys out of inference; returns them by the model that they were decided to be.

    A decision without a model says that the key leads to nobody.
    """
    if decisions.empty:
        return {}
    columns = [decisions[name].tolist() for name in (*KEY, "model_id")]
    said = {(s, p, k): m if isinstance(m, str) else "" for s, p, k, m in zip(*columns, strict=True)}
    decided: dict[str, list[Row]] = {}
    for row in rows:
        if row.key in said:
            row.stop("decision")
            row.is_decided = True
            row.alias_target = ""
            decided.setdefault(said[row.key], []).append(row)
    return decided


def place_on(decided: Mapping[str, list[Row]], ids: dict[Axes, str], place: Place) -> None:
    """Puts keys on the models that were decided for them; one that no other key leads to is added to `ids`."""
    nodes = {model_id: node for node, model_id in ids.items()}
    for model_id, rows in sorted(decided.items()):
        if not model_id:
            continue
        developer, _, name = model_id.partition("/")
        if not SAFE_DEVELOPER.fullmatch(developer) or not SAFE_NAME.fullmatch(name):
            raise DecisionError(
                f"decision for {rows[0].key}: {model_id!r} is no model id; write developer/name in lower case"
            )
        node = nodes.get(model_id) or place(developer, name)
        if node is None or ids.get(node, model_id) != model_id:
            node = Axes(developer, (name,))
        ids[node] = model_id
        for row in rows:
            row.stand(node)
