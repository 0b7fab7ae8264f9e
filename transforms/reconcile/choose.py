"""Choice among the claims on one field: the claim that is published, and the reason why each other one is not."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.reconcile.name_forms import NAME_RANKS, rank_name_forms
from llmpairs.transforms.reconcile.release_months import rank_release_months
from llmpairs.transforms.reconcile.tie_breakers import TieBreakers
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

SUBJECT = ["subject_id", "field"]
BASIS_RANK = {"declared": 0, "derived": 1, "default": 2}
FIRST_HAND_AUTHORITY = 1
"""Authority up to which a claim is first hand: the provider's own page or API, or the developer's model card."""
RANKS = {
    "barred": True, "overruled": True, "basis_rank": True, "is_copy": True, "month_votes": False, "is_coarse": True,
    **NAME_RANKS, "votes": False, "is_incumbent": False, "tie_rank": True, "best_authority": True,
}  # fmt: skip
"""The selection rule: ranks of a value from best to worst; true for ascending."""
EVIDENCE = ["is_sourced", "authority", "source_id", "provider_model_key", "locator", "capture_id"]
"""Order of the claims of one value, a reviewer's fact first; decides which of them is cited, never which value is
published."""
VOTING_GROUP = [*SUBJECT, "barred", "basis_rank", "is_copy"]
"""Claims within which votes are counted."""
FACT_KEY = [
    "subject_id", "field", "value", "source_id", "provider_model_key", "locator", "capture_id", "basis",
]  # fmt: skip


def choose_claims(claims: DataFrame, decided: DataFrame, incumbents: DataFrame, breakers: TieBreakers) -> DataFrame:
    """Claims plus is_chosen and reason; at most one claim of a subject and field is chosen.

    `claims` carry `doubt`, the check that they fail; `decided` is subject_id, field and value of valid decisions;
    `incumbents` subject_id, field and value of what the previous release published.
    Order of values: decided, plausible, declared before derived, first hand before copy, votes (of a release date: of
    its month, then of its day; of a display name: of its form, then of its spelling), published last time, the field's
    tie-breaker, reviewed priority of the source. Values that are equal in all of these are tied: none is published. A
    default is never published. Neither the text of a value nor a capture time decides.
    """
    target = look_up_values(claims, decided)
    ranked = claims.assign(
        barred=claims["doubt"].notna() | (claims["basis"] == "default"),
        target=target,
        overruled=(target.notna() & (target != claims["value"])).fillna(False).astype(bool),
        basis_rank=claims["basis"].map(BASIS_RANK).astype("int8"),
        is_copy=claims["authority"] > FIRST_HAND_AUTHORITY,
        is_incumbent=(look_up_values(claims, incumbents) == claims["value"]).fillna(False).astype(bool),
        tie_rank=breakers.rank_values(claims),
        is_sourced=claims["source_id"] != REVIEW_SOURCE,
    )
    ranked = rank_name_forms(rank_release_months(count_votes(ranked)))
    order = {**dict.fromkeys(SUBJECT, True), **RANKS, "value": True, **dict.fromkeys(EVIDENCE, True)}
    ranked = ranked.sort_values(list(order), ascending=list(order.values()), kind="stable").reset_index(drop=True)
    is_first = ~ranked.duplicated(SUBJECT)
    ranked["is_tied"] = find_ties(ranked)
    ranked["is_chosen"] = is_first & ~ranked["barred"] & ~ranked["is_tied"]
    ranked["reason"] = explain_choice(ranked)
    return ranked[[*claims.columns, "is_chosen", "reason"]]


def look_up_values(claims: DataFrame, known: DataFrame) -> Series:
    """Value that `known` (subject_id, field, value) has for each claim's subject and field; null for none."""
    values = known.drop_duplicates(SUBJECT).set_index(SUBJECT)["value"]
    keys = pd.MultiIndex.from_frame(claims[SUBJECT])
    return Series(values.reindex(keys).to_numpy(), index=claims.index, dtype="str")


def count_votes(claims: DataFrame) -> DataFrame:
    """Claims plus `votes` for their value and `best_authority` among its claims, within basis and first hand or copy.

    An independent source group has one vote per operator, for the value of most of its rows: aliases, snapshots and
    repeated rows are one vote. Several values with equally many rows have that vote each.
    """
    group = VOTING_GROUP
    voter = [*group, "lineage", "operator_id"]
    keyed = claims.assign(operator_id=claims["operator_id"].fillna("-"))
    rows = keyed.groupby([*voter, "value"], sort=False).size().rename("rows").reset_index()
    rows = rows[rows["rows"] == rows.groupby(voter, sort=False)["rows"].transform("max")]
    votes = rows.groupby([*group, "value"], sort=False).size().rename("votes")
    out = claims.join(votes, on=[*group, "value"])
    return out.assign(
        votes=out["votes"].fillna(0).astype("int64"),
        best_authority=out.groupby([*group, "value"], sort=False)["authority"].transform("min"),
    )


def find_ties(ranked: DataFrame) -> Series:
    """Whether a claim's subject and field have two best values; `ranked` is sorted."""
    first = ranked.drop_duplicates(SUBJECT)
    best = ranked[[*SUBJECT, *RANKS, "value"]].merge(first[[*SUBJECT, *RANKS]], on=[*SUBJECT, *RANKS])
    values = best.groupby(SUBJECT, sort=False)["value"].nunique()
    tied = pd.MultiIndex.from_frame(ranked[SUBJECT]).isin(values.index[values > 1])
    return Series(tied, index=ranked.index)


def explain_choice(ranked: DataFrame) -> Series:
    """Reason of each claim, by comparison with the chosen one of its subject and field."""
    chosen = ranked.loc[ranked["is_chosen"], [*SUBJECT, "value", "basis_rank", "is_copy", "votes"]]
    other = ranked[SUBJECT].merge(chosen, on=SUBJECT, how="left")
    is_decided = other["value"] == ranked["target"]
    rules = [
        (ranked["is_chosen"] & is_decided, "decision"),
        (ranked["is_chosen"], "chosen"),
        (ranked["doubt"].notna(), "implausible"),
        (ranked["basis"] == "default", "default_never_published"),
        (ranked["is_tied"], "tied"),
        (ranked["value"] == other["value"], "agrees"),
        (is_decided, "decision"),
        (ranked["basis_rank"] > other["basis_rank"], "not_declared"),
        (ranked["is_copy"] & ~other["is_copy"].astype("boolean"), "lower_authority"),
        (ranked["votes"] < other["votes"], "fewer_witnesses"),
    ]
    masks = [mask.fillna(False).to_numpy(dtype=bool) for mask, _ in rules]
    reasons = [reason for _, reason in rules]
    return Series(np.select(masks, reasons, default="tie_breaker"), index=ranked.index, dtype="str")


def pivot_chosen(claims: DataFrame, fields: list[str]) -> DataFrame:
    """Chosen values as text, one row per subject_id and one column per field; null where nothing is published."""
    chosen = claims[claims["is_chosen"] & claims["field"].isin(fields)]
    table = chosen.pivot(index="subject_id", columns="field", values="value")
    return table.reindex(columns=fields).astype("str")


def name_facts(claims: DataFrame) -> DataFrame:
    """Claims plus fact_id, a digest of FACT_KEY; of claims with one key the first is kept."""
    unique = claims.drop_duplicates(FACT_KEY).reset_index(drop=True)
    digest = pd.util.hash_pandas_object(unique[FACT_KEY], index=False, categorize=False)
    second = pd.util.hash_pandas_object(
        unique[FACT_KEY[::-1]], index=False, hash_key="llmpairs-facts-2", categorize=False
    )
    unique["fact_id"] = [f"{a:016x}{b & 0xFFFFFFFF:08x}" for a, b in zip(digest, second, strict=True)]
    return unique
