"""Comparison of two models by name: the page of their pair as data."""

from typing import TYPE_CHECKING

from llmpairs.model_lookup import find_model
from llmpairs.warehouse.errors import NoPairError
from llmpairs.warehouse.query import fetch_rows

if TYPE_CHECKING:
    import duckdb

    from llmpairs.pages.content.pair_schema import PairPage

MODELS = """
    SELECT model_id, kind, is_text_generating, is_live, identity_basis
    FROM models WHERE model_id IN $1 ORDER BY model_id
"""


def read_pair_page(con: "duckdb.DuckDBPyConnection", run_id: str, names: tuple[str, str]) -> "PairPage":
    """Everything that is known of a pair, with the first model as side A; errors as in `find_pair`."""
    pair = find_pair(con, names)
    from llmpairs.pages.queries import build_pair_pages, select_models

    selection = select_models(con, run_id, pair)
    return next(iter(build_pair_pages(con, selection, [pair])))


def find_pair(con: "duckdb.DuckDBPyConnection", names: tuple[str, str]) -> tuple[str, str]:
    """Ids of two models that have a comparison record.

    UnknownNameError, with the nearest names, for an unknown one; NoPairError, with the reason, for a pair without a
    record.
    """
    first, second = find_model(con, names[0]), find_model(con, names[1])
    if first == second:
        raise NoPairError(f"{first} cannot be compared with itself")
    for row in fetch_rows(con, MODELS, [[first, second]]):
        if not row["is_text_generating"]:
            raise NoPairError(
                f"{row['model_id']} is in no pair: its kind is {row['kind']}, and pairs are of text models"
            )
        if not row["is_live"]:
            is_confirmed = row["identity_basis"] != "unconfirmed"
            why = "all of its offers are retired" if is_confirmed else "one reseller alone names it"
            raise NoPairError(f"{row['model_id']} is in no pair: {why}")
    return first, second
