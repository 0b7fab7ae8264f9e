"""What the last release said of keys: their models, the evidence that led there, and what has moved since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.evidence import RESOLVED_BY_EVIDENCE, find_conflicts
from llmpairs.transforms.identity.infer import Inference
from llmpairs.transforms.identity.key_nodes import KEY, Key, Row
from llmpairs.transforms.identity.reference_types import Axes


@dataclass(frozen=True)
class Memory:
    """The last release's identities, by key."""

    models: Mapping[Key, str] = field(default_factory=dict)
    """Model of every key that had one."""
    evidence: Mapping[Key, str] = field(default_factory=dict)
    """What led a key there besides its own spelling."""

    def says_otherwise(self, row: Row) -> bool:
        """Whether the key rested on what a source stated, and that has changed or gone."""
        return self.evidence.get(row.key, row.evidence) != row.evidence


class Move(NamedTuple):
    """A key whose source now leads it to another model."""

    old_model_id: str
    new_model_id: str
    was: str
    """Evidence of the last release."""
    now: str
    """Evidence of tonight, empty where it is gone."""


def read_memory(previous: DataFrame) -> Memory:
    """`previous` is the last release's table `identities`, or any frame of keys with their model_id."""
    if previous.empty:
        return Memory()
    keys = list(zip(*(previous[name].tolist() for name in KEY), strict=True))
    models = {key: m for key, m in zip(keys, previous["model_id"].tolist(), strict=True) if _is_text(m)}
    if "evidence" not in previous:
        return Memory(models)
    said = zip(keys, previous["evidence"].tolist(), strict=True)
    return Memory(models, {key: text for key, text in said if key in models and _is_text(text)})


REMEMBERED_NIGHTS = 7
"""As long as a model is kept before it retires."""


def recall_absent(keys: DataFrame, previous: DataFrame) -> DataFrame:
    """Keys plus those of the last release that led to a model and are listed no more, with is_absent.

    They go on telling other names apart, so that a list which is short for a night changes nobody's model.
    """
    told = keys.assign(is_absent=False)
    if previous.empty:
        return told
    before = previous.reindex(columns=[*KEY, "model_id", "method", "evidence", "nights_absent"])
    is_listed = pd.MultiIndex.from_frame(before[KEY]).isin(pd.MultiIndex.from_frame(keys[KEY]))
    is_recent = before["nights_absent"].fillna(0) < REMEMBERED_NIGHTS
    absent = before[before["model_id"].notna() & is_recent & ~is_listed & (before["provider_id"] != "-")]
    if absent.empty:
        return told
    rows = [_recall(key) for key in absent.to_dict("records")]
    return pd.concat([told, DataFrame(rows).reindex(columns=told.columns)], ignore_index=True)


def _recall(known: Mapping[str, Any]) -> dict[str, object]:
    """A row of keys from a row of identities, as far as that tells what the source said."""
    kind, _, said = (known["evidence"] if _is_text(known["evidence"]) else "").partition("=")
    slug = {"canonical_slug": known[KEY[2]]} if known["method"] == "canonical_slug" else {}
    return {
        **{name: known[name] for name in KEY},
        "lineage": known["source_id"],
        "is_first_party": known["method"] == "first_party",
        "joins_only": False,
        "is_absent": True,
        **slug,
        **({kind: said} if kind else {}),
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def keep_previous(rows: list[Row], memory: Memory, inference: Inference) -> None:
    """Leads keys whose evidence is absent tonight to the model that they had.

    Keys of one former model stay together unless an axis now differs; a floating alias keeps the last
    target that a source stated.
    """
    nodes: dict[str, Counter[Axes]] = defaultdict(Counter)
    for row in rows:
        if row.node is not None and row.key in memory.models and not memory.says_otherwise(row):
            nodes[memory.models[row.key]][row.node] += 1
    main = {model_id: max(sorted(found), key=lambda n: found[n]) for model_id, found in nodes.items()}
    taken = set(main.values())
    for row in rows:
        node = main.get(memory.models.get(row.key, ""))
        if node is None or row.node == node or row.is_decided:
            continue
        is_moved = row.evidence != "" and memory.says_otherwise(row)
        lapsed = row.node is not None and row.node not in taken
        is_open = lapsed or row.reason in RESOLVED_BY_EVIDENCE or row.reading.problem == "floating_alias"
        stands = row.node or row.reading.axes
        if is_moved or not is_open or {stands, node} & inference.pointers or find_conflicts(stands, node):
            continue
        row.stand(node)
        row.evidence = row.evidence or memory.evidence.get(row.key, "")
        row.is_pointer |= row.reading.problem == "floating_alias"


def find_moves(rows: list[Row], ids: Mapping[Axes, str], memory: Memory) -> dict[Key, Move]:
    """Keys that stated evidence, now another, leads to another model than the last release's."""
    moves = {}
    for row in rows:
        new = ids.get(row.node) if row.node is not None else None
        old = memory.models.get(row.key)
        if old and new and new != old and not row.is_decided and memory.says_otherwise(row):
            moves[row.key] = Move(old, new, memory.evidence[row.key], row.evidence)
    return moves


def restore_evidence(rows: Iterable[Row], held: Mapping[Key, Move]) -> None:
    """Makes keys say what they said in the last release, so that a held move leads no other key along."""
    for row in rows:
        if row.key in held:
            move = held[row.key]
            for text in (move.now, move.was):
                name, _, value = text.partition("=")
                if name:
                    setattr(row, name, value if text is move.was else "")


def find_stranded(
    rows: list[Row], ids: Mapping[Axes, str], held: Mapping[Key, Move], memory: Memory
) -> dict[str, list[Row]]:
    """Keys to be put back on their former model, by that model.

    Those are held moves that the restored evidence did not lead back, and floating aliases whose target no
    source states tonight.
    """
    stranded: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        former = memory.models.get(row.key)
        stands = ids.get(row.node) if row.node is not None else None
        is_lost = stands is None and row.reason == "floating_alias" and row.key in memory.evidence
        if former and stands != former and (row.key in held or is_lost):
            stranded[former].append(row)
    for found in stranded.values():
        for row in found:
            row.evidence = memory.evidence[row.key]
    return stranded
