"""Cost of any traffic on a model: typed access to the SQL macro `cost_of`."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

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
        """Monthly traffic and requirements of a published workload; KeyError naming the known ones."""
        from llmpairs.transforms.pairs.scenarios import load_scenarios

        scenario = load_scenarios()[workload]
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


def price_traffic(con: "duckdb.DuckDBPyConnection", model_ids: Iterable[str], traffic: Traffic) -> list[ModelCost]:
    """Costs of the traffic on models by id, three price bases each, from the release of a connection."""
    values = {field.name: getattr(traffic, field.name) for field in fields(traffic)}
    values["must_have"] = list(traffic.must_have)
    found = []
    for model_id in model_ids:
        result = con.execute(COST_OF, {"model": model_id, **values})
        names = [column[0] for column in result.description]
        found += [ModelCost(**dict(zip(names, row, strict=True))) for row in result.fetchall()]
    return found
