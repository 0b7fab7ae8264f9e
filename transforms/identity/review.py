"""What a reviewer sees of a key that leads nowhere: the nearest models, and what differs."""

from collections.abc import Mapping

from pandas import DataFrame
from rapidfuzz import fuzz, process

from transforms.identity.evidence import find_conflicts
from transforms.identity.facts import Axes
from transforms.identity.rows import KEY, Row

NEAREST = 3
WITHOUT_CANDIDATES = frozenset(
    {"decision", "unsafe_key", "router", "not_a_model", "several_models", "stealth"}
)


def find_nearest(rows: list[Row], ids: Mapping[Axes, str]) -> dict[tuple[str, str, str], list[str]]:
    """Nearest model ids by spelling for every unresolved key; a ranking for people, it decides nothing."""
    names = {model_id: model_id.partition("/")[2] for model_id in sorted(ids.values())}
    asked = {row.reading.name for row in rows if row.node is None and row.reason not in WITHOUT_CANDIDATES}
    found = {
        name: [key for _, _, key in process.extract(name, names, scorer=fuzz.token_sort_ratio, limit=NEAREST)]
        for name in sorted(asked - {""})
    }
    nodes = {model_id: node for node, model_id in ids.items()}
    nearest = {}
    for row in rows:
        if row.node is None and row.reading.name in found and row.reason not in WITHOUT_CANDIDATES:
            nearest[row.key] = found[row.reading.name]
            for model_id in found[row.reading.name][:1]:
                row.vetoes += [
                    f"{model_id}: {what}" for what in find_conflicts(row.reading.axes, nodes[model_id])
                ]
    return nearest


def review_rows(identities: DataFrame) -> DataFrame:
    """Keys that lead nowhere and may need a person: nearest models, what differs, and a line for aliases.toml."""
    asked = identities["model_id"].isna() & ~identities["reason"].isin(WITHOUT_CANDIDATES | {"fine_tune"})
    rows = identities.loc[asked, [*KEY, "reason", "nearest", "vetoes", "axes"]].reset_index(drop=True)
    model = rows["nearest"].str.partition(";")[0].str.partition("/")[2]
    name = rows["provider_model_key"].str.rpartition("/")[2].str.lower()
    rows["toml"] = '{ name = "' + model + '", aliases = ["' + name + '"] }'
    return rows
