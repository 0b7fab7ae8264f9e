"""Among the claims about one field, the one that is published, and why the others are not."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

BASIS_RANK = {"declared": 0, "derived": 1, "default": 2}


def choose_claims(claims: DataFrame, decided: DataFrame) -> DataFrame:
    """Claims plus is_chosen and reason; at most one claim of a subject and field is chosen.

    `claims` carry `doubt`, the check that they fail; `decided` is subject_id, field and value of decisions that stand.
    Order: decided, plausible, declared before derived, authority, independent lineages that agree, rows that agree,
    newest capture; then value, source, key and place, so that no order of rows decides. A default is never published.
    """
    wanted = value_of(claims, decided)
    ranked = claims.assign(
        barred=claims["doubt"].notna() | (claims["basis"] == "default"),
        wanted=wanted,
        passed_over=(wanted.notna() & (wanted != claims["value"])).fillna(False).astype(bool),
        basis_rank=claims["basis"].map(BASIS_RANK).astype("int8"),
    )
    ranked = count_support(ranked)
    order = [
        "subject_id", "field", "barred", "passed_over", "basis_rank", "authority", "lineages", "rows", "observed_at",
        "value", "source_id", "provider_model_key", "locator", "capture_id",
    ]  # fmt: skip
    ascending = [True, True, True, True, True, True, False, False, False, True, True, True, True, True]
    ranked = ranked.sort_values(order, ascending=ascending, kind="stable").reset_index(drop=True)
    first = ~ranked.duplicated(["subject_id", "field"])
    ranked["is_chosen"] = first & ~ranked["barred"]
    ranked["reason"] = explain_choice(ranked)
    return ranked.drop(columns=["barred", "wanted", "passed_over", "basis_rank", "lineages", "rows"])


def value_of(claims: DataFrame, decided: DataFrame) -> Series:
    """The value decided for beside every claim on its subject and field; null where no decision stands."""
    known = decided.set_index(["subject_id", "field"])["value"]
    keys = pd.MultiIndex.from_frame(claims[["subject_id", "field"]])
    return Series(known.reindex(keys).to_numpy(), index=claims.index, dtype="str")


def count_support(claims: DataFrame) -> DataFrame:
    """Claims plus how many lineages and rows of the same standing give the same value."""
    group = ["subject_id", "field", "value", "barred", "basis_rank", "authority"]
    grouped = claims.groupby(group, sort=False)["lineage"]
    return claims.assign(lineages=grouped.transform("nunique"), rows=grouped.transform("size"))


def explain_choice(ranked: DataFrame) -> Series:
    """Reason of each claim, compared with the chosen one of its subject and field."""
    keys = ["subject_id", "field"]
    chosen = ranked.loc[ranked["is_chosen"], [*keys, "value", "basis_rank", "authority", "lineages", "rows"]]
    other = ranked[keys].merge(chosen, on=keys, how="left")
    is_decided = other["value"] == ranked["wanted"]
    conditions = [
        ranked["is_chosen"] & is_decided,
        ranked["is_chosen"],
        ranked["doubt"].notna(),
        ranked["basis"] == "default",
        ranked["value"] == other["value"],
        is_decided,
        ranked["basis_rank"] > other["basis_rank"],
        ranked["authority"] > other["authority"],
        (ranked["lineages"] < other["lineages"]) | (ranked["rows"] < other["rows"]),
    ]
    words = [
        "decision",
        "chosen",
        "implausible",
        "default_never_published",
        "agrees",
        "decision",
        "not_declared",
    ]
    words += ["lower_authority", "fewer_witnesses"]
    masks = [condition.fillna(False).to_numpy(dtype=bool) for condition in conditions]
    return Series(np.select(masks, words, default="older"), index=ranked.index, dtype="str")


def pivot_chosen(claims: DataFrame, fields: list[str]) -> DataFrame:
    """Chosen values as text, one row per subject_id and one column per field; null where nothing is published."""
    chosen = claims[claims["is_chosen"] & claims["field"].isin(fields)]
    return (
        chosen.pivot(index="subject_id", columns="field", values="value")
        .reindex(columns=fields)
        .astype("str")
    )


def name_facts(claims: DataFrame) -> DataFrame:
    """Claims plus fact_id: a digest of what the claim says, of whom, and where it was read."""
    parts = [
        "subject_id",
        "field",
        "value",
        "source_id",
        "provider_model_key",
        "locator",
        "capture_id",
        "basis",
    ]
    unique = claims.drop_duplicates(parts).reset_index(drop=True)
    digest = pd.util.hash_pandas_object(unique[parts], index=False, categorize=False)
    second = pd.util.hash_pandas_object(
        unique[parts[::-1]], index=False, hash_key="llmpairs-facts-2", categorize=False
    )
    unique["fact_id"] = [f"{a:016x}{b & 0xFFFFFFFF:08x}" for a, b in zip(digest, second, strict=True)]
    return unique
