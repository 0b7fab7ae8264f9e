"""Outcomes against a plain reading of the rules, one pair at a time."""

from itertools import product
from math import isnan, nan
from statistics import NormalDist

import numpy as np
import pytest

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
from llmpairs.transforms.pairs.quality_index import IndexDifference
from llmpairs.transforms.pairs.requirements import FAILS, NOT_ESTABLISHED, PASSES
from llmpairs.warehouse.vocabulary import (
    CHEAPER,
    LEADS,
    MIRRORED_VALUES,
    OUTCOMES,
    OVERALL_VERDICTS,
    STRONGER,
    VERDICTS,
)
from tests.transforms.pairs.conftest import PairSample
from tests.transforms.pairs.test_build import build

COSTS = (nan, 1.0, 1.05, 1.1, 1.2, 3.0)
DIFFERENCES = (nan, -12.0, -9.0, -5.0, -3.4, -2.0, -0.5, 0.0, 0.5, 2.0, 3.4, 5.0, 9.0, 12.0)
SDS = (0.4, 1.5, 4.0)
STATES = (FAILS, NOT_ESTABLISHED, PASSES)


def read_rules(cost_a: float, cost_b: float, difference: float, sd: float, measured: bool) -> str:
    """The outcome of two sides that meet the requirements, rule by rule."""
    p_a = NormalDist().cdf(difference / sd) if not isnan(difference) else nan
    p_b = 1 - p_a
    cheap_a, cheap_b = cost_a / cost_b < 1 / 1.1, cost_a / cost_b > 1.1
    same = not isnan(cost_a / cost_b) and not cheap_a and not cheap_b
    strong_a, strong_b = difference >= 1.96 * sd, -difference >= 1.96 * sd
    if (cheap_a and strong_b) or (cheap_b and strong_a):
        return "trade_off"
    no_worse_a = difference - 1.96 * sd > -3 and p_b < 0.8
    no_worse_b = -difference - 1.96 * sd > -3 and p_a < 0.8
    if (cheap_a and (no_worse_a or strong_a)) or (strong_a and same):
        return "a"
    if (cheap_b and (no_worse_b or strong_b)) or (strong_b and same):
        return "b"
    if same and measured and not isnan(difference):
        spread = NormalDist(difference, sd)
        if spread.cdf(5) - spread.cdf(-5) >= 0.8:
            return "similar"
    if (cheap_a and p_b >= 0.8) or (cheap_b and p_a >= 0.8):
        return "lean_trade_off"
    if cheap_a or (p_a >= 0.8 and not cheap_b):
        return "lean_a"
    if cheap_b or p_b >= 0.8:
        return "lean_b"
    return "unknown"


def limit(plain: str, state_a: np.int8, state_b: np.int8) -> str:
    """The outcome with requirements that may be unknown or failed."""
    if state_a == FAILS and state_b == FAILS:
        return "neither"
    if state_b == FAILS:
        return "a" if state_a == PASSES else "lean_a"
    if state_a == FAILS:
        return "b" if state_b == PASSES else "lean_b"
    if state_a == PASSES and state_b == PASSES:
        return plain
    lean = {"a": "lean_a", "b": "lean_b", "trade_off": "lean_trade_off", "similar": "unknown"}.get(plain, plain)
    if lean == "unknown" and state_a != state_b:
        return "lean_a" if state_a == PASSES else "lean_b"
    return lean


CASES = list(product(COSTS, COSTS, DIFFERENCES, SDS, (True, False)))


def decide_all(cases: list[tuple[float, float, float, float, bool]]) -> list[str]:
    cost_a, cost_b, difference, sd, measured = (np.array(column) for column in zip(*cases, strict=True))
    found = decide(compare_costs(cost_a, cost_b), IndexDifference(difference, sd, measured))
    return [OUTCOMES[code] for code in found.outcome]


def test_every_rule_in_its_order() -> None:
    expected = [read_rules(*case) for case in CASES]
    assert decide_all(CASES) == expected
    assert set(expected) == set(OUTCOMES) - {"neither"}


def test_swapped_sides_give_the_mirrored_outcome() -> None:
    swapped = [(b, a, -difference, sd, measured) for a, b, difference, sd, measured in CASES]
    assert decide_all(swapped) == [MIRRORED_VALUES.get(each, each) for each in decide_all(CASES)]


def test_requirements_come_first_and_unknown_ones_give_at_most_a_lean() -> None:
    cases = [(*case, *states) for case, states in product(CASES[::7], product(STATES, STATES))]
    cost_a, cost_b, difference, sd, measured, state_a, state_b = (np.array(each) for each in zip(*cases, strict=True))
    plain = decide(compare_costs(cost_a, cost_b), IndexDifference(difference, sd, measured))
    found = [OUTCOMES[code] for code in apply_requirements(plain, state_a, state_b).outcome]
    assert found == [limit(read_rules(*case[:5]), *case[5:]) for case in cases]


def test_an_estimated_index_is_no_reason_for_similar() -> None:
    assert decide_all([(1.0, 1.0, 0.0, 1.0, True), (1.0, 1.0, 0.0, 1.0, False)]) == ["similar", "unknown"]


@pytest.mark.parametrize(
    ("a", "b", "expected"), [(1.0, 1.2, "a"), (1.2, 1.0, "b"), (1.0, 1.05, "same"), (nan, 1.0, "unknown")]
)
def test_a_tenth_makes_a_side_cheaper(a: float, b: float, expected: str) -> None:
    assert CHEAPER[name_cheaper(compare_costs(np.array([a]), np.array([b])))[0]] == expected


@pytest.mark.parametrize(
    ("difference", "expected"), [(2.0, "a"), (-2.0, "b"), (1.9, "open"), (0.0, "open"), (nan, "unknown")]
)
def test_stronger_needs_97_5_percent(difference: float, expected: str) -> None:
    quality = IndexDifference(np.array([difference]), np.array([1.0]), np.array([True]))
    assert STRONGER[name_stronger(quality)[0]] == expected


REPEATED = {
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


def test_every_outcome_has_its_verdict_and_lead() -> None:
    found = {
        name: (VERDICTS[VERDICT_OF[at]], LEADS[LEAD_OF[at]], OVERALL_VERDICTS[OVERALL_VERDICT_OF[at]])
        for at, name in enumerate(OUTCOMES)
    }
    assert found == {
        name: (verdict, lead, verdict.replace("neither", "abstain")) for name, (verdict, lead) in REPEATED.items()
    }


def test_an_unknown_workload_raises_an_error_with_the_known_ones(sample: PairSample) -> None:
    with pytest.raises(KeyError, match="no workload poetry; known: seed_chat"):
        sample.arrays.workload("poetry")


def test_rows_of_pairs_follow_the_rules(sample: PairSample) -> None:
    costs = sample.model_costs.set_index(["scenario_id", "model_id"])["best_usd"]
    quality = sample.tables.model_quality.set_index(["domain", "model_id"])
    parts = [f"sd_factor_{number}" for number in range(1, 5)]
    seen = set()
    for row in build(sample.arrays).to_pylist()[::11]:
        a, b = row["model_a_id"], row["model_b_id"]
        cost_a, cost_b = (float(costs["seed_chat", each]) or nan for each in (a, b))
        known = ("general", a) in quality.index and ("general", b) in quality.index
        one, other = (quality.loc[("general", each)] if known else None for each in (a, b))
        difference, sd, measured = nan, 1.0, False
        if one is not None and other is not None:
            difference = one["index"] - other["index"]
            shared = sum((one[part] - other[part]) ** 2 for part in parts)
            sd = float(np.sqrt(one["sd_own"] ** 2 + other["sd_own"] ** 2 + shared))
            measured = one["basis"] == other["basis"] == "measured"
        states = [sample.arrays.workload("seed_chat").requirements.state[at] for at in positions(sample, a, b)]
        assert row["outcome_seed_chat"] == limit(read_rules(cost_a, cost_b, difference, sd, measured), *states)
        assert (row["verdict_seed_chat"], row["lead_seed_chat"]) == REPEATED[row["outcome_seed_chat"]]
        overall = REPEATED[row["overall_outcome"]][0]
        assert row["overall_verdict"] == overall
        seen.add(row["outcome_seed_chat"])
    assert len(seen) >= 5


def positions(sample: PairSample, *ids: str) -> list[int]:
    known = sample.arrays.model_ids.to_pylist()
    return [known.index(each) for each in ids]
