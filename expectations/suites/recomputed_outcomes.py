"""Outcomes of pairs, recomputed from the state tables independently of `transforms.pairs`."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from llmpairs.expectations.suites.recomputed_inputs import FAILS, OPEN, PASSES, Flags, Floats, Positions
from llmpairs.warehouse.vocabulary import (
    CHEAPER,
    LEADS,
    OUTCOME_REASONS,
    OUTCOMES,
    OVERALL_VERDICTS,
    PAIR_QUALITY_BASES,
    STRONGER,
    VERDICTS,
)

Cases = list[tuple[Flags, str]]

PARTS = ("sd_own", "sd_factor_1", "sd_factor_2", "sd_factor_3", "sd_factor_4")
DECIDED = {"a": "lean_a", "b": "lean_b", "trade_off": "lean_trade_off", "similar": "unknown"}
EDGE = 1e-6
"""Pairs this near to a threshold may fall on either side of it."""


VERDICTS_AND_LEADS = {
    "a": ("a", "a"),
    "b": ("b", "b"),
    "trade_off": ("depends", "trade_off"),
    "similar": ("tie", "even"),
    "neither": ("neither", "unknown"),
    "lean_a": ("depends", "a"),
    "lean_b": ("depends", "b"),
    "lean_trade_off": ("depends", "trade_off"),
    "unknown": ("abstain", "unknown"),
}
"""Verdict and lead of each outcome."""


def name_codes(codes: Positions, at: int) -> Positions:
    """Verdicts (`at` 0) or leads (1) of outcomes, as positions in VERDICTS or LEADS."""
    values = (VERDICTS, LEADS)[at]
    return np.array([values.index(VERDICTS_AND_LEADS[outcome][at]) for outcome in OUTCOMES])[codes]


def name_overall(codes: Positions) -> Positions:
    """Overall verdicts of outcomes, as positions in OVERALL_VERDICTS."""
    names = [VERDICTS_AND_LEADS[outcome][0].replace("neither", "abstain") for outcome in OUTCOMES]
    return np.array([OVERALL_VERDICTS.index(name) for name in names])[codes]


def pick(values: tuple[str, ...], cases: Cases, otherwise: str) -> Positions:
    """Position in `values` of the first case that holds."""
    positions = [np.int64(values.index(value)) for _, value in cases]
    return np.asarray(np.select([holds for holds, _ in cases], positions, np.int64(values.index(otherwise))))


@dataclass(frozen=True, kw_only=True)
class OutcomeInputs:
    """Inputs of outcomes by position of the model; unknown is NaN."""

    best_cost: Mapping[str, Floats]
    """By workload."""
    domain: Mapping[str, str]
    """By workload."""
    gate: Mapping[str, Positions]
    best_price: Floats
    quality: Mapping[str, pd.DataFrame]
    """MODEL_QUALITY by domain, one row a model."""


def read_outcome_inputs(
    frames: Mapping[str, pd.DataFrame], scenarios: pd.DataFrame, ids: pd.Index, gates: Mapping[str, Positions]
) -> OutcomeInputs:
    """The inputs for the models `ids`; `gates` are FAILS, OPEN or PASSES by workload."""
    costs, quality = frames["model_scenario_costs"], frames["model_quality"]
    best = costs[costs["best_usd"] > 0].pivot_table(index="model_id", columns="scenario_id", values="best_usd")
    best = best.reindex(index=ids, columns=scenarios["scenario_id"])
    price = frames["models"].set_index("model_id")["best_blended_usd_per_mtok"].reindex(ids)
    domains = sorted({"general", *scenarios["domain"]})
    return OutcomeInputs(
        best_cost={str(name): best[name].to_numpy("float64") for name in best.columns},
        domain=dict(zip(scenarios["scenario_id"], scenarios["domain"], strict=True)),
        gate=gates,
        best_price=price.where(price > 0).to_numpy("float64"),
        quality={name: quality[quality["domain"] == name].set_index("model_id").reindex(ids) for name in domains},
    )


def compare_quality(inputs: OutcomeInputs, domain: str, a: Positions, b: Positions) -> tuple[Floats, Floats, Flags]:
    """Index of A minus that of B, its standard deviation, and whether both are measured."""
    table = inputs.quality[domain]
    index = table["index"].to_numpy("float64")
    parts = table[list(PARTS)].to_numpy("float64")
    measured = (table["basis"].astype("object") == "measured").to_numpy(dtype=bool)
    shared = ((parts[a, 1:] - parts[b, 1:]) ** 2).sum(axis=1)
    found = index[a] - index[b], np.sqrt(parts[a, 0] ** 2 + parts[b, 0] ** 2 + shared), measured[a] & measured[b]
    if domain == "general":
        return found
    usual = compare_quality(inputs, "general", a, b)
    lacks = np.isnan(found[0])
    difference, sd = (np.where(lacks, usual[at], found[at]) for at in (0, 1))
    return difference, sd, np.where(lacks, usual[2], found[2])


def recompute_outcome(ratio: Floats, quality: tuple[Floats, Floats, Flags]) -> tuple[Positions, Flags]:
    """Outcome by the cost of A over that of B and the quality, and whether a threshold is too near to tell."""
    from scipy.special import ndtr

    difference, sd, measured = quality
    with np.errstate(invalid="ignore"):
        z = difference / sd
        inside = ndtr((5 - difference) / sd) - ndtr((-5 - difference) / sd)
    cheap_a, cheap_b, same = ratio < 1 / 1.1, ratio > 1.1, (ratio >= 1 / 1.1) & (ratio <= 1.1)
    strong_a, strong_b, likely_a, likely_b = z >= 1.96, z <= -1.96, z >= 0.8416, z <= -0.8416
    safe_a, safe_b = (difference - 1.96 * sd > -3) & ~likely_b, (-difference - 1.96 * sd > -3) & ~likely_a
    cases: Cases = [
        ((cheap_a & strong_b) | (cheap_b & strong_a), "trade_off"),
        ((cheap_a & (safe_a | strong_a)) | (strong_a & same), "a"),
        ((cheap_b & (safe_b | strong_b)) | (strong_b & same), "b"),
        (same & measured & (inside >= 0.8), "similar"),
        ((cheap_a & likely_b) | (cheap_b & likely_a), "lean_trade_off"),
        (cheap_a | (likely_a & ~cheap_b), "lean_a"),
        (cheap_b | (likely_b & ~cheap_a), "lean_b"),
    ]
    near = [np.abs(ratio - edge) for edge in (1.1, 1 / 1.1)]
    near += [np.abs(np.abs(z) - edge) for edge in (1.96, 0.8416)] + [np.abs(inside - 0.8)]
    near += [np.abs(np.abs(side - 1.96 * sd) - 3) for side in (difference, -difference)]
    return pick(OUTCOMES, cases, "unknown"), np.logical_or.reduce([gap < EDGE for gap in near])


def recompute_workload(inputs: OutcomeInputs, name: str, a: Positions, b: Positions) -> tuple[Positions, Flags]:
    """Outcome of a workload: that of cost and quality, limited by what is known of the requirements."""
    cost, gate = inputs.best_cost[name], inputs.gate[name]
    plain, near = recompute_outcome(cost[a] / cost[b], compare_quality(inputs, inputs.domain[name], a, b))
    gate_a, gate_b = gate[a], gate[b]
    lean = np.array([OUTCOMES.index(DECIDED.get(outcome, outcome)) for outcome in OUTCOMES])[plain]
    nothing = lean == OUTCOMES.index("unknown")
    unsettled = (gate_a == OPEN) | (gate_b == OPEN)
    fail_a, fail_b = gate_a == FAILS, gate_b == FAILS
    cases: list[tuple[Flags, Positions | str]] = [
        (fail_a & fail_b, "neither"),
        ((gate_a == PASSES) & fail_b, "a"),
        ((gate_b == PASSES) & fail_a, "b"),
        ((gate_a == OPEN) & fail_b, "lean_a"),
        ((gate_b == OPEN) & fail_a, "lean_b"),
        (unsettled & nothing & (gate_a == PASSES), "lean_a"),
        (unsettled & nothing & (gate_b == PASSES), "lean_b"),
        (unsettled, lean),
    ]
    values = [OUTCOMES.index(value) if isinstance(value, str) else value for _, value in cases]
    return np.asarray(np.select([flags for flags, _ in cases], values, plain)), near


def is_one_of(codes: Positions, *names: str) -> Flags:
    """Whether each outcome is one of those named."""
    return np.asarray(np.isin(OUTCOMES, names)[codes])


def explain_outcome(outcome: Positions, ratio: Floats, quality: tuple[Floats, Floats, Flags]) -> Positions:
    """Reason of an outcome of cost and quality alone."""
    difference, sd, _ = quality
    for_a, decided, leans = (
        is_one_of(outcome, *names) for names in (("a", "lean_a"), ("a", "b"), ("lean_a", "lean_b"))
    )
    cheaper, same = np.where(for_a, ratio, 1 / ratio) < 1 / 1.1, (ratio >= 1 / 1.1) & (ratio <= 1.1)
    strong = np.where(for_a, difference, -difference) >= 1.96 * sd
    cases: Cases = [
        (is_one_of(outcome, "trade_off"), "cheaper_or_stronger"),
        (is_one_of(outcome, "lean_trade_off"), "cheaper_or_probably_stronger"),
        (is_one_of(outcome, "similar"), "cost_and_quality_close"),
        (decided & same, "stronger_at_same_cost"),
        (decided & strong, "cheaper_and_stronger"),
        (decided, "cheaper_and_no_worse"),
        (leans & cheaper, "cheaper"),
        (leans, "probably_stronger"),
        (same | ~np.isnan(difference), "nothing_ahead"),
    ]
    return pick(OUTCOME_REASONS, cases, "nothing_known")


def recompute_overall_reason(inputs: OutcomeInputs, a: Positions, b: Positions) -> tuple[Positions, Flags]:
    """Reason of the outcome over all workloads, and whether a threshold is too near to tell."""
    ratio, quality = inputs.best_price[a] / inputs.best_price[b], compare_quality(inputs, "general", a, b)
    outcome, near = recompute_outcome(ratio, quality)
    return explain_outcome(outcome, ratio, quality), near


def recompute_workload_reason(inputs: OutcomeInputs, name: str, a: Positions, b: Positions) -> tuple[Positions, Flags]:
    """Reason of the outcome of a workload: a requirement, or that of cost and quality."""
    ratio = inputs.best_cost[name][a] / inputs.best_cost[name][b]
    quality = compare_quality(inputs, inputs.domain[name], a, b)
    outcome, near = recompute_outcome(ratio, quality)
    gates = np.stack([inputs.gate[name][a], inputs.gate[name][b]])
    undecided = is_one_of(outcome, "similar", "unknown")
    of_requirements = [(gates == FAILS).any(axis=0), (gates == OPEN).any(axis=0) & undecided]
    reasons = [np.int64(OUTCOME_REASONS.index(reason)) for reason in ("requirement_failed", "requirement_unknown")]
    return np.asarray(np.select(of_requirements, reasons, explain_outcome(outcome, ratio, quality))), near


def name_basis(inputs: OutcomeInputs, a: Positions, b: Positions) -> Positions:
    """What the two indexes rest on, as a position in PAIR_QUALITY_BASES."""
    basis = inputs.quality["general"]["basis"].astype("object")
    known, measured = basis.notna().to_numpy(bool), (basis == "measured").to_numpy(bool)
    cases: Cases = [
        (~(known[a] & known[b]), "unknown"),
        (measured[a] & measured[b], "measured"),
        (measured[a] | measured[b], "one_estimated"),
    ]
    return pick(PAIR_QUALITY_BASES, cases, "estimated")


def recompute_cheaper(ratio: Floats) -> Positions:
    """Side that is cheaper by more than a tenth."""
    return pick(CHEAPER, [(ratio < 1 / 1.1, "a"), (ratio > 1.1, "b"), (~np.isnan(ratio), "same")], "unknown")


def recompute_stronger(difference: Floats, sd: Floats) -> Positions:
    """Side with the higher index at 97.5%."""
    cases: Cases = [
        (difference - 1.96 * sd >= 0, "a"),
        (difference + 1.96 * sd <= 0, "b"),
        (~np.isnan(difference), "open"),
    ]
    return pick(STRONGER, cases, "unknown")
