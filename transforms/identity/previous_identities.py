"""Identities of the previous release as an input: absent keys, and keys whose evidence is missing in this run."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.assign import RESOLVED_BY_EVIDENCE
from llmpairs.transforms.identity.compare_axes import find_conflicts
from llmpairs.transforms.identity.infer import Inference
from llmpairs.transforms.identity.key_rows import KEY, Key, KeyRow
from llmpairs.transforms.identity.reference_types import ModelAxes

RUNS_KEPT = 7
"""Runs for which an absent key still counts as evidence, as long as a model is kept before it retires."""


@dataclass(frozen=True)
class PreviousIdentities:
    """Models and evidence of keys in the previous release."""

    models: Mapping[Key, str] = field(default_factory=dict)
    """Model id of every resolved key."""
    evidence: Mapping[Key, str] = field(default_factory=dict)
    """Statement that decided the assignment, where it was not the key itself."""

    def has_changed_evidence(self, row: KeyRow) -> bool:
        """Whether a statement of the source decided the key's model, and has changed or gone."""
        return self.evidence.get(row.key, row.evidence) != row.evidence


def read_previous_identities(previous: DataFrame) -> PreviousIdentities:
    """Index the previous release's table `identities`, or any frame of KEY and model_id."""
    if previous.empty:
        return PreviousIdentities()
    rows = list(previous.reindex(columns=[*KEY, "model_id", "evidence"]).itertuples(index=False, name=None))
    models = {(s, p, k): model_id for s, p, k, model_id, _ in rows if _is_text(model_id)}
    evidence = {(s, p, k): text for s, p, k, _, text in rows if _is_text(text)}
    return PreviousIdentities(models, {key: text for key, text in evidence.items() if key in models})


def append_absent_keys(keys: DataFrame, previous: DataFrame) -> DataFrame:
    """Keys with is_absent, and the resolved keys of the previous release that no source lists in this run.

    Absent keys keep other names apart, so that an incomplete list changes no assignment.
    """
    listed = keys.assign(is_absent=False)
    if previous.empty:
        return listed
    before = previous.reindex(columns=[*KEY, "model_id", "method", "evidence", "nights_absent"])
    is_listed = pd.MultiIndex.from_frame(before[KEY]).isin(pd.MultiIndex.from_frame(keys[KEY]))
    is_recent = before["nights_absent"].fillna(0) < RUNS_KEPT
    absent = before[before["model_id"].notna() & is_recent & ~is_listed & (before["provider_id"] != "-")]
    if absent.empty:
        return listed
    rows = [_restore_key(identity) for identity in absent.to_dict("records")]
    return pd.concat([listed, DataFrame(rows).reindex(columns=listed.columns)], ignore_index=True)


def _restore_key(identity: Mapping[str, Any]) -> dict[str, object]:
    """A row of keys from a row of identities, as far as that records what the source stated."""
    stated, _, value = (identity["evidence"] if _is_text(identity["evidence"]) else "").partition("=")
    slug = {"canonical_slug": identity[KEY[2]]} if identity["method"] == "canonical_slug" else {}
    return {
        **{name: identity[name] for name in KEY},
        "lineage": identity["source_id"],
        "is_first_party": identity["method"] == "first_party",
        "joins_only": False,
        "is_absent": True,
        **slug,
        **({stated: value} if stated else {}),
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def keep_previous_models(rows: list[KeyRow], previous: PreviousIdentities, inference: Inference) -> list[KeyRow]:
    """Assign keys whose evidence is missing in this run to the model that they had.

    Keys of one former model stay together unless an axis now differs; a floating alias keeps the last
    target that a source stated.
    """
    counts: dict[str, Counter[ModelAxes]] = defaultdict(Counter)
    for row in rows:
        if row.node is not None and row.key in previous.models and not previous.has_changed_evidence(row):
            counts[previous.models[row.key]][row.node] += 1
    nodes = {model_id: node for model_id, found in counts.items() if (node := _find_most_common(found)) is not None}
    taken = set(nodes.values())
    kept = []
    for row in rows:
        node = nodes.get(previous.models.get(row.key, ""))
        if node is not None and _may_keep(row, node, taken, previous, inference):
            is_pointer = row.is_pointer or row.parsed.problem == "floating_alias"
            evidence = row.evidence or previous.evidence.get(row.key, "")
            row = row.assign(node)._replace(evidence=evidence, is_pointer=is_pointer)
        kept.append(row)
    return kept


def _find_most_common(counts: Counter[ModelAxes]) -> ModelAxes | None:
    """The node that most keys of a former model are assigned to now; None where two have equally many."""
    best = [node for node, count in counts.items() if count == max(counts.values())]
    return best[0] if len(best) == 1 else None


def _may_keep(
    row: KeyRow, node: ModelAxes, taken: set[ModelAxes], previous: PreviousIdentities, inference: Inference
) -> bool:
    """Whether the key's own assignment is missing or unsupported, and no axis contradicts the former model."""
    if row.node == node or row.is_decided:
        return False
    is_moved = row.evidence != "" and previous.has_changed_evidence(row)
    is_lapsed = row.node is not None and row.node not in taken
    is_open = is_lapsed or row.reason in RESOLVED_BY_EVIDENCE or row.parsed.problem == "floating_alias"
    current = row.node or row.parsed.axes
    return is_open and not is_moved and not {current, node} & inference.pointers and not find_conflicts(current, node)
