"""Outcomes of a pair in sentences. The headline is made here alone, for pages, command line, exports and API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from llmpairs.pages.content.phrases import (
    BASIS_PHRASES,
    COST_PHRASES,
    FIRST_SCREEN,
    OUTCOME_TEXTS,
    QUALITY_PHRASES,
    ROUND_SHARES,
    SURE_PHRASES,
)
from llmpairs.pages.rows import PairRow
from llmpairs.warehouse.outcome_rules import AHEAD_Z, LIKELY_Z
from llmpairs.warehouse.vocabulary import PAIR_QUALITY_BASES

Column = npt.NDArray[np.generic]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SHARE_TOLERANCE = 0.12
"""Relative distance up to which a ratio is said as one of ROUND_SHARES."""
EVEN_PERCENT, NEARLY_CERTAIN_PERCENT = 50, 100
"""Least percentage of being sure, and the one that stands for "over 99%"."""
PERCENT_Z = [NormalDist().inv_cdf((percent + 0.5) / 100) for percent in range(EVEN_PERCENT, 99)]
"""Standard deviations from which on the next percentage is nearer."""
NEARLY_CERTAIN_Z = NormalDist().inv_cdf(0.99)
HEADLINE_COLUMNS = (
    "cost_ratio_best", "cheaper", "stronger", "quality_difference", "quality_difference_low95",
    "quality_difference_high95", "quality_basis",
)  # fmt: skip
"""Columns of `pairs` that a headline is made from."""


@dataclass(frozen=True)
class HeadlineCodes:
    """Phrases and numbers of headlines, one element for each pair."""

    cost: Ints
    """Position in COST_PHRASES."""
    cost_number: Ints
    """Percentage or denominator; 0 where the phrase has none."""
    quality: Ints
    """Position in QUALITY_PHRASES."""
    difference: Floats
    """Index points by which the leader is higher, to a tenth, with the ends of its 95% interval; nan if unknown."""
    low95: Floats
    high95: Floats
    sure: Ints
    """Percentage; NEARLY_CERTAIN_PERCENT for over 99%."""
    basis: Ints
    """Position in PAIR_QUALITY_BASES."""


def encode_headlines(columns: Mapping[str, Column]) -> HeadlineCodes:
    """Choose the phrases and numbers of each pair from HEADLINE_COLUMNS; unknown numbers are nan."""
    cost, cost_number = _encode_cost(columns["cost_ratio_best"].astype(np.float64), columns["cheaper"].astype(str))
    difference, low, high = (
        columns[f"quality_difference{end}"].astype(np.float64) for end in ("", "_low95", "_high95")
    )
    leads_a, known = difference >= 0, ~(np.isnan(difference) | np.isnan(low) | np.isnan(high))
    deviation = (difference - low) / AHEAD_Z
    z = np.abs(np.divide(difference, deviation, out=np.zeros_like(difference), where=known & (deviation != 0)))
    is_stronger = np.isin(columns["stronger"].astype(str), ("a", "b"))
    verb = np.where(is_stronger, "stronger", np.where(z >= LIKELY_Z, "probably", "open"))
    leader = np.where(leads_a, "a_", "b_")
    percent = EVEN_PERCENT + np.searchsorted(PERCENT_Z, z, side="right")
    turned_low, turned_high = np.where(leads_a, low, -high), np.where(leads_a, high, -low)
    return HeadlineCodes(
        cost=cost,
        cost_number=cost_number,
        quality=_positions(list(QUALITY_PHRASES), np.where(known, np.char.add(leader, verb), "unknown")),
        difference=_round_tenth(np.abs(difference)),
        low95=_round_tenth(turned_low),
        high95=_round_tenth(turned_high),
        sure=np.where(z > NEARLY_CERTAIN_Z, NEARLY_CERTAIN_PERCENT, percent).astype(np.int64),
        basis=_positions(PAIR_QUALITY_BASES, columns["quality_basis"].astype(str)),
    )


def _encode_cost(ratio: Floats, cheaper: Column) -> tuple[Ints, Ints]:
    """Phrase and number of the cheaper side's share; `ratio` is A's cost by B's."""
    is_known = ~np.isnan(ratio) & np.isin(cheaper, ("a", "b"))
    known_ratio = np.where(is_known, ratio, 1.0)
    share = np.minimum(known_ratio, 1 / known_ratio)
    round_shares = np.array(list(ROUND_SHARES.values()))
    distance = np.abs(round_shares / share[:, None] - 1)
    nearest = distance.argmin(axis=1)
    is_round = distance[np.arange(len(share)), nearest] <= SHARE_TOLERANCE
    is_percent = ~is_round & (share >= min(ROUND_SHARES.values()))
    said = np.where(is_round, np.array(list(ROUND_SHARES))[nearest], np.where(is_percent, "percent", "fraction"))
    number = np.where(is_round | ~is_known, 0, np.where(is_percent, share * 100, 1 / share))
    is_same = ~np.isnan(ratio) & (cheaper == "same")
    phrase = np.where(
        is_known, np.char.add(np.char.add(cheaper.astype(str), "_"), said), np.where(is_same, "same", "unknown")
    )
    return _positions(list(COST_PHRASES), phrase), np.rint(number).astype(np.int64)


def _positions(names: Sequence[str], values: Column) -> Ints:
    order = np.argsort(names)
    return order[np.searchsorted(np.array(names)[order], values)]


def _round_tenth(values: Floats) -> Floats:
    return np.round(values, 1) + 0.0  # no negative zero


def render_headline(codes: HeadlineCodes, at: int, names: Sequence[str]) -> str:
    """Cost and quality of the pair at a position in one sentence."""
    sides = dict(zip("ab", names, strict=True))
    cost = list(COST_PHRASES.values())[codes.cost[at]].format(**sides, number=codes.cost_number[at])
    sure = int(codes.sure[at])
    sure_phrase = SURE_PHRASES["nearly_certain" if sure == NEARLY_CERTAIN_PERCENT else "percent"]
    quality = list(QUALITY_PHRASES.values())[codes.quality[at]].format(
        **sides,
        difference=f"{codes.difference[at]:.1f}",
        sure=sure_phrase.format(number=sure),
        basis=BASIS_PHRASES[PAIR_QUALITY_BASES[codes.basis[at]]],
    )
    return FIRST_SCREEN["headline"].format(cost=cost, quality=quality)


def format_headline(record: PairRow, names: Sequence[str]) -> str:
    """Cost and quality of a pair in one sentence; `record` has the first of the two names as A."""
    values: Mapping[str, object] = {**record}
    columns = {name: np.array([values[name]]) for name in HEADLINE_COLUMNS}
    return render_headline(encode_headlines(columns), 0, names)


def format_difference(record: PairRow, names: Sequence[str]) -> str | None:
    """Difference of the quality indexes with its interval; None where a side has no index."""
    difference = record["quality_difference"]
    low, high = record["quality_difference_low95"], record["quality_difference_high95"]
    if difference is None or low is None or high is None:
        return None
    shown, low_shown, high_shown = _round_tenth(np.array([difference, low, high]))
    return (
        f"{names[0]} minus {names[1]}: {shown:+.1f} index points, 95% interval {low_shown:+.1f} to {high_shown:+.1f}"
        f"{BASIS_PHRASES[record['quality_basis']] or ', from independent scores'}."
    )


def label_outcome(outcome: str, names: Sequence[str]) -> str:
    """An outcome as people read it, with the names of side A and B."""
    return OUTCOME_TEXTS[outcome].format(**dict(zip("ab", names, strict=True)))
