"""Difference of the quality indexes of two models, with its standard deviation, for whole ranges of pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from llmpairs.transforms.pairs.columns import Table, numbers, positions, texts
from llmpairs.transforms.pairs.ranges import PairRange
from llmpairs.warehouse.contracts.scores import QUALITY_FACTORS
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

Floats = npt.NDArray[np.float64]
GENERAL = QUALITY_DOMAINS[0]
SD_COLUMNS = ("sd_own", *(f"sd_factor_{number}" for number in range(1, QUALITY_FACTORS + 1)))
QUALITY_COLUMNS = ("model_id", "domain", "index", "basis", *SD_COLUMNS)
"""Columns of MODEL_QUALITY that a comparison reads."""


@dataclass(frozen=True, kw_only=True)
class DomainQuality:
    """Quality index of one domain, one entry a model; NaN for none."""

    index: Floats
    own_variance: Floats
    factors: Floats
    """Loadings on shared uncertainty: (QUALITY_FACTORS, models)."""
    is_measured: npt.NDArray[np.bool_]


class IndexDifference(NamedTuple):
    """Index of A minus that of B, one entry a pair; NaN where a side has none."""

    difference: Floats
    sd: Floats
    both_measured: npt.NDArray[np.bool_]


def read_quality(table: Table, ids: Sequence[str]) -> dict[str, DomainQuality]:
    """Read MODEL_QUALITY of the models `ids`, by domain."""
    at, domains = positions(texts(table, "model_id"), ids), texts(table, "domain")
    values = np.array([numbers(table, name) for name in ("index", *SD_COLUMNS)])
    measured = texts(table, "basis") == "measured"
    found = {}
    for domain in QUALITY_DOMAINS:
        rows = np.flatnonzero((domains == domain) & (at >= 0))
        own = np.full((len(values), len(ids)), np.nan)
        own[:, at[rows]] = values[:, rows]
        is_measured = np.zeros(len(ids), dtype=np.bool_)
        is_measured[at[rows]] = measured[rows]
        found[domain] = DomainQuality(index=own[0], own_variance=own[1] ** 2, factors=own[2:], is_measured=is_measured)
    return found


def compare_domains(quality: Mapping[str, DomainQuality], pairs: PairRange) -> dict[str, IndexDifference]:
    """Compare all pairs of a range in every domain; where a side has no index in one, in `general`."""
    general = _compare(quality[GENERAL], pairs)
    compared = {GENERAL: general}
    for domain in QUALITY_DOMAINS[1:]:
        if np.isnan(quality[domain].index).all():
            compared[domain] = general
            continue
        own = _compare(quality[domain], pairs)
        lacks = np.isnan(own.difference)
        compared[domain] = IndexDifference(
            np.where(lacks, general.difference, own.difference),
            np.where(lacks, general.sd, own.sd),
            np.where(lacks, general.both_measured, own.both_measured),
        )
    return compared


def _compare(quality: DomainQuality, pairs: PairRange) -> IndexDifference:
    variance = pairs.a(quality.own_variance) + pairs.b(quality.own_variance)
    for loadings in quality.factors:
        difference = pairs.a(loadings) - pairs.b(loadings)
        difference *= difference
        variance += difference
    return IndexDifference(
        pairs.a(quality.index) - pairs.b(quality.index),
        np.sqrt(variance),
        pairs.a(quality.is_measured) & pairs.b(quality.is_measured),
    )
