"""Prices over time of every provider, model and service tier that a usage log names."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from llmpairs.model_lookup import normalise_name, resolve_models

if TYPE_CHECKING:
    from llmpairs.transforms.normalise.providers import ProviderReference

NAME = ("provider", "model", "service_tier")


def price_names(con: duckdb.DuckDBPyConnection, days: pa.Table) -> pa.Table:
    """Spans of constant prices of each name of a log, by day, from the release of a connection.

    `days` has the distinct provider, model and service_tier of the log with each day on which they occur. The columns
    of the result are those of usage_prices.sql; prices are in USD per million tokens.
    """
    names = days.group_by(list(NAME)).aggregate([]).sort_by([(name, "ascending") for name in NAME])
    providers = resolve_providers(con, names["provider"].unique().to_pylist())
    models = resolve_models(con, names["model"].unique().to_pylist())
    names = names.append_column(
        "provider_id", pa.array([providers[each] for each in names["provider"].to_pylist()], pa.string())
    )
    names = names.append_column(
        "model_id", pa.array([models[each] for each in names["model"].to_pylist()], pa.string())
    )
    con.register("usage_names", names)
    con.register("usage_days", days)
    return con.sql(read_query("usage_prices.sql")).to_arrow_table()


@cache
def read_query(name: str) -> str:
    """The text of an SQL file of this package."""
    return (files("llmpairs.cost") / name).read_text("utf-8")


def resolve_providers(con: duckdb.DuckDBPyConnection, names: list[str]) -> dict[str, str | None]:
    """Provider id by the name that a log has; None for one that no source and no reviewed spelling has."""
    from llmpairs.transforms.normalise.providers import load_provider_reference

    known = list_spellings(load_provider_reference())
    for provider_id, name in con.execute("SELECT provider_id, name FROM providers ORDER BY provider_id").fetchall():
        known.setdefault(normalise_name(name), provider_id)
        known[normalise_name(provider_id)] = provider_id
    return {name: known.get(normalise_name(name)) for name in names}


def list_spellings(reference: "ProviderReference") -> dict[str, str]:
    """Provider id by every reviewed spelling that names one provider alone, without case and punctuation."""
    found: dict[str, set[str]] = {}
    for (_, spelling), provider_id in reference.spellings.items():
        found.setdefault(normalise_name(spelling), set()).add(provider_id)
    for provider_id, provider in reference.providers.items():
        found.setdefault(normalise_name(provider.name), set()).add(provider_id)
    spellings = {name: min(ids) for name, ids in found.items() if len(ids) == 1}
    return spellings | {normalise_name(provider_id): provider_id for provider_id in reference.providers}
