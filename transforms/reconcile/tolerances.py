"""Tolerances: how far independent lineages may differ on a field before it counts as a disagreement."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import pandas as pd
from pandas import DataFrame, Series


@dataclass(frozen=True)
class Tolerances:
    """Fields on which claims are compared: by ratio, by days apart, or as equal text."""

    ratios: Mapping[str, float]
    days: Mapping[str, float]
    texts: frozenset[str]

    @property
    def fields(self) -> list[str]:
        """Every compared field; `capability` stands for all of `capability:<name>`."""
        return sorted({*self.ratios, *self.days, *self.texts})


def load_tolerances() -> Tolerances:
    """Load tolerances.toml; ValueError for an entry without a reason or with several ways to compare."""
    raw = tomllib.loads((files("llmpairs.transforms.reconcile") / "tolerances.toml").read_text(encoding="utf-8"))
    for field, entry in raw.items():
        if len(entry.keys() & {"ratio", "days", "equal"}) != 1 or not entry.get("reason"):
            raise ValueError(f"tolerances.toml [{field}]: give one of ratio, days or equal, and a reason")
    return Tolerances(
        ratios={field: float(entry["ratio"]) for field, entry in raw.items() if "ratio" in entry},
        days={field: float(entry["days"]) for field, entry in raw.items() if "days" in entry},
        texts=frozenset(field for field, entry in raw.items() if "equal" in entry),
    )


def is_compared(fields: Series, tolerances: Tolerances) -> Series:
    """Whether claims on the field are compared."""
    return fields.str.split(":").str[0].isin(tolerances.fields)


def measure_spread(lineage_values: DataFrame, keys: list[str], tolerances: Tolerances) -> DataFrame:
    """`ratio` (null unless numeric) and `differs` by `keys`, which include `field`, over one value per lineage."""
    field = lineage_values["field"]
    value = lineage_values["value"]
    number = pd.to_numeric(value.where(field.isin(list(tolerances.ratios))), errors="coerce")
    date = pd.to_datetime(value.where(field.isin(list(tolerances.days))), format="ISO8601", errors="coerce")
    spread = lineage_values.assign(number=number, date=date, text=value.str.casefold()).groupby(keys)
    table = spread.agg(
        low=("number", "min"), high=("number", "max"), first=("date", "min"), last=("date", "max"),
        texts=("text", "nunique"),
    ).reset_index()  # fmt: skip
    table["ratio"] = (table["high"] / table["low"]).where(table["low"] > 0)
    apart = (table["last"] - table["first"]).dt.days
    is_text = table["field"].str.split(":").str[0].isin(tolerances.texts)
    table["differs"] = (
        (table["ratio"] > table["field"].map(tolerances.ratios))
        | ((table["low"] == 0) & (table["high"] > 0))
        | (apart > table["field"].map(tolerances.days))
        | (is_text & (table["texts"] > 1))
    )
    return table[[*keys, "ratio", "differs"]]
