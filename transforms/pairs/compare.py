"""The columns of a pair's row, computed for whole ranges of pairs at a time.

Each function gives some columns by name as `Values`; another group of columns is another function in
GROUPS, which sees the columns of the groups before it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.benchmarks import pick
from llmpairs.transforms.pairs.decide import Outcome, decide_overall, judge, judge_with_grounds
from llmpairs.transforms.pairs.decision_tables import A, B
from llmpairs.transforms.pairs.fingerprint import mix_words, seed_of
from llmpairs.transforms.pairs.friction import friction_kinds, worst_severity
from llmpairs.transforms.pairs.model_arrays import UNKNOWN_DAY, UNKNOWN_MOMENT, Sides
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.transforms.pairs.utilities import Standing
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import (
    COST_STATES,
    DETAILED_SCENARIO,
    LEADS,
    OVERALL_VERDICTS,
    RELATIONS,
    SCENARIOS,
)

Flags = npt.NDArray[np.bool_]
FEWEST_FACTS = 0.5
"""Below six of the twelve fields a comparison needs, a page would be mostly blanks."""
NOINDEX_REASONS = PAIRS["noindex_reason"].values or ()
NOT_HASHED = {"model_a_id", "model_b_id", "oldest_fact_at", "content_hash"}
"""Ids come in with the fingerprints; the age of a fact moves every night without a change of any."""


@dataclass(frozen=True)
class Values:
    """A column: values with 0 wherever `valid` is false; `valid` None when nothing is null."""

    values: npt.NDArray[Any]
    valid: Flags | None = None


Columns = dict[str, Values]


def compare_models(sides: Sides, pairs: PairRange) -> Columns:
    """All columns of PAIRS but the ids; enumerations as positions in their closed lists."""
    columns: Columns = {}
    for group in GROUPS:
        columns |= group(sides, pairs, columns)
    return columns


def _relation(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    """Siblings share a family or a base; a base named by one of the two goes before that."""
    kin = sides.kinship
    siblings = _same(pairs, kin.family) | _same(pairs, kin.base)
    relation = np.where(siblings, np.int8(RELATIONS.index("sibling")), np.int8(RELATIONS.index("none")))
    start, end = np.searchsorted(kin.low, [pairs.first, pairs.stop])
    relation[pairs.positions(kin.low[start:end], kin.high[start:end])] = kin.relation[start:end]
    return {"relation": Values(relation)}


def _same(pairs: PairRange, codes: npt.NDArray[np.int32]) -> Flags:
    """Pairs whose sides have the same known code."""
    a = pairs.a(codes)
    same: Flags = (a == pairs.b(codes)) & (a >= 0)
    return same


def _differences(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    """Release gap, licence, and the ratios of context, list price and cost."""
    day_a, day_b = pairs.a(sides.released_day), pairs.b(sides.released_day)
    dated = (day_a != UNKNOWN_DAY) & (day_b != UNKNOWN_DAY)
    license_a, license_b = pairs.a(sides.license), pairs.b(sides.license)
    licensed = (license_a >= 0) & (license_b >= 0)
    return {
        "release_gap_days": Values(np.where(dated, day_b - day_a, 0).astype(np.int32, copy=False), dated),
        "context_ratio": _ratio(pairs, sides.context),
        "same_license": Values((license_a == license_b) & licensed, licensed),
        "list_price_ratio": _ratio(pairs, sides.list_price),
    }


def _ratio(pairs: PairRange, values: npt.NDArray[np.float64]) -> Values:
    """A over B in single precision, null where either is unknown or zero."""
    usable = np.where(values > 0, values, np.nan)
    return _known(pairs.a(usable) / pairs.b(usable))


def _known(numbers: npt.NDArray[np.floating]) -> Values:
    """Numbers in single precision, null where they are NaN."""
    single = numbers.astype(np.float32, copy=False)
    valid = single == single
    if valid.all():
        return Values(single)
    return Values(np.where(valid, single, np.float32(0)), valid)


def _decisions(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    """Verdict, lead and cost of every workload, what the first one rests on, and the overall verdict."""
    columns: Columns = {}
    wins_a, wins_b = (np.zeros(len(pairs), dtype=np.int8) for _ in range(2))
    for contest in sides.contests:
        name = contest.standing.scenario.scenario_id
        if name == DETAILED_SCENARIO:
            outcome: Outcome = (grounds := judge_with_grounds(contest, pairs))
            columns |= {
                f"reason_{name}": Values(grounds.reason),
                f"margin_{name}": _known(grounds.margin),
                f"coverage_{name}": Values(grounds.coverage),
                f"robust_{name}": _known(grounds.robust),
                f"cost_state_{name}": Values(_cost_state(contest.standing, pairs)),
            }
        else:
            outcome = judge(contest, pairs)
        wins_a += outcome.verdict == A
        wins_b += outcome.verdict == B
        columns |= {
            f"verdict_{name}": Values(outcome.verdict),
            f"lead_{name}": Values(outcome.lead),
            f"cost_ratio_{name}": _known(outcome.cost_ratio),
        }
    return columns | {"overall_verdict": Values(decide_overall(wins_a, wins_b, len(sides.contests)))}


def _cost_state(standing: Standing, pairs: PairRange) -> npt.NDArray[np.int8]:
    unknown = np.isnan(standing.cost)
    a = unknown * np.int8(COST_STATES.index("a_unknown"))
    b = unknown * np.int8(COST_STATES.index("b_unknown"))
    return pairs.a(a) + pairs.b(b)


def _capabilities(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    """Sets of capabilities by what is established for which side."""
    yes_a, yes_b = pairs.a(sides.yes), pairs.b(sides.yes)
    return {
        "a_only_capabilities": Values(yes_a & pairs.b(sides.no)),
        "b_only_capabilities": Values(pairs.a(sides.no) & yes_b),
        "both_capabilities": Values(yes_a & yes_b),
        "not_established_capabilities": Values(pairs.a(sides.unknown) | pairs.b(sides.unknown)),
    }


def _routes(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    return {
        "shared_operator_count": Values(_shared(pairs, sides.operators)),
        "shared_provider_count": Values(_shared(pairs, sides.providers)),
    }


def _shared(pairs: PairRange, words: npt.NDArray[np.uint64]) -> npt.NDArray[np.int16]:
    """How many members both sides have."""
    shared = np.zeros(len(pairs), dtype=np.int16)
    for word in words:
        shared += np.bitwise_count(pairs.a(word) & pairs.b(word))
    return shared


def _benchmarks(sides: Sides, pairs: PairRange, _: Columns) -> Columns:
    grid = sides.scores
    return {
        "shared_benchmark_count": Values(pick(grid, grid.shared, pairs)),
        "indicative_benchmark_count": Values(pick(grid, grid.indicative, pairs)),
        "a_benchmark_wins": Values(pick(grid, grid.wins, pairs)),
        "b_benchmark_wins": Values(pick(grid, grid.wins.T, pairs)),
    }


def _friction(sides: Sides, pairs: PairRange, columns: Columns) -> Columns:
    shares = columns["shared_provider_count"].values > 0
    a_to_b, b_to_a = friction_kinds(sides, pairs, shares)
    return {
        "friction_a_to_b": Values(worst_severity(a_to_b)),
        "friction_b_to_a": Values(worst_severity(b_to_a)),
        "friction_kinds_a_to_b": Values(a_to_b),
        "friction_kinds_b_to_a": Values(b_to_a),
    }


def _evidence(sides: Sides, pairs: PairRange, columns: Columns) -> Columns:
    """What the pair rests on, and whether that is enough for a page.

    A page is not listed when, in this order: one side's identity rests on a single witness; the two
    are snapshots of one model or snapshot and model; the less complete side has fewer than half of the
    facts; neither side has a cost in seed_chat; no side wins or leads in any workload.
    """
    completeness = np.minimum(pairs.a(sides.completeness), pairs.b(sides.completeness))
    oldest = np.minimum(pairs.a(sides.oldest_fact), pairs.b(sides.oldest_fact))
    dated = oldest != UNKNOWN_MOMENT
    issues = np.minimum(pairs.a(sides.open_issues) + pairs.b(sides.open_issues), np.iinfo(np.int16).max)
    is_snapshot = (columns["relation"].values == RELATIONS.index("snapshot")) | _same(
        pairs, sides.kinship.snapshot_of
    )
    reason = np.full(len(pairs), -1, dtype=np.int8)
    reason[_is_undecided(columns)] = NOINDEX_REASONS.index("nothing_decided")
    no_cost = columns["cost_state_seed_chat"].values == COST_STATES.index("both_unknown")
    reason[no_cost] = NOINDEX_REASONS.index("no_price")
    reason[completeness < FEWEST_FACTS] = NOINDEX_REASONS.index("too_few_facts")
    reason[is_snapshot] = NOINDEX_REASONS.index("same_family_snapshot")
    unsure = pairs.a(sides.is_single_witness) | pairs.b(sides.is_single_witness)
    reason[unsure] = NOINDEX_REASONS.index("identity_unconfirmed")
    withheld = reason >= 0
    return {
        "completeness_min": Values(completeness),
        "oldest_fact_at": Values(oldest * dated, dated),
        "open_issue_count": Values(issues.astype(np.int16)),
        "indexable": Values(~withheld),
        "noindex_reason": Values(np.maximum(reason, 0), withheld),
    }


def _is_undecided(columns: Columns) -> Flags:
    """Pairs in which no side wins a workload and no lead is known either."""
    undecided: Flags = columns["overall_verdict"].values == OVERALL_VERDICTS.index("abstain")
    for scenario in SCENARIOS:
        undecided &= columns[f"lead_{scenario}"].values == LEADS.index("unknown")
    return undecided


def _content_hash(sides: Sides, pairs: PairRange, columns: Columns) -> Columns:
    """64-bit digest of both fingerprints and of every column in place, the same on every machine.

    Each 32-bit value is multiplied by the odd factor of its column and the sum is mixed: a change of
    one column always shows, one of several but for a chance of about 2^-64.
    """
    total = pairs.a(mix_words(sides.fingerprint ^ seed_of("a")))
    total += pairs.b(mix_words(sides.fingerprint ^ seed_of("b")))
    term = np.empty(len(pairs), dtype=np.uint64)
    for name in sorted(columns.keys() - NOT_HASHED):
        column = columns[name]
        bits = column.values.view(f"u{column.values.itemsize}")
        np.multiply(bits, seed_of(name), out=term, dtype=np.uint64)
        total += term
        if column.valid is not None:
            np.multiply(~column.valid, seed_of(f"{name} is null"), out=term, dtype=np.uint64)
            total += term
    return {"content_hash": Values(mix_words(total).view(np.int64))}


GROUPS: tuple[Callable[[Sides, PairRange, Columns], Columns], ...] = (
    _relation,
    _differences,
    _capabilities,
    _routes,
    _benchmarks,
    _decisions,
    _friction,
    _evidence,
    _content_hash,
)
"""In order: a group may read what stands before it, the digest reads all."""
