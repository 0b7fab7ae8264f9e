"""State tables of a release: every step of a run in its order, from landed rows to tables."""

from dataclasses import replace

from pandas import DataFrame, concat

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.coverage import find_gaps, list_naming_sources, list_refused_keys
from llmpairs.transforms.identity.source_keys import collect_source_keys
from llmpairs.transforms.identity.step import resolve_models
from llmpairs.transforms.normalise.tokenizers import tabulate_model_tokenizers, tabulate_rates
from llmpairs.transforms.pricing.history import extend_history
from llmpairs.transforms.quality.suspect import mark_suspect
from llmpairs.transforms.quality.table import find_unlisted, tabulate_quality
from llmpairs.transforms.reconcile.capabilities import tabulate_offer_capabilities
from llmpairs.transforms.reconcile.disagreements import find_disagreements
from llmpairs.transforms.reconcile.offer_rows import tabulate_providers
from llmpairs.transforms.reconcile.step import reconcile
from llmpairs.transforms.scores import tabulate_scores
from llmpairs.transforms.source_rows import collect_claims, locate_rows, rank_rows
from llmpairs.transforms.state_tables import (
    carry_offer_states,
    complete_models,
    count_pairs,
    keep_facts,
    tabulate_model_capabilities,
    tabulate_models,
    tabulate_offers,
)
from llmpairs.warehouse.landing import Landed

RULES_VERSION = "4"
"""Raised with every change of a rule that can change a published value."""


def build_state(landed: Landed, context: RunContext) -> dict[str, DataFrame]:
    """State tables by name, costs and pairs apart, with the columns of their contracts and working columns."""
    metadata, reference = context.source_metadata, context.reference_data
    rows = locate_rows(landed, metadata, reference, context.as_of)
    keys = collect_source_keys(rows.models, rows.offers, landed.scores, metadata, reference.providers)
    identified = resolve_models(keys, context)
    resolution = identified.resolution
    context = replace(context, previous=identified.previous)
    rows = rank_rows(rows, resolution, metadata, reference)
    claims = collect_claims(landed, rows, metadata, reference)
    reconciled = reconcile(claims, rows.offers, resolution, context)

    offers = tabulate_offers(reconciled, rows.offers, resolution, context)
    listed = tabulate_models(reconciled.facts, resolution, context)
    facts = reconciled.facts
    facts = facts[~facts["subject_id"].isin(listed.loc[listed["is_carried"], "model_id"])]
    capabilities = tabulate_model_capabilities(reconciled.model_states, listed, context)
    models = complete_models(listed, offers, capabilities, facts, context)
    disagreements = find_disagreements(
        reconciled.lineage_values, reconciled.published_values, reconciled.decisions, context
    )
    scores = tabulate_scores(landed.scores, resolution.identities, models, context)
    score_table = mark_suspect(scores.table, context)
    own_states = carry_offer_states(reconciled.offer_states, offers, context)
    tables = {
        "models": models,
        "model_capabilities": capabilities,
        "providers": tabulate_providers(offers, context),
        "offers": offers,
        "offer_capabilities": tabulate_offer_capabilities(own_states, offers, capabilities),
        "benchmark_scores": score_table,
        "model_quality": tabulate_quality(score_table, models, capabilities, context),
        "tokenizer_rates": tabulate_rates(reference.tokenizers),
        "model_tokenizers": tabulate_model_tokenizers(models, reference.tokenizers),
        "facts": keep_facts(facts, models, offers, reconciled.prices, context),
        "disagreements": count_pairs(disagreements, offers, models),
        "holds": count_pairs(reconciled.holds, offers, models),
        "price_history": extend_history(reconciled.prices, offers, context.previous, context.decisions, context.as_of),
    }
    refused = list_refused_keys(resolution.identities)
    source_gaps = concat([scores.gaps, find_unlisted(score_table, reference.quality), refused], ignore_index=True)
    tables["coverage_gaps"] = find_gaps(tables, list_naming_sources(facts, rows.offers), source_gaps, context)
    return identified.complete(tables)
