"""Checklists of the evidence of values: identities and facts."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import (
    Predicate,
    Suite,
    critical,
    info,
    is_in,
    look_up,
    only_where,
    references,
    warning,
)
from llmpairs.expectations.suites.offer_prices import published_prices
from llmpairs.warehouse.contracts.evidence import FACTS, IDENTITIES
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE, PRICE_FIELDS, REVIEW_SOURCE

MIN_CONFIDENCE = 0.95 - 1e-6
"""Single precision holds 0.95 as 0.949999988."""
KEY = ("source_id", "provider_id", "provider_model_key")
SUBJECT = ("subject_kind", "subject_id")


def keeps_model(is_pointer: bool) -> Predicate:
    """A floating alias, or a fixed key, keeps its model of the parent release."""

    def keeps(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
        before = look_up(parent_identities.set_index(list(KEY))["model_id"], identities[list(KEY)])
        scope = (identities["is_pointer"] == is_pointer) & before.notna()
        return only_where(scope, (identities["model_id"] == before).fillna(False))

    return keeps


def subject_is_known(rows: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The subject of the row is a model or an offer of the release."""
    is_model = (rows["subject_kind"] == "model") & is_in(rows["subject_id"], models["model_id"])
    return is_model | ((rows["subject_kind"] == "offer") & is_in(rows["subject_id"], offers["offer_id"]))


def reason_matches_choice(facts: pd.DataFrame) -> pd.Series:
    """A chosen claim is `chosen` or decided by a reviewer; no other claim is `chosen`."""
    reason = facts["reason"]
    chosen = facts["is_chosen"].astype("boolean")
    return (chosen & reason.isin(["chosen", "decision"])) | (~chosen & (reason != "chosen"))


def chosen_once(facts: pd.DataFrame) -> pd.Series:
    """At most one claim of a subject and field is published."""
    chosen = facts[facts["is_chosen"].astype("boolean")]
    once = ~chosen.duplicated(["subject_id", "field"], keep=False)
    return once.reindex(facts.index).astype("boolean")


def price_is_the_claim(facts: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A chosen price is published as the double nearest to the printed decimal, unless the offer is held."""
    scope = facts["is_chosen"].astype("boolean") & facts["field"].isin(PRICE_FIELDS)
    claims = facts.loc[scope, ["subject_id", "field", "value"]]
    stored = published_prices(offers[~offers["held"].astype("boolean")], claims["subject_id"], claims["field"])
    agrees = only_where(stored.notna(), stored == claims["value"].astype("float64"))
    return agrees.reindex(facts.index)


def is_reviewed(facts: pd.DataFrame) -> pd.Series:
    """A reviewer recorded the fact: its evidence is in a decision."""
    return (facts["source_id"] == REVIEW_SOURCE).astype("boolean")


def cites_evidence(facts: pd.DataFrame, captures: pd.DataFrame) -> pd.Series:
    """A chosen claim of a source cites an archived response, a fact of a reviewer its decision, and no other claim."""
    of_decision = facts["capture_id"].str.startswith(DECISION_CAPTURE).astype("boolean")
    archived = is_in(facts["capture_id"], captures["capture_id"]) & ~of_decision
    return only_where(facts["is_chosen"], archived.mask(is_reviewed(facts), of_decision))


RESOLVED = ("model_id", "confidence", "method", "reason")

IDENTITIES_SUITE = Suite(
    name="identities",
    table="identities",
    key=IDENTITIES.key,
    rules=(
        *from_contract(IDENTITIES),
        critical(references("model_id", "models", "model_id")),
        critical(
            "no key is resolved below a confidence of 0.95",
            lambda rows: only_where(rows["model_id"].notna(), rows["confidence"] >= MIN_CONFIDENCE),
            rows=RESOLVED,
            why="of 40 fuzzy matches that were reviewed, 8 were right",
            check_id="Q27",
        ),
        critical(
            "reason is set exactly for unresolved keys",
            lambda rows: rows["model_id"].isna() == rows["reason"].notna(),
            rows=RESOLVED,
            check_id="Q27",
        ),
        critical(
            "the method unresolved has no model",
            lambda rows: only_where(rows["method"] == "unresolved", rows["model_id"].isna()),
            rows=RESOLVED,
        ),
        warning(
            "all current keys have one rules version",
            lambda rows: only_where(
                rows["nights_absent"] == 0,
                rows["rules_version"] == rows["rules_version"][rows["nights_absent"] == 0].mode().reindex([0]).iloc[0],
            ),
            rows=("rules_version", "nights_absent"),
        ),
        warning(
            "no floating alias changed its model since the parent release",
            keeps_model(is_pointer=True),
            identities=(*KEY, "model_id", "is_pointer"),
            parent_identities=(*KEY, "model_id"),
            why="deepseek-chat was redirected to another model",
            check_id="Q29",
        ),
        info(
            "no fixed key changed its model since the parent release",
            keeps_model(is_pointer=False),
            identities=(*KEY, "model_id", "is_pointer"),
            parent_identities=(*KEY, "model_id"),
            check_id="Q29",
        ),
        info(
            "key is resolved",
            lambda rows: rows["model_id"].notna(),
            rows=("model_id",),
            why="unresolved keys are in no pair; `llmpairs review aliases` lists them",
            check_id="Q27",
        ),
    ),
)

FACTS_SUITE = Suite(
    name="facts",
    table="facts",
    key=FACTS.key,
    rules=(
        *from_contract(FACTS),
        warning(
            "source_id exists in sources",
            lambda facts, sources: is_reviewed(facts) | is_in(facts["source_id"], sources["source_id"]),
            facts=("source_id",),
            sources=("source_id",),
            why="a claim of a source that the run does not list has no terms, no source group and no owner",
            check_id="Q02",
        ),
        critical(
            "the subject is in the release", subject_is_known, rows=SUBJECT, models=("model_id",), offers=("offer_id",)
        ),
        critical(
            "a default is never published",
            lambda facts: only_where(facts["basis"] == "default", ~facts["is_chosen"].astype("boolean")),
            facts=("basis", "is_chosen"),
            why="no source states a default value",
            check_id="Q22",
        ),
        critical("reason matches is_chosen", reason_matches_choice, facts=("reason", "is_chosen")),
        critical("at most one claim of a field is published", chosen_once, facts=("subject_id", "field", "is_chosen")),
        critical(
            "a published claim cites an archived response",
            cites_evidence,
            facts=("source_id", "capture_id", "is_chosen"),
            captures=("capture_id",),
            why="twenty citations were seen to contradict their value",
            check_id="Q58",
        ),
        critical(
            "a chosen price is published to the last digit",
            price_is_the_claim,
            facts=("subject_id", "field", "value", "is_chosen"),
            offers=("offer_id", "held", *PRICE_FIELDS),
            why="0.039 was shown as 0.04",
            check_id="Q52",
        ),
    ),
)

EVIDENCE_SUITES = (IDENTITIES_SUITE, FACTS_SUITE)
