"""Specs of models and offers, prices and capabilities apart: which claim is published, and why."""

from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.reconcile.choose import choose_claims
from llmpairs.transforms.reconcile.disagreements import (
    DisagreementDecisions,
    Settled,
    match_decisions,
    select_lineage_values,
)
from llmpairs.transforms.reconcile.last_known_good import keep_last_known_good
from llmpairs.transforms.reconcile.plausible import (
    OUTPUT,
    demote_assumed_closed_weights,
    demote_copied_cutoffs,
    exceeds_context,
    find_failed_checks,
)
from llmpairs.transforms.reconcile.reviewed_facts import ReviewedFacts, match_facts, select_spec_facts

DEVELOPER_FIELDS = ("lifecycle", "deprecated_on", "retire_on", "successor")
DEVELOPER_AUTHORITY = 2
"""Authority up to which a claim is the developer's: its own page, its card, or a catalogue's row of its own offer."""


@dataclass(frozen=True, kw_only=True)
class SettledSpecs(Settled):
    """Specs as they are published."""

    claims: DataFrame
    """Claims with is_chosen, reason and doubt."""


def settle_specs(claims: DataFrame, states: DataFrame, context: RunContext) -> SettledSpecs:
    """Check and choose claims; `states` are the capability states of models.

    Only the developer states the end of a model: what another provider states of it counts for its offer alone.
    """
    is_second_hand = (
        (claims["subject_kind"] == "model")
        & claims["field"].isin(DEVELOPER_FIELDS)
        & (claims["authority"] > DEVELOPER_AUTHORITY)
    )
    claims = demote_copied_cutoffs(claims[~is_second_hand].reset_index(drop=True))
    claims = demote_assumed_closed_weights(claims)
    reviewed = match_facts(claims, select_spec_facts(context.decisions))
    claims = pd.concat([claims, reviewed.claims[claims.columns]], ignore_index=True)
    claims = claims.assign(doubt=find_failed_checks(claims, states, context.as_of))
    contexts = choose_contexts(claims[claims["field"] == "context_tokens"], reviewed, context)
    too_long = exceeds_context(claims, contexts)
    claims = claims.assign(doubt=claims["doubt"].mask(too_long & claims["doubt"].isna(), OUTPUT))
    reference = context.reference_data
    lineage_values = select_lineage_values(claims, reference.tolerances, reference.tie_breakers)
    decisions = match_decisions(lineage_values, context.decisions).join(reviewed.decisions)
    chosen = choose_values(claims, decisions, context)
    kept, holds = keep_last_known_good(chosen, context)
    return SettledSpecs(claims=kept, lineage_values=lineage_values, decisions=decisions, holds=holds)


def choose_contexts(claims: DataFrame, reviewed: ReviewedFacts, context: RunContext) -> Series:
    """Context that will be published, by subject_id; bounds the plausible max output."""
    reference = context.reference_data
    lineage_values = select_lineage_values(claims, reference.tolerances, reference.tie_breakers)
    decisions = match_decisions(lineage_values, context.decisions).join(reviewed.decisions)
    chosen = choose_values(claims, decisions, context)
    return chosen[chosen["is_chosen"]].set_index("subject_id")["value"]


def choose_values(claims: DataFrame, decisions: DisagreementDecisions, context: RunContext) -> DataFrame:
    """Claims with is_chosen and reason, by the selection rule."""
    previous = context.previous["facts"]
    return choose_claims(
        claims,
        decisions.values("model", "offer"),
        previous[previous["is_chosen"].astype(bool)],
        context.reference_data.tie_breakers,
    )
