"""Facts that reviewers record with their evidence: claims of the source `review`, and whether each still applies."""

from dataclasses import dataclass

import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.claims import CLAIM_COLUMNS
from llmpairs.transforms.reconcile.choose import BASIS_RANK
from llmpairs.transforms.reconcile.disagreements import (
    DECISION_COLUMNS,
    FACT_SUBJECT,
    KEYS,
    describe_change,
    select_last_decisions,
)
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE, REVIEW_SOURCE

CAPABILITY = "capability:"
EVIDENCE = "list"
"""Evidence of a capability that a reviewer recorded: like an exhaustive list, a no counts by itself."""
OF_OFFER = 4
"""Authority of a provider's claim about its own offer where it counts for the model."""
ROW = ["source_id", "provider_model_key", "locator", "capture_id", "basis"]


@dataclass(frozen=True)
class ReviewedFacts:
    """The last decision of kind `fact` on each subject and field."""

    decisions: DataFrame
    """DECISION_COLUMNS; changed_since is null while the fact applies."""
    claims: DataFrame
    """CLAIM_COLUMNS and `evidence` of the facts that apply."""


def match_facts(claims: DataFrame, made: DataFrame) -> ReviewedFacts:
    """Whether facts of reviewers still apply to the claims of the sources, which have KEYS.

    `made` are decisions as `select_last_decisions` returns them.

    A fact applies until a group that it was recorded against states another value, other than the recorded one; a group
    that is missing in this run has not changed.
    """
    if made.empty:
        return ReviewedFacts(DataFrame(columns=DECISION_COLUMNS, dtype="str"), build_fact_claims(made))
    wanted = pd.MultiIndex.from_frame(made[KEYS])
    stated = claims[claims["subject_id"].isin(made["subject_id"])]
    stated = stated[pd.MultiIndex.from_frame(stated[KEYS]).isin(wanted)]
    now = {
        key: dict(zip(rows["lineage"], rows["value"], strict=True))
        for key, rows in list_group_values(stated).groupby(KEYS)
    }
    changed = [
        describe_change(values, {group: value for group, value in now.get(key, {}).items() if value != verdict})
        for key, values, verdict in zip(wanted, made["values"], made["verdict"], strict=True)
    ]
    found = made.assign(changed_since=Series(changed, index=made.index, dtype="str"), value=made["verdict"])
    return ReviewedFacts(found[DECISION_COLUMNS], build_fact_claims(found[found["changed_since"].isna()]))


def select_spec_facts(decisions: DataFrame) -> DataFrame:
    """The last facts on fields that are no capabilities."""
    made = select_last_decisions(decisions, "fact")
    return made[~made["field"].str.startswith(CAPABILITY).astype(bool)]


def select_capability_facts(decisions: DataFrame, subject_kind: str) -> DataFrame:
    """The last facts on capabilities of models, or of offers."""
    made = select_last_decisions(decisions, "fact")
    return made[made["field"].str.startswith(CAPABILITY).astype(bool) & (made["subject_kind"] == subject_kind)]


def list_group_values(claims: DataFrame) -> DataFrame:
    """Value of each independent source group: KEYS, lineage, value.

    Declared before derived, then best authority, then most frequent. Defaults and facts of reviewers are left out.
    """
    counted = claims[(claims["basis"] != "default") & (claims["lineage"] != REVIEW_SOURCE)]
    counted = counted.drop_duplicates([*KEYS, "value", *ROW])
    rank = counted.assign(basis_rank=counted["basis"].map(BASIS_RANK).astype("int8"))
    rows = rank.groupby([*KEYS, "lineage", "basis_rank", "authority", "value"], observed=True).size().rename("rows")
    ordered = rows.reset_index().sort_values(
        [*KEYS, "lineage", "basis_rank", "authority", "rows", "value"],
        ascending=[True, True, True, True, True, True, False, True],
    )
    return ordered.drop_duplicates([*KEYS, "lineage"])[[*KEYS, "lineage", "value"]]


def build_fact_claims(made: DataFrame) -> DataFrame:
    """Decisions of kind `fact` as claims: CLAIM_COLUMNS and `evidence`. Other kinds are left out."""
    facts = made[made["kind"] == "fact"] if len(made) else made
    if facts.empty:
        # A whole number also without rows: beside text, pandas would take the smallest authority of 132,000 claims in
        # Python, row group by row group (a fifth of all transforms).
        return DataFrame(columns=[*CLAIM_COLUMNS, "evidence"], dtype="str").astype({"authority": "int64"})
    parts = facts["subject"].str.extract(f"^{FACT_SUBJECT}$")
    return parts.assign(
        value=facts["verdict"],
        printed=facts["quote"],
        source_id=REVIEW_SOURCE,
        lineage=REVIEW_SOURCE,
        operator_id="-",
        basis="declared",
        authority=0,
        capture_id=DECISION_CAPTURE + facts["decision_id"],
        locator=facts["evidence"],
        provider_model_key=parts["subject_id"],
        observed_at=facts["made_on_as_of"],
        evidence=EVIDENCE,
    )[[*CLAIM_COLUMNS, "evidence"]]


def lift_capability_claims(facts: DataFrame, offers: DataFrame) -> DataFrame:
    """Facts of a release plus the capability claims on offers once more, as claims on their models.

    A provider's claim about its own offer has the authority of an aggregator there.
    """
    of_offers = facts[(facts["subject_kind"] == "offer") & facts["field"].str.startswith(CAPABILITY)]
    model_ids = of_offers["subject_id"].map(offers.set_index("offer_id")["model_id"])
    authority = of_offers["authority"].where(of_offers["authority"] > 0, OF_OFFER)
    lifted = of_offers.assign(subject_kind="model", subject_id=model_ids, authority=authority)
    return pd.concat([facts, lifted.dropna(subset="subject_id")], ignore_index=True)


def keep_known_subjects(decisions: DataFrame, model_ids: Series, offer_ids: Series) -> DataFrame:
    """Decisions without the facts about models and offers that no source names in this run."""
    if decisions.empty:
        return decisions
    parts = decisions["subject"].str.extract(f"^{FACT_SUBJECT}$")
    is_known = (parts["subject_kind"] == "model") & parts["subject_id"].isin(model_ids)
    is_known |= (parts["subject_kind"] == "offer") & parts["subject_id"].isin(offer_ids)
    return decisions[(decisions["kind"] != "fact") | is_known.fillna(False)]
