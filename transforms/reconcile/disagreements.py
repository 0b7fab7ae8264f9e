"""Disagreements between independent lineages, and the reviewers' decisions on them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.lookup import look_up_previous_time
from llmpairs.transforms.reconcile.tie_breakers import TieBreakers
from llmpairs.transforms.reconcile.tolerances import Tolerances, is_compared, measure_spread
from llmpairs.warehouse.convert import empty_frame
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

KEYS = ["subject_kind", "subject_id", "field"]
DECISION_COLUMNS = ["disagreement_id", *KEYS, "value", "decided_by", "changed_since"]
FACT_SUBJECT = r"(?P<subject_kind>model|offer)\|(?P<subject_id>.+)\|(?P<field>[^|]+)"
"""Subject of a decision of kind `fact`."""
FEWEST_TO_STAND_ALONE = 3
"""Of two groups that differ neither stands alone: the other agrees with no third one."""


@dataclass(frozen=True)
class DisagreementDecisions:
    """The last decision on each disagreement, or fact that a reviewer recorded."""

    rows: DataFrame
    """DECISION_COLUMNS; changed_since is null while the decision is valid."""

    def values(self, *subject_kinds: str) -> DataFrame:
        """subject_id, field and value of the valid decisions on subjects of these kinds."""
        is_valid = self.rows["subject_kind"].isin(subject_kinds) & self.rows["changed_since"].isna()
        return self.rows.loc[is_valid, ["subject_id", "field", "value"]]

    def join(self, other: DataFrame) -> "DisagreementDecisions":
        """These and other DECISION_COLUMNS; no disagreement is in both."""
        return DisagreementDecisions(pd.concat([self.rows, other[DECISION_COLUMNS]], ignore_index=True))


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What settling one kind of claims leaves to reviewers."""

    lineage_values: DataFrame
    """Value of each lineage: KEYS, lineage, value."""
    decisions: DisagreementDecisions
    holds: DataFrame
    """HOLDS; pairs_affected is 0."""


def select_lineage_values(claims: DataFrame, tolerances: Tolerances, breakers: TieBreakers) -> DataFrame:
    """One value per subject, field and lineage: best authority, then most frequent, then the field's tie-breaker.

    `claims` carry `doubt`, the check that they fail; only declared claims that fail none count. What is still equal is
    listed in the order of the values; this decides what a reviewer reads first, never what is published. A reviewer's
    fact is no claim of a source.
    """
    counted = claims[
        is_compared(claims["field"], tolerances)
        & (claims["basis"] == "declared")
        & claims["doubt"].isna()
        & (claims["lineage"] != REVIEW_SOURCE)
    ]
    rows = counted.groupby([*KEYS, "lineage", "authority", "value"]).size().rename("rows").reset_index()
    rows["tie_rank"] = breakers.rank_values(rows)
    order = [*KEYS, "lineage", "authority", "rows", "tie_rank", "value"]
    rows = rows.sort_values(order, ascending=[True, True, True, True, True, False, True, True], kind="stable")
    return rows.drop_duplicates([*KEYS, "lineage"])[[*KEYS, "lineage", "value"]]


def select_last_decisions(decisions: DataFrame, kind: str) -> DataFrame:
    """Decisions of the kind `disagreement` or `fact` that no later one of either kind replaces, plus disagreement_id.

    Those of kind `fact` also have KEYS. `decisions` are sorted, oldest first.
    """
    made = decisions[decisions["kind"].isin(["disagreement", "fact"])] if len(decisions) else decisions
    if made.empty:
        return DataFrame(columns=[*decisions.columns, *KEYS, "disagreement_id"], dtype="str")
    keyed = made.join(made["subject"].where(made["kind"] == "fact").str.extract(f"^{FACT_SUBJECT}$"))
    named = keyed["subject"].where(keyed["kind"] != "fact", name_disagreements(keyed))
    last = keyed.assign(disagreement_id=named).drop_duplicates("disagreement_id", keep="last")
    return last[last["kind"] == kind]


def match_decisions(lineage_values: DataFrame, decisions: DataFrame) -> DisagreementDecisions:
    """Decisions on disagreements, each with whether the values that it was made on still hold.

    A decision is valid until a lineage that it was made on states another value; a lineage that is missing in this run
    has not changed. A later decision replaces an earlier one.
    """
    last = select_last_decisions(decisions, "disagreement")
    if last.empty or lineage_values.empty:
        return DisagreementDecisions(DataFrame(columns=DECISION_COLUMNS, dtype="str"))
    current = lineage_values.assign(disagreement_id=name_disagreements(lineage_values))
    named = (
        current[["disagreement_id", *KEYS]]
        .drop_duplicates("disagreement_id")
        .merge(last[["disagreement_id", "verdict", "decided_by", "values"]], on="disagreement_id")
    )
    decided = current[current["disagreement_id"].isin(named["disagreement_id"])]
    now = {
        key: dict(zip(rows["lineage"], rows["value"], strict=True)) for key, rows in decided.groupby("disagreement_id")
    }
    changed = [
        describe_change(values, now[key]) for key, values in zip(named["disagreement_id"], named["values"], strict=True)
    ]
    rows = named.rename(columns={"verdict": "value"}).assign(changed_since=Series(changed, dtype="str"))
    return DisagreementDecisions(rows[DECISION_COLUMNS])


def name_disagreements(keys: DataFrame) -> Series:
    """disagreement_id of each row's subject and field."""
    hashed = pd.util.hash_pandas_object(keys[KEYS].astype("str"), index=False, categorize=False)
    return Series([f"d{value:016x}" for value in hashed], index=keys.index, dtype="str")


def describe_change(then: Mapping[str, str], now: Mapping[str, str]) -> str | None:
    """Values of lineages that changed, as 'lineage=value, was value'; None where none did."""
    changes = [
        f"{lineage}={now[lineage]}, was {value}"
        for lineage, value in sorted(then.items())
        if lineage in now and now[lineage] != value
    ]
    return "; ".join(changes) or None


def find_disagreements(
    lineage_values: DataFrame, published: DataFrame, decisions: DisagreementDecisions, context: RunContext
) -> DataFrame:
    """DISAGREEMENTS but for pairs_affected, by cause. `published` has KEYS and value of what is published.

    A valid decision settles its row; one made on other values leaves it open, with what changed.
    """
    count = lineage_values.groupby(KEYS)["lineage"].transform("size")
    contested = lineage_values.assign(lineage_count=count)[count > 1]
    if contested.empty:
        none: DataFrame = empty_frame("disagreements").drop(columns="pairs_affected")
        return none
    tolerances = context.reference_data.tolerances
    spread = measure_spread(contested, KEYS, tolerances)
    contested = contested.assign(claimed=contested["lineage"] + "=" + contested["value"])
    claimed = contested.groupby(KEYS).agg(claimed_values=("claimed", sorted), lineage_count=("lineage_count", "first"))
    table = spread[spread["differs"]].drop(columns="differs").merge(claimed.reset_index(), on=KEYS)
    table = table.merge(name_causes(contested, tolerances), on=KEYS)
    known = published.drop_duplicates(KEYS).rename(columns={"value": "chosen_value"})
    table = table.merge(known, on=KEYS, how="left")
    table["disagreement_id"] = name_disagreements(table)
    previous = context.previous["disagreements"]
    table["first_seen_at"] = look_up_previous_time(
        table["disagreement_id"], previous, "disagreement_id", "first_seen_at", context.as_of
    )
    return add_decisions(table.reset_index(drop=True), decisions)


def name_causes(contested: DataFrame, tolerances: Tolerances) -> DataFrame:
    """KEYS and `cause`: the one group without which all others agree, else every group, sorted and joined by '|'.

    `contested` has KEYS, lineage, value and lineage_count.
    """
    groups = contested.sort_values("lineage").groupby(KEYS)["lineage"].agg("|".join).rename("all").reset_index()
    several = contested[contested["lineage_count"] >= FEWEST_TO_STAND_ALONE]
    if several.empty:
        return groups.rename(columns={"all": "cause"})
    others = several.merge(several[[*KEYS, "lineage"]].rename(columns={"lineage": "without"}), on=KEYS)
    others = others[others["lineage"] != others["without"]]
    spread = measure_spread(others, [*KEYS, "without"], tolerances)
    alone = spread[~spread["differs"]]
    alone = alone[~alone.duplicated(KEYS, keep=False)]
    found = groups.merge(alone[[*KEYS, "without"]], on=KEYS, how="left")
    return found.assign(cause=found["without"].fillna(found["all"]))[[*KEYS, "cause"]]


def add_decisions(table: DataFrame, decisions: DisagreementDecisions) -> DataFrame:
    """Disagreements plus state, decision, decided_by and changed_since."""
    made = decisions.rows.set_index("disagreement_id").reindex(table["disagreement_id"])
    made = made.set_axis(table.index)
    is_valid = made["changed_since"].isna()
    settles = is_valid & (made["value"] == table["chosen_value"])
    unpublished = made["value"].notna() & is_valid & ~settles
    since = made["changed_since"].mask(unpublished, "no claim of " + made["value"] + " can be published any more")
    state = Series("open", index=table.index).mask(made["value"].notna(), "reopened").mask(settles, "settled")
    return table.assign(
        state=state,
        decision=made["value"].where(settles),
        decided_by=made["decided_by"],
        changed_since=since.where(~settles).astype("str"),
    )


def list_published_values(facts: DataFrame, states: DataFrame) -> DataFrame:
    """KEYS and value of every chosen claim, capabilities apart, and of every known capability state of models."""
    chosen = facts.loc[facts["is_chosen"] & ~facts["field"].str.startswith("capability:"), [*KEYS, "value"]]
    known = states[states["state"] != "unknown"]
    of_models = known[["subject_id", "field"]].assign(subject_kind="model", value=known["state"])
    return pd.concat([chosen, of_models[[*KEYS, "value"]]], ignore_index=True)
