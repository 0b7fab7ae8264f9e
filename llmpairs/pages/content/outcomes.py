"""Outcomes of a pair in sentences. The headline is made here alone, for pages, command line, exports and API."""

from collections.abc import Mapping, Sequence
from math import erf, sqrt

from llmpairs.pages.rows import PairRow
from llmpairs.warehouse.outcome_rules import AHEAD_Z, LIKELY_Z

ROUND_SHARES: Mapping[float, str] = {0.1: "a tenth", 0.2: "a fifth", 0.25: "a quarter", 1 / 3: "a third", 0.5: "half"}
"""Ratios that people say as a share."""
SHARE_TOLERANCE = 0.12
"""Relative distance up to which a ratio is said as one of ROUND_SHARES."""
BASIS_TEXTS = {"measured": "", "one_estimated": ", one side estimated", "estimated": ", both estimated"}
OUTCOME_TEXTS = {
    "a": "{a}",
    "b": "{b}",
    "trade_off": "trade-off",
    "similar": "similar",
    "neither": "neither",
    "lean_a": "leans to {a}",
    "lean_b": "leans to {b}",
    "lean_trade_off": "leans to a trade-off",
    "unknown": "unknown",
}
REASON_TEXTS = {
    "requirement_failed": "a requirement is not met",
    "requirement_unknown": "unknown whether a requirement is met",
    "cheaper_or_stronger": "one side is cheaper, the other scores higher (97.5% sure)",
    "cheaper_or_probably_stronger": "one side is cheaper, the other probably scores higher (80% sure)",
    "cheaper_and_stronger": "cheaper, and scores higher (97.5% sure)",
    "cheaper_and_no_worse": "cheaper, and at most 3 index points lower (97.5% sure)",
    "stronger_at_same_cost": "scores higher (97.5% sure) at the same cost",
    "cost_and_quality_close": "same cost, and indexes within 5 points (80% sure)",
    "cheaper": "cheaper; which side scores higher is open",
    "probably_stronger": "probably scores higher (80% sure); the costs are equal or unknown",
    "nothing_ahead": "neither side is ahead in cost or quality",
    "nothing_known": "neither cost nor quality is known of both sides",
}


def format_headline(record: PairRow, names: Sequence[str]) -> str:
    """Cost and quality of a pair in one sentence; `record` has the first of the two names as A."""
    cost = _describe_cost(record, names)
    return f"{cost}; {_describe_quality(record, names)}."


def _describe_cost(record: PairRow, names: Sequence[str]) -> str:
    ratio, cheaper = record["cost_ratio_best"], record["cheaper"]
    if ratio is None or cheaper == "unknown":
        return "Cost unknown: no price of a named operator for both"
    if cheaper == "same":
        return f"{names[0]} and {names[1]} cost about the same"
    return f"{names['ab'.index(cheaper)]} costs {format_share(min(ratio, 1 / ratio))}"


def format_share(share: float) -> str:
    """A ratio below 1 as people say it: "about a third as much"."""
    nearest = min(ROUND_SHARES, key=lambda known: abs(known / share - 1))
    if abs(nearest / share - 1) <= SHARE_TOLERANCE:
        return f"about {ROUND_SHARES[nearest]} as much"
    return f"{share:.0%} as much" if share >= 0.1 else f"1/{1 / share:.0f} as much"


def find_probability(record: PairRow) -> float | None:
    """Probability that A has the higher quality index; None where a side has none."""
    difference, low = record["quality_difference"], record["quality_difference_low95"]
    if difference is None or low is None:
        return None
    deviation = (difference - low) / AHEAD_Z
    return (1 + erf(difference / deviation / sqrt(2))) / 2 if deviation else 0.5


def _describe_quality(record: PairRow, names: Sequence[str]) -> str:
    probability, difference = find_probability(record), record["quality_difference"]
    if probability is None or difference is None:
        return "quality unknown: a side has no quality index"
    leader = names[0] if difference >= 0 else names[1]
    sure = max(probability, 1 - probability)
    certain = (1 + erf(LIKELY_Z / sqrt(2))) / 2
    sure_text = "over 99%" if sure > 0.99 else f"{sure:.0%}"
    measure = f"by {abs(difference):.1f} index points, {sure_text} sure{BASIS_TEXTS[record['quality_basis']]}"
    if record["stronger"] in ("a", "b"):
        return f"{leader} scores higher ({measure})"
    if sure >= certain:
        return f"{leader} probably scores higher ({measure})"
    return f"which side scores higher is open ({leader} {measure})"


def format_difference(record: PairRow, names: Sequence[str]) -> str | None:
    """Difference of the quality indexes with its interval; None where a side has no index."""
    difference = record["quality_difference"]
    low, high = record["quality_difference_low95"], record["quality_difference_high95"]
    if difference is None or low is None or high is None:
        return None
    return (
        f"{names[0]} minus {names[1]}: {difference:+.1f} index points, 95% interval {low:+.1f} to {high:+.1f}"
        f"{BASIS_TEXTS[record['quality_basis']] or ', from independent scores'}."
    )


def label_outcome(outcome: str, names: Sequence[str]) -> str:
    """An outcome as people read it, with the names of side A and B."""
    return OUTCOME_TEXTS[outcome].format(**dict(zip("ab", names, strict=True)))
