"""Pairs of a release for scripts: one small file for each model, with its pairs as columns of codes and numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import numpy.typing as npt

from llmpairs.pages.content.outcomes import HEADLINE_COLUMNS, encode_headlines
from llmpairs.warehouse.errors import ReleaseError
from llmpairs.warehouse.vocabulary import OUTCOME_REASONS, OUTCOMES

if TYPE_CHECKING:
    import duckdb

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

FIRST_LETTER = ord("a")
"""Code 0 is written as "a", code 1 as "b": a column of codes is one text."""
RATIO_DIGITS = 4
OVERALL = "overall"


class PairShard(TypedDict):
    """Pairs of one model with every later one; element `i` of each column is the pair with model `first + i`.

    Letters are positions in the lists of the phrase table.
    """

    model: str
    first: int
    cost: str
    cost_number: list[int]
    cost_ratio_best: list[float | None]
    quality: str
    difference: list[float | None]
    low95: list[float | None]
    high95: list[float | None]
    sure: list[int]
    basis: str
    outcomes: dict[str, str]
    """By workload, and `overall`."""
    reasons: dict[str, str]


def build_shards(
    con: "duckdb.DuckDBPyConnection", slugs: Sequence[str], workloads: Sequence[str]
) -> Iterator[PairShard]:
    """One shard for each model but the last; `slugs` are those of the compared models in key order.

    ReleaseError where `pairs` does not hold every pair of them.
    """
    kinds = [OVERALL, *workloads]
    rows = _read_columns(con, kinds)
    count = len(slugs)
    if len(rows["cheaper"]) != count * (count - 1) // 2:
        raise ReleaseError(
            f"pairs has {len(rows['cheaper']):,} rows for {count:,} compared models; run llmpairs verify on the release"
        )
    headlines = encode_headlines({name: rows[name] for name in HEADLINE_COLUMNS})
    codes = {name: vars(headlines)[name].astype(np.uint8) for name in ("cost", "quality", "basis")}
    numbers = {name: _to_objects(vars(headlines)[name]) for name in ("difference", "low95", "high95")}
    ratios = _to_objects(_round_digits(rows["cost_ratio_best"].astype(np.float64)))
    start = 0
    for at, slug in enumerate(slugs[:-1]):
        own = slice(start, start := start + count - 1 - at)
        yield {
            "model": slug,
            "first": at + 1,
            "cost": _to_letters(codes["cost"][own]),
            "cost_number": headlines.cost_number[own].tolist(),
            "cost_ratio_best": ratios[own].tolist(),
            "quality": _to_letters(codes["quality"][own]),
            "difference": numbers["difference"][own].tolist(),
            "low95": numbers["low95"][own].tolist(),
            "high95": numbers["high95"][own].tolist(),
            "sure": headlines.sure[own].tolist(),
            "basis": _to_letters(codes["basis"][own]),
            "outcomes": {kind: _to_letters(rows[f"outcome {kind}"][own]) for kind in kinds},
            "reasons": {kind: _to_letters(rows[f"reason {kind}"][own]) for kind in kinds},
        }


def _read_columns(con: "duckdb.DuckDBPyConnection", kinds: Sequence[str]) -> Mapping[str, npt.NDArray[np.generic]]:
    """Columns of `pairs` in key order, outcomes and reasons as positions in their enumerations."""
    parts = [f"{name}::DOUBLE AS {name}" if _is_number(name) else name for name in HEADLINE_COLUMNS]
    for kind in kinds:
        outcome, reason = (
            ("overall_outcome", "overall_outcome_reason")
            if kind == OVERALL
            else (f"outcome_{kind}", f"outcome_reason_{kind}")
        )
        parts.append(f'(list_position($outcomes, {outcome}::VARCHAR) - 1)::UTINYINT AS "outcome {kind}"')
        parts.append(f'(list_position($reasons, {reason}::VARCHAR) - 1)::UTINYINT AS "reason {kind}"')
    query = f"SELECT {', '.join(parts)} FROM pairs ORDER BY model_a_id, model_b_id"
    found = con.execute(query, {"outcomes": list(OUTCOMES), "reasons": list(OUTCOME_REASONS)}).fetchnumpy()
    return {name: np.ma.filled(column, np.nan) if _is_number(name) else column for name, column in found.items()}


def _is_number(name: str) -> bool:
    return name.startswith(("cost_ratio", "quality_difference"))


def _to_letters(codes: npt.NDArray[np.generic]) -> str:
    return (codes.astype(np.uint8) + FIRST_LETTER).tobytes().decode("ascii")


def _to_objects(values: Numbers) -> npt.NDArray[np.object_]:
    """The numbers with null for nan."""
    found = values.astype(np.object_)
    found[np.isnan(values)] = None
    return found


def _round_digits(values: Numbers) -> Numbers:
    """Numbers above 0 to RATIO_DIGITS significant digits."""
    scale = 10.0 ** (RATIO_DIGITS - 1 - np.floor(np.log10(values)))
    return np.where(values > 0, np.round(values * scale) / scale, values)
