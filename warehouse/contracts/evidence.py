"""Claims, contradictions, held values and identities: why a published value is what it is."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    LINEAGE,
    NIGHTS_ABSENT,
    SOURCE_ID,
    count,
    enum,
    flag,
    moment,
    text,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import BASES

SUBJECT_KINDS = ("model", "offer")
SUBJECT_KIND = enum("subject_kind", SUBJECT_KINDS, "What the claim is about.")
SUBJECT_ID = text("subject_id", "model_id or offer_id.")
FIELD = text(
    "field",
    "Column of `models` or `offers`, a word that such a column rests on, or `capability:<name>`.",
)

FACTS = Table(
    name="facts",
    grain="one claim of one source about one field",
    key=("fact_id",),
    columns=(
        text("fact_id", "Digest of subject, field, source and place in the response."),
        SUBJECT_KIND,
        SUBJECT_ID,
        FIELD,
        text("value", "The claim in the field's unit, as text."),
        text("printed", "The claim as the source prints it."),
        SOURCE_ID,
        LINEAGE,
        enum("basis", BASES, "Whether the source says it, computed it, or filled a blank."),
        Column(
            name="authority",
            type=pa.int8(),
            about="0 first party, 1 card, 2 catalogue on the first party, 3 catalogue, 4 aggregator.",
            unit="rank",
            minimum=0,
        ),
        CAPTURE_ID,
        text("locator", "Place in the archived response, the source's own row."),
        text("provider_model_key", "The source's verbatim key of the row."),
        moment("observed_at", "Capture time."),
        flag("is_chosen", "Whether this claim is published, or is the one that a published column rests on."),
        enum(
            "reason",
            (
                "chosen",
                "agrees",
                "lower_authority",
                "fewer_witnesses",
                "older",
                "not_declared",
                "default_never_published",
                "implausible",
                "held",
                "decision",
            ),
            "Why it is, or is not, the published value.",
        ),
        text(
            "doubt",
            "The check that the claim fails, by its id and name; such a claim is published on a decision only.",
            "it fails none",
        ),
    ),
)

DISAGREEMENTS = Table(
    name="disagreements",
    grain="a field on which independent lineages differ beyond the field's tolerance",
    key=("disagreement_id",),
    columns=(
        text("disagreement_id", "Digest of subject and field; stable from night to night."),
        SUBJECT_KIND,
        SUBJECT_ID,
        FIELD,
        text("chosen_value", "What is published.", "nothing is published"),
        Column(
            name="claimed_values",
            type=pa.list_(pa.string()),
            about="One entry per lineage, 'lineage=value', sorted.",
        ),
        count("lineage_count", "Independent lineages that speak."),
        Column(
            name="ratio",
            type=pa.float64(),
            about="Largest over smallest claim.",
            unit="ratio",
            null_means="not a number",
            minimum=1,
        ),
        moment("first_seen_at", "Moment of the first release with this disagreement."),
        enum(
            "state",
            ("open", "settled", "reopened"),
            "Whether a decision stands; it does until a value that it was made on changes.",
        ),
        text("decision", "The value decided for, which is published.", "no decision stands"),
        text("decided_by", "Who decided last.", "nobody has decided"),
        text(
            "changed_since",
            "What changed since the decision, as 'lineage=value, was value'.",
            "no decision was made, or nothing has changed since",
        ),
        count("pairs_affected", "Pairs of the subject's model."),
    ),
)

HOLDS = Table(
    name="holds",
    grain="a suspicious value: held back, or let go tonight by a rule or a reviewer",
    key=("hold_id",),
    columns=(
        text("hold_id", "Digest of subject, field and rule; stable from night to night."),
        enum("subject_kind", (*SUBJECT_KINDS, "identity"), "What the value is of."),
        text("subject_id", "model_id or offer_id; of an identity source, provider and key, joined by '|'."),
        text("field", f"{FIELD.about} Of an identity: `model_id`, where its source leads the key."),
        text(
            "published_value",
            "What is published: the last good value, or the candidate once it is let go.",
            "there is none; null is published",
        ),
        text("candidate_value", "What the source says tonight; for a missing price the reason."),
        text("rule", "The check that holds it, by its id and name."),
        moment("since", "Moment of the first release that held it."),
        count("nights", "Nights it has been held, this one included.", unit="nights"),
        count(
            "nights_seen",
            "Nights on which the source printed it anew; a night without the source is none.",
            unit="nights",
        ),
        text("incident", "Holds with one incident arose together and take one decision."),
        count("pairs_affected", "Pairs of the subject's model."),
        enum(
            "state",
            ("held", "released", "accepted", "rejected"),
            "held and rejected values are not published; released and accepted ones are, from tonight.",
        ),
        text("decided_by", "Who decided.", "nobody yet"),
        SOURCE_ID,
        CAPTURE_ID,
    ),
)

IDENTITIES = Table(
    name="identities",
    grain="a source's key and the model it leads to",
    key=("source_id", "provider_id", "provider_model_key"),
    columns=(
        SOURCE_ID,
        text("provider_id", "Canonical provider of the row; '-' for cards and scores."),
        text("provider_model_key", "The source's verbatim key."),
        text("model_id", "Canonical model.", "unresolved; the row stands in no pair"),
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
            "The rule that decided.",
        ),
        Column(
            name="confidence",
            type=pa.float32(),
            about="Trust in the rule; below 0.95 nothing is joined.",
            unit="share",
            minimum=0,
            maximum=1,
        ),
        flag("is_pointer", "A floating alias that points to this model on this night."),
        text(
            "evidence",
            "What the source states that led the key to its model, as 'hugging_face_id=...', 'alias_target=...', "
            "'canonical_slug=...' or 'display_name=...'.",
            "the key's own spelling did, a reviewer, or it is unresolved",
        ),
        text("vetoes", "Axes that differ from the nearest candidate.", "nothing was vetoed"),
        text("reason", "Why it is unresolved.", "it is resolved"),
        text("axes", "What the key was parsed into.", "the key could not be parsed"),
        text("nearest", "Nearest models by spelling, for a reviewer; decides nothing.", "it is resolved"),
        text("rules_version", "Version of the identity rules."),
        NIGHTS_ABSENT,
    ),
    warnings=(
        "Keys that no source lists tonight stay with the model that they led to: `nights_absent` = 0 leaves them out.",
    ),
)
