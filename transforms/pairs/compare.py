"""Compute the columns of PAIRS for whole ranges of pairs.

Each function of GROUPS returns some columns by name; it receives the columns of the groups before it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.benchmarks import counts_by_pair
from llmpairs.transforms.pairs.fingerprint import mix_bits, seed_of
from llmpairs.transforms.pairs.friction import friction_kinds, worst_severity
from llmpairs.transforms.pairs.model_arrays import UNKNOWN_DAY, UNKNOWN_TIME, ModelArrays
from llmpairs.transforms.pairs.outcomes import (
    LEAD_OF,
    OVERALL_VERDICT_OF,
    VERDICT_OF,
    apply_requirements,
    compare_costs,
    decide,
    name_cheaper,
    name_stronger,
)
from llmpairs.transforms.pairs.quality_index import GENERAL, IndexDifference, compare_domains
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.outcome_rules import AHEAD_Z, MIN_COMPLETENESS
from llmpairs.warehouse.vocabulary import (
    COST_STATES,
    DETAILED_SCENARIO,
    LEADS,
    OVERALL_VERDICTS,
    PAIR_QUALITY_BASES,
    RELATIONS,
    SCENARIOS,
)

Flags = npt.NDArray[np.bool_]
NOINDEX_REASONS = PAIRS["noindex_reason"].values or ()
A_UNKNOWN, B_UNKNOWN = (np.int8(COST_STATES.index(state)) for state in ("a_unknown", "b_unknown"))
NOT_HASHED = {"model_a_id", "model_b_id", "oldest_fact_at", "content_hash"}
"""The fingerprints cover the ids; the age of a fact differs in every run though no fact changes."""


@dataclass(frozen=True)
class ColumnValues:
    """A column: values with 0 wherever `valid` is false; `valid` None when nothing is null."""

    values: npt.NDArray[Any]
    valid: Flags | None = None


Columns = dict[str, ColumnValues]


def compare_models(arrays: ModelArrays, pairs: PairRange) -> Columns:
    """Compute all columns of PAIRS except the ids; enumerations as positions in their closed lists."""
    columns: Columns = {}
    for group in GROUPS:
        columns |= group(arrays, pairs, columns)
    return columns


def _relation(arrays: ModelArrays, pairs: PairRange, _: Columns) -> Columns:
    """Siblings share a family or a base; a base named by one of the two takes precedence."""
    kin = arrays.kinship
    siblings = _same(pairs, kin.family) | _same(pairs, kin.base)
    relation = np.where(siblings, np.int8(RELATIONS.index("sibling")), np.int8(RELATIONS.index("none")))
    start, end = np.searchsorted(kin.low, [pairs.first, pairs.stop])
    relation[pairs.positions(kin.low[start:end], kin.high[start:end])] = kin.relation[start:end]
    return {"relation": ColumnValues(relation)}


def _same(pairs: PairRange, codes: npt.NDArray[np.int32]) -> Flags:
    """Pairs whose sides have the same known code."""
    a = pairs.a(codes)
    same: Flags = (a == pairs.b(codes)) & (a >= 0)
    return same


def _differences(arrays: ModelArrays, pairs: PairRange, _: Columns) -> Columns:
    day_a, day_b = pairs.a(arrays.released_day), pairs.b(arrays.released_day)
    dated = (day_a != UNKNOWN_DAY) & (day_b != UNKNOWN_DAY)
    license_a, license_b = pairs.a(arrays.license), pairs.b(arrays.license)
    licensed = (license_a >= 0) & (license_b >= 0)
    return {
        "release_gap_days": ColumnValues(np.where(dated, day_b - day_a, 0).astype(np.int32, copy=False), dated),
        "context_ratio": _ratio(pairs, arrays.context),
        "same_license": ColumnValues((license_a == license_b) & licensed, licensed),
        "list_price_ratio": _ratio(pairs, arrays.list_price),
    }


def _ratio(pairs: PairRange, values: npt.NDArray[np.float64]) -> ColumnValues:
    """A over B in single precision, null where either is unknown or zero."""
    usable = np.where(values > 0, values, np.nan)
    return _known(pairs.a(usable) / pairs.b(usable))


def _known(numbers: npt.NDArray[np.floating]) -> ColumnValues:
    """Numbers in single precision, null where they are NaN."""
    single = numbers.astype(np.float32, copy=False)
    valid = single == single
    if valid.all():
        return ColumnValues(single)
    return ColumnValues(np.where(valid, single, np.float32(0)), valid)


def _outcomes(arrays: ModelArrays, pairs: PairRange, _: Columns) -> Columns:
    """Outcome, reason, cost ratio, and the verdict and lead that stand for the outcome, of every workload."""
    domains = compare_domains(arrays.quality, pairs)
    columns: Columns = {}
    for inputs in arrays.workloads:
        costs = compare_costs(pairs.a(inputs.best_cost), pairs.b(inputs.best_cost))
        state = inputs.requirements.state
        decided = decide(costs, domains[inputs.scenario.domain])
        found = apply_requirements(decided, pairs.a(state), pairs.b(state))
        name = inputs.scenario.scenario_id
        columns |= {
            f"outcome_{name}": ColumnValues(found.outcome),
            f"outcome_reason_{name}": ColumnValues(found.reason),
            f"verdict_{name}": ColumnValues(VERDICT_OF[found.outcome]),
            f"lead_{name}": ColumnValues(LEAD_OF[found.outcome]),
            f"cost_ratio_{name}": _known(pairs.a(inputs.cost) / pairs.b(inputs.cost)),
        }
    return columns | _detailed(arrays, pairs) | _overall(arrays, pairs, domains[GENERAL])


def _detailed(arrays: ModelArrays, pairs: PairRange) -> Columns:
    """Cost state of the detailed workload; the columns on scores are null until they are removed."""
    unknown = np.isnan(arrays.workload(DETAILED_SCENARIO).cost)
    never = np.zeros(len(pairs), dtype=np.bool_)
    blank = ColumnValues(np.zeros(len(pairs), dtype=np.float32), never)
    return {
        f"cost_state_{DETAILED_SCENARIO}": ColumnValues(pairs.a(unknown * A_UNKNOWN) + pairs.b(unknown * B_UNKNOWN)),
        f"reason_{DETAILED_SCENARIO}": ColumnValues(np.zeros(len(pairs), dtype=np.int8), never),
        **{f"{name}_{DETAILED_SCENARIO}": blank for name in ("margin", "coverage", "robust")},
    }


def _overall(arrays: ModelArrays, pairs: PairRange, quality: IndexDifference) -> Columns:
    """Cost, quality and outcome over all workloads."""
    costs = compare_costs(pairs.a(arrays.best_price), pairs.b(arrays.best_price))
    overall = decide(costs, quality)
    half = AHEAD_Z * quality.sd
    return {
        "overall_outcome": ColumnValues(overall.outcome),
        "overall_outcome_reason": ColumnValues(overall.reason),
        "overall_verdict": ColumnValues(OVERALL_VERDICT_OF[overall.outcome]),
        "cheaper": ColumnValues(name_cheaper(costs)),
        "cost_ratio_best": _ratio(pairs, arrays.best_price),
        "cost_ratio_list": _ratio(pairs, arrays.list_price),
        "stronger": ColumnValues(name_stronger(quality)),
        "quality_difference": _known(quality.difference),
        "quality_difference_low95": _known(quality.difference - half),
        "quality_difference_high95": _known(quality.difference + half),
        "quality_basis": ColumnValues(_quality_basis(arrays, pairs)),
    }


def _quality_basis(arrays: ModelArrays, pairs: PairRange) -> npt.NDArray[np.int8]:
    """Position in PAIR_QUALITY_BASES: the number of estimated sides, unknown where one has no index."""
    quality = arrays.quality[GENERAL]
    is_unknown = np.isnan(quality.index)
    estimated = (~quality.is_measured).astype(np.int8)
    basis = pairs.a(estimated) + pairs.b(estimated)
    basis[pairs.a(is_unknown) | pairs.b(is_unknown)] = PAIR_QUALITY_BASES.index("unknown")
    return basis


def _capabilities(arrays: ModelArrays, pairs: PairRange, _: Columns) -> Columns:
    yes_a, yes_b = pairs.a(arrays.yes), pairs.b(arrays.yes)
    return {
        "a_only_capabilities": ColumnValues(yes_a & pairs.b(arrays.no)),
        "b_only_capabilities": ColumnValues(pairs.a(arrays.no) & yes_b),
        "both_capabilities": ColumnValues(yes_a & yes_b),
        "not_established_capabilities": ColumnValues(pairs.a(arrays.unknown) | pairs.b(arrays.unknown)),
    }


def _shared(pairs: PairRange, words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int16]:
    """Count the members that both sides have; `words` holds bits, 64 to a row."""
    shared = np.zeros(len(pairs), dtype=np.int16)
    for word in words:
        shared += np.bitwise_count(pairs.a(word) & pairs.b(word))
    return shared


def _shared_counts(arrays: ModelArrays, pairs: PairRange, _: Columns) -> Columns:
    grid = arrays.scores
    return {
        "shared_operator_count": ColumnValues(_shared(pairs, arrays.operators)),
        "shared_provider_count": ColumnValues(_shared(pairs, arrays.providers)),
        "shared_benchmark_count": ColumnValues(counts_by_pair(grid, grid.shared, pairs)),
        "indicative_benchmark_count": ColumnValues(counts_by_pair(grid, grid.indicative, pairs)),
        "a_benchmark_wins": ColumnValues(counts_by_pair(grid, grid.wins, pairs)),
        "b_benchmark_wins": ColumnValues(counts_by_pair(grid, grid.wins.T, pairs)),
    }


def _friction(arrays: ModelArrays, pairs: PairRange, columns: Columns) -> Columns:
    shares = columns["shared_provider_count"].values > 0
    a_to_b, b_to_a = friction_kinds(arrays, pairs, shares)
    return {
        "friction_a_to_b": ColumnValues(worst_severity(a_to_b)),
        "friction_b_to_a": ColumnValues(worst_severity(b_to_a)),
        "friction_kinds_a_to_b": ColumnValues(a_to_b),
        "friction_kinds_b_to_a": ColumnValues(b_to_a),
    }


def _evidence(arrays: ModelArrays, pairs: PairRange, columns: Columns) -> Columns:
    """Completeness and age of the evidence, and whether the page of the pair is indexed.

    It is not, in this order of reasons, when the identity of a side rests on a single source; the two are snapshots of
    one model or snapshot and model; the completeness of a side is below MIN_COMPLETENESS; neither side has a cost in
    the detailed workload; every outcome is unknown or neither.
    """
    completeness = np.minimum(pairs.a(arrays.completeness), pairs.b(arrays.completeness))
    oldest = np.minimum(pairs.a(arrays.oldest_fact), pairs.b(arrays.oldest_fact))
    dated = oldest != UNKNOWN_TIME
    issues = np.minimum(pairs.a(arrays.open_issues) + pairs.b(arrays.open_issues), np.iinfo(np.int16).max)
    is_snapshot = (columns["relation"].values == RELATIONS.index("snapshot")) | _same(pairs, arrays.kinship.snapshot_of)
    reason = np.full(len(pairs), -1, dtype=np.int8)
    undecided = columns["overall_verdict"].values == OVERALL_VERDICTS.index("abstain")
    for scenario in SCENARIOS:
        undecided &= columns[f"lead_{scenario}"].values == LEADS.index("unknown")
    reason[undecided] = NOINDEX_REASONS.index("nothing_decided")
    no_cost = columns[f"cost_state_{DETAILED_SCENARIO}"].values == COST_STATES.index("both_unknown")
    reason[no_cost] = NOINDEX_REASONS.index("no_price")
    reason[completeness < MIN_COMPLETENESS] = NOINDEX_REASONS.index("too_few_facts")
    reason[is_snapshot] = NOINDEX_REASONS.index("same_family_snapshot")
    unsure = pairs.a(arrays.is_single_witness) | pairs.b(arrays.is_single_witness)
    reason[unsure] = NOINDEX_REASONS.index("identity_unconfirmed")
    withheld = reason >= 0
    return {
        "completeness_min": ColumnValues(completeness),
        "oldest_fact_at": ColumnValues(oldest * dated, dated),
        "open_issue_count": ColumnValues(issues.astype(np.int16)),
        "indexable": ColumnValues(~withheld),
        "noindex_reason": ColumnValues(np.maximum(reason, 0), withheld),
    }


def _content_hash(arrays: ModelArrays, pairs: PairRange, columns: Columns) -> Columns:
    """Digest both fingerprints and every column so far to 64 bits, equal on every machine.

    Each 32-bit value is multiplied by the odd factor of its column and the sum is mixed. A change of one column always
    changes the digest; changes of several columns collide with a probability of about 2^-64.
    """
    total = pairs.a(mix_bits(arrays.fingerprint ^ seed_of("a")))
    total += pairs.b(mix_bits(arrays.fingerprint ^ seed_of("b")))
    term = np.empty(len(pairs), dtype=np.uint64)
    for name in sorted(columns.keys() - NOT_HASHED):
        column = columns[name]
        bits = column.values.view(f"u{column.values.itemsize}")
        np.multiply(bits, seed_of(name), out=term, dtype=np.uint64)
        total += term
        if column.valid is not None:
            np.multiply(~column.valid, seed_of(f"{name} is null"), out=term, dtype=np.uint64)
            total += term
    return {"content_hash": ColumnValues(mix_bits(total).view(np.int64))}


GROUPS: tuple[Callable[[ModelArrays, PairRange, Columns], Columns], ...] = (
    _relation,
    _differences,
    _capabilities,
    _shared_counts,
    _outcomes,
    _friction,
    _evidence,
    _content_hash,
)
"""In order: a group may read the columns before it; the digest reads all."""
