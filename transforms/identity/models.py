"""The models that keys lead to: names, axes, descent, and what their identity rests on."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from pandas import DataFrame

from llmpairs.transforms.identity.key_nodes import Row, is_anchor
from llmpairs.transforms.identity.known_names import KnownNames
from llmpairs.transforms.identity.parse_key import read_key
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks

_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f<>{}\\]{1,120}")
"""Display names that are text and nothing else."""

COLUMNS = (
    "model_id", "developer_id", "name", "display_name", "family", "generation", "size_label", "tuning",
    "variant", "dated_on", "hugging_face_id", "base_model_id", "relation_to_base", "identity_basis",
    "lineage_count", "key_count",
)  # fmt: skip


def build_models(
    rows: list[Row], ids: Mapping[Axes, str], books: IdentityBooks, known: KnownNames
) -> DataFrame:
    """One row per model, sorted by id."""
    members: dict[Axes, list[Row]] = defaultdict(list)
    for row in rows:
        if row.node is not None and row.node in ids:
            members[row.node].append(row)
    records = [_describe(node, ids, found, books, known) for node, found in members.items()]
    texts = dict.fromkeys((name for name in COLUMNS if not name.endswith("_count")), "str")
    counts = {"lineage_count": "int64", "key_count": "int64"}
    models = DataFrame(records, columns=list(COLUMNS)).astype({**texts, **counts})
    models = models.sort_values("model_id", ignore_index=True)
    repeated = models["display_name"].str.casefold().duplicated(keep=False)
    told_apart = models["display_name"] + " (" + models["model_id"] + ")"
    models["display_name"] = models["display_name"].where(~repeated, told_apart)
    return models


def _describe(
    node: Axes, ids: Mapping[Axes, str], rows: list[Row], books: IdentityBooks, known: KnownNames
) -> dict[str, object]:
    model_id = ids[node]
    developer, _, name = model_id.partition("/")
    family = _find_family(node, books)
    base, relation = _find_base(node, ids, rows, books, known)
    lineages = {row.lineage for row in rows}
    is_anchored = any(is_anchor(row, books) for row in rows)
    variant = "-".join(word for word in (*node.words, node.stage) if word and word != family)
    return {
        "model_id": model_id,
        "developer_id": developer,
        "name": name,
        "display_name": _show(rows, name),
        "family": family or None,
        "generation": ".".join(node.numbers[:1]) or None,
        "size_label": "-".join(part for part in (node.size, node.active, node.experts) if part) or None,
        "tuning": node.tuning or None,
        "variant": variant or None,
        "dated_on": node.date or None,
        "hugging_face_id": _choose_repository(rows),
        "base_model_id": base,
        "relation_to_base": relation,
        "identity_basis": "anchored"
        if is_anchored
        else "corroborated"
        if len(lineages) > 1
        else "single_witness",
        "lineage_count": len(lineages),
        "key_count": len(rows),
    }


def _find_family(node: Axes, books: IdentityBooks) -> str:
    own = [f for f in books.families.values() if f.word in node.words]
    first = min(own, key=lambda f: (f.developer != node.developer, f.derived_rank, f.word), default=None)
    return first.word if first else ""


def _show(rows: list[Row], name: str) -> str:
    """The display name that most sources use, the maker's word in front of it cut."""
    shown = Counter(
        row.display_name.partition(": ")[2] or row.display_name
        for row in rows
        if _PRINTABLE.fullmatch(row.display_name)
    )
    plain = {text: count for text, count in shown.items() if "(" not in text and "/" not in text}
    chosen = sorted((plain or shown).items(), key=lambda item: (-item[1], len(item[0]), item[0]))
    return chosen[0][0].strip() if chosen else name


def _choose_repository(rows: list[Row]) -> str | None:
    named = Counter(row.hugging_face_id for row in rows if row.hugging_face_id and row.by_repository)
    literal = Counter(row.reading.repository for row in rows if row.reading.repository and row.by_repository)
    found = named or literal
    return min(found, key=lambda repo: (-found[repo], len(repo), repo)) if found else None


def _find_base(
    node: Axes, ids: Mapping[Axes, str], rows: list[Row], books: IdentityBooks, known: KnownNames
) -> tuple[str | None, str | None]:
    """What a model derives from: a source's word, the book, its undated name, its base weights, its name."""
    for stated in sorted({row.base_model for row in rows if row.base_model}):
        axes = known.settle(read_key(stated, "-", books, is_repository=True).axes, "-")[0]
        if axes in ids and ids[axes] != ids[node]:
            return ids[axes], "derivative"
    written = books.lineage.get(ids[node])
    if written:
        return written, "derivative"
    undated = node._replace(date="", revision="")
    if undated != node and undated in ids:
        return ids[undated], "snapshot"
    base = node._replace(tuning="base")
    if node.tuning != "base" and base in ids:
        return ids[base], "derivative"
    return _find_named_base(node, ids, rows, books)


def _find_named_base(
    node: Axes, ids: Mapping[Axes, str], rows: list[Row], books: IdentityBooks
) -> tuple[str | None, str | None]:
    """The model of another family that the name mentions, if we have it: hermes-3-llama-3.1-70b."""
    named = sorted({base for row in rows for base in row.reading.bases})
    for word, number in named:
        family = next(f for f in books.families.values() if f.word == word)
        numbers = (number,) if number else ()
        if family.developer == node.developer or not (number or node.size):
            continue
        for tuning in (node.tuning or "base", "instruct", "base", ""):
            axes = Axes(family.developer, (word,), numbers, size=node.size, tuning=tuning)
            if axes in ids and ids[axes] != ids[node]:
                return ids[axes], "derivative"
    return None, None
