"""Monthly costs of the published workloads, by offer and by model."""

from llmpairs.warehouse.columns import INELIGIBLE_REASON, MODEL_ID, OFFER_ID, count, day, enum, flag, number, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import TEXT_KINDS

SCENARIO_ID = text("scenario_id", "Workload of `warehouse/contracts/scenarios.toml`.")
NO_COST = "no eligible offer; see state"
NO_BEST = "no eligible offer with a named operator whose price is no outlier"


def usd_per_month(name: str, about: str, null_means: str) -> Column:
    """A monthly cost, unrounded."""
    return number(name, about, "USD per month", null_means).within(0)


OFFER_SCENARIO_COSTS = Table(
    name="offer_scenario_costs",
    grain="the monthly cost of a workload on an offer",
    key=("offer_id", "scenario_id"),
    columns=(
        OFFER_ID,
        SCENARIO_ID,
        text("model_id", "Canonical model.", "the key is not resolved to a model"),
        usd_per_month(
            "cost_usd", "Monthly cost, with price tiers, cache and batch prices applied.", "a price is missing"
        ),
        flag("eligible", "Whether the offer meets the requirements of the workload."),
        INELIGIBLE_REASON,
        text("formula_version", "Version of the cost formula."),
    ),
)

MODEL_SCENARIO_COSTS = Table(
    name="model_scenario_costs",
    grain="the monthly cost of a workload on a model",
    key=("model_id", "scenario_id"),
    columns=(
        MODEL_ID,
        SCENARIO_ID,
        enum(
            "state",
            ("known", "aggregate_only", "unpriced", "not_eligible", "no_offers"),
            "Whether the cost is known, else the reason.",
        ),
        usd_per_month(
            "best_usd",
            "Basis `best`: cost on the cheapest eligible offer of a named operator, price outliers left out.",
            NO_BEST,
        ),
        text("best_offer_id", "The offer of `best_usd`.", NO_BEST),
        usd_per_month(
            "list_usd",
            "Basis `list`: median cost of the developer's eligible list offers; of eligible offers with a named "
            "operator where the developer sells none.",
            "no eligible offer with a named operator",
        ),
        text("list_offer_id", "The list offer of exactly that cost.", "no list offer has exactly that cost"),
        usd_per_month(
            "cheapest_usd", "Basis `any`: cost on the cheapest eligible offer, its operator named or not.", NO_COST
        ),
        text("cheapest_offer_id", "The cheapest eligible offer.", NO_COST),
        usd_per_month("cheapest_direct_usd", "Cost on the cheapest eligible direct offer.", "no eligible direct offer"),
        text("cheapest_direct_offer_id", "The cheapest eligible direct offer.", "no eligible direct offer"),
        usd_per_month(
            "median_usd", "Median cost over eligible offers; mean of the two middle ones for an even number.", NO_COST
        ),
        usd_per_month("dearest_usd", "Cost on the most expensive eligible offer.", NO_COST),
        text("dearest_offer_id", "The most expensive eligible offer.", NO_COST),
        count("eligible_offer_count", "Eligible offers."),
        count("offer_count", "Active offers."),
    ),
    warnings=(
        "Tokens that a model spends on reasoning are not counted.",
        "Compare `best_usd`; the operator of `cheapest_offer_id` may be unknown.",
    ),
)

TOKENIZER = text("tokenizer", "Tokenizer; `unknown` stands for every tokenizer that is not known.")
RATES_FILES = ("transforms/normalise/tokenizer_rates.csv",)
NOT_MEASURED = "the tokenizer is unknown"


def rate(name: str, about: str, null_means: str | None = None) -> Column:
    """Characters in a token."""
    return number(name, about, "characters per token", null_means).within(0.1, 20).computed_from(*RATES_FILES)


TOKENIZER_RATES = Table(
    name="tokenizer_rates",
    grain="characters per token of a tokenizer in one language, or in code",
    key=("tokenizer", "language"),
    columns=(
        TOKENIZER,
        enum("language", TEXT_KINDS, "ISO 639-1 code of the language, or `code`."),
        rate("chars_per_token", "Characters (Unicode code points) over tokens, of the measured text.", NOT_MEASURED),
        rate("chars_per_token_low", "The same as chars_per_token; the least of all tokenizers for the unknown one."),
        rate("chars_per_token_high", "The same as chars_per_token; the most of all tokenizers for the unknown one."),
        count("characters", "Characters of the measured text.", NOT_MEASURED, minimum=1),
        count("tokens", "Tokens of the measured text, without marks of start and end.", NOT_MEASURED, minimum=1),
        text("package", "Package that ships the vocabulary.", NOT_MEASURED),
        text("package_version", "Its version.", NOT_MEASURED),
        day("measured_on", "Day of the measurement.", NOT_MEASURED),
    ),
    warnings=(
        "Compare rates of one language: a ratio of two tokenizers carries over to other texts of mixed kinds within "
        "about 2%, a rate itself depends on the text.",
    ),
)

MODEL_TOKENIZERS = Table(
    name="model_tokenizers",
    grain="the tokenizer of a model that generates text",
    key=("model_id",),
    columns=(
        MODEL_ID,
        TOKENIZER,
        text("evidence", "Where its maker states it: a page, or a file of a package.", NOT_MEASURED),
    ),
)
