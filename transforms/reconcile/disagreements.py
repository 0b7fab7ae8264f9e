"""Fields on which independent lineages differ: one row each, with every lineage's word and the reviewer's."""

from datetime import datetime

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.previous_release import recall_moment
from llmpairs.transforms.reconcile.decisions import KEYS, Decided, name_disagreements
from llmpairs.transforms.reconcile.tolerances import Tolerances, is_compared, measure_spread
from llmpairs.warehouse.convert import empty_frame


def word_of_lineages(claims: DataFrame, tolerances: Tolerances) -> DataFrame:
    """Each lineage's value by subject and field: that of its best authority, then its most frequent, then the smallest.

    `claims` carry `doubt`; only declared claims that fail no check have a vote.
    """
    voting = claims[
        is_compared(claims["field"], tolerances) & (claims["basis"] == "declared") & claims["doubt"].isna()
    ]
    rows = voting.groupby([*KEYS, "lineage", "authority", "value"]).size().rename("rows").reset_index()
    order = [*KEYS, "lineage", "authority", "rows", "value"]
    rows = rows.sort_values(order, ascending=[True, True, True, True, True, False, True], kind="stable")
    return rows.drop_duplicates([*KEYS, "lineage"])[[*KEYS, "lineage", "value"]]


def find_disagreements(
    words: DataFrame,
    chosen: DataFrame,
    decided: Decided,
    tolerances: Tolerances,
    previous: DataFrame,
    as_of: datetime,
) -> DataFrame:
    """DISAGREEMENTS but for pairs_affected. `words` are of `word_of_lineages`; `chosen` has KEYS and value.

    A decision that stands settles its row; one that was made on other values leaves it open and says what changed.
    """
    count = words.groupby(KEYS)["lineage"].transform("size")
    contested = words.assign(lineage_count=count)[count > 1]
    if contested.empty:
        none: DataFrame = empty_frame("disagreements").drop(columns="pairs_affected")
        return none
    spread = measure_spread(contested, KEYS, tolerances)
    contested = contested.assign(said=contested["lineage"] + "=" + contested["value"])
    words_of = contested.groupby(KEYS).agg(
        claimed_values=("said", sorted), lineage_count=("lineage_count", "first")
    )
    table = spread[spread["differs"]].drop(columns="differs").merge(words_of.reset_index(), on=KEYS)
    known = chosen.drop_duplicates(KEYS).rename(columns={"value": "chosen_value"})
    table = table.merge(known, on=KEYS, how="left")
    table["disagreement_id"] = name_disagreements(table)
    table["first_seen_at"] = recall_moment(
        table["disagreement_id"], previous, "disagreement_id", "first_seen_at", as_of
    )
    return tell_decisions(table.reset_index(drop=True), decided)


def tell_decisions(table: DataFrame, decided: Decided) -> DataFrame:
    """Disagreements plus state, decision, decided_by and changed_since."""
    made = decided.rows.set_index("disagreement_id").reindex(table["disagreement_id"]).set_axis(table.index)
    holds = made["changed_since"].isna() & (made["value"] == table["chosen_value"])
    unpublished = made["value"].notna() & made["changed_since"].isna() & ~holds
    since = made["changed_since"].mask(
        unpublished, "no claim of " + made["value"] + " can be published any more"
    )
    state = Series("open", index=table.index).mask(made["value"].notna(), "reopened").mask(holds, "settled")
    return table.assign(
        state=state,
        decision=made["value"].where(holds),
        decided_by=made["decided_by"],
        changed_since=since.where(~holds).astype("str"),
    )


def describe_chosen(facts: DataFrame, states: DataFrame) -> DataFrame:
    """What is published of each compared field: KEYS and value, from chosen claims and capability states of models."""
    chosen = facts.loc[facts["is_chosen"] & ~facts["field"].str.startswith("capability:"), [*KEYS, "value"]]
    known = states[states["state"] != "unknown"]
    of_models = known[["subject_id", "field"]].assign(subject_kind="model", value=known["state"])
    return pd.concat([chosen, of_models[[*KEYS, "value"]]], ignore_index=True)
