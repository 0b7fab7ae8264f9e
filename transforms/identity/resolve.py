"""Model resolution: assigns every source key to one canonical model, or to none."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pandas import DataFrame

from llmpairs.transforms.identity.alias_moves import (
    AliasMove,
    Moves,
    find_moves,
    find_stranded_keys,
    frame_moves,
    restore_evidence,
)
from llmpairs.transforms.identity.assign import assign_benchmark_keys, assign_nodes
from llmpairs.transforms.identity.compare_axes import Suggestion, suggest_models
from llmpairs.transforms.identity.decisions import assign_given, index_decisions, place_on_models, set_aside_decided
from llmpairs.transforms.identity.key_rows import KEY, Key, KeyRow, is_own_list, parse_rows
from llmpairs.transforms.identity.model_table import build_models
from llmpairs.transforms.identity.naming import name_models
from llmpairs.transforms.identity.parse_key import parse_model
from llmpairs.transforms.identity.previous_identities import (
    PreviousIdentities,
    append_absent_keys,
    keep_previous_models,
    read_previous_identities,
)
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes
from llmpairs.warehouse.contracts.evidence import IDENTITIES

CONFIDENCE = {
    "decision": 1.0, "alias": 1.0, "hugging_face_id": 1.0, "canonical_slug": 0.98, "first_party": 0.98,
    "axes": 0.97, "own_model": 0.95, "router": 0.0, "unresolved": 0.0,
}  # fmt: skip
IDENTITY_COLUMNS = [name for name in IDENTITIES.column_names if name != "nights_absent"]
NOT_TEXT = {"confidence": "float64", "is_pointer": "bool"}
INFERRED_CONFIDENCE = 0.95
"""Of equal axes where one was inferred; keys below this confidence stay unresolved."""


@dataclass(frozen=True)
class Resolution:
    """Every key's model, and every model."""

    identities: DataFrame
    """One row per input key, with IDENTITY_COLUMNS."""
    models: DataFrame
    """One row per canonical model."""
    moves: DataFrame
    """Aliases that moved, with MOVE_COLUMNS; a held one is published on its old model."""


@dataclass(frozen=True)
class ResolutionInputs:
    """What every assignment of one run's keys starts from."""

    rows: list[KeyRow]
    """Keys parsed alone, absent keys of the previous release included."""
    previous: PreviousIdentities
    decided: Mapping[Key, str]
    reference: IdentityReference


@dataclass(frozen=True)
class Assignment:
    """Assigned keys, and the ids of their nodes."""

    rows: list[KeyRow]
    """Keys that sources list in this run."""
    evidence: list[KeyRow]
    """Those of them that are evidence of a model or decided."""
    ids: Mapping[ModelAxes, str]


@dataclass(frozen=True)
class ProposedResolution:
    """Keys assigned by the evidence of this run, before any moved alias is held."""

    inputs: ResolutionInputs
    assignment: Assignment
    moves: Mapping[Key, AliasMove]


def resolve_identities(
    keys: DataFrame,
    previous: DataFrame,
    decisions: DataFrame,
    reference: IdentityReference,
    accepted: Collection[Key] = (),
) -> Resolution:
    """Resolve the keys of a run and hold every moved alias that is not among the `accepted` keys.

    `previous`, the last release's identities, keeps ids and missing evidence; `decisions` has KEY and model_id.
    The result does not depend on the order of rows.
    """
    return finish_resolution(propose_resolution(keys, previous, decisions, reference), accepted)


def propose_resolution(
    keys: DataFrame, previous: DataFrame, decisions: DataFrame, reference: IdentityReference
) -> ProposedResolution:
    """Assign the keys of a run and find the aliases that moved since the previous release."""
    inputs = ResolutionInputs(
        parse_rows(append_absent_keys(keys, previous), reference),
        read_previous_identities(previous),
        index_decisions(decisions),
        reference,
    )
    assignment = assign_keys(inputs, {})
    return ProposedResolution(inputs, assignment, find_moves(assignment.rows, assignment.ids, inputs.previous))


def finish_resolution(proposed: ProposedResolution, accepted: Collection[Key]) -> Resolution:
    """Hold the moves that are not accepted and build the tables.

    Held aliases state their former evidence, so that all keys are assigned as if nothing had moved.
    """
    inputs, assignment = proposed.inputs, proposed.assignment
    held = {key: move for key, move in proposed.moves.items() if key not in accepted}
    if held:
        assignment = _veto_moves(assign_keys(inputs, held), held)
    return Resolution(
        _frame_identities(assignment, inputs.reference),
        build_models(assignment.evidence, assignment.ids, inputs.reference),
        frame_moves(proposed.moves, held),
    )


def assign_keys(inputs: ResolutionInputs, held: Moves) -> Assignment:
    """Assign keys to models and name the models; held aliases stay on their former model."""
    previous, reference = inputs.previous, inputs.reference
    restored = restore_evidence(inputs.rows, held)
    every = set_aside_decided(restored, inputs.decided)
    rows, inference = assign_nodes([row for row in every if not row.joins_only], reference)

    def find_node(developer: str, name: str) -> ModelAxes | None:
        axes = parse_model(f"{developer}/{name}", reference)
        return inference.nodes.get(axes, axes)

    rows = keep_previous_models(rows, previous, inference)
    listed = [row for row in rows if not row.is_absent]
    benchmark_rows = [row for row in every if row.joins_only]
    if benchmark_rows:
        together, _ = assign_nodes(restored, reference)
        benchmark_rows = assign_benchmark_keys(benchmark_rows, listed, together)
    ids = name_models(rows, previous, find_node, reference)
    decided = {row.key: inputs.decided[row.key] for row in every if row.is_decided}
    nodes, ids = place_on_models(decided, ids, find_node)
    listed, benchmark_rows = assign_given(listed, nodes), assign_given(benchmark_rows, nodes)
    stranded = find_stranded_keys(listed, ids, held, previous)
    nodes, ids = place_on_models(stranded, ids, find_node)
    listed = [
        row._replace(evidence=previous.evidence[row.key]) if row.key in stranded else row
        for row in assign_given(listed, nodes)
    ]
    evidence = listed + [row for row in benchmark_rows if row.is_decided]
    used = {row.node for row in evidence}
    return Assignment(
        sorted([*listed, *benchmark_rows], key=lambda row: row.key),
        evidence,
        {node: model_id for node, model_id in ids.items() if node in used},
    )


def _veto_moves(assignment: Assignment, held: Moves) -> Assignment:
    """Record on every held row the model that its source leads to."""
    rows = []
    for row in assignment.rows:
        veto = [f"moves to {held[row.key].new_model_id}: held until confirmed"] if row.key in held else []
        rows.append(row._replace(vetoes=(*row.vetoes, *veto)))
    return replace(assignment, rows=rows)


def _frame_identities(assignment: Assignment, reference: IdentityReference) -> DataFrame:
    suggestions = suggest_models(assignment.rows, assignment.ids)
    sizes = Counter(row.node for row in assignment.evidence if not row.joins_only)
    records = []
    for row in assignment.rows:
        model_id = assignment.ids.get(row.node) if row.node is not None else None
        method = _choose_method(row, model_id, sizes[row.node] + row.joins_only, reference)
        is_inferred = method == "axes" and row.is_inferred
        suggestion = suggestions.get(row.key, Suggestion([], []))
        records.append(
            {
                **dict(zip(KEY, row.key, strict=True)),
                "model_id": model_id,
                "method": method,
                "confidence": INFERRED_CONFIDENCE if is_inferred else CONFIDENCE[method],
                "is_pointer": row.is_pointer and model_id is not None,
                "evidence": row.evidence or None if model_id else None,
                "vetoes": "; ".join(sorted({*row.vetoes, *suggestion.conflicts})) or None,
                "reason": None if model_id else row.reason or "unparsed",
                "axes": row.parsed.axes.describe() if row.parsed.name else None,
                "nearest": "; ".join(suggestion.model_ids) or None,
                "rules_version": reference.version,
            }
        )
    texts = dict.fromkeys((name for name in IDENTITY_COLUMNS if name not in NOT_TEXT), "str")
    return DataFrame(records, columns=IDENTITY_COLUMNS).astype({**texts, **NOT_TEXT})


def _choose_method(row: KeyRow, model_id: str | None, key_count: int, reference: IdentityReference) -> str:
    if row.is_decided:
        return "decision"
    if model_id is None or row.node is None:
        return "router" if row.reason == "router" else "unresolved"
    if row.by_alias:
        return "alias"
    if row.by_repository:
        return "hugging_face_id"
    if row.canonical_slug:
        return "canonical_slug"
    if is_own_list(row, row.node.developer, reference):
        return "first_party"
    return "axes" if key_count > 1 else "own_model"
