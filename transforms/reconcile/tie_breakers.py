"""Tie-breakers: which of several equally supported values of a field is published, with a meaning for each field."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

EPOCH = pd.Timestamp("1970-01-01")
Rank = Callable[[Series], Series]
RANKS: Mapping[str, Rank] = {
    "earliest": lambda text: rank_days(text),
    "smallest": lambda text: pd.to_numeric(text, errors="coerce"),
    "largest": lambda text: -pd.to_numeric(text, errors="coerce"),
    "true": lambda text: (text != "true").astype("float64"),
    "most": lambda text: -text.str.count(";").astype("float64"),
    "capitals": lambda text: -text.str.count("[A-Z]").astype("float64"),
    "written": lambda text: (
        -(
            text.str.count("[A-Z]")
            + text.str.count("[a-z][A-Z]")
            + text.str.count(" ") / 1e3
            - text.str.count(r"[(\[]") / 1e6
        )
    ),
    "shortest": lambda text: text.str.len() - text.str.count("[A-Z]") / 1_000,
}
"""Ranks of values by the name of their tie-breaker; the lowest is published."""


@dataclass(frozen=True)
class TieBreakers:
    """Tie-breaker of each kind of subject and field, from tie_breakers.toml."""

    prefer: Mapping[tuple[str, str], str | tuple[str, ...]]

    def rank_values(self, claims: DataFrame) -> Series:
        """Rank of each claim's value among those of its field, 0 for a field without a tie-breaker; the lowest wins.

        `claims` has subject_kind, field and value.
        """
        rank = np.zeros(len(claims))
        kind, field, value = (claims[column].to_numpy() for column in ("subject_kind", "field", "value"))
        for (kind_of_rule, field_of_rule), prefer in self.prefer.items():
            rows = np.flatnonzero((field == field_of_rule) & (kind == kind_of_rule))
            if len(rows):
                rank[rows] = rank_texts(Series(value[rows], dtype="str"), prefer).fillna(np.inf).to_numpy()
        return Series(rank, index=claims.index)


def rank_days(texts: Series) -> Series:
    """Days since 1970; a first of the month comes after the month alone, which it often stands for."""
    # In nanoseconds a placeholder of 9999-12-31 is out of bounds.
    days = (pd.to_datetime(texts, format="ISO8601", errors="coerce").astype("datetime64[s]") - EPOCH).dt.days
    return days + texts.str.endswith("-01").mul(0.5) * (texts.str.len() == 10)


def rank_texts(texts: Series, prefer: str | tuple[str, ...]) -> Series:
    """Rank of each text; one that a list of values does not name comes after those that it names."""
    if isinstance(prefer, str):
        return RANKS[prefer](texts)
    return texts.map({value: float(place) for place, value in enumerate(prefer)}).fillna(float(len(prefer)))


def load_tie_breakers() -> TieBreakers:
    """Load tie_breakers.toml; ValueError for an unknown tie-breaker or one without a reason."""
    raw = tomllib.loads((files("llmpairs.transforms.reconcile") / "tie_breakers.toml").read_text(encoding="utf-8"))
    prefer: dict[tuple[str, str], str | tuple[str, ...]] = {}
    for kind, entries in raw.items():
        for field, entry in entries.items():
            given = entry["prefer"]
            if not entry.get("reason") or (isinstance(given, str) and given not in RANKS):
                raise ValueError(
                    f"tie_breakers.toml [{kind}.{field}]: give a reason, and prefer one of {sorted(RANKS)}"
                )
            prefer[kind, field] = given if isinstance(given, str) else tuple(given)
    return TieBreakers(prefer)
