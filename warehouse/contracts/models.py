"""Canonical models: what a model is, wherever it is sold."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    FIRST_SEEN_AT,
    LAST_SEEN_AT,
    MODEL_ID,
    NIGHTS_ABSENT,
    count,
    day,
    derived,
    enum,
    flag,
    moment,
    text,
    tokens,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import (
    CAPABILITIES,
    IDENTITY_BASES,
    LICENSE_CLASSES,
    LIFECYCLES,
    MODEL_KINDS,
    RELATIONS,
    STATES,
)

NOT_STATED = "no source states it"
MODALITIES = pa.list_(pa.string())

MODELS = Table(
    name="models",
    grain="a canonical model",
    key=("model_id",),
    columns=(
        derived(MODEL_ID, "identities"),
        derived(text("slug", "Address of the model's page; never changes."), "model_id"),
        derived(text("display_name", "Name to show; unique."), "identities", "facts.display_name"),
        derived(text("developer_id", "Who made the model."), "model_id"),
        derived(
            text("family", "Family within the developer's models.", NOT_STATED), "identities", "facts.family"
        ),
        derived(
            enum("kind", MODEL_KINDS, "What the model produces and for what use."),
            "model_id",
            "facts.task",
            "output_modalities",
            "kinds.toml",
        ),
        derived(
            flag("is_text_generating", "Text out by chat or completion; only these models stand in pairs."),
            "kind",
            "facts.task",
            "output_modalities",
        ),
        derived(flag("is_live", "Has an offer that is not retired."), "offers"),
        day(
            "released_date",
            "Release date; the first day of the month or year where only that is known.",
            NOT_STATED,
        ),
        derived(
            enum(
                "released_precision", ("day", "month", "year"), "How precise `released_date` is.", NOT_STATED
            ),
            "released_date",
        ),
        derived(
            enum(
                "released_basis",
                ("declared", "derived"),
                "Whether a source declares the release date.",
                NOT_STATED,
            ),
            "released_date",
        ),
        day("knowledge_cutoff_date", "Knowledge cutoff, first day of the stated month or year.", NOT_STATED),
        tokens("context_tokens", "Context window of the model itself; routes may offer less.", NOT_STATED),
        tokens(
            "unscaled_context_tokens",
            "Context that the weights were made for, before their positions were scaled to `context_tokens`.",
            "the positions are not scaled, or no source states it",
        ),
        tokens("max_output_tokens", "Most tokens that one answer may have.", NOT_STATED),
        count("parameters_total", "Weights in all.", NOT_STATED, unit="parameters", minimum=1),
        count("parameters_active", "Weights used for one token.", NOT_STATED, unit="parameters", minimum=1),
        enum("architecture", ("dense", "moe"), "Dense weights or a mixture of experts.", NOT_STATED),
        flag("is_open_weights", "Whether the weights can be downloaded.", NOT_STATED),
        text("license_spdx", "SPDX identifier, or LicenseRef- with the licence's own name.", NOT_STATED),
        derived(
            enum("license_class", LICENSE_CLASSES, "What the licence allows.", NOT_STATED),
            "license_spdx",
            "licences.toml",
        ),
        Column(
            name="input_modalities",
            type=MODALITIES,
            about="Inputs the model accepts, sorted.",
            null_means=NOT_STATED,
        ),
        Column(
            name="output_modalities",
            type=MODALITIES,
            about="Outputs of the model, sorted.",
            null_means=NOT_STATED,
        ),
        derived(
            text("hugging_face_id", "Repository of the published weights.", "no source names one"),
            "identities",
            "facts.hugging_face_id",
        ),
        derived(
            text("base_model_id", "The model that this one derives from.", "derives from none that is known"),
            "identities",
        ),
        derived(
            enum(
                "relation_to_base",
                RELATIONS,
                "How it relates to `base_model_id`.",
                "derives from none that is known",
            ),
            "base_model_id",
            "identities",
        ),
        derived(
            enum("lifecycle", LIFECYCLES, "Whether the developer still offers it."),
            "facts.lifecycle",
            "deprecated_on",
            "retire_on",
            "nights_absent",
        ),
        day("deprecated_on", "Day from which the developer advises against it.", NOT_STATED),
        day("retire_on", "Day on which the developer ends it.", NOT_STATED),
        derived(
            day(
                "retired_on",
                "Day from which it counts as retired: the stated one, or the seventh night on which its healthy "
                "sources no longer listed it.",
                "it is not retired",
            ),
            "retire_on",
            "nights_absent",
        ),
        derived(
            text("successor_model_id", "The model that the developer recommends in its place.", NOT_STATED),
            "facts.successor",
            "identities",
        ),
        derived(
            enum("identity_basis", IDENTITY_BASES, "What the identity of the model rests on."), "identities"
        ),
        derived(count("offer_count", "Offers of the model that are active."), "offers"),
        derived(count("operator_count", "Known operators that run an active offer of the model."), "offers"),
        derived(
            Column(
                name="completeness",
                type=pa.float32(),
                about="Share of the twelve fields a comparison needs that are established.",
                unit="share",
                minimum=0,
                maximum=1,
            ),
            "facts",
            "model_capabilities",
            "offers",
        ),
        derived(
            moment(
                "oldest_fact_at",
                "Capture time of the oldest published fact of the model.",
                "no fact is published",
            ),
            "facts",
        ),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        NIGHTS_ABSENT,
    ),
    warnings=("A null is unknown, never a no.", "Prices live in `offers`; a model has none of its own."),
)

MODEL_REDIRECTS = Table(
    name="model_redirects",
    grain="a former id and where it went",
    key=("old_model_id",),
    columns=(
        text("old_model_id", "Id that readers may still hold; its slug is the id with -- for /."),
        text("model_id", "Where it went."),
        text("reason", "Why the id changed."),
        moment("since", "First release in which the redirect stands."),
    ),
)

MODEL_CAPABILITIES = Table(
    name="model_capabilities",
    grain="a capability of a model",
    key=("model_id", "capability"),
    columns=(
        MODEL_ID,
        Column(
            name="capability",
            type=pa.dictionary(pa.int8(), pa.string()),
            about="What the model may be able to do.",
            values=CAPABILITIES,
        ),
        enum("state", STATES, "yes, no, or unknown; a no has evidence."),
        enum(
            "rule",
            (
                "first_party",
                "exhaustive_list",
                "declared_yes",
                "two_lineages",
                "derived",
                "conflict",
                "no_evidence",
                "held",
                "decision",
            ),
            "The rule that set the state; held: that of the last release stays until a conflict is decided.",
        ),
        count("witnesses_for", "Independent lineages that say yes."),
        count("witnesses_against", "Independent lineages whose word for no counts."),
        flag("is_disputed", "Whether lineages, or rows within one, contradict the published state."),
        text("fact_id", "The claim that the state rests on.", "state is unknown"),
        text("source_id", "Source of that claim.", "state is unknown"),
        text(CAPTURE_ID.name, CAPTURE_ID.about, "state is unknown"),
        moment("observed_at", "Capture time of that claim.", "state is unknown"),
    ),
)
