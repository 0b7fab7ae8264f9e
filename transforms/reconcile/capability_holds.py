"""Capability states of models: decisions applied, and required capabilities in conflict held at their last state."""

from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.holds import ALL_PROVIDERS, FAILED_CHECK_COLUMNS, WAITING, apply_decisions, open_holds
from llmpairs.transforms.reconcile.capabilities import KEYS, decide_states, describe_states, list_votes, weigh_claims
from llmpairs.transforms.reconcile.choose import name_facts
from llmpairs.transforms.reconcile.disagreements import DisagreementDecisions, Settled, match_decisions
from llmpairs.transforms.reconcile.reviewed_facts import match_facts, select_capability_facts
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

REQUIRED_CAPABILITIES = ("vision", "function_calling", "structured_outputs")
"""Capabilities that a workload may require."""
CONFLICT = "Q38 lineages contradict each other on a gate"


@dataclass(frozen=True, kw_only=True)
class SettledCapabilities(Settled):
    """Capability states of models as they are published."""

    facts: DataFrame
    """Named claims of the facts that reviewers recorded and that apply."""
    states: DataFrame
    """One row per model and capability with any claim; `subject_id` is the model_id."""


@dataclass(frozen=True, kw_only=True)
class OfferCapabilities:
    """Capability states that offers state themselves."""

    states: DataFrame
    """One row per offer and capability with any claim; `subject_id` is the offer_id."""
    facts: DataFrame
    """Named claims of the facts that reviewers recorded and that apply."""
    decisions: DisagreementDecisions


def settle_capabilities(claims: DataFrame, context: RunContext) -> SettledCapabilities:
    """States from named claims on models.

    A valid decision sets the state. A required capability that falls into conflict keeps its last state and is held.
    Facts of reviewers are claims too.
    """
    on_models = claims.assign(subject_kind="model")
    reviewed = match_facts(on_models, select_capability_facts(context.decisions, "model"))
    facts = name_facts(reviewed.claims)
    usable = weigh_claims(pd.concat([claims, facts], ignore_index=True))
    votes = list_votes(usable)
    states = decide_states(votes)
    counted = list_counted_votes(votes)
    lineage_values = counted[counted["lineage"] != REVIEW_SOURCE]
    decisions = match_decisions(lineage_values, context.decisions).join(reviewed.decisions)
    supported = decisions.values("model").merge(counted[[*KEYS, "value"]].drop_duplicates(), on=[*KEYS, "value"])
    states = override_states(states, supported.set_index(KEYS)["value"], "decision")
    before = look_up_last_states(context.previous["model_capabilities"], states)
    conflicts = list_conflicts(usable, states, before)
    holds = apply_decisions(open_holds(conflicts, context.previous["holds"], context.as_of), context.decisions)
    is_waiting = holds["state"].isin(WAITING)
    states = override_states(states, before[before.index.isin(holds[is_waiting].set_index(KEYS).index)], "held")
    kept = Series(before.reindex(pd.MultiIndex.from_frame(holds[KEYS])).to_numpy(), index=holds.index, dtype="str")
    value = kept.where(is_waiting, holds["candidate_value"])
    return SettledCapabilities(
        facts=facts,
        states=describe_states(usable, states),
        lineage_values=lineage_values,
        decisions=decisions,
        holds=holds.assign(published_value=value).drop(columns="provider_id"),
    )


def settle_offer_capabilities(claims: DataFrame, context: RunContext) -> OfferCapabilities:
    """States that offers state themselves, from named claims on offers; a fact of a reviewer sets the state."""
    reviewed = match_facts(claims, select_capability_facts(context.decisions, "offer"))
    facts = name_facts(reviewed.claims)
    usable = weigh_claims(pd.concat([claims, facts], ignore_index=True))
    recorded = facts.set_index(KEYS)["value"]
    states = override_states(decide_states(list_votes(usable)), recorded, "decision")
    return OfferCapabilities(
        states=describe_states(usable, states), facts=facts, decisions=DisagreementDecisions(reviewed.decisions)
    )


def list_counted_votes(votes: DataFrame) -> DataFrame:
    """Value of each lineage whose vote counts: any yes, a no with evidence, and a plain no where there are two."""
    is_no = votes["vote"] == "no"
    noes = is_no.groupby([votes[key] for key in KEYS]).transform("sum")
    counts = (votes["vote"] == "yes") | (is_no & (votes["strong_no"] | (noes >= 2)))
    counted = votes.loc[counts, [*KEYS, "lineage", "vote"]].rename(columns={"vote": "value"})
    return counted.assign(subject_kind="model")[["subject_kind", *KEYS, "lineage", "value"]]


def override_states(states: DataFrame, known: Series, rule: str) -> DataFrame:
    """States with those of `known` in place of their own, and this rule."""
    value = known.reindex(states.index)
    return states.assign(
        state=states["state"].where(value.isna(), value), rule=states["rule"].where(value.isna(), rule)
    )


def look_up_last_states(previous: DataFrame, states: DataFrame) -> Series:
    """Previous yes or no of each state; null where no current claim supports it."""
    known = previous[previous["state"] != "unknown"]
    keys = [known["model_id"].astype("object"), "capability:" + known["capability"].astype("str").astype("object")]
    before = Series(known["state"].to_numpy(), index=pd.MultiIndex.from_arrays(keys)).reindex(states.index)
    is_supported = (before == "yes") & (states["witnesses_for"] > 0) | (before == "no") & (
        states["witnesses_against"] > 0
    )
    return before[is_supported]


def list_conflicts(usable: DataFrame, states: DataFrame, before: Series) -> DataFrame:
    """FAILED_CHECK_COLUMNS of required capabilities in conflict, with the best claim against their last state."""
    required = ["capability:" + name for name in REQUIRED_CAPABILITIES]
    fallen = states[(states["rule"] == "conflict") & states.index.isin(before.index)]
    fallen = fallen[fallen.index.get_level_values("field").isin(required)]
    last = Series(before.reindex(pd.MultiIndex.from_frame(usable[KEYS])).to_numpy(), index=usable.index, dtype="str")
    against = usable[last.notna() & (usable["value"] != last)]
    best = against.sort_values(["authority", "source_id", "provider_model_key", "locator"], kind="stable")
    best = best.drop_duplicates(KEYS)
    rows = fallen.reset_index()[KEYS].merge(best[[*KEYS, "source_id", "capture_id"]], on=KEYS)
    return rows.assign(subject_kind="model", candidate_value="unknown", rule=CONFLICT, provider_id=ALL_PROVIDERS)[
        FAILED_CHECK_COLUMNS
    ]
