"""What a published workload costs, by offer and by model."""

import pyarrow as pa

from llmpairs.warehouse.columns import MODEL_ID, OFFER_ID, count, enum, flag, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import INELIGIBLE_REASONS

SCENARIO_ID = text("scenario_id", "Workload of `transforms/pairs/scenarios.toml`.")
NO_COST = "no eligible offer; see state"


def usd_per_month(name: str, about: str, null_means: str) -> Column:
    """A monthly cost, unrounded."""
    return Column(
        name=name, type=pa.float64(), about=about, unit="USD per month", null_means=null_means, minimum=0
    )


OFFER_SCENARIO_COSTS = Table(
    name="offer_scenario_costs",
    grain="the monthly cost of a workload on an offer",
    key=("offer_id", "scenario_id"),
    columns=(
        OFFER_ID,
        SCENARIO_ID,
        text("model_id", "Canonical model.", "the key is not resolved to a model"),
        usd_per_month("cost_usd", "Tiers, cache and batch prices applied.", "a price is missing"),
        flag("eligible", "Whether the offer may serve the workload."),
        enum("ineligible_reason", INELIGIBLE_REASONS, "First reason why not.", "the offer is eligible"),
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
            "Whether there is a cost, and why not.",
        ),
        usd_per_month("cheapest_usd", "Cheapest eligible route of any kind.", NO_COST),
        text("cheapest_offer_id", "That route.", NO_COST),
        usd_per_month("cheapest_direct_usd", "Cheapest eligible direct route.", "no eligible direct route"),
        text("cheapest_direct_offer_id", "That route.", "no eligible direct route"),
        usd_per_month("median_usd", "Median over eligible routes; mean of the two middle ones.", NO_COST),
        usd_per_month("dearest_usd", "Dearest eligible route.", NO_COST),
        text("dearest_offer_id", "That route.", NO_COST),
        count("eligible_offer_count", "Eligible routes."),
        count("offer_count", "Active routes."),
    ),
    warnings=("Tokens that a model spends on reasoning are not counted.",),
)
