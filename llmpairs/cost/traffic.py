"""Cost of any traffic on a model: typed access to the SQL macro `cost_of`."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from llmpairs.warehouse.query import fetch_typed

if TYPE_CHECKING:
    import duckdb

Basis = Literal["list", "best", "any"]
BASES: tuple[Basis, ...] = ("list", "best", "any")
COST_OF = """
    SELECT * FROM cost_of(
        $model, $requests, $input_tokens, $output_tokens, cached_share := $cached_share,
        cache_write_share := $cache_write_share, batch_share := $batch_share, must_have := $must_have::VARCHAR[],
        context_at_least := $context_at_least::BIGINT
    )
"""
CHEAPEST = """
    SELECT offer_id, provider_id, operator_id, service_tier, cost_usd, input_usd_per_mtok, output_usd_per_mtok,
        context_tokens
    FROM offer_costs_of(
        $model, $requests, $input_tokens, $output_tokens, cached_share := $cached_share,
        cache_write_share := $cache_write_share, must_have := $must_have::VARCHAR[],
        context_at_least := $context_at_least::BIGINT
    )
    WHERE ($batch_share < 1 OR service_tier = 'batch') AND ($batch_share > 0 OR service_tier = 'standard')
    AND ($basis = 'any' OR operator_known AND CASE $basis WHEN 'list' THEN is_list_offer ELSE NOT is_price_outlier END)
    ORDER BY cost_usd, offer_id LIMIT $limit
"""
CHEAPEST_MODELS = """
    SELECT model_id, 'best' AS basis, best_usd AS cost_usd,
        CASE WHEN service_tier = 'standard' THEN best_offer_id END AS offer_id,
        CASE WHEN service_tier = 'batch' THEN best_offer_id END AS batch_offer_id,
        eligible_offer_count AS offer_count, NULL AS reason
    FROM model_scenario_costs AS costs JOIN models USING (model_id)
    LEFT JOIN offers ON offers.offer_id = best_offer_id
    WHERE scenario_id = $1 AND is_live AND best_usd IS NOT NULL
    ORDER BY best_usd, model_id LIMIT $2
"""


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Requests to price, each of the same size. ValueError for a count below 0 or a share outside of 0 to 1."""

    requests: float
    """Requests in the period that the cost is for, such as a month."""
    input_tokens: int
    """Tokens of one prompt, cached ones and images included."""
    output_tokens: int
    """Tokens of one answer; tokens spent on reasoning are billed as output."""
    cached_share: float = 0.0
    """Share of the prompt that is read from the cache."""
    cache_write_share: float = 0.0
    """Share of the prompt that is written to the cache."""
    batch_share: float = 0.0
    """Share of the requests that is sent at batch prices."""
    must_have: tuple[str, ...] = ()
    """Capabilities that an offer needs, such as `function_calling`."""
    context_at_least: int | None = None
    """Context window that an offer needs, tokens; None: prompt plus output where the offer's window is known."""

    def __post_init__(self) -> None:
        for name in ("requests", "input_tokens", "output_tokens"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 or more")
        for name in ("cached_share", "cache_write_share", "batch_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a share from 0 to 1")
        if self.cached_share + self.cache_write_share > 1:
            raise ValueError("cached_share and cache_write_share exceed 1 together: both are shares of one prompt")

    @classmethod
    def of_workload(cls, workload: str) -> "Traffic":
        """Monthly traffic and requirements of a published workload; UnknownNameError with the nearest ones."""
        from llmpairs.model_lookup import require_name
        from llmpairs.transforms.pairs.scenarios import load_scenarios

        scenarios = load_scenarios()
        require_name(workload, scenarios.ids, "workload")
        scenario = scenarios[workload]
        return cls(
            requests=scenario.requests_per_month,
            input_tokens=scenario.prompt_tokens,
            output_tokens=scenario.output_tokens,
            cached_share=scenario.cached_share,
            batch_share=float(scenario.service_tier == "batch"),
            must_have=scenario.must_have,
            context_at_least=scenario.context_at_least,
        )

    def replace(self, **values: float | None) -> "Traffic":
        """The traffic with the values that are not None."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class ModelCost:
    """Cost of the traffic on one model on one price basis."""

    model_id: str
    basis: Basis
    """`list`: the developer's own list; `best`: cheapest named operator, no outlier; `any`: cheapest of all."""
    cost_usd: float | None
    """USD for all requests; None where no offer can serve a part of them, see `reason`."""
    offer_id: str | None
    """Offer of the requests at standard prices; None where there are none, or a median of several was used."""
    batch_offer_id: str | None
    """The same of the requests at batch prices."""
    offer_count: int
    """Offers that can serve the traffic; the fewer of standard and batch."""
    reason: Literal["no_eligible_offer", "no_named_operator"] | None
    """Why there is no cost."""


@dataclass(frozen=True, kw_only=True)
class OfferCost:
    """Cost of the traffic on one offer; prices are those of short prompts."""

    offer_id: str
    provider_id: str
    """Who sells it."""
    operator_id: str
    """Who runs it; `unspecified` where no source says."""
    service_tier: str
    cost_usd: float
    """USD for all requests."""
    input_usd_per_mtok: float
    """USD per million tokens of the prompt."""
    output_usd_per_mtok: float
    """USD per million tokens of the answer."""
    context_tokens: int | None
    """Context window, tokens; None where unknown."""


def price_traffic(con: "duckdb.DuckDBPyConnection", model_ids: Iterable[str], traffic: Traffic) -> list[ModelCost]:
    """Costs of the traffic on models by id, three price bases each, from the release of a connection."""
    values = bind_traffic(traffic)
    return [row for id_ in model_ids for row in fetch_typed(con, ModelCost, COST_OF, {"model": id_, **values})]


def bind_traffic(traffic: Traffic) -> dict[str, Any]:
    """The traffic as parameters of a query."""
    values = {field.name: getattr(traffic, field.name) for field in fields(traffic)}
    return {**values, "must_have": list(traffic.must_have)}


def list_cheapest_offers(
    con: "duckdb.DuckDBPyConnection", model_id: str, traffic: Traffic, basis: Basis, limit: int
) -> list[OfferCost]:
    """Offers of one model that can serve the traffic, cheapest first; each is priced as if it served all requests.

    `batch_share` selects the service tiers: 0 standard, 1 batch, both in between.
    """
    values = {"model": model_id, "basis": basis, "limit": limit, **bind_traffic(traffic)}
    return fetch_typed(con, OfferCost, CHEAPEST, values)


def list_cheapest_models(con: "duckdb.DuckDBPyConnection", workload: str, limit: int) -> list[ModelCost]:
    """Live models by the cost of a published workload on the basis `best`, cheapest first."""
    return fetch_typed(con, ModelCost, CHEAPEST_MODELS, [workload, limit])
