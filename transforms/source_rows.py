"""Landed rows with canonical providers, models and priority, and the claims that they make.

Everything here follows from landed rows, source metadata and reviewed data alone, so a release can be checked by
reading the archive again (`replay_claims`).
"""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.identity.source_keys import attach_models
from llmpairs.transforms.normalise.capabilities import build_capability_claims
from llmpairs.transforms.normalise.claims import (
    build_model_claims,
    build_model_claims_from_offers,
    build_offer_claims,
    find_filler_days,
)
from llmpairs.transforms.normalise.derived_claims import (
    build_family_capabilities,
    build_family_claims,
    build_introduced_claims,
    build_name_capabilities,
    build_name_claims,
    name_models,
)
from llmpairs.transforms.normalise.display_names import clean_name_claims
from llmpairs.transforms.normalise.offer_keys import identify_offers, replace_display_names
from llmpairs.transforms.normalise.prices import combine_quotes
from llmpairs.transforms.normalise.source_metadata import (
    SourceMetadata,
    lookup_basis,
    lookup_lineage,
    rank_model_claims,
    rank_offer_claims,
)
from llmpairs.transforms.reference_data import ReferenceData
from llmpairs.warehouse.landing import Landed

PRICE_COLUMNS = [
    "row_id", "offer_id", "model_id", "provider_id", "provider_key", "operator_id", "route_kind", "route_tag", "region",
    "service_tier", "quantization", "discount", "source_id", "lineage", "authority", "expired", "capture_id",
    "captured_at", "locator", "model_key", "prices_since",
]  # fmt: skip


@dataclass(frozen=True)
class SourceRows:
    """Landed rows of models and of offers, beside the columns that each step adds."""

    models: DataFrame
    offers: DataFrame


@dataclass(frozen=True)
class CollectedClaims:
    """Claims of one run, before any is checked or chosen."""

    specs: DataFrame
    """CLAIM_COLUMNS: fields of models and offers, prices and capabilities apart."""
    prices: DataFrame
    """One bundle of prices per landed offer, with its basis."""
    capabilities: DataFrame
    """CLAIM_COLUMNS and `evidence`."""


def locate_rows(landed: Landed, metadata: SourceMetadata, reference: ReferenceData, as_of: datetime) -> SourceRows:
    """Landed rows with provider and lineage; offers also with offer_id and `expired`."""
    offers = identify_offers(landed.offers, reference.providers)
    offers["lineage"] = lookup_lineage(offers, metadata)
    lifetime = offers["source_id"].map(metadata.sources.set_index("source_id")["expires_after"])
    offers["expired"] = offers["captured_at"] + lifetime < pd.Timestamp(as_of)
    models = landed.models.copy()
    providers = reference.providers.canonical_column(models["source_id"], models["provider_key"])
    models["provider_id"] = providers.fillna("-")
    models["lineage"] = lookup_lineage(models, metadata)
    models["has_filler_day"] = find_filler_days(models)
    return SourceRows(models, offers)


def rank_rows(
    rows: SourceRows, resolution: Resolution, metadata: SourceMetadata, reference: ReferenceData
) -> SourceRows:
    """Rows with model_id, subject_id and authority; offers also with model_authority and `unresolved`.

    Landed models whose key resolves to no model are left out.
    """
    developers = resolution.models.set_index("model_id")["developer_id"]
    offers = replace_display_names(attach_models(rows.offers, resolution.identities), reference.providers)
    seller = reference.providers.column(offers["provider_id"], "developer_id")
    offers = offers.assign(
        subject_id=offers["offer_id"],
        authority=rank_offer_claims(offers, metadata, seller),
        unresolved=offers["model_id"].isna(),
    )
    model_authority = rank_model_claims(offers, metadata, seller, offers["model_id"].map(developers))
    models = attach_models(rows.models, resolution.identities)
    models = models[models["model_id"].notna()].reset_index(drop=True)
    seller = reference.providers.column(models["provider_id"], "developer_id")
    models = models.assign(
        subject_id=models["model_id"],
        authority=rank_model_claims(models, metadata, seller, models["model_id"].map(developers)),
    )
    return SourceRows(models, offers.assign(model_authority=model_authority))


def collect_claims(
    landed: Landed, rows: SourceRows, metadata: SourceMetadata, reference: ReferenceData
) -> CollectedClaims:
    """Every claim of ranked rows: specs, price bundles and capabilities."""
    on_models = rows.offers.assign(authority=rows.offers["model_authority"])
    named = name_models(rows.models, rows.offers)
    stated = build_model_claims(rows.models, metadata, reference.licences)
    of_family = build_family_claims(named, reference.families, reference.licences)
    specs = [
        stated,
        of_family,
        build_name_claims(named),
        build_model_claims_from_offers(on_models, rows.offers["model_id"], metadata),
        build_offer_claims(rows.offers, metadata),
    ]
    item = landed.capabilities["item"].astype("str")
    flags = [
        build_capability_claims(frame, landed.capabilities[item == kind], kind, reference.capabilities, metadata)
        for kind, frame in (("model", rows.models), ("offer", rows.offers))
    ]
    released = pd.concat([stated, of_family], ignore_index=True)
    flags += [
        build_family_capabilities(named, reference.families),
        build_name_capabilities(named),
        build_introduced_claims(released, reference.capabilities.introduced),
    ]
    bundles = combine_quotes(rows.offers, landed.prices, reference.providers)
    prices = rows.offers[PRICE_COLUMNS].merge(bundles, on="row_id")
    prices = prices.assign(basis=lookup_basis(prices, "prices", metadata)).drop(columns="provider_key")
    cleaned = clean_name_claims(pd.concat(specs, ignore_index=True), reference.identity)
    return CollectedClaims(specs=cleaned, prices=prices, capabilities=pd.concat(flags, ignore_index=True))
