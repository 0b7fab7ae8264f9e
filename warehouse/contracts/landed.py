"""Landed items as frames: the mirror of `spiders/items.py`, before anything is converted or mapped."""

import pyarrow as pa

from llmpairs.warehouse.columns import SOURCE_ID, enum, flag, moment, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import ROUTE_KINDS, SERVICE_TIERS

NOT_SAID = "the source does not say"
NO_LIST = "the source has no list"
WORDS = pa.list_(pa.string())
URL = text("url", "Address that was asked for.")
CAPTURE = text("capture_id", "Archived response that the claim was read from.")
CAPTURED_AT = moment("captured_at", "When that response was received.")
LATE = flag("late", "Whether the capture is younger than the night it serves.")
LOCATOR = text("locator", "Place in the response.")
ROW = Column(
    name="row_id", type=pa.int64(), about="Number of the landed row within tonight's frames.", unit="number"
)
PROVENANCE = (ROW, SOURCE_ID, URL, CAPTURE, CAPTURED_AT, LATE, LOCATOR)


def said(name: str, about: str) -> Column:
    """Text in the source's own words."""
    return text(name, about, NOT_SAID)


def number(name: str, about: str, unit: str, type_: pa.DataType | None = None) -> Column:
    """A number as the source states it."""
    return Column(name=name, type=type_ or pa.int64(), about=about, unit=unit, null_means=NOT_SAID)


def words(name: str, about: str) -> Column:
    """An exhaustive list in the source's own words."""
    return Column(name=name, type=WORDS, about=about, null_means=NO_LIST)


LANDED_MODELS = Table(
    name="landed_models",
    grain="a ModelClaim",
    key=("row_id",),
    place="landed",
    columns=(
        *PROVENANCE,
        said("provider_key", "The source's name for the provider in whose list the model stands."),
        text("model_key", "The source's verbatim key of the model."),
        said("name", "Display name."),
        said("developer", "Who made the model."),
        said("family", "Family label."),
        said("task", "What the model is for."),
        said("released", "Release date as printed."),
        said("listed", "Date on which the source first listed the model."),
        said("knowledge_cutoff", "Knowledge cutoff as printed."),
        number("context_tokens", "Context window of the model itself.", "tokens"),
        number("unscaled_context_tokens", "Context before the positions were scaled.", "tokens"),
        number("max_output_tokens", "Most tokens one answer may have.", "tokens"),
        number("parameters_total", "Weights in all.", "parameters"),
        number("parameters_active", "Weights used for one token.", "parameters"),
        said("architecture", "dense, moe or the source's word."),
        said("license", "Licence as printed."),
        flag("open_weights", "Whether the weights can be downloaded.", NOT_SAID),
        said("hugging_face_id", "Repository of the weights."),
        said("canonical_slug", "A key that the source promises never to change."),
        said("alias_target", "The key that this floating alias points to."),
        said("base_model", "What the model was made from."),
        said("base_relation", "How it was made from that: finetune, quantized, adapter or merge."),
        words("input_modalities", "Accepted inputs."),
        words("output_modalities", "Outputs."),
        said("status", "Lifecycle word."),
        said("deprecated_on", "Date of deprecation."),
        said("retire_on", "Date of retirement."),
        said("successor", "The key that the source recommends in its place."),
        words("languages", "Languages."),
        said("quantization", "Number format of the published weights."),
    ),
)

LANDED_OFFERS = Table(
    name="landed_offers",
    grain="an OfferClaim",
    key=("row_id",),
    place="landed",
    columns=(
        *PROVENANCE,
        text("provider_key", "The source's name for the provider that bills."),
        text("model_key", "The source's verbatim key of the model at that provider."),
        said("operator_key", "The source's name for who runs the model."),
        text("route_tag", "What else tells routes of one key apart; '-' for nothing."),
        enum("route_kind", ROUTE_KINDS, "Direct, via an aggregator, or an aggregator's list entry."),
        enum("service_tier", SERVICE_TIERS, "Tier of service."),
        said("region", "Region as printed."),
        said("quantization", "Number format as printed."),
        number("context_tokens", "Context window on this route.", "tokens"),
        number("max_output_tokens", "Most tokens one answer may have on this route.", "tokens"),
        flag("is_free", "The source's own word that the route is free.", NOT_SAID),
        said("discount", "Share taken off the list price."),
        said("prices_since", "Day from which the prices apply."),
        words("input_modalities", "Accepted inputs."),
        words("output_modalities", "Outputs."),
        said("status", "Lifecycle or health word."),
        said("deprecated_on", "Date from which the source advises against the route."),
        said("retire_on", "Date on which the route ends."),
        number("uptime_percent", "Answered requests over the last day.", "percent", pa.float64()),
        number("latency_ms", "Median time to the first token.", "milliseconds", pa.float64()),
        number("throughput_tokens_per_s", "Median output speed.", "tokens per second", pa.float64()),
    ),
)

LANDED_PRICES = Table(
    name="landed_prices",
    grain="a PriceQuote of a landed offer",
    key=("row_id", "use", "min_prompt_tokens", "quote"),
    place="landed",
    columns=(
        ROW,
        text("use", "What is paid for."),
        Column(
            name="min_prompt_tokens",
            type=pa.int64(),
            about="Prompt length from which it applies.",
            unit="tokens",
        ),
        Column(name="quote", type=pa.int64(), about="Number of the quote within its offer.", unit="number"),
        text("amount", "The number as printed."),
        text("currency", "ISO 4217 code."),
        Column(name="per", type=pa.int64(), about="How many units the amount buys.", unit="units", minimum=1),
        text("unit", "token, or the source's word for another unit."),
    ),
)

LANDED_CAPABILITIES = Table(
    name="landed_capabilities",
    grain="a capability that a landed model or offer states",
    key=("item", "row_id", "capability"),
    place="landed",
    columns=(
        enum("item", ("model", "offer"), "Which landed frame `row_id` belongs to."),
        ROW,
        text("capability", "The spider's word for the source's flag."),
        flag("value", "True or false as stated."),
    ),
)

LANDED_SCORES = Table(
    name="landed_scores",
    grain="a ScoreClaim",
    key=("row_id",),
    place="landed",
    columns=(
        *PROVENANCE,
        text("model_key", "The source's verbatim name of the model."),
        text(
            "model_name",
            "The name without effort and setting.",
            "the verbatim name has no effort or setting in it",
        ),
        text("benchmark", "Benchmark as printed."),
        text("metric", "Metric as printed."),
        text("value", "The number as printed."),
        text("unit", "percent, fraction, elo, points, the source's word, or unstated."),
        said("version", "Version or date of the benchmark."),
        said("harness", "Harness or agent."),
        said("effort", "Reasoning effort or setting."),
        said("evaluator_class", "lab_claimed, third_party or community."),
        said("evaluated_on", "Date of the evaluation."),
        said("standard_error", "Standard error in the score's unit."),
        said("interval_low", "Lower end of the 95% interval in the score's unit."),
        said("interval_high", "Upper end of the 95% interval in the score's unit."),
    ),
)
