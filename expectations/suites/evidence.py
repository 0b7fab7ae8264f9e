"""Checklists of what a value rests on: identities, facts, holds, disagreements."""

import pandas as pd

from llmpairs.expectations.from_contract import from_contract
from llmpairs.expectations.rules import Suite, among, critical, info, known_in, only, that, warning
from llmpairs.warehouse.contracts.evidence import DISAGREEMENTS, FACTS, HOLDS, IDENTITIES
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

LEAST_CONFIDENCE = 0.95
ROUTE = ("source_id", "provider_id", "provider_model_key")
SUBJECT = ("subject_kind", "subject_id")


def is_resolved(identities: pd.DataFrame) -> pd.Series:
    """The key leads to a model."""
    return identities["model_id"].notna()


def joined_on_confidence(identities: pd.DataFrame) -> pd.Series:
    """What is joined has a confidence of at least 0.95."""
    # Single precision holds 0.95 as 0.949999988.
    return only(identities["model_id"].notna(), identities["confidence"] >= LEAST_CONFIDENCE - 1e-6)


def unresolved_says_why(identities: pd.DataFrame) -> pd.Series:
    """A reason stands beside every unresolved key, and beside no other."""
    return identities["model_id"].isna() == identities["reason"].notna()


def method_fits(identities: pd.DataFrame) -> pd.Series:
    """The method `unresolved` never leads to a model."""
    return only(identities["method"] == "unresolved", identities["model_id"].isna())


def one_rules_version(identities: pd.DataFrame) -> pd.Series:
    """All rows of tonight are of the version that most of them have."""
    listed = identities["nights_absent"] == 0
    versions = identities["rules_version"]
    return only(listed, versions == versions[listed].mode().reindex([0]).iloc[0])


def route_before(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """The model of the same key in the parent release."""
    before = parent_identities.set_index(list(ROUTE))["model_id"]
    keys = pd.MultiIndex.from_frame(identities[list(ROUTE)])
    return before.reindex(keys).set_axis(identities.index)


def pointer_stays(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """A floating alias leads to the model of the night before."""
    before = route_before(identities, parent_identities)
    scope = identities["is_pointer"] & before.notna()
    return only(scope, (identities["model_id"] == before).fillna(False))


def key_stays(identities: pd.DataFrame, parent_identities: pd.DataFrame) -> pd.Series:
    """A fixed key leads to the model of the night before."""
    before = route_before(identities, parent_identities)
    scope = ~identities["is_pointer"] & before.notna()
    return only(scope, (identities["model_id"] == before).fillna(False))


def subject_is_known(table: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The subject of the row is a model or an offer of the release."""
    is_model = (table["subject_kind"] == "model") & among(table["subject_id"], models["model_id"])
    return is_model | ((table["subject_kind"] == "offer") & among(table["subject_id"], offers["offer_id"]))


def fact_subject_is_known(facts: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A claim is about a model or an offer of the release."""
    return subject_is_known(facts, models, offers)


def hold_subject_is_known(
    holds: pd.DataFrame, models: pd.DataFrame, offers: pd.DataFrame, identities: pd.DataFrame
) -> pd.Series:
    """A hold is on a model, an offer or a key of the release."""
    keys = identities[list(ROUTE)].agg("|".join, axis=1)
    is_key = (holds["subject_kind"] == "identity") & among(holds["subject_id"], keys)
    return is_key | subject_is_known(holds, models, offers)


def held_alias_stays(holds: pd.DataFrame, identities: pd.DataFrame) -> pd.Series:
    """A held alias is published at the model that the hold says."""
    keys = identities[list(ROUTE)].agg("|".join, axis=1)
    leads = pd.Series(identities["model_id"].to_numpy(), index=keys)
    scope = (holds["subject_kind"] == "identity") & holds["state"].isin(["held", "rejected"])
    stays = holds["subject_id"].map(leads) == holds["published_value"]
    return only(scope, stays.fillna(False))


def default_is_not_chosen(facts: pd.DataFrame) -> pd.Series:
    """A filled blank is never published."""
    return only(facts["basis"] == "default", ~facts["is_chosen"].astype("boolean"))


def reason_fits_choice(facts: pd.DataFrame) -> pd.Series:
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
    """A published claim was read from an archived response."""
    return only(facts["is_chosen"], among(facts["capture_id"], captures["capture_id"]))


def price_is_the_claim(facts: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """A chosen price is published as the nearest double to what is printed, unless the offer is held."""
    scope = facts["is_chosen"].astype("boolean") & facts["field"].isin(PRICE_FIELDS)
    claims = facts.loc[scope, ["subject_id", "field", "value"]]
    free = offers[~offers["held"].astype("boolean")].set_index("offer_id")
    published = free[list(PRICE_FIELDS)].stack()
    keys = pd.MultiIndex.from_arrays(
        [claims["subject_id"].astype("object"), claims["field"].astype("object")]
    )
    stored = published.reindex(keys).set_axis(claims.index)
    agrees = only(stored.notna(), stored == claims["value"].astype("float64"))
    return agrees.reindex(facts.index)


def held_is_not_published(holds: pd.DataFrame, offers: pd.DataFrame) -> pd.Series:
    """The candidate of a hold on a price that waits or was rejected is not what the offer publishes."""
    scope = holds["state"].isin(["held", "rejected"]) & holds["field"].isin(PRICE_FIELDS)
    rows = holds[scope]
    published = offers.set_index("offer_id")[list(PRICE_FIELDS)].stack()
    keys = pd.MultiIndex.from_arrays([rows["subject_id"].astype("object"), rows["field"].astype("object")])
    stored = published.reindex(keys).set_axis(rows.index)
    # A candidate may be no number at all: a price that vanished is told by its reason.
    candidate = pd.to_numeric(rows["candidate_value"], errors="coerce")
    return (stored != candidate).reindex(holds.index).astype("boolean")


def hold_is_young(holds: pd.DataFrame) -> pd.Series:
    """An open hold is at most seven nights old."""
    return only(holds["state"] == "held", holds["nights"] <= 7)


def decided_has_name(holds: pd.DataFrame) -> pd.Series:
    """A hold that was accepted or rejected says by whom."""
    return only(holds["state"].isin(["accepted", "rejected"]), holds["decided_by"].notna())


def differs_within_double(disagreements: pd.DataFrame) -> pd.Series:
    """Sources differ at most twofold."""
    return only(disagreements["ratio"].notna(), disagreements["ratio"] <= 2)


def has_two_lineages(disagreements: pd.DataFrame) -> pd.Series:
    """At least two independent lineages speak."""
    return disagreements["lineage_count"] >= 2


def is_decided(disagreements: pd.DataFrame) -> pd.Series:
    """A reviewer's decision stands."""
    return disagreements["state"] == "settled"


def settled_as_decided(disagreements: pd.DataFrame) -> pd.Series:
    """A settled disagreement publishes the value decided for; no other has one."""
    is_settled = disagreements["state"] == "settled"
    same = (disagreements["decision"] == disagreements["chosen_value"]).fillna(False)
    return (is_settled & same & disagreements["decided_by"].notna()) | (
        ~is_settled & disagreements["decision"].isna()
    )


def reopened_says_why(disagreements: pd.DataFrame) -> pd.Series:
    """What is open again says what changed, and nothing else does."""
    return (disagreements["state"] == "reopened") == disagreements["changed_since"].notna()


PUBLISHED = {"models": ("model_id",), "offers": ("offer_id",)}
JOINED = ("model_id", "confidence", "method", "reason")

IDENTITIES_SUITE = Suite(
    name="identities",
    table="identities",
    key=IDENTITIES.key,
    rules=(
        *from_contract(IDENTITIES),
        critical(known_in("model_id", "models", "model_id")),
        critical(
            that("nothing is joined below a confidence of 0.95", joined_on_confidence, identities=JOINED),
            why="of 40 fuzzy joins that were read, 8 were right",
            check_id="Q27",
        ),
        critical(
            that("an unresolved key says why, and only that", unresolved_says_why, identities=JOINED),
            check_id="Q27",
        ),
        critical(that("the method unresolved leads to no model", method_fits, identities=JOINED)),
        warning(
            that(
                "one version of the rules decided",
                one_rules_version,
                identities=("rules_version", "nights_absent"),
            )
        ),
        warning(
            that(
                "no floating alias moved overnight",
                pointer_stays,
                identities=(*ROUTE, "model_id", "is_pointer"),
                parent_identities=(*ROUTE, "model_id"),
            ),
            why="deepseek-chat came to mean another model",
            check_id="Q29",
        ),
        info(
            that(
                "no fixed key moved overnight",
                key_stays,
                identities=(*ROUTE, "model_id", "is_pointer"),
                parent_identities=(*ROUTE, "model_id"),
            ),
            check_id="Q29",
        ),
        info(
            that("key is resolved", is_resolved, identities=("model_id",)),
            why="unresolved keys stand in no pair; `llmpairs review` lists them",
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
            known_in("source_id", "sources", "source_id"),
            why="a claim of a source that the night does not list has no terms, no lineage and no owner",
            check_id="Q02",
        ),
        critical(that("the subject is in the release", fact_subject_is_known, facts=SUBJECT, **PUBLISHED)),
        critical(
            that("a default is never published", default_is_not_chosen, facts=("basis", "is_chosen")),
            why="a filled blank is nobody's word",
            check_id="Q22",
        ),
        critical(that("the reason fits the choice", reason_fits_choice, facts=("reason", "is_chosen"))),
        critical(
            that("one claim of a field is published", chosen_once, facts=("subject_id", "field", "is_chosen"))
        ),
        critical(
            that(
                "a published claim leads to an archived response",
                chosen_is_archived,
                facts=("capture_id", "is_chosen"),
                captures=("capture_id",),
            ),
            why="twenty citations were seen to contradict their value",
            check_id="Q58",
        ),
        critical(
            that(
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

HOLDS_SUITE = Suite(
    name="holds",
    table="holds",
    key=HOLDS.key,
    rules=(
        *from_contract(HOLDS),
        critical(
            that(
                "the subject is in the release",
                hold_subject_is_known,
                holds=SUBJECT,
                identities=ROUTE,
                **PUBLISHED,
            )
        ),
        critical(
            that(
                "a held alias leads where it led",
                held_alias_stays,
                holds=(*SUBJECT, "state", "published_value"),
                identities=(*ROUTE, "model_id"),
            ),
            why="an alias that moved unseen gives one model's price to another",
            check_id="Q29",
        ),
        critical(
            that(
                "a held price is not published",
                held_is_not_published,
                holds=("state", "field", "subject_id", "candidate_value"),
                offers=("offer_id", *PRICE_FIELDS),
            )
        ),
        critical(that("a decision has a name", decided_has_name, holds=("state", "decided_by"))),
        warning(
            that("no hold is older than seven nights", hold_is_young, holds=("state", "nights")),
            why="a list of old holds only grows; `llmpairs inbox` asks for a decision",
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
            that("two lineages or more speak", has_two_lineages, disagreements=("lineage_count",)),
            why="sources that copy each other are one witness",
            check_id="Q22",
        ),
        info(
            that("sources differ at most twofold", differs_within_double, disagreements=("ratio",)),
            why="24 to 51 of 434 shared prices differ more (seen 2026-07-02)",
            check_id="Q21",
        ),
        critical(
            that(
                "a settled disagreement publishes what was decided",
                settled_as_decided,
                disagreements=("state", "decision", "decided_by", "chosen_value"),
            ),
            check_id="Q23",
        ),
        critical(
            that(
                "a disagreement that is open again says what changed",
                reopened_says_why,
                disagreements=("state", "changed_since"),
            ),
            check_id="Q23",
        ),
        info(that("a reviewer has decided", is_decided, disagreements=("state",)), check_id="Q23"),
    ),
)

EVIDENCE_SUITES = (IDENTITIES_SUITE, FACTS_SUITE, HOLDS_SUITE, DISAGREEMENTS_SUITE)
