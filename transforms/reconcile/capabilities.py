"""Capability claims to one state, yes, no or unknown, with the rule that decided.

A yes needs one source, and two where a catalogue's row of the developer's own offer denies it. A no needs evidence:
an exhaustive modality list, a claim of the first party or of the card, a release before any model had the capability,
false flags of two independent lineages, or, where nothing states yes, of two operators or of the developer's own offer.
An absent flag is no claim.
"""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

KEYS = ["subject_id", "field"]
STRONG_EVIDENCE = ("list", "introduced")
"""An exhaustive list, or a release before any model had the capability."""
DEVELOPER_AUTHORITY = 2
"""Authority up to which a row is the developer's: its own page, its card, or a catalogue's row of its own offer."""


def resolve_states(claims: DataFrame) -> DataFrame:
    """One row per subject and capability field: state, rule, counts of lineages, is_disputed and the deciding fact_id.

    `claims` has subject_id, field, value (yes or no), evidence (list or boolean), basis, authority, lineage, fact_id.
    """
    usable = weigh_claims(claims)
    return describe_states(usable, decide_states(list_votes(usable)))


def weigh_claims(claims: DataFrame) -> DataFrame:
    """Claims that count, plus is_yes, is_strong and is_own.

    A release before the capability was introduced counts only where nothing states yes.
    """
    usable = claims[claims["basis"] != "default"]
    keys = pd.MultiIndex.from_frame(usable[KEYS])
    has_yes = keys.isin(keys[(usable["value"] == "yes").to_numpy()])
    usable = usable[~has_yes | (usable["evidence"] != "introduced")]
    return usable.assign(
        is_yes=usable["value"] == "yes",
        is_strong=usable["evidence"].isin(STRONG_EVIDENCE) | (usable["value"] == "yes") | (usable["authority"] <= 1),
        is_own=usable["authority"] <= 1,
    )


def describe_states(usable: DataFrame, states: DataFrame) -> DataFrame:
    """States plus is_disputed and the claim behind each."""
    dispute = usable.groupby(KEYS)["is_yes"].nunique() > 1
    known = states.assign(is_disputed=dispute.reindex(states.index).fillna(False).astype(bool))
    return known.join(pick_evidence(usable, known)).reset_index()


def list_votes(usable: DataFrame) -> DataFrame:
    """One vote per subject, field and lineage: the majority of its rows of best authority; a tie is no vote."""
    keys = [*KEYS, "lineage"]
    rank = usable["authority"].where(usable["authority"] <= 2, 3)
    best = rank.groupby([usable[k] for k in keys]).transform("min")
    voters = usable[rank == best]
    grouped = voters.groupby(keys, sort=True)
    votes = grouped.agg(yes=("is_yes", "sum"), rows=("is_yes", "size"), own=("is_own", "any")).reset_index()
    no_rows = voters[~voters["is_yes"]]
    denials = no_rows.assign(
        of_developer=no_rows["authority"] <= DEVELOPER_AUTHORITY, is_early=no_rows["evidence"] == "introduced"
    ).groupby(keys)
    found = denials.agg(
        strong_no=("is_strong", "any"), operators=("operator_id", "nunique"), developer_no=("of_developer", "any"),
        early_no=("is_early", "any"),
    )  # fmt: skip
    votes = votes.join(found, on=keys)
    votes["operators"] = votes["operators"].fillna(0)
    for column in ("strong_no", "developer_no", "early_no"):
        votes[column] = votes[column].astype("boolean").fillna(False).astype(bool)
    no = votes["rows"] - votes["yes"]
    votes["vote"] = np.where(votes["yes"] > no, "yes", np.where(no > votes["yes"], "no", "tie"))
    return votes


def decide_states(votes: DataFrame) -> DataFrame:
    """State and rule by subject and field from the lineages' votes."""
    yes = votes["vote"] == "yes"
    no = votes["vote"] == "no"
    flags = votes[KEYS].assign(
        yes=yes, strong=no & votes["strong_no"], weak=no & ~votes["strong_no"], own_yes=yes & votes["own"],
        own_no=no & votes["own"], tie=votes["vote"] == "tie", developer_no=no & votes["developer_no"],
        repeated_no=no & (votes["developer_no"] | (votes["operators"] >= 2)), early=no & votes["early_no"],
    )  # fmt: skip
    count = flags.groupby(KEYS, sort=True).sum()
    against = count["strong"] + count["weak"].where(count["strong"] + count["weak"] >= 2, 0)
    rules = [
        ((count["own_yes"] > 0) & (count["own_no"] == 0), "yes", "first_party"),
        ((count["own_no"] > 0) & (count["own_yes"] == 0), "no", "first_party"),
        ((count["yes"] == 1) & (count["own_yes"] == 0) & (count["developer_no"] > 0), "unknown", "conflict"),
        ((count["yes"] > 0) & (count["yes"] > against), "yes", "declared_yes"),
        ((count["yes"] == 0) & (count["early"] > 0), "no", "before_introduction"),
        ((count["yes"] == 0) & (count["strong"] > 0), "no", "exhaustive_list"),
        ((count["yes"] == 0) & (against > 0), "no", "two_lineages"),
        ((count["yes"] == 0) & (count["repeated_no"] > 0), "no", "several_operators"),
        ((against > count["yes"]) & (count["strong"] > 0), "no", "exhaustive_list"),
        ((against > count["yes"]), "no", "two_lineages"),
        ((count["yes"] > 0) | (count["tie"] > 0), "unknown", "conflict"),
    ]
    masks = [rule[0].to_numpy(dtype=bool) for rule in rules]
    return DataFrame(
        {
            "state": np.select(masks, [rule[1] for rule in rules], default="unknown"),
            "rule": np.select(masks, [rule[2] for rule in rules], default="no_evidence"),
            "witnesses_for": count["yes"].astype("int64"),
            "witnesses_against": against.where(against > 0, count["repeated_no"]).astype("int64"),
        },
        index=count.index,
    )


def pick_evidence(usable: DataFrame, states: DataFrame) -> DataFrame:
    """The best claim with the decided value, a reviewer's fact first: fact_id, source_id, capture_id, observed_at."""
    decided = usable.merge(states["state"].reset_index(), on=KEYS)
    agreeing = decided[decided["value"] == decided["state"]]
    agreeing = agreeing.assign(is_sourced=agreeing["source_id"] != REVIEW_SOURCE)
    order = ["is_sourced", "authority", "is_strong", "source_id", "provider_model_key", "locator", "fact_id"]
    agreeing = agreeing.sort_values(order, ascending=[True, True, False, True, True, True, True], kind="stable")
    return agreeing.drop_duplicates(KEYS).set_index(KEYS)[["fact_id", "source_id", "capture_id", "observed_at"]]


def choose_capability_claims(claims: DataFrame, states: DataFrame) -> DataFrame:
    """Capability claims plus is_chosen, reason and doubt; the chosen claim is the one that its state names."""
    of_claim = claims[KEYS].merge(
        states.drop_duplicates(KEYS)[[*KEYS, "state", "rule", "fact_id"]], on=KEYS, how="left"
    )
    of_claim = of_claim.set_index(claims.index)
    chosen = (of_claim["fact_id"] == claims["fact_id"]).fillna(False)
    is_decided = of_claim["rule"] == "decision"
    reason = Series("fewer_witnesses", index=claims.index)
    reason = reason.mask(is_decided, "decision").mask(of_claim["rule"] == "held", "held")
    reason = reason.mask(of_claim["state"] == claims["value"], "agrees")
    reason = reason.mask(chosen & ~is_decided, "chosen").mask(chosen & is_decided, "decision")
    return claims.assign(is_chosen=chosen.astype(bool), reason=reason, doubt=None)


def list_model_capabilities(states: DataFrame, model_ids: Series, capabilities: tuple[str, ...]) -> DataFrame:
    """MODEL_CAPABILITIES: every capability of every model; unknown, rule no_evidence, where there is no claim."""
    grid = pd.MultiIndex.from_product([sorted(model_ids), capabilities], names=["model_id", "capability"])
    named = states.assign(capability=states["field"].str.removeprefix("capability:"))
    table = named.set_index(["subject_id", "capability"]).rename_axis(["model_id", "capability"])
    table = table.drop(columns="field").reindex(grid).reset_index()
    table["state"] = table["state"].astype("str").fillna("unknown")
    table["rule"] = table["rule"].astype("str").fillna("no_evidence")
    for column in ("witnesses_for", "witnesses_against"):
        table[column] = table[column].fillna(0).astype("int64")
    table["is_disputed"] = table["is_disputed"].astype("boolean").fillna(False).astype(bool)
    return table


def tabulate_offer_capabilities(states: DataFrame, offers: DataFrame, model_capabilities: DataFrame) -> DataFrame:
    """OFFER_CAPABILITIES: the offer's own state, else its model's; a capability that both leave unknown has no row."""
    own = states.assign(capability=states["field"].str.removeprefix("capability:"))
    own = own.rename(columns={"subject_id": "offer_id"})[["offer_id", "capability", "state"]]
    known = model_capabilities.loc[model_capabilities["state"] != "unknown", ["model_id", "capability", "state"]]
    inherited = offers[["offer_id", "model_id"]].merge(known, on="model_id").drop(columns="model_id")
    table = own.merge(inherited, on=["offer_id", "capability"], how="outer", suffixes=("", "_model"))
    table["state"] = table["state"].fillna("unknown")
    table["is_inherited"] = (table["state"] == "unknown") & table["state_model"].notna()
    table["effective"] = table["state"].where(~table["is_inherited"], table["state_model"])
    table = table[table["effective"] != "unknown"]
    return table.drop(columns="state_model").sort_values(["offer_id", "capability"]).reset_index(drop=True)
