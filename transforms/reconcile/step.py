"""Reconcile step: which claim of each field is published, which values are held, and where sources disagree."""

from dataclasses import dataclass, replace

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.identity.resolve import Resolution
from llmpairs.transforms.normalise.kinds import classify_models
from llmpairs.transforms.pricing.facts import settle_prices
from llmpairs.transforms.reconcile.capabilities import choose_capability_claims
from llmpairs.transforms.reconcile.capability_holds import settle_capabilities, settle_offer_capabilities
from llmpairs.transforms.reconcile.choose import name_facts, pivot_chosen
from llmpairs.transforms.reconcile.disagreements import DisagreementDecisions, list_published_values
from llmpairs.transforms.reconcile.reviewed_facts import keep_known_subjects
from llmpairs.transforms.reconcile.specs import settle_specs
from llmpairs.transforms.source_rows import CollectedClaims


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """Claims, prices and capabilities as they are published, and what reviewers may decide."""

    facts: DataFrame
    """FACTS of this run with is_chosen, reason and doubt, plus `evidence`."""
    prices: DataFrame
    """One price bundle per offer_id."""
    model_states: DataFrame
    """Capability states of models: subject_id, field, state, rule, fact_id."""
    offer_states: DataFrame
    """Capability states that offers state themselves, with the same columns."""
    published_values: DataFrame
    """subject_kind, subject_id, field and value of every published spec, price and model capability."""
    lineage_values: DataFrame
    """Value of each lineage: subject_kind, subject_id, field, lineage, value."""
    decisions: DisagreementDecisions
    holds: DataFrame
    """HOLDS; pairs_affected is 0."""


def reconcile(
    claims: CollectedClaims, offer_rows: DataFrame, resolution: Resolution, context: RunContext
) -> Reconciled:
    """Choose the published claim of every field, price bundle and capability."""
    known = keep_known_subjects(context.decisions, resolution.models["model_id"], offer_rows["offer_id"])
    context = replace(context, decisions=known)
    flags = name_facts(claims.capabilities)
    capabilities = settle_capabilities(collect_model_flags(flags, offer_rows), context)
    specs = settle_specs(claims.specs, capabilities.states, context)
    prices = settle_prices(claims.prices, list_text_models(specs.claims, resolution, context), context)
    of_offers = settle_offer_capabilities(flags[flags["subject_kind"] == "offer"], context)
    named = name_facts(pd.concat([specs.claims, prices.claims], ignore_index=True))
    states = pd.concat([capabilities.states, of_offers.states], ignore_index=True)
    flags = pd.concat([flags, capabilities.facts, of_offers.facts], ignore_index=True)
    facts = pd.concat([named, choose_capability_claims(flags, states)], ignore_index=True)
    settled = (specs, capabilities, prices)
    decided = [part.decisions.rows for part in (*settled, of_offers)]
    return Reconciled(
        facts=facts,
        prices=prices.bundles,
        model_states=capabilities.states,
        offer_states=of_offers.states,
        published_values=list_published_values(facts, capabilities.states),
        lineage_values=pd.concat([part.lineage_values for part in settled], ignore_index=True),
        decisions=DisagreementDecisions(pd.concat(decided, ignore_index=True)),
        holds=pd.concat([part.holds for part in settled], ignore_index=True),
    )


def list_text_models(claims: DataFrame, resolution: Resolution, context: RunContext) -> list[str]:
    """model_id of the models that generate text by the published task and modalities."""
    ids = pd.Index(resolution.models["model_id"], name="subject_id")
    fields = ["task", "input_modalities", "output_modalities"]
    text = pivot_chosen(claims[claims["subject_kind"] == "model"], fields).reindex(ids)
    kinds = classify_models(text, context.reference_data.kinds)
    return list(kinds.index[kinds["is_text_generating"]])


def collect_model_flags(flags: DataFrame, offer_rows: DataFrame) -> DataFrame:
    """Capability claims with a model as subject: those on the model, and those on its offers.

    A provider's claim about its own offer has no first-party authority on the model.
    """
    resolved = offer_rows.dropna(subset="model_id").sort_values("row_id").drop_duplicates("offer_id")
    by_offer = resolved.set_index("offer_id")["model_id"]
    of_offers = flags[flags["subject_kind"] == "offer"]
    lifted = of_offers.assign(subject_id=of_offers["subject_id"].map(by_offer)).dropna(subset="subject_id")
    authority = lifted["authority"].where(lifted["authority"] > 0, 4)
    on_models = flags[flags["subject_kind"] == "model"]
    return pd.concat([on_models, lifted.assign(authority=authority)], ignore_index=True)
