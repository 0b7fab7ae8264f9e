"""Reviewed rules by which prices are checked against other evidence of the same provider (price_rules.toml)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)

FILE = "pricing/price_rules.toml"


@dataclass(frozen=True)
class PriceRules:
    """Rules of price_rules.toml."""

    live_sources: frozenset[str]
    """Sources of live endpoints, each of which names its operator."""
    variant_words: frozenset[str]
    """Words of keys and tags that name a product with a price of its own."""
    neutral_words: frozenset[str]
    """Words of tags that change no price."""
    newer_by: pd.Timedelta
    """How much newer first-hand evidence must be to replace the provider's own page."""
    regional_factor: float
    """Factor between the price lists of one provider in and outside of a region."""
    listed_currency: tuple[float, float]
    """Ratios to the sister brand's dollar price, from and to, that suggest the brand's reviewed list currency."""
    unknown_currency: tuple[float, float]
    """The same between brands without a reviewed list currency."""


def load_price_rules() -> PriceRules:
    """Load price_rules.toml; ReferenceDataError for an entry without reason, date or evidence."""
    raw = read_reference_file(FILE)
    live, currency = raw["live"], raw["currency"]
    entries = {**live, **currency, **{name: raw[name] for name in ("variant", "neutral", "newer", "regional")}}
    lacking = [name for name, entry in entries.items() if find_missing_provenance(entry)]
    if lacking:
        raise ReferenceDataError(f"price_rules.toml: {', '.join(lacking)}: give a reason, a date and evidence")
    return PriceRules(
        live_sources=frozenset(live),
        variant_words=frozenset(raw["variant"]["words"]),
        neutral_words=frozenset(raw["neutral"]["words"]),
        newer_by=pd.Timedelta(days=raw["newer"]["days"]),
        regional_factor=float(raw["regional"]["factor"]),
        listed_currency=read_band(currency["listed"]),
        unknown_currency=read_band(currency["unknown"]),
    )


@cache
def load_thresholds() -> Mapping[str, float]:
    """Thresholds of price checks and outliers by name; ReferenceDataError for one without reason, date or evidence."""
    entries = read_reference_file(FILE)["threshold"]
    lacking = [name for name, entry in entries.items() if find_missing_provenance(entry)]
    if lacking:
        raise ReferenceDataError(
            f"price_rules.toml [threshold]: {', '.join(lacking)}: give a reason, date and evidence"
        )
    return {name: float(entry["value"]) for name, entry in entries.items()}


def read_band(entry: Mapping[str, Any]) -> tuple[float, float]:
    """Least and most of an entry."""
    return float(entry["least"]), float(entry["most"])
