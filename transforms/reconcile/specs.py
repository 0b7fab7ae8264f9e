"""Claims on what models are and what routes have, prices and capabilities apart: which one is published, and why."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.reconcile.choose import choose_claims
from llmpairs.transforms.reconcile.decisions import Decided, find_decided
from llmpairs.transforms.reconcile.disagreements import word_of_lineages
from llmpairs.transforms.reconcile.last_known_good import keep_last_good
from llmpairs.transforms.reconcile.plausible import (
    OUTPUT,
    doubt_closed_weights,
    doubt_cutoffs,
    exceeds_context,
    find_doubts,
)
from llmpairs.transforms.reconcile.tolerances import Tolerances

OF_THE_DEVELOPER = ("lifecycle", "deprecated_on", "retire_on", "successor")
DEVELOPERS_WORD = 2
"""Authority up to which a claim is the developer's word: its own, its card's, or a catalogue's on its own route."""


@dataclass(frozen=True)
class SettledSpecs:
    """Claims with is_chosen, reason and doubt, and what is open about them."""

    claims: DataFrame
    words: DataFrame
    decided: Decided
    holds: DataFrame


def settle_specs(
    claims: DataFrame,
    states: DataFrame,
    last: DataFrame,
    previous: DataFrame,
    decisions: DataFrame,
    tolerances: Tolerances,
    as_of: datetime,
) -> SettledSpecs:
    """Ranked claims; `states` are capability states of models, `last` the last release's facts, `previous` its holds.

    The end of a model is its developer's to state: what another provider says of it is said of the route alone.
    """
    hearsay = (
        (claims["subject_kind"] == "model")
        & claims["field"].isin(OF_THE_DEVELOPER)
        & (claims["authority"] > DEVELOPERS_WORD)
    )
    claims = doubt_closed_weights(doubt_cutoffs(claims[~hearsay].reset_index(drop=True)))
    claims = claims.assign(doubt=find_doubts(claims, states, as_of))
    contexts = publish_contexts(claims[claims["field"] == "context_tokens"], decisions, tolerances)
    too_long = exceeds_context(claims, contexts)
    claims = claims.assign(doubt=claims["doubt"].mask(too_long & claims["doubt"].isna(), OUTPUT))
    words = word_of_lineages(claims, tolerances)
    decided = find_decided(words, decisions)
    chosen = choose_claims(claims, decided_values(decided))
    kept, holds = keep_last_good(chosen, last, previous, decisions, as_of)
    return SettledSpecs(kept, words, decided, holds)


def decided_values(decided: Decided) -> DataFrame:
    """subject_id, field and value of the decisions that stand; ids of models and offers never meet."""
    return pd.concat([decided.values("model"), decided.values("offer")], ignore_index=True)


def publish_contexts(claims: DataFrame, decisions: DataFrame, tolerances: Tolerances) -> Series:
    """The context that will be published, by subject_id: longest answers are held against it."""
    decided = find_decided(word_of_lineages(claims, tolerances), decisions)
    chosen = choose_claims(claims, decided_values(decided))
    return chosen[chosen["is_chosen"]].set_index("subject_id")["value"]
