"""Offers of providers, their prices and their price history."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    FIRST_SEEN_AT,
    INELIGIBLE_REASON,
    LAST_SEEN_AT,
    MTOK,
    NIGHTS_ABSENT,
    OFFER_ID,
    PROVIDER_ID,
    RETIRED_ON,
    count,
    day,
    enum,
    flag,
    number,
    price,
    strings,
    text,
    timestamp,
    tokens,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import (
    CAPABILITIES,
    HISTORY_MISSING_REASONS,
    OFFER_STATUSES,
    PRICE_FIELDS,
    PRICE_KINDS,
    PRICE_MISSING_REASONS,
    PROVIDER_KINDS,
    ROUTE_KINDS,
    SERVICE_TIERS,
    STATES,
)

NO_PRICE = "no usable price; see price_missing_reason"
NOT_STATED = "no source states it"
TIER = pa.struct(
    [
        pa.field("min_prompt_tokens", pa.int64(), nullable=False),
        pa.field("input_usd_per_mtok", pa.float64()),
        pa.field("output_usd_per_mtok", pa.float64()),
        pa.field("cache_read_usd_per_mtok", pa.float64()),
        pa.field("cache_write_usd_per_mtok", pa.float64()),
        pa.field("is_marginal", pa.bool_(), nullable=False),
    ]
)

PROVIDERS = Table(
    name="providers",
    grain="a company that serves models",
    key=("provider_id",),
    columns=(
        PROVIDER_ID,
        text("name", "Display name."),
        enum("kind", PROVIDER_KINDS, "Kind of provider: developer, host, cloud or aggregator."),
        text("developer_id", "Developer that owns this provider.", "belongs to no developer"),
        text("country", "ISO 3166 code of the country of the provider's seat.", "not on record"),
        count("offer_count", "Active offers."),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
    ),
)

OFFERS = Table(
    name="offers",
    grain="an offer of a model: provider, operator, key, route tag and service tier, reconciled over sources",
    key=("offer_id",),
    columns=(
        OFFER_ID.computed_from("provider_id", "operator_id", "provider_model_key", "route_tag", "service_tier"),
        text("model_id", "Canonical model: developer/name.", "the key is not resolved to a model").computed_from(
            "identities"
        ),
        PROVIDER_ID.computed_from("facts.listed_as", "providers.toml"),
        text(
            "operator_id", "Operator that runs the model; `unspecified` where an aggregator does not state it."
        ).computed_from("facts.listed_as", "providers.toml"),
        flag(
            "operator_known",
            "Whether the operator is named and no newcomer (`operator_runs`), or is the developer; prices of other "
            "offers decide nothing.",
        ).computed_from("operator_id", "operator_runs", "is_first_party"),
        count(
            "operator_runs",
            "Runs that listed the operator, at most seven; seven as well for one of the first release, or that a "
            "second independent source group names.",
            "the release was before this was counted",
        ).computed_from("operator_id", "facts.listed_as"),
        text("provider_model_key", "Name of the model in requests to the provider.").computed_from("facts.listed_as"),
        text(
            "route_tag", "Endpoint tag or priced region that distinguishes offers with the same key; '-' for none."
        ).computed_from("facts.listed_as"),
        enum(
            "route_kind", ROUTE_KINDS, "Direct offer, one endpoint of an aggregator, or an aggregator's list entry."
        ).computed_from("facts.listed_as"),
        flag("is_first_party", "Whether the model's developer is the provider.").computed_from(
            "model_id", "provider_id"
        ),
        flag(
            "is_list_offer",
            "Whether the price basis `list` uses the offer: the developer's own, eligible, of one currency and region.",
        ).computed_from("is_first_party", "eligible", "currency", "region", "providers.toml"),
        flag(
            "is_price_outlier",
            "Whether the blended price is below a third or above three times that of the model's named operators (the "
            "median of three or more, else the developer's own, else the higher of two), and no second one has matched "
            "it since the release before.",
        ).computed_from("blended_3to1_usd_per_mtok", "operator_known", "is_list_offer", "service_tier"),
        enum("service_tier", SERVICE_TIERS, "Service tier of the prices.").computed_from("facts.listed_as"),
        text("region", "Region as the source prints it.", NOT_STATED),
        text("quantization", "Number format of the weights of this offer.", NOT_STATED),
        tokens("context_tokens", "Context window of this offer.", NOT_STATED),
        tokens("max_output_tokens", "Max output tokens of this offer.", NOT_STATED),
        flag("trains_on_prompts", "Whether whoever serves the offer trains on its prompts.", NOT_STATED),
        flag("retains_prompts", "Whether whoever serves the offer keeps prompts after the answer.", NOT_STATED),
        flag("zero_retention", "Whether the offer can be used with zero data retention.", NOT_STATED),
        enum("price_kind", PRICE_KINDS, "Kind of pricing.").computed_from(
            "input_usd_per_mtok", "output_usd_per_mtok", "facts.listed_as", "providers.toml"
        ),
        price("input_usd_per_mtok", "List price of uncached text input.", NO_PRICE),
        price("output_usd_per_mtok", "List price of text output.", NO_PRICE),
        price("cache_read_usd_per_mtok", "List price of input read from the cache.", "no cache price is listed"),
        price("cache_write_usd_per_mtok", "List price of input written to the cache.", "no cache price is listed"),
        price(
            "blended_3to1_usd_per_mtok", "Blended list price: three parts input to one part output.", NO_PRICE
        ).computed_from("input_usd_per_mtok", "output_usd_per_mtok"),
        Column(
            name="price_tiers",
            type=pa.list_(TIER),
            about="Prices that apply from a prompt length on; to the whole request unless `is_marginal`.",
            unit=MTOK,
            null_means="one price for every prompt length",
        ),
        strings(
            "price_hours_utc",
            "Hours in which the prices apply, such as `mon-fri 10:00-24:00`; `not stated` where no source names them.",
            "the prices apply at all hours",
        ),
        text("currency", "ISO 4217 code of the printed price.", "no price is listed"),
        flag("held", "Whether a price of this run is held back; see `holds`.").computed_from("holds"),
        enum(
            "price_missing_reason", PRICE_MISSING_REASONS, "Reason for a missing price.", "both prices are known"
        ).computed_from("input_usd_per_mtok", "output_usd_per_mtok", "price_kind"),
        flag(
            "eligible",
            "Whether costs and statistics use the offer: active, standard tier, metered, both prices, at all hours, "
            "resolved.",
        ).computed_from("ineligible_reason"),
        INELIGIBLE_REASON.computed_from(
            "model_id",
            "offer_status",
            "service_tier",
            "price_kind",
            "price_missing_reason",
            "route_kind",
            "price_hours_utc",
        ),
        enum("offer_status", OFFER_STATUSES, "Whether the offer is sold, and still seen in its sources.").computed_from(
            "facts.status", "retire_on", "last_seen_at"
        ),
        number("uptime_percent", "Share of requests answered over the last day.", "percent", NOT_STATED).within(0, 100),
        number(
            "latency_ms", "Median time to the first token over the source's window.", "milliseconds", NOT_STATED
        ).within(0),
        number(
            "throughput_tokens_per_s", "Median output speed over the source's window.", "tokens per second", NOT_STATED
        ).within(0),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        NIGHTS_ABSENT,
        day("deprecated_on", "Date from which a source deprecates the offer.", NOT_STATED),
        day("retire_on", "Date on which the offer ends.", NOT_STATED),
        RETIRED_ON,
        text("price_source_id", "Source of the published price.", "no price is published").computed_from("facts"),
        text("price_capture_id", "Archived response of the published price.", "no price is published").computed_from(
            "facts"
        ),
        timestamp("price_observed_at", "Capture time of the published price.", "no price is published").computed_from(
            "facts"
        ),
    ),
    warnings=(
        "`aggregate` rows repeat the price of one of the endpoints: leave them out of statistics.",
        "A null price is unknown; 0 is published only for a stated free tier.",
    ),
)

OFFER_CAPABILITIES = Table(
    name="offer_capabilities",
    grain="a capability of an offer for which the offer or its model has a claim",
    key=("offer_id", "capability"),
    columns=(
        OFFER_ID,
        enum("capability", CAPABILITIES, "Capability."),
        enum("state", STATES, "State by claims on the offer itself."),
        enum("effective", STATES, "State of the offer, else that of its model."),
        flag("is_inherited", "Whether `effective` comes from the model."),
    ),
    warnings=("A capability that is not listed for an offer is unknown.",),
)

PRICE_HISTORY = Table(
    name="price_history",
    grain="one price field of one offer over a span of valid time, as known over a span of recorded time",
    key=("offer_id", "field", "valid_from", "known_from"),
    columns=(
        OFFER_ID,
        enum("field", PRICE_FIELDS, "Price field."),
        price("usd_per_mtok", "Price.", NO_PRICE),
        enum(
            "price_missing_reason",
            HISTORY_MISSING_REASONS,
            "Reason for a missing price over the span.",
            "a price applied",
        ),
        timestamp("valid_from", "Start of valid time: from when the price applied."),
        timestamp("valid_to", "End of valid time, exclusive.", "still applies"),
        timestamp("known_from", "Start of recorded time: as-of time of the first release with the row."),
        timestamp(
            "known_to", "End of recorded time: as-of time of the first release without the row.", "still current"
        ),
        enum(
            "reason",
            ("change", "correction"),
            "change: the price changed; correction: the row contradicts what an earlier release had for the same time.",
        ),
        enum(
            "valid_from_kind",
            ("declared", "first_seen", "left_censored"),
            "How the start is known: stated by the source or a reviewer, first seen then, or already there when the "
            "source was first captured.",
        ),
        text("source_id", "Source of the price.", "no source: a reviewer decided, or the offer was retired"),
        text("capture_id", "Archived response.", "no source: a reviewer decided, or the offer was retired"),
        text("decision_id", "Decision behind the row.", "no decision; the row comes from a source"),
    ),
    warnings=(
        "Current rows have a null `known_to`; without that filter superseded rows count as well.",
        "A span with a null price has a reason; it is not a price of 0.",
        "Where `source_id` changes from span to span, another source was chosen; the real price may be unchanged.",
    ),
)
