"""Evidence behind published values: claims, disagreements, held values and identities."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    LINEAGE,
    NIGHTS_ABSENT,
    SOURCE_ID,
    count,
    enum,
    flag,
    number,
    share,
    strings,
    text,
    timestamp,
)
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.vocabulary import BASES

SUBJECT_KINDS = ("model", "offer")
SUBJECT_KIND = enum("subject_kind", SUBJECT_KINDS, "Kind of subject.")
SUBJECT_ID = text("subject_id", "model_id or offer_id.")
FIELD = text(
    "field", "Column of `models` or `offers`, a field that such a column is computed from, or `capability:<name>`."
)

FACTS = Table(
    name="facts",
    grain="one claim of one source about one field",
    key=("fact_id",),
    columns=(
        text("fact_id", "Digest of subject, field, source and position in the response."),
        SUBJECT_KIND,
        SUBJECT_ID,
        FIELD,
        text("value", "The claim in the field's unit, as text."),
        text("printed", "The claim as the source prints it."),
        SOURCE_ID,
        LINEAGE,
        enum("basis", BASES, "Whether the source states the value, computed it, or filled in a default."),
        number(
            "authority",
            "0 first party, 1 model card or live endpoint of the provider, 2 catalogue on the first party, "
            "3 catalogue, 4 aggregator.",
            "rank",
            of=pa.int8(),
        ).within(0),
        CAPTURE_ID,
        text("locator", "Position of the source's row in the archived response."),
        text("provider_model_key", "Key of the row, verbatim from the source."),
        timestamp("observed_at", "Capture time."),
        flag("is_chosen", "Whether this claim is published, or a published column is computed from it."),
        enum(
            "reason",
            (
                "chosen",
                "agrees",
                "lower_authority",
                "fewer_witnesses",
                "tie_breaker",
                "tied",
                "older",
                "not_declared",
                "default_never_published",
                "implausible",
                "held",
                "decision",
            ),
            "Why the claim is, or is not, the published value.",
        ),
        text(
            "doubt",
            "Id and name of the check that the claim fails; such a claim is published only by a decision.",
            "it fails no check",
        ),
    ),
    warnings=(
        "A fact that a reviewer recorded has the source `review`: `capture_id` names the decision, `locator` is the "
        "address of the evidence and `printed` the passage that states the value.",
    ),
)

DISAGREEMENTS = Table(
    name="disagreements",
    grain="a field on which independent source groups differ beyond the field's tolerance",
    key=("disagreement_id",),
    columns=(
        text("disagreement_id", "Digest of subject and field; the same in every run."),
        SUBJECT_KIND,
        SUBJECT_ID,
        FIELD,
        text("chosen_value", "Published value.", "nothing is published"),
        strings("claimed_values", "One entry per independent source group, 'lineage=value', sorted."),
        text(
            "cause",
            "Independent source group that stands alone against others that agree with each other, such as `litellm`; "
            "where no single one does, all groups, sorted and joined by '|'.",
            "a release from before disagreements were grouped",
        ),
        count("lineage_count", "Independent source groups with a claim."),
        number("ratio", "Largest claimed value over the smallest.", "ratio", "not a number").within(1),
        timestamp("first_seen_at", "As-of time of the first release with this disagreement."),
        enum(
            "state",
            ("open", "settled", "reopened"),
            "Whether a decision applies; it applies until one of the values that it was based on changes.",
        ),
        text("decision", "Value chosen by the decision, which is published.", "no decision applies"),
        text("decided_by", "Reviewer of the last decision.", "no decision was made"),
        text(
            "changed_since",
            "Values that changed since the decision, as 'lineage=value, was value'.",
            "no decision was made, or no value changed since",
        ),
        count("pairs_affected", "Pairs that contain the subject's model."),
    ),
)

HOLDS = Table(
    name="holds",
    grain="a suspicious value: held back, or released in this run by a rule or a reviewer",
    key=("hold_id",),
    columns=(
        text("hold_id", "Digest of subject, field and rule; the same in every run."),
        enum("subject_kind", (*SUBJECT_KINDS, "identity"), "Kind of subject."),
        text("subject_id", "model_id or offer_id; for an identity: source, provider and key, joined by '|'."),
        text("field", f"{FIELD.about} For an identity: `model_id`, the model that the source maps the key to."),
        text(
            "published_value",
            "Published value: the last known good one, or the candidate once it is released.",
            "none; null is published",
        ),
        text("candidate_value", "Value in this run; for a missing price the reason."),
        text("rule", "Id and name of the check that holds the value."),
        timestamp("since", "As-of time of the first release that held the value."),
        count("nights", "Runs in which the value was held, this one included.", unit="runs"),
        count(
            "nights_seen",
            "Runs in which the source was captured with the value; runs without the source do not count.",
            unit="runs",
        ),
        text("incident", "Incident id: holds of one incident have a common cause and take one decision."),
        count("pairs_affected", "Pairs that contain the subject's model."),
        enum(
            "state",
            ("held", "released", "accepted", "rejected"),
            "Held and rejected values are not published; released and accepted ones are published from this run on.",
        ),
        text("decided_by", "Reviewer who decided.", "no decision was made"),
        SOURCE_ID,
        CAPTURE_ID,
    ),
)

IDENTITIES = Table(
    name="identities",
    grain="a source's key and the model that it resolves to",
    key=("source_id", "provider_id", "provider_model_key"),
    columns=(
        SOURCE_ID,
        text("provider_id", "Canonical provider of the row; '-' for model cards and scores.").or_none_as("-"),
        text("provider_model_key", "Key of the model, verbatim from the source."),
        text("model_id", "Canonical model.", "unresolved; the row is in no pair"),
        enum(
            "method",
            (
                "decision",
                "alias",
                "hugging_face_id",
                "canonical_slug",
                "first_party",
                "axes",
                "own_model",
                "router",
                "unresolved",
            ),
            "Resolution rule that applied.",
        ),
        share("confidence", "Confidence of the rule; keys below 0.95 are not joined to a model."),
        flag("is_pointer", "Whether the key is a floating alias that points to this model in this run."),
        text(
            "evidence",
            "Statement of the source that resolved the key, as 'hugging_face_id=...', 'alias_target=...', "
            "'canonical_slug=...' or 'display_name=...'.",
            "the key was resolved by its spelling or by a reviewer, or is unresolved",
        ),
        text("vetoes", "Attributes on which the key contradicts the nearest candidate.", "no contradiction"),
        text("reason", "Why the key is unresolved.", "it is resolved"),
        text("axes", "Attributes parsed from the key.", "the key could not be parsed"),
        text(
            "nearest",
            "Nearest models by spelling, as a suggestion for reviewers; not used by any rule.",
            "it is resolved",
        ),
        text("rules_version", "Version of the identity rules."),
        NIGHTS_ABSENT,
    ),
    warnings=("Keys that no source lists in this run keep their model: filter `nights_absent` = 0 to leave them out.",),
)
