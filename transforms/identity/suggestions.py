"""What a reviewer sees of a key that leads nowhere: the nearest models, and what differs."""

from collections.abc import Mapping

from rapidfuzz import fuzz, process

from llmpairs.transforms.identity.evidence import find_conflicts
from llmpairs.transforms.identity.key_nodes import Key, Row
from llmpairs.transforms.identity.reference_types import Axes

NEAREST = 3
LOOKED_AT = 25
"""Models whose axes are compared, the nearest by spelling."""
WITHOUT_CANDIDATES = frozenset(
    {"decision", "unsafe_key", "router", "not_a_model", "several_models", "stealth", "nobody"}
)


def find_nearest(rows: list[Row], ids: Mapping[Axes, str]) -> dict[Key, list[str]]:
    """Nearest models of every unresolved key: fewest differing axes, then spelling; it decides nothing.

    What the first of them differs in goes to the row's vetoes.
    """
    nodes = {model_id: node for node, model_id in ids.items()}
    names = {model_id: model_id.partition("/")[2] for model_id in sorted(nodes)}
    asked = [row for row in rows if row.node is None and row.reason not in WITHOUT_CANDIDATES]
    found: dict[tuple[str, Axes], list[str]] = {}
    for row in asked:
        name, axes = row.reading.name, row.reading.axes
        if name and (name, axes) not in found:
            near = process.extract(name, names, scorer=fuzz.token_sort_ratio, limit=LOOKED_AT)
            near.sort(key=lambda hit: (len(find_conflicts(axes, nodes[hit[2]])), -hit[1], hit[2]))
            found[name, axes] = [model_id for _, _, model_id in near[:NEAREST]]
    nearest = {}
    for row in asked:
        models = found.get((row.reading.name, row.reading.axes), [])
        if models:
            nearest[row.key] = models
            row.vetoes += [
                f"{models[0]}: {what}" for what in find_conflicts(row.reading.axes, nodes[models[0]])
            ]
    return nearest
