"""Checklists of values that need a decision: holds and disagreements."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, info, is_in, only_where, warning
from llmpairs.expectations.suites.evidence import KEY, SUBJECT, subject_is_known
from llmpairs.expectations.suites.offer_prices import published_prices
from llmpairs.warehouse.contracts.evidence import DISAGREEMENTS, HOLDS
from llmpairs.warehouse.vocabulary import PRICE_FIELDS


def join_key(identities: pd.DataFrame) -> pd.Series:
    """The subject of a hold on each key."""
    source, *rest = (identities[name] for name in KEY)
    subject: pd.Series = source.str.cat(rest, sep="|")
    return subject


def hold_subject_is_known(
    holds: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame, identities: pd.DataFrame
) -> pd.Series:
    """A hold is on a model, an offer or a key of the release."""
    is_key = (holds["subject_kind"] == "identity") & is_in(holds["subject_id"], join_key(identities))
    return is_key | subject_is_known(holds, models, offers)


def held_alias_stays(holds: pd.DataFrame, identities: pd.DataFrame) -> pd.Series:
    """A held alias is published with the model in the hold."""
    model_of = identities.set_index(join_key(identities))["model_id"]
    scope = (holds["subject_kind"] == "identity") & holds["state"].isin(["held", "rejected"])
    stays = holds["subject_id"].map(model_of) == holds["published_value"]
    return only_where(scope, stays.fillna(False))


def held_is_not_published(holds: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The candidate of an open or rejected hold on a price is not the published price."""
    scope = holds["state"].isin(["held", "rejected"]) & holds["field"].isin(PRICE_FIELDS)
    rows = holds[scope]
    stored = published_prices(offers, rows["subject_id"], rows["field"])
    # The candidate of a price that became null is its reason, not a number.
    candidate = pd.to_numeric(rows["candidate_value"], errors="coerce")
    return (stored != candidate).reindex(holds.index).astype("boolean")


def settled_as_decided(rows: pd.DataFrame) -> pd.Series:
    """A settled disagreement publishes the decided value; no other disagreement has a decision."""
    is_settled = rows["state"] == "settled"
    same = (rows["decision"] == rows["chosen_value"]).fillna(False)
    return (is_settled & same & rows["decided_by"].notna()) | (~is_settled & rows["decision"].isna())


HOLDS_SUITE = Suite(
    name="holds",
    table="holds",
    key=HOLDS.key,
    rules=(
        *from_contract(HOLDS),
        critical(
            "the subject is in the release",
            hold_subject_is_known,
            holds=SUBJECT,
            identities=KEY,
            models=("model_id",),
            offers=("offer_id",),
        ),
        critical(
            "a held alias keeps its published model",
            held_alias_stays,
            holds=(*SUBJECT, "state", "published_value"),
            identities=(*KEY, "model_id"),
            why="an alias that changes without review gives one model's price to another",
            check_id="Q29",
        ),
        critical(
            "a held price is not published",
            held_is_not_published,
            holds=("state", "field", "subject_id", "candidate_value"),
            offers=("offer_id", *PRICE_FIELDS),
        ),
        critical(
            "a decided hold names its reviewer",
            lambda holds: only_where(holds["state"].isin(["accepted", "rejected"]), holds["decided_by"].notna()),
            holds=("state", "decided_by"),
        ),
        warning(
            "no hold stays open for more than seven runs",
            lambda holds: only_where(holds["state"] == "held", holds["nights"] <= 7),
            holds=("state", "nights"),
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
            "at least two independent source groups have a claim",
            lambda rows: rows["lineage_count"] >= 2,
            rows=("lineage_count",),
            why="sources that copy each other count as one",
            check_id="Q22",
        ),
        info(
            "sources differ at most twofold",
            lambda rows: only_where(rows["ratio"].notna(), rows["ratio"] <= 2),
            rows=("ratio",),
            why="24 to 51 of 434 shared prices differ more (seen 2026-07-02)",
            check_id="Q21",
        ),
        critical(
            "a settled disagreement publishes what was decided",
            settled_as_decided,
            rows=("state", "decision", "decided_by", "chosen_value"),
            check_id="Q23",
        ),
        critical(
            "changed_since is set exactly for reopened disagreements",
            lambda rows: (rows["state"] == "reopened") == rows["changed_since"].notna(),
            rows=("state", "changed_since"),
            check_id="Q23",
        ),
        info("a reviewer has decided", lambda rows: rows["state"] == "settled", rows=("state",), check_id="Q23"),
    ),
)

REVIEW_SUITES = (HOLDS_SUITE, DISAGREEMENTS_SUITE)
