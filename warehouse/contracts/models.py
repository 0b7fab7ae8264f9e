"""Canonical models: properties that do not depend on who sells them."""

from llmpairs.warehouse.columns import (
    CAPTURE_ID,
    FIRST_SEEN_AT,
    LAST_SEEN_AT,
    MODEL_ID,
    NIGHTS_ABSENT,
    RETIRED_ON,
    count,
    day,
    enum,
    flag,
    price,
    share,
    strings,
    text,
    timestamp,
    tokens,
)
from llmpairs.warehouse.contract import Table
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

MODELS = Table(
    name="models",
    grain="a canonical model",
    key=("model_id",),
    columns=(
        MODEL_ID.computed_from("identities"),
        text("slug", "Part of the address of the model's page; never changes.").computed_from("model_id"),
        text("display_name", "Display name; unique.").computed_from("identities", "facts.display_name"),
        text("developer_id", "Developer of the model.").computed_from("model_id"),
        text("family", "Model family of the developer.", NOT_STATED).computed_from("identities", "facts.family"),
        enum("kind", MODEL_KINDS, "Kind of model, by output and use.").computed_from(
            "model_id", "facts.task", "input_modalities", "output_modalities", "kinds.toml"
        ),
        flag(
            "is_text_generating", "Whether the model outputs text by chat or completion; only such models are in pairs."
        ).computed_from("kind", "facts.task", "output_modalities"),
        flag("is_live", "Whether the model is confirmed and has an offer that is not retired.").computed_from("offers"),
        day(
            "released_date", "Release date; the first day of the month or year where only that is known.", NOT_STATED
        ).landed_as("released"),
        enum("released_precision", ("day", "month", "year"), "Precision of `released_date`.", NOT_STATED).computed_from(
            "released_date"
        ),
        enum(
            "released_basis", ("declared", "derived"), "Whether a source states the release date.", NOT_STATED
        ).computed_from("released_date"),
        day("knowledge_cutoff_date", "Knowledge cutoff, first day of the stated month or year.", NOT_STATED).landed_as(
            "knowledge_cutoff"
        ),
        tokens("context_tokens", "Context window of the model itself; offers may have less.", NOT_STATED),
        tokens(
            "max_input_tokens",
            "Max prompt tokens, where a limit on the input is stated; at most the context window.",
            NOT_STATED,
        ),
        tokens(
            "unscaled_context_tokens",
            "Context window of the weights before position scaling to `context_tokens`.",
            "no position scaling, or no source states it",
        ),
        tokens("max_output_tokens", "Max output tokens.", NOT_STATED),
        count("parameters_total", "Total parameters.", NOT_STATED, unit="parameters", minimum=1),
        count("parameters_active", "Parameters active per token.", NOT_STATED, unit="parameters", minimum=1),
        enum("architecture", ("dense", "moe"), "Dense weights or a mixture of experts.", NOT_STATED),
        flag("is_open_weights", "Whether the weights can be downloaded.", NOT_STATED).landed_as("open_weights"),
        text("license_spdx", "SPDX identifier, or LicenseRef- with the licence's own name.", NOT_STATED).landed_as(
            "license"
        ),
        enum(
            "license_class",
            LICENSE_CLASSES,
            "Class of the licence by what it allows; proprietary: no weights are published.",
            NOT_STATED,
        ).computed_from("license_spdx", "licences.toml", "is_open_weights"),
        strings("input_modalities", "Input modalities, sorted.", NOT_STATED),
        strings("output_modalities", "Output modalities, sorted.", NOT_STATED),
        text("hugging_face_id", "Repository of the published weights.", "no source names one").computed_from(
            "identities", "facts.hugging_face_id"
        ),
        text("base_model_id", "Model that this one derives from.", "no known base model").computed_from("identities"),
        enum("relation_to_base", RELATIONS, "Relation to `base_model_id`.", "no known base model").computed_from(
            "base_model_id", "identities"
        ),
        enum("lifecycle", LIFECYCLES, "Whether the developer still offers the model.").computed_from(
            "facts.lifecycle", "deprecated_on", "retire_on", "nights_absent"
        ),
        day("deprecated_on", "Date from which the developer deprecates the model.", NOT_STATED),
        day("retire_on", "Date on which the developer retires the model.", NOT_STATED),
        RETIRED_ON,
        text("successor_model_id", "Replacement that the developer recommends.", NOT_STATED).computed_from(
            "facts.successor", "identities"
        ),
        enum(
            "identity_basis",
            IDENTITY_BASES,
            "Evidence for the identity of the model. `unconfirmed`: new, and one reseller alone names it; in no pair.",
        ).computed_from("identities"),
        count("offer_count", "Active offers of the model.").computed_from("offers"),
        count("operator_count", "Known operators that run an active offer of the model.").computed_from("offers"),
        price(
            "list_blended_usd_per_mtok",
            "Blended price on the basis `list`: median of the developer's list offers, else of named operators.",
            "no eligible offer with a named operator",
        ).computed_from("offers"),
        price(
            "best_blended_usd_per_mtok",
            "Blended price on the basis `best`: the cheapest eligible offer of a named operator, outliers left out.",
            "no eligible offer with a named operator",
        ).computed_from("offers"),
        share("completeness", "Share of the twelve fields needed for a comparison that are known.").computed_from(
            "facts", "model_capabilities", "offers"
        ),
        timestamp(
            "oldest_fact_at", "Capture time of the oldest published fact of the model.", "no fact is published"
        ).computed_from("facts"),
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
        enum("capability", CAPABILITIES, "Capability."),
        enum("state", STATES, "Whether the model has the capability; a no has evidence."),
        enum(
            "rule",
            (
                "first_party",
                "exhaustive_list",
                "declared_yes",
                "two_lineages",
                "several_operators",
                "before_introduction",
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
