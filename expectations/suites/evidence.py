"""Checklists of the evidence of values: identities and facts."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, critical, info, is_in, only_where, references, rows_satisfy, warning
from llmpairs.warehouse.contracts.evidence import FACTS, IDENTITIES
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

MIN_CONFIDENCE = 0.95
KEY = ("source_id", "provider_id", "provider_model_key")
SUBJECT = ("subject_kind", "subject_id")


def is_resolved(identities: pd.DataFrame) -> pd.Series:
    """The key is resolved to a model."""
    return identities["model_id"].notna()


def resolved_with_confidence(identities: pd.DataFrame) -> pd.Series:
    """A resolved key has a confidence of at least 0.95."""
    # Single precision holds 0.95 as 0.949999988.
    return only_where(identities["model_id"].notna(), identities["confidence"] >= MIN_CONFIDENCE - 1e-6)


def reason_is_set_when_unresolved(identities: pd.DataFrame) -> pd.Series:
    """Exactly the unresolved keys have a reason."""
    return identities["model_id"].isna() == identities["reason"].notna()


def unresolved_has_no_model(identities: pd.DataFrame) -> pd.Series:
    """The method `unresolved` has no model."""
    return only_where(identities["method"] == "unresolved", identities["model_id"].isna())


def one_rules_version(identities: pd.DataFrame) -> pd.Series:
    """All keys of the current run have the rules version of most of them."""
    current = identities["nights_absent"] == 0
    versions = identities["rules_version"]
    return only_where(current, versions == versions[current].mode().reindex([0]).iloc[0])


def parent_model(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """The model of the same key in the parent release."""
    before = parent_identities.set_index(list(KEY))["model_id"]
    keys = pd.MultiIndex.from_frame(identities[list(KEY)])
    return before.reindex(keys).set_axis(identities.index)


def pointer_stays(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """A floating alias keeps its model of the parent release."""
    before = parent_model(identities, parent_identities)
    scope = identities["is_pointer"] & before.notna()
    return only_where(scope, (identities["model_id"] == before).fillna(False))


def key_stays(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """A fixed key keeps its model of the parent release."""
    before = parent_model(identities, parent_identities)
    scope = ~identities["is_pointer"] & before.notna()
    return only_where(scope, (identities["model_id"] == before).fillna(False))


def subject_is_known(table: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The subject of the row is a model or an offer of the release."""
    is_model = (table["subject_kind"] == "model") & is_in(table["subject_id"], models["model_id"])
    return is_model | ((table["subject_kind"] == "offer") & is_in(table["subject_id"], offers["offer_id"]))


def fact_subject_is_known(facts: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A claim is about a model or an offer of the release."""
    return subject_is_known(facts, models, offers)


def default_is_not_chosen(facts: pd.DataFrame) -> pd.Series:
    """A default value is never published."""
    return only_where(facts["basis"] == "default", ~facts["is_chosen"].astype("boolean"))


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


def chosen_is_archived(facts: pd.DataFrame, captures: pd.DataFrame) -> pd.Series:
    """A published claim cites an archived response."""
    return only_where(facts["is_chosen"], is_in(facts["capture_id"], captures["capture_id"]))


def price_is_the_claim(facts: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A chosen price is published as the double nearest to the printed decimal, unless the offer is held."""
    scope = facts["is_chosen"].astype("boolean") & facts["field"].isin(PRICE_FIELDS)
    claims = facts.loc[scope, ["subject_id", "field", "value"]]
    not_held = offers[~offers["held"].astype("boolean")].set_index("offer_id")
    published = not_held[list(PRICE_FIELDS)].stack()
    keys = pd.MultiIndex.from_arrays([claims["subject_id"].astype("object"), claims["field"].astype("object")])
    stored = published.reindex(keys).set_axis(claims.index)
    agrees = only_where(stored.notna(), stored == claims["value"].astype("float64"))
    return agrees.reindex(facts.index)


PUBLISHED = {"models": ("model_id",), "offers": ("offer_id",)}
RESOLVED = ("model_id", "confidence", "method", "reason")

IDENTITIES_SUITE = Suite(
    name="identities",
    table="identities",
    key=IDENTITIES.key,
    rules=(
        *from_contract(IDENTITIES),
        critical(references("model_id", "models", "model_id")),
        critical(
            rows_satisfy(
                "no key is resolved below a confidence of 0.95", resolved_with_confidence, identities=RESOLVED
            ),
            why="of 40 fuzzy matches that were reviewed, 8 were right",
            check_id="Q27",
        ),
        critical(
            rows_satisfy(
                "reason is set exactly for unresolved keys", reason_is_set_when_unresolved, identities=RESOLVED
            ),
            check_id="Q27",
        ),
        critical(rows_satisfy("the method unresolved has no model", unresolved_has_no_model, identities=RESOLVED)),
        warning(
            rows_satisfy(
                "all current keys have one rules version",
                one_rules_version,
                identities=("rules_version", "nights_absent"),
            )
        ),
        warning(
            rows_satisfy(
                "no floating alias changed its model since the parent release",
                pointer_stays,
                identities=(*KEY, "model_id", "is_pointer"),
                parent_identities=(*KEY, "model_id"),
            ),
            why="deepseek-chat was redirected to another model",
            check_id="Q29",
        ),
        info(
            rows_satisfy(
                "no fixed key changed its model since the parent release",
                key_stays,
                identities=(*KEY, "model_id", "is_pointer"),
                parent_identities=(*KEY, "model_id"),
            ),
            check_id="Q29",
        ),
        info(
            rows_satisfy("key is resolved", is_resolved, identities=("model_id",)),
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
            references("source_id", "sources", "source_id"),
            why="a claim of a source that the run does not list has no terms, no source group and no owner",
            check_id="Q02",
        ),
        critical(rows_satisfy("the subject is in the release", fact_subject_is_known, facts=SUBJECT, **PUBLISHED)),
        critical(
            rows_satisfy("a default is never published", default_is_not_chosen, facts=("basis", "is_chosen")),
            why="no source states a default value",
            check_id="Q22",
        ),
        critical(rows_satisfy("reason matches is_chosen", reason_matches_choice, facts=("reason", "is_chosen"))),
        critical(
            rows_satisfy(
                "at most one claim of a field is published", chosen_once, facts=("subject_id", "field", "is_chosen")
            )
        ),
        critical(
            rows_satisfy(
                "a published claim cites an archived response",
                chosen_is_archived,
                facts=("capture_id", "is_chosen"),
                captures=("capture_id",),
            ),
            why="twenty citations were seen to contradict their value",
            check_id="Q58",
        ),
        critical(
            rows_satisfy(
                "a chosen price is published to the last digit",
                price_is_the_claim,
                facts=("subject_id", "field", "value", "is_chosen"),
                offers=("offer_id", "held", *PRICE_FIELDS),
            ),
            why="0.039 was shown as 0.04",
            check_id="Q52",
        ),
    ),
)

EVIDENCE_SUITES = (IDENTITIES_SUITE, FACTS_SUITE)
