"""One night: landed claims and the last release to the state tables of tonight's release."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.identity.source_keys import attach_models, collect_captures, collect_keys
from llmpairs.transforms.identity.step import identify
from llmpairs.transforms.normalise.adopt import adopt_keys
from llmpairs.transforms.normalise.capabilities import claim_capabilities
from llmpairs.transforms.normalise.claims import (
    Standing,
    authority_on_models,
    authority_on_offers,
    basis_of,
    claim_models,
    claim_models_by_route,
    claim_offers,
    lineage_of,
)
from llmpairs.transforms.normalise.prices import bundle_prices
from llmpairs.transforms.normalise.routes import locate_routes
from llmpairs.transforms.pricing.history import extend_history
from llmpairs.transforms.reconcile.choose import name_facts
from llmpairs.transforms.reconcile.step import reconcile
from llmpairs.transforms.reference_data import Books
from llmpairs.transforms.state_tables import tabulate
from llmpairs.warehouse.landing import Landed

RULES_VERSION = "2"
"""Raised with every change of a rule that can change a published value."""


def build_state(
    landed: Landed,
    standing: Standing,
    sources: DataFrame,
    previous: dict[str, DataFrame],
    decisions: DataFrame,
    books: Books,
    as_of: datetime,
) -> dict[str, DataFrame]:
    """State tables by name, all but costs and pairs, with the columns of their contracts.

    `previous` holds the last release's tables by name, empty frames on a first night; `sources` is the night's
    health with the columns of the log table `sources`.
    """
    routes, rows = locate(landed, standing, books, as_of)
    identified = identify(
        collect_keys(rows, routes, landed.scores, standing, books.providers),
        collect_captures(rows, routes),
        previous,
        decisions,
        books.identity,
        as_of,
    )
    resolution, previous = identified.resolution, identified.previous
    routes, rows = rank(routes, rows, resolution, standing, books)
    candidates = price_candidates(routes, landed.prices, standing, books)
    speech = name_facts(capability_claims(rows, routes, landed.capabilities, standing, books))
    claims = state_claims(rows, routes, standing, books)
    reconciled = reconcile(claims, candidates, speech, routes, resolution, previous, decisions, books, as_of)
    state = tabulate(reconciled, routes, landed.scores, resolution, sources, previous, books, as_of)
    history = extend_history(reconciled.prices, state["offers"], previous, decisions, as_of)
    return identified.complete({**state, "price_history": history})


def locate(landed: Landed, standing: Standing, books: Books, as_of: datetime) -> tuple[DataFrame, DataFrame]:
    """Landed offers as routes, and landed models with their provider; both with lineage, routes with expired."""
    routes = locate_routes(landed.offers, books.providers)
    routes["lineage"] = lineage_of(routes, standing)
    lifetime = routes["source_id"].map(standing.sources.set_index("source_id")["expires_after"])
    routes["expired"] = routes["captured_at"] + lifetime < pd.Timestamp(as_of)
    rows = landed.models.copy()
    rows["provider_id"] = books.providers.canonical_column(rows["source_id"], rows["provider_key"]).fillna(
        "-"
    )
    rows["lineage"] = lineage_of(rows, standing)
    return routes, rows


def rank(
    routes: DataFrame, rows: DataFrame, resolution: Resolution, standing: Standing, books: Books
) -> tuple[DataFrame, DataFrame]:
    """Both frames with model_id, subject_id and authority; routes also with expired and unresolved."""
    developers = resolution.models.set_index("model_id")["developer_id"]
    routes = adopt_keys(attach_models(routes, resolution.identities), books.providers)
    rows = attach_models(rows, resolution.identities)
    own_routes = books.providers.column(routes["provider_id"], "developer_id")
    own_rows = books.providers.column(rows["provider_id"], "developer_id")
    routes = routes.assign(
        subject_id=routes["offer_id"],
        authority=authority_on_offers(routes, standing, own_routes),
        unresolved=routes["model_id"].isna(),
    )
    rows = rows[rows["model_id"].notna()].reset_index(drop=True)
    own_rows = books.providers.column(rows["provider_id"], "developer_id")
    rows = rows.assign(
        subject_id=rows["model_id"],
        authority=authority_on_models(rows, standing, own_rows, rows["model_id"].map(developers)),
    )
    model_authority = authority_on_models(routes, standing, own_routes, routes["model_id"].map(developers))
    return routes.assign(model_authority=model_authority), rows


def price_candidates(routes: DataFrame, prices: DataFrame, standing: Standing, books: Books) -> DataFrame:
    """Routes joined with their bundle of prices, and the basis of those."""
    bundles = bundle_prices(routes, prices, books.providers)
    columns = [
        "row_id", "offer_id", "model_id", "provider_id", "provider_key", "route_kind", "service_tier", "source_id",
        "lineage", "authority", "expired", "capture_id", "captured_at", "locator", "model_key", "prices_since",
    ]  # fmt: skip
    candidates = routes[columns].merge(bundles, on="row_id")
    return candidates.assign(basis=basis_of(candidates, "prices", standing)).drop(columns="provider_key")


def state_claims(rows: DataFrame, routes: DataFrame, standing: Standing, books: Books) -> DataFrame:
    """What landed models and routes say, prices and capabilities apart; nothing is doubted or chosen yet."""
    by_route = routes.assign(authority=routes["model_authority"])
    return pd.concat(
        [
            claim_models(rows, standing, books.licences),
            claim_models_by_route(by_route, routes["model_id"], standing),
            claim_offers(routes, standing),
        ],
        ignore_index=True,
    )


def capability_claims(
    rows: DataFrame, routes: DataFrame, stated: DataFrame, standing: Standing, books: Books
) -> DataFrame:
    """Claims on capabilities of models and of routes; what is published is decided later."""
    of_models = stated[stated["item"].astype("str") == "model"]
    of_offers = stated[stated["item"].astype("str") == "offer"]
    return pd.concat(
        [
            claim_capabilities(rows, of_models, "model", books.capabilities, standing),
            claim_capabilities(routes, of_offers, "offer", books.capabilities, standing),
        ],
        ignore_index=True,
    ).assign(is_chosen=False, reason="agrees", doubt=None)
