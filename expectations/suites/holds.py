"""Checklists of values that need a decision: holds and disagreements."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, info, is_in, only_where, rows_satisfy, warning
from llmpairs.expectations.suites.evidence import KEY, PUBLISHED, SUBJECT, subject_is_known
from llmpairs.warehouse.contracts.evidence import DISAGREEMENTS, HOLDS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS


def hold_subject_is_known(
    holds: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame, identities: pd.DataFrame
) -> pd.Series:
    """A hold is on a model, an offer or a key of the release."""
    keys = identities[list(KEY)].agg("|".join, axis=1)
    is_key = (holds["subject_kind"] == "identity") & is_in(holds["subject_id"], keys)
    return is_key | subject_is_known(holds, models, offers)


def held_alias_stays(holds: pd.DataFrame, identities: pd.DataFrame) -> pd.Series:
    """A held alias is published with the model in the hold."""
    keys = identities[list(KEY)].agg("|".join, axis=1)
    model_of = pd.Series(identities["model_id"].to_numpy(), index=keys)
    scope = (holds["subject_kind"] == "identity") & holds["state"].isin(["held", "rejected"])
    stays = holds["subject_id"].map(model_of) == holds["published_value"]
    return only_where(scope, stays.fillna(False))


def held_is_not_published(holds: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The candidate of an open or rejected hold on a price is not the published price."""
    scope = holds["state"].isin(["held", "rejected"]) & holds["field"].isin(PRICE_FIELDS)
    rows = holds[scope]
    published = offers.set_index("offer_id")[list(PRICE_FIELDS)].stack()
    keys = pd.MultiIndex.from_arrays([rows["subject_id"].astype("object"), rows["field"].astype("object")])
    stored = published.reindex(keys).set_axis(rows.index)
    # The candidate of a price that became null is its reason, not a number.
    candidate = pd.to_numeric(rows["candidate_value"], errors="coerce")
    return (stored != candidate).reindex(holds.index).astype("boolean")


def hold_is_recent(holds: pd.DataFrame) -> pd.Series:
    """A hold is open for at most seven runs."""
    return only_where(holds["state"] == "held", holds["nights"] <= 7)


def decided_has_reviewer(holds: pd.DataFrame) -> pd.Series:
    """A hold that was accepted or rejected names its reviewer."""
    return only_where(holds["state"].isin(["accepted", "rejected"]), holds["decided_by"].notna())


def ratio_is_at_most_two(disagreements: pd.DataFrame) -> pd.Series:
    """Sources differ at most twofold."""
    return only_where(disagreements["ratio"].notna(), disagreements["ratio"] <= 2)


def has_two_source_groups(disagreements: pd.DataFrame) -> pd.Series:
    """At least two independent source groups have a claim."""
    return disagreements["lineage_count"] >= 2


def is_decided(disagreements: pd.DataFrame) -> pd.Series:
    """A reviewer has decided."""
    return disagreements["state"] == "settled"


def settled_as_decided(disagreements: pd.DataFrame) -> pd.Series:
    """A settled disagreement publishes the decided value; no other disagreement has a decision."""
    is_settled = disagreements["state"] == "settled"
    same = (disagreements["decision"] == disagreements["chosen_value"]).fillna(False)
    return (is_settled & same & disagreements["decided_by"].notna()) | (~is_settled & disagreements["decision"].isna())


def changed_since_is_set_when_reopened(disagreements: pd.DataFrame) -> pd.Series:
    """Exactly the reopened disagreements have changed_since."""
    return (disagreements["state"] == "reopened") == disagreements["changed_since"].notna()


HOLDS_SUITE = Suite(
    name="holds",
    table="holds",
    key=HOLDS.key,
    rules=(
        *from_contract(HOLDS),
        critical(
            rows_satisfy(
                "the subject is in the release", hold_subject_is_known, holds=SUBJECT, identities=KEY, **PUBLISHED
            )
        ),
        critical(
            rows_satisfy(
                "a held alias keeps its published model",
                held_alias_stays,
                holds=(*SUBJECT, "state", "published_value"),
                identities=(*KEY, "model_id"),
            ),
            why="an alias that changes without review gives one model's price to another",
            check_id="Q29",
        ),
        critical(
            rows_satisfy(
                "a held price is not published",
                held_is_not_published,
                holds=("state", "field", "subject_id", "candidate_value"),
                offers=("offer_id", *PRICE_FIELDS),
            )
        ),
        critical(
            rows_satisfy("a decided hold names its reviewer", decided_has_reviewer, holds=("state", "decided_by"))
        ),
        warning(
            rows_satisfy("no hold stays open for more than seven runs", hold_is_recent, holds=("state", "nights")),
            why="old holds pile up; `llmpairs review list` lists them for a decision",
            check_id="Q62",
        ),
    ),
)

DISAGREEMENTS_SUITE = Suite(
    name="disagreements",
    table="disagreements",
    key=DISAGREEMENTS.key,
    rules=(
        *from_contract(DISAGREEMENTS),
        critical(
            rows_satisfy(
                "at least two independent source groups have a claim",
                has_two_source_groups,
                disagreements=("lineage_count",),
            ),
            why="sources that copy each other count as one",
            check_id="Q22",
        ),
        info(
            rows_satisfy("sources differ at most twofold", ratio_is_at_most_two, disagreements=("ratio",)),
            why="24 to 51 of 434 shared prices differ more (seen 2026-07-02)",
            check_id="Q21",
        ),
        critical(
            rows_satisfy(
                "a settled disagreement publishes what was decided",
                settled_as_decided,
                disagreements=("state", "decision", "decided_by", "chosen_value"),
            ),
            check_id="Q23",
        ),
        critical(
            rows_satisfy(
                "changed_since is set exactly for reopened disagreements",
                changed_since_is_set_when_reopened,
                disagreements=("state", "changed_since"),
            ),
            check_id="Q23",
        ),
        info(rows_satisfy("a reviewer has decided", is_decided, disagreements=("state",)), check_id="Q23"),
    ),
)

REVIEW_SUITES = (HOLDS_SUITE, DISAGREEMENTS_SUITE)
