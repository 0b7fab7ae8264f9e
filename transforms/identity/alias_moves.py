"""Aliases that moved: keys whose source now states other evidence, and so another model.

A moved alias stays on its former model and opens a hold until a reviewer accepts the move.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.identity.key_rows import KEY, Key, KeyRow
from llmpairs.transforms.identity.previous_identities import PreviousIdentities
from llmpairs.transforms.identity.reference_types import ModelAxes

SEPARATOR = "|"
"""Between source, provider and key in the subject of a hold or decision; the key may contain it too."""
MOVE_COLUMNS = (*KEY, "old_model_id", "new_model_id", "is_held")


class AliasMove(NamedTuple):
    """A key whose source now leads to another model."""

    old_model_id: str
    new_model_id: str
    old_evidence: str
    """Evidence of the previous release, as field=value."""
    new_evidence: str
    """Evidence of this run; empty where it is gone."""


Moves = Mapping[Key, AliasMove]


def find_moves(
    rows: Iterable[KeyRow], ids: Mapping[ModelAxes, str], previous: PreviousIdentities
) -> dict[Key, AliasMove]:
    """Keys that changed evidence leads to another model than in the previous release."""
    moves = {}
    for row in rows:
        new = ids.get(row.node) if row.node is not None else None
        old = previous.models.get(row.key)
        if old and new and new != old and not row.is_decided and previous.has_changed_evidence(row):
            moves[row.key] = AliasMove(old, new, previous.evidence[row.key], row.evidence)
    return moves


def restore_evidence(rows: Iterable[KeyRow], held: Moves) -> list[KeyRow]:
    """Rows in which held keys state what they stated in the previous release, so that no other key moves along."""
    restored = []
    for row in rows:
        if row.key in held:
            new, _, _ = held[row.key].new_evidence.partition("=")
            old, _, value = held[row.key].old_evidence.partition("=")
            stated: dict[str, Any] = {new: "", old: value}
            row = row._replace(**{name: text for name, text in stated.items() if name})
        restored.append(row)
    return restored


def find_stranded_keys(
    rows: Iterable[KeyRow], ids: Mapping[ModelAxes, str], held: Moves, previous: PreviousIdentities
) -> dict[Key, str]:
    """Former model of keys that must return to it.

    Those are held keys that the restored evidence did not lead back, and floating aliases whose target no
    source states in this run.
    """
    stranded = {}
    for row in rows:
        former = previous.models.get(row.key)
        current = ids.get(row.node) if row.node is not None else None
        is_lost = current is None and row.reason == "floating_alias" and row.key in previous.evidence
        if former and current != former and (row.key in held or is_lost):
            stranded[row.key] = former
    return stranded


def frame_moves(moves: Moves, held: Collection[Key]) -> DataFrame:
    """Moves sorted by key, with MOVE_COLUMNS."""
    rows = [(*key, move.old_model_id, move.new_model_id, key in held) for key, move in sorted(moves.items())]
    return DataFrame(rows, columns=list(MOVE_COLUMNS))


def format_subjects(keys: DataFrame) -> Series:
    """Subject of each key in holds, changes and decisions: source, provider and key."""
    return (keys[KEY[0]] + SEPARATOR + keys[KEY[1]] + SEPARATOR + keys[KEY[2]]).astype("str")


def list_candidates(moves: DataFrame, captures: DataFrame) -> DataFrame:
    """Moves as hold candidates, with the published model and the capture that states the new one.

    `captures` has KEY and capture_id of landed rows.
    """
    first = captures.sort_values([*KEY, "capture_id"]).drop_duplicates(KEY).set_index(KEY)["capture_id"]
    return DataFrame(
        {
            "subject_kind": "identity",
            "subject_id": format_subjects(moves),
            "field": "model_id",
            "candidate_value": moves["new_model_id"],
            "rule": "Q29 alias moved",
            "source_id": moves["source_id"],
            "capture_id": first.reindex(pd.MultiIndex.from_frame(moves[KEY])).to_numpy(),
            "provider_id": moves["provider_id"],
            "published_value": moves["old_model_id"],
        }
    ).astype("str")


def publish_accepted(holds: DataFrame) -> DataFrame:
    """Holds with the candidate as published value where a reviewer accepted it."""
    published = holds["published_value"].mask(holds["state"] == "accepted", holds["candidate_value"])
    return holds.assign(published_value=published)


def read_accepted_keys(holds: DataFrame) -> set[Key]:
    """Keys whose move a reviewer accepted."""
    parts = (subject.split(SEPARATOR, 2) for subject in holds.loc[holds["state"] == "accepted", "subject_id"])
    return {(source_id, provider_id, key) for source_id, provider_id, key in parts}
