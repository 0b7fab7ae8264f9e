"""Choice among the claims on one field: the claim that is published, and the reason why each other one is not."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

SUBJECT = ["subject_id", "field"]
BASIS_RANK = {"declared": 0, "derived": 1, "default": 2}
ORDER = {
    "subject_id": True, "field": True, "barred": True, "overruled": True, "basis_rank": True, "authority": True,
    "lineages": False, "rows": False, "observed_at": False, "value": True, "source_id": True,
    "provider_model_key": True, "locator": True, "capture_id": True,
}  # fmt: skip
"""Sort keys from best to worst claim; true for ascending."""
FACT_KEY = [
    "subject_id", "field", "value", "source_id", "provider_model_key", "locator", "capture_id", "basis",
]  # fmt: skip


def choose_claims(claims: DataFrame, decided: DataFrame) -> DataFrame:
    """Claims plus is_chosen and reason; at most one claim of a subject and field is chosen.

    `claims` carry `doubt`, the check that they fail; `decided` is subject_id, field and value of valid decisions.
    Order: decided, plausible, declared before derived, authority, independent lineages that agree, rows that agree,
    newest capture; then value, source, key and locator, so that the order of rows never decides. A default is never
    published.
    """
    target = look_up_decided(claims, decided)
    ranked = claims.assign(
        barred=claims["doubt"].notna() | (claims["basis"] == "default"),
        target=target,
        overruled=(target.notna() & (target != claims["value"])).fillna(False).astype(bool),
        basis_rank=claims["basis"].map(BASIS_RANK).astype("int8"),
    )
    ranked = count_support(ranked)
    ranked = ranked.sort_values(list(ORDER), ascending=list(ORDER.values()), kind="stable")
    ranked = ranked.reset_index(drop=True)
    ranked["is_chosen"] = ~ranked.duplicated(SUBJECT) & ~ranked["barred"]
    ranked["reason"] = explain_choice(ranked)
    return ranked.drop(columns=["barred", "target", "overruled", "basis_rank", "lineages", "rows"])


def look_up_decided(claims: DataFrame, decided: DataFrame) -> Series:
    """Decided value of each claim's subject and field; null without a valid decision."""
    known = decided.set_index(SUBJECT)["value"]
    keys = pd.MultiIndex.from_frame(claims[SUBJECT])
    return Series(known.reindex(keys).to_numpy(), index=claims.index, dtype="str")


def count_support(claims: DataFrame) -> DataFrame:
    """Claims plus the number of lineages and rows of the same basis and authority with the same value."""
    group = [*SUBJECT, "value", "barred", "basis_rank", "authority"]
    grouped = claims.groupby(group, sort=False)["lineage"]
    return claims.assign(lineages=grouped.transform("nunique"), rows=grouped.transform("size"))


def explain_choice(ranked: DataFrame) -> Series:
    """Reason of each claim, by comparison with the chosen one of its subject and field."""
    chosen = ranked.loc[ranked["is_chosen"], [*SUBJECT, "value", "basis_rank", "authority", "lineages", "rows"]]
    other = ranked[SUBJECT].merge(chosen, on=SUBJECT, how="left")
    is_decided = other["value"] == ranked["target"]
    rules = [
        (ranked["is_chosen"] & is_decided, "decision"),
        (ranked["is_chosen"], "chosen"),
        (ranked["doubt"].notna(), "implausible"),
        (ranked["basis"] == "default", "default_never_published"),
        (ranked["value"] == other["value"], "agrees"),
        (is_decided, "decision"),
        (ranked["basis_rank"] > other["basis_rank"], "not_declared"),
        (ranked["authority"] > other["authority"], "lower_authority"),
        ((ranked["lineages"] < other["lineages"]) | (ranked["rows"] < other["rows"]), "fewer_witnesses"),
    ]
    masks = [mask.fillna(False).to_numpy(dtype=bool) for mask, _ in rules]
    reasons = [reason for _, reason in rules]
    return Series(np.select(masks, reasons, default="older"), index=ranked.index, dtype="str")


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
