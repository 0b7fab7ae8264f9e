"""Canonical models: properties that do not depend on who sells them."""

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
    printed_as,
    text,
    timestamp,
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
        derived(text("slug", "Part of the address of the model's page; never changes."), "model_id"),
        derived(text("display_name", "Display name; unique."), "identities", "facts.display_name"),
        derived(text("developer_id", "Developer of the model."), "model_id"),
        derived(text("family", "Model family of the developer.", NOT_STATED), "identities", "facts.family"),
        derived(
            enum("kind", MODEL_KINDS, "Kind of model, by output and use."),
            "model_id",
            "facts.task",
            "output_modalities",
            "kinds.toml",
        ),
        derived(
            flag(
                "is_text_generating",
                "Whether the model outputs text by chat or completion; only such models are in pairs.",
            ),
            "kind",
            "facts.task",
            "output_modalities",
        ),
        derived(flag("is_live", "Whether the model has an offer that is not retired."), "offers"),
        printed_as(
            "released",
            day(
                "released_date",
                "Release date; the first day of the month or year where only that is known.",
                NOT_STATED,
            ),
        ),
        derived(
            enum("released_precision", ("day", "month", "year"), "Precision of `released_date`.", NOT_STATED),
            "released_date",
        ),
        derived(
            enum("released_basis", ("declared", "derived"), "Whether a source states the release date.", NOT_STATED),
            "released_date",
        ),
        printed_as(
            "knowledge_cutoff",
            day("knowledge_cutoff_date", "Knowledge cutoff, first day of the stated month or year.", NOT_STATED),
        ),
        tokens("context_tokens", "Context window of the model itself; offers may have less.", NOT_STATED),
        tokens(
            "unscaled_context_tokens",
            "Context window of the weights before position scaling to `context_tokens`.",
            "no position scaling, or no source states it",
        ),
        tokens("max_output_tokens", "Max output tokens.", NOT_STATED),
        count("parameters_total", "Total parameters.", NOT_STATED, unit="parameters", minimum=1),
        count("parameters_active", "Parameters active per token.", NOT_STATED, unit="parameters", minimum=1),
        enum("architecture", ("dense", "moe"), "Dense weights or a mixture of experts.", NOT_STATED),
        printed_as("open_weights", flag("is_open_weights", "Whether the weights can be downloaded.", NOT_STATED)),
        printed_as(
            "license", text("license_spdx", "SPDX identifier, or LicenseRef- with the licence's own name.", NOT_STATED)
        ),
        derived(
            enum("license_class", LICENSE_CLASSES, "Class of the licence by what it allows.", NOT_STATED),
            "license_spdx",
            "licences.toml",
        ),
        Column(name="input_modalities", type=MODALITIES, about="Input modalities, sorted.", null_means=NOT_STATED),
        Column(name="output_modalities", type=MODALITIES, about="Output modalities, sorted.", null_means=NOT_STATED),
        derived(
            text("hugging_face_id", "Repository of the published weights.", "no source names one"),
            "identities",
            "facts.hugging_face_id",
        ),
        derived(text("base_model_id", "Model that this one derives from.", "no known base model"), "identities"),
        derived(
            enum("relation_to_base", RELATIONS, "Relation to `base_model_id`.", "no known base model"),
            "base_model_id",
            "identities",
        ),
        derived(
            enum("lifecycle", LIFECYCLES, "Whether the developer still offers the model."),
            "facts.lifecycle",
            "deprecated_on",
            "retire_on",
            "nights_absent",
        ),
        day("deprecated_on", "Date from which the developer deprecates the model.", NOT_STATED),
        day("retire_on", "Date on which the developer retires the model.", NOT_STATED),
        derived(
            day(
                "retired_on",
                "Date from which it counts as retired: the stated one, or that of the seventh consecutive run in which "
                "healthy sources no longer listed it.",
                "it is not retired",
            ),
            "retire_on",
            "nights_absent",
        ),
        derived(
            text("successor_model_id", "Replacement that the developer recommends.", NOT_STATED),
            "facts.successor",
            "identities",
        ),
        derived(enum("identity_basis", IDENTITY_BASES, "Evidence for the identity of the model."), "identities"),
        derived(count("offer_count", "Active offers of the model."), "offers"),
        derived(count("operator_count", "Known operators that run an active offer of the model."), "offers"),
        derived(
            Column(
                name="completeness",
                type=pa.float32(),
                about="Share of the twelve fields needed for a comparison that are known.",
                unit="share",
                minimum=0,
                maximum=1,
            ),
            "facts",
            "model_capabilities",
            "offers",
        ),
        derived(
            timestamp(
                "oldest_fact_at", "Capture time of the oldest published fact of the model.", "no fact is published"
            ),
            "facts",
        ),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        NIGHTS_ABSENT,
    ),
    warnings=("A null is unknown, never a no.", "Prices are in `offers`; a model has none of its own."),
)

MODEL_REDIRECTS = Table(
    name="model_redirects",
    grain="a former model id and the id that replaced it",
    key=("old_model_id",),
    columns=(
        text("old_model_id", "Former id, which may still be in use elsewhere; its slug is the id with -- for /."),
        text("model_id", "Present id."),
        text("reason", "Why the id changed."),
        timestamp("since", "As-of time of the first release with the redirect."),
    ),
)

MODEL_CAPABILITIES = Table(
    name="model_capabilities",
    grain="a capability of a model",
    key=("model_id", "capability"),
    columns=(
        MODEL_ID,
        Column(name="capability", type=pa.dictionary(pa.int8(), pa.string()), about="Capability.", values=CAPABILITIES),
        enum("state", STATES, "Whether the model has the capability; a no has evidence."),
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
            "Rule that set the state; held: the state of the last release is kept until a conflict is decided.",
        ),
        count("witnesses_for", "Independent source groups that state yes."),
        count("witnesses_against", "Independent source groups whose no counts."),
        flag("is_disputed", "Whether source groups, or rows within one, contradict the published state."),
        text("fact_id", "Claim behind the state.", "state is unknown"),
        text("source_id", "Source of that claim.", "state is unknown"),
        text(CAPTURE_ID.name, CAPTURE_ID.about, "state is unknown"),
        timestamp("observed_at", "Capture time of that claim.", "state is unknown"),
    ),
)
