"""Capability states of models as reviewers decided them, and the gates whose last state stays until they do."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.holds import DOUBTED, OF_ALL_PROVIDERS, WAITING, apply_decisions, open_holds
from llmpairs.transforms.reconcile.capabilities import (
    KEYS,
    decide,
    describe_states,
    vote_by_lineage,
    weigh_claims,
)
from llmpairs.transforms.reconcile.decisions import Decided, find_decided

GATES = ("vision", "function_calling", "structured_outputs")
"""Capabilities that a scenario must have."""
CONFLICT = "Q38 lineages contradict each other on a gate"


@dataclass(frozen=True)
class SettledCapabilities:
    """Capability states of models, and what is open about them."""

    states: DataFrame
    """One row per model and capability that anybody speaks of; `subject_id` is the model_id."""
    words: DataFrame
    """The word of each lineage whose word has decided."""
    decided: Decided
    holds: DataFrame


def settle_capabilities(
    claims: DataFrame, last: DataFrame, previous: DataFrame, decisions: DataFrame, as_of: datetime
) -> SettledCapabilities:
    """States from named claims on models; `last` are the last release's capabilities, `previous` its holds.

    A decision that stands sets the state. A gate that falls into conflict keeps its last state and is held.
    """
    usable = weigh_claims(claims)
    votes = vote_by_lineage(usable)
    states = decide(votes)
    words = words_of_votes(votes)
    decided = find_decided(words, decisions)
    states = set_states(states, decided_states(decided, words), "decision")
    before = last_states(last, states)
    doubted = doubt_gates(usable, states, before)
    holds = apply_decisions(open_holds(doubted, previous, as_of), decisions)
    waiting = holds[holds["state"].isin(WAITING)].set_index(KEYS).index
    states = set_states(states, before[before.index.isin(waiting)], "held")
    kept = Series(
        before.reindex(pd.MultiIndex.from_frame(holds[KEYS])).to_numpy(), index=holds.index, dtype="str"
    )
    value = kept.where(holds["state"].isin(WAITING), holds["candidate_value"])
    holds = holds.assign(published_value=value).drop(columns="provider_id")
    return SettledCapabilities(describe_states(usable, states), words, decided, holds)


def words_of_votes(votes: DataFrame) -> DataFrame:
    """Lineages whose vote counts: any yes, a no with evidence, and plain noes where there are two of them."""
    is_no = votes["vote"] == "no"
    noes = is_no.groupby([votes[key] for key in KEYS]).transform("sum")
    counts = (votes["vote"] == "yes") | (is_no & (votes["strong_no"] | (noes >= 2)))
    words = votes.loc[counts, [*KEYS, "lineage", "vote"]].rename(columns={"vote": "value"})
    return words.assign(subject_kind="model")[["subject_kind", *KEYS, "lineage", "value"]]


def decided_states(decided: Decided, words: DataFrame) -> Series:
    """State by subject and field of decisions that stand and that a lineage still bears out."""
    borne_out = decided.values("model").merge(words[[*KEYS, "value"]].drop_duplicates(), on=[*KEYS, "value"])
    return borne_out.set_index(KEYS)["value"]


def set_states(states: DataFrame, known: Series, rule: str) -> DataFrame:
    """States with those of `known` put in their place."""
    value = known.reindex(states.index)
    return states.assign(
        state=states["state"].where(value.isna(), value), rule=states["rule"].where(value.isna(), rule)
    )


def last_states(last: DataFrame, states: DataFrame) -> Series:
    """The last release's yes or no beside tonight's states; a no that nobody bears out any more does not count."""
    known = last[last["state"] != "unknown"]
    keys = [
        known["model_id"].astype("object"),
        "capability:" + known["capability"].astype("str").astype("object"),
    ]
    before = Series(known["state"].to_numpy(), index=pd.MultiIndex.from_arrays(keys)).reindex(states.index)
    borne_out = (before == "yes") & (states["witnesses_for"] > 0) | (before == "no") & (
        states["witnesses_against"] > 0
    )
    return before[borne_out]


def doubt_gates(usable: DataFrame, states: DataFrame, before: Series) -> DataFrame:
    """DOUBTED rows of gates that fall into conflict, with the best claim against their last state."""
    gates = ["capability:" + gate for gate in GATES]
    fallen = states[(states["rule"] == "conflict") & states.index.isin(before.index)]
    fallen = fallen[fallen.index.get_level_values("field").isin(gates)]
    said = Series(
        before.reindex(pd.MultiIndex.from_frame(usable[KEYS])).to_numpy(), index=usable.index, dtype="str"
    )
    against = usable[said.notna() & (usable["value"] != said)]
    order = ["authority", "observed_at", "source_id", "provider_model_key", "fact_id"]
    best = against.sort_values(
        order, ascending=[True, False, True, True, True], kind="stable"
    ).drop_duplicates(KEYS)
    rows = fallen.reset_index()[KEYS].merge(best[[*KEYS, "source_id", "capture_id"]], on=KEYS)
    return rows.assign(
        subject_kind="model", candidate_value="unknown", rule=CONFLICT, provider_id=OF_ALL_PROVIDERS
    )[DOUBTED]
