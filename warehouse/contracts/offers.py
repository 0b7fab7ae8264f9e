"""What providers sell: routes, their prices and their history."""

import pyarrow as pa

from llmpairs.warehouse.columns import (
    FIRST_SEEN_AT,
    LAST_SEEN_AT,
    MTOK,
    NIGHTS_ABSENT,
    OFFER_ID,
    PROVIDER_ID,
    count,
    day,
    derived,
    enum,
    flag,
    moment,
    price,
    text,
    tokens,
)
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import (
    CAPABILITIES,
    HISTORY_MISSING_REASONS,
    INELIGIBLE_REASONS,
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
        text("name", "Name to show."),
        enum("kind", PROVIDER_KINDS, "Developer, host, cloud or aggregator."),
        text("developer_id", "The developer that this provider belongs to.", "belongs to no developer"),
        text("country", "ISO 3166 code of the seat.", "not on record"),
        count("offer_count", "Offers that are active."),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
    ),
)

OFFERS = Table(
    name="offers",
    grain="a route to a model: provider, operator, key, route tag and service tier, reconciled over sources",
    key=("offer_id",),
    columns=(
        derived(OFFER_ID, "provider_id", "operator_id", "provider_model_key", "route_tag", "service_tier"),
        derived(
            text("model_id", "Canonical model: developer/name.", "the key is not resolved to a model"),
            "identities",
        ),
        derived(PROVIDER_ID, "facts.listed_as", "providers.toml"),
        derived(
            text("operator_id", "Who runs the model; `unspecified` where an aggregator does not say."),
            "facts.listed_as",
            "providers.toml",
        ),
        derived(
            text("provider_model_key", "What the provider calls the model in requests."), "facts.listed_as"
        ),
        derived(
            text(
                "route_tag", "Endpoint tag or priced region that tells routes of one key apart; '-' for none."
            ),
            "facts.listed_as",
        ),
        derived(
            enum(
                "route_kind",
                ROUTE_KINDS,
                "Direct, one endpoint of an aggregator, or an aggregator's list entry.",
            ),
            "facts.listed_as",
        ),
        derived(flag("is_first_party", "The model's developer bills for it."), "model_id", "provider_id"),
        derived(
            enum("service_tier", SERVICE_TIERS, "Tier of service that the prices buy."), "facts.listed_as"
        ),
        text("region", "Region as the source prints it.", NOT_STATED),
        text("quantization", "Number format of the weights on this route.", NOT_STATED),
        tokens("context_tokens", "Context window on this route.", NOT_STATED),
        tokens("max_output_tokens", "Most tokens one answer may have on this route.", NOT_STATED),
        derived(
            enum("price_kind", PRICE_KINDS, "How the route is paid for."),
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "facts.listed_as",
            "providers.toml",
        ),
        price("input_usd_per_mtok", "List price of uncached text input.", NO_PRICE),
        price("output_usd_per_mtok", "List price of text output.", NO_PRICE),
        price(
            "cache_read_usd_per_mtok", "List price of input read from the cache.", "no cache price is listed"
        ),
        price(
            "cache_write_usd_per_mtok",
            "List price of input written to the cache.",
            "no cache price is listed",
        ),
        derived(
            price("blended_3to1_usd_per_mtok", "Three parts input to one part output.", NO_PRICE),
            "input_usd_per_mtok",
            "output_usd_per_mtok",
        ),
        Column(
            name="price_tiers",
            type=pa.list_(TIER),
            about="Prices that apply from a prompt length on, to the whole request unless marginal.",
            unit=MTOK,
            null_means="one price for every length",
        ),
        text("currency", "ISO 4217 code of the printed price.", "no price is listed"),
        derived(flag("held", "A price of tonight is held back; see `holds`."), "holds"),
        derived(
            enum(
                "price_missing_reason",
                PRICE_MISSING_REASONS,
                "Why there is no price.",
                "both prices are known",
            ),
            "input_usd_per_mtok",
            "output_usd_per_mtok",
            "price_kind",
        ),
        derived(
            flag(
                "eligible",
                "May stand in costs and statistics: active, standard tier, metered, both prices, resolved.",
            ),
            "ineligible_reason",
        ),
        derived(
            enum("ineligible_reason", INELIGIBLE_REASONS, "First reason why not.", "the offer is eligible"),
            "model_id",
            "offer_status",
            "service_tier",
            "price_kind",
            "price_missing_reason",
            "route_kind",
        ),
        derived(
            enum("offer_status", OFFER_STATUSES, "Whether the route is sold, and whether we still see it."),
            "facts.status",
            "retire_on",
            "last_seen_at",
        ),
        Column(
            name="uptime_percent",
            type=pa.float64(),
            about="Share of requests answered over the last day.",
            unit="percent",
            null_means=NOT_STATED,
            minimum=0,
            maximum=100,
        ),
        Column(
            name="latency_ms",
            type=pa.float64(),
            about="Median time to the first token over the source's window.",
            unit="milliseconds",
            null_means=NOT_STATED,
            minimum=0,
        ),
        Column(
            name="throughput_tokens_per_s",
            type=pa.float64(),
            about="Median output speed over the source's window.",
            unit="tokens per second",
            null_means=NOT_STATED,
            minimum=0,
        ),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
        NIGHTS_ABSENT,
        day("deprecated_on", "Day from which a source advises against the route.", NOT_STATED),
        day("retire_on", "Day on which the route ends.", NOT_STATED),
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
        derived(text("price_source_id", "Source of the published price.", "no price is published"), "facts"),
        derived(
            text("price_capture_id", "Archived response of the published price.", "no price is published"),
            "facts",
        ),
        derived(
            moment("price_observed_at", "Capture time of the published price.", "no price is published"),
            "facts",
        ),
    ),
    warnings=(
        "`aggregate` rows repeat the price of one of the endpoints: leave them out of statistics.",
        "A null price is unknown; 0 is published only for a stated free tier.",
    ),
)

OFFER_CAPABILITIES = Table(
    name="offer_capabilities",
    grain="a capability on a route that speaks of it, or whose model does",
    key=("offer_id", "capability"),
    columns=(
        OFFER_ID,
        Column(
            name="capability",
            type=pa.dictionary(pa.int8(), pa.string()),
            about="What the route may be able to do.",
            values=CAPABILITIES,
        ),
        enum("state", STATES, "What the route's own sources say."),
        enum("effective", STATES, "The route's own word, else the model's."),
        flag("is_inherited", "Whether `effective` comes from the model."),
    ),
    warnings=("A pair of offer and capability that is not listed is unknown.",),
)

PRICE_HISTORY = Table(
    name="price_history",
    grain="one price field of one offer over one span of time, as known over one span of time",
    key=("offer_id", "field", "valid_from", "known_from"),
    columns=(
        OFFER_ID,
        enum("field", PRICE_FIELDS, "Which price."),
        Column(
            name="usd_per_mtok",
            type=pa.float64(),
            about="The price.",
            unit=MTOK,
            null_means="no usable price; see price_missing_reason",
            minimum=0,
        ),
        enum(
            "price_missing_reason",
            HISTORY_MISSING_REASONS,
            "Why no price applied over the span.",
            "a price applied",
        ),
        moment("valid_from", "From when the price applied."),
        moment("valid_to", "Until when it applied, exclusive.", "still applies"),
        moment("known_from", "Release moment from which we said so."),
        moment("known_to", "Release moment from which we no longer said so.", "still what we say"),
        enum(
            "reason",
            ("change", "correction"),
            "change: the world moved on; correction: the row gainsays what an earlier release said of the same time.",
        ),
        enum(
            "valid_from_kind",
            ("declared", "first_seen", "left_censored"),
            "How the start is known: stated by the source or a reviewer, first seen then, or there already when the "
            "source was first looked at.",
        ),
        text(
            "source_id",
            "Source that said so.",
            "no source says so: a reviewer does, or the route was retired",
        ),
        text(
            "capture_id", "Archived response.", "no source says so: a reviewer does, or the route was retired"
        ),
        text("decision_id", "The reviewer's decision behind the row.", "nobody decided; a source says so"),
    ),
    warnings=(
        "What is known now has a null `known_to`; without that filter a superseded belief counts twice.",
        "A span that ends in a null price, with its reason, is no price of 0.",
        "A change of `source_id` from span to span is another witness, not always another price in the world.",
    ),
)
