"""Landed items as tables with the fields of `spiders/items.py`, before conversion and mapping."""

import pyarrow as pa

from llmpairs.warehouse.columns import SOURCE_ID, TEXT, count, enum, flag, number, strings, text, timestamp
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.vocabulary import ROUTE_KINDS, SERVICE_TIERS

NOT_STATED = "the source does not state it"
NO_LIST = "the source has no list"
URL = text("url", "Requested address.")
CAPTURE = text("capture_id", "Archived response that the claim was read from.")
CAPTURED_AT = timestamp("captured_at", "Time at which that response was received.")
LATE = flag("late", "Whether the capture is later than the as-of time of the run.")
LOCATOR = text("locator", "Position in the response.")
ROW = number("row_id", "Number of the landed row within the run.", "number", of=pa.int64())
PROVENANCE = (ROW, SOURCE_ID, URL, CAPTURE, CAPTURED_AT, LATE, LOCATOR)


def stated(name: str, about: str) -> Column:
    """Text as the source prints it."""
    return text(name, about, NOT_STATED)


def mirror_stated(table: Table) -> tuple[Column, ...]:
    """A landed column for each column of the table that sources state; dates and enumerations land as text."""
    return tuple(
        Column(
            name=column.printed_as or column.name,
            type=TEXT if pa.types.is_date(column.type) or column.values else column.type,
            about=f"Value of {table.name}.{column.name} as the source states it.",
            unit=column.unit if pa.types.is_int64(column.type) else None,
            null_means=NO_LIST if pa.types.is_list(column.type) else NOT_STATED,
        )
        for column in table.columns
        if not column.rests_on
    )


LANDED_MODELS = Table(
    name="landed_models",
    grain="a ModelClaim",
    key=("row_id",),
    storage="landed",
    columns=(
        *PROVENANCE,
        stated("provider_key", "Provider that lists the model, as the source names it."),
        text("model_key", "Key of the model, verbatim from the source."),
        stated("name", "Display name."),
        stated("developer", "Who made the model."),
        stated("family", "Family label."),
        stated("task", "Task of the model."),
        stated("listed", "Date on which the source first listed the model."),
        stated("hugging_face_id", "Repository of the weights."),
        stated("canonical_slug", "Key that the source documents as permanent."),
        stated("alias_target", "The key that this floating alias points to."),
        stated("base_model", "Base model."),
        stated("base_relation", "Relation to the base model: finetune, quantized, adapter or merge."),
        stated("status", "Lifecycle state as printed."),
        stated("successor", "Key of the recommended replacement."),
        strings("languages", "Languages.", NO_LIST),
        stated("quantization", "Number format of the published weights."),
        *mirror_stated(MODELS),
    ),
)

LANDED_OFFERS = Table(
    name="landed_offers",
    grain="an OfferClaim",
    key=("row_id",),
    storage="landed",
    columns=(
        *PROVENANCE,
        text("provider_key", "Provider that bills, as the source names it."),
        text("model_key", "Key of the model at that provider, verbatim from the source."),
        stated("operator_key", "Operator that runs the model, as the source names it."),
        text("route_tag", "Tag that distinguishes offers with the same key; '-' for none."),
        enum("route_kind", ROUTE_KINDS, "Direct offer, endpoint of an aggregator, or an aggregator's list entry."),
        enum("service_tier", SERVICE_TIERS, "Service tier."),
        stated("region", "Region as printed."),
        stated("quantization", "Number format as printed."),
        number("context_tokens", "Context window of this offer.", "tokens", NOT_STATED, of=pa.int64()),
        number("max_output_tokens", "Max output tokens of this offer.", "tokens", NOT_STATED, of=pa.int64()),
        strings("price_hours_utc", "Hours in which the prices apply.", "the prices apply at all hours"),
        flag("is_free", "Whether the source states that the offer is free.", NOT_STATED),
        flag("trains_on_prompts", "Whether whoever serves it trains on prompts.", NOT_STATED),
        flag("retains_prompts", "Whether prompts are kept after the answer.", NOT_STATED),
        flag("zero_retention", "Whether a request can be served with zero data retention.", NOT_STATED),
        stated("discount", "Discount as a share of the list price."),
        stated("prices_since", "Date from which the prices apply."),
        strings("input_modalities", "Input modalities.", NO_LIST),
        strings("output_modalities", "Output modalities.", NO_LIST),
        stated("status", "Lifecycle or health state as printed."),
        stated("deprecated_on", "Date of deprecation."),
        stated("retire_on", "Date on which the offer ends."),
        number("uptime_percent", "Share of requests answered over the last day.", "percent", NOT_STATED),
        number("latency_ms", "Median time to the first token.", "milliseconds", NOT_STATED),
        number("throughput_tokens_per_s", "Median output speed.", "tokens per second", NOT_STATED),
    ),
)

LANDED_PRICES = Table(
    name="landed_prices",
    grain="a PriceQuote of a landed offer",
    key=("row_id", "use", "min_prompt_tokens", "quote"),
    storage="landed",
    columns=(
        ROW,
        text("use", "What the price is for."),
        number("min_prompt_tokens", "Prompt length from which the price applies.", "tokens", of=pa.int64()),
        number("quote", "Number of the quote within its offer.", "number", of=pa.int64()),
        text("amount", "The number as printed."),
        text("currency", "ISO 4217 code."),
        count("per", "Number of units that the amount buys.", unit="units", minimum=1),
        text("unit", "token, or another unit as printed."),
    ),
)

LANDED_CAPABILITIES = Table(
    name="landed_capabilities",
    grain="a capability that a landed model or offer states",
    key=("item", "row_id", "capability"),
    storage="landed",
    columns=(
        enum("item", ("model", "offer"), "Landed table that `row_id` refers to."),
        ROW,
        text("capability", "Capability that the spider maps the source's flag to."),
        flag("value", "Stated value."),
    ),
)

LANDED_SCORES = Table(
    name="landed_scores",
    grain="a ScoreClaim",
    key=("row_id",),
    storage="landed",
    columns=(
        *PROVENANCE,
        text("model_key", "Name of the model, verbatim from the source."),
        text("model_name", "Name without effort and setting.", "the verbatim name contains no effort or setting"),
        text("benchmark", "Benchmark as printed."),
        text("metric", "Metric as printed."),
        text("value", "The number as printed."),
        text("unit", "percent, fraction, elo, points, another unit as printed, or unstated."),
        stated("version", "Version or date of the benchmark."),
        stated("harness", "Harness or agent."),
        stated("effort", "Reasoning effort or setting."),
        stated("evaluator_class", "lab_claimed, third_party or community."),
        stated("evaluated_on", "Date of the evaluation."),
        stated("standard_error", "Standard error in the score's unit."),
        stated("interval_low", "Lower end of the 95% interval in the score's unit."),
        stated("interval_high", "Upper end of the 95% interval in the score's unit."),
    ),
)
