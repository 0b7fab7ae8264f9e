"""One model as pages show it: specs, capabilities, offers, costs and scores, each with its citation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Literal, TypeVar, cast

from llmpairs.pages.content.evidence import cite, find_citations, pick, unique
from llmpairs.pages.content.schema import (
    Capability,
    ListPrice,
    ModelContent,
    Named,
    Offer,
    PricedOffer,
    Profile,
    Score,
    Spec,
    TokenRange,
    WorkloadCost,
)
from llmpairs.pages.rows import (
    CapabilityColumns,
    ClaimCount,
    ClaimRow,
    CostColumns,
    Disagreement,
    FactRow,
    Gap,
    HoldColumns,
    ModelColumns,
    ModelCostRow,
    ModelRow,
    OfferColumns,
    OfferCostRow,
    OfferRow,
    OfModel,
    PageRows,
    QualityColumns,
    RowsOfModel,
    ScoreColumns,
    ScoreRow,
    SpecColumns,
    SpecValue,
    TextRate,
)
from llmpairs.transforms.pairs.scenarios import Scenarios
from llmpairs.warehouse.query import to_plain
from llmpairs.warehouse.vocabulary import CAPABILITIES, DETAILED_SCENARIO

SPECS = tuple(SpecColumns.__annotations__)
LIMITS: tuple[Literal["context_tokens"], Literal["max_output_tokens"]] = ("context_tokens", "max_output_tokens")
"""Specs for which other claims are limits of offers, summed up in `limits`, and no disagreement about the model."""
DERIVED_FROM = {"license_class": "license_spdx"}
"""A spec that a reviewed table derives from another one, whose citation it has."""
PARTIAL_DATES = ("released_date", "knowledge_cutoff_date")
DATED_BLOCKS = ("specs", "capabilities", "routes", "scores")
"""Blocks of a page that have capture times of their own."""
NO_CAPABILITY: CapabilityColumns = {
    "state": "unknown",
    "rule": "no_evidence",
    "witnesses_for": 0,
    "witnesses_against": 0,
    "is_disputed": False,
}
NO_COST: CostColumns = {"state": "no_offers", "median_usd": None, "eligible_offer_count": 0, "offer_count": 0}
Row = TypeVar("Row", bound=OfModel)


def describe_models(rows: PageRows, scenarios: Scenarios) -> dict[str, Profile]:
    """Build the profile of every row of `models`, by model_id."""
    providers = {row["provider_id"]: row["name"] for row in rows["providers"]}
    tables = cast("Mapping[str, Sequence[OfModel]]", rows)
    grouped = {name: group_by_model(tables[name]) for name in RowsOfModel.__annotations__}
    profiles = {}
    for model in rows["models"]:
        own = cast("RowsOfModel", {name: found.get(model["model_id"], []) for name, found in grouped.items()})
        content = describe_model(model, own, providers, scenarios)
        content["developer"] = rows["developers"].get(model["developer_id"], model["developer_id"])
        profiles[model["model_id"]] = add_citations(content)
    return profiles


def group_by_model(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Group rows by their model_id, in their order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["model_id"]].append(row)
    return groups


def add_citations(content: ModelContent) -> Profile:
    """Add every citation of a model's content, and the capture times of each block."""
    blocks = cast("Mapping[str, object]", content)
    found = {name: unique(find_citations(blocks[name])) for name in (*DATED_BLOCKS, "holds", "list_price")}
    return {
        **content,
        "cited": unique(each for block in found.values() for each in block),
        "moments": {
            block: sorted({each["observed_at"] for each in found[block] if each["observed_at"] is not None})
            for block in DATED_BLOCKS
        },
    }


def describe_model(model: ModelRow, own: RowsOfModel, names: Mapping[str, str], scenarios: Scenarios) -> ModelContent:
    """Build the content of one model from its own rows; `names` are those of the providers."""
    costs_of_offers: dict[str, dict[str, OfferCostRow]] = defaultdict(dict)
    for row in own["offer_scenario_costs"]:
        costs_of_offers[row["offer_id"]][row["scenario_id"]] = row
    offers = [describe_offer(row, costs_of_offers[row["offer_id"]], names) for row in own["offers"]]
    offers.sort(key=by_price)
    by_id = {offer["offer_id"]: offer for offer in offers}
    costs = {cost["scenario_id"]: cost for cost in own["model_scenario_costs"]}
    active = [offer for offer in offers if offer["offer_status"] == "active"]
    return {
        **pick(ModelColumns, model),
        "specs": describe_specs(model, own["facts"], own["claims"]),
        "limits": {name: summarise_limits([offer[name] for offer in active]) for name in LIMITS},
        "capabilities": describe_capabilities(own),
        "fits": [fit["scenario_id"] for fit in own["fits"]],
        "routes": offers,
        "route_evidence": unique(offer["evidence"] for offer in active),
        "providers": _sort_names({offer["provider_id"]: offer["provider"] for offer in active}),
        "operators": _sort_names(
            {offer["operator_id"]: offer["operator"] for offer in active if offer["operator_id"] != "unspecified"}
        ),
        "list_price": describe_list_price(own["offers"]),
        "quality": [pick(QualityColumns, row) for row in own["model_quality"]],
        "costs": {id_: describe_cost(costs.get(id_), by_id) for id_ in scenarios.ids},
        "scores": [describe_score(score) for score in own["benchmark_scores"]],
        "text_rates": [pick(TextRate, row) for row in own["text_rates"]],
        "gaps": [pick(Gap, gap) for gap in own["coverage_gaps"]],
        "disagreements": [pick(Disagreement, each) for each in own["disagreements"]],
        "holds": [{**pick(HoldColumns, hold), "evidence": cite(hold)} for hold in own["holds"]],
        "developer": model["developer_id"],
    }


def _sort_names(names: Mapping[str, str]) -> list[Named]:
    return [{"id": id_, "name": names[id_]} for id_ in sorted(names)]


def summarise_limits(values: Sequence[int | None]) -> TokenRange | None:
    """Least, median and greatest of the known values; None when none is known."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return {"least": known[0], "median": median(known), "greatest": known[-1], "known": len(known)}


def describe_specs(model: ModelRow, facts: Sequence[FactRow], claims: Sequence[ClaimRow]) -> dict[str, Spec]:
    """Each spec with its value, basis, citation, and the other declared values, the most frequent first."""
    chosen = {row["field"]: row for row in facts}
    of_field: dict[str, list[ClaimRow]] = defaultdict(list)
    for row in claims:
        of_field[row["field"]].append(row)
    values = cast("Mapping[str, object]", model)
    specs: dict[str, Spec] = {}
    for field in SPECS:
        fact = chosen.get(DERIVED_FROM.get(field, field))
        value: SpecValue = to_plain(values[field])
        if fact is not None and field in PARTIAL_DATES and value is not None:
            value = fact["value"]  # with the stated precision: 2024-06 has no day
        claims_of_field = [] if field in LIMITS else of_field[field]
        others = [pick(ClaimCount, row) for row in claims_of_field if fact is None or row["value"] != fact["value"]]
        published = None if value is None else fact
        specs[field] = {
            "value": value,
            "basis": published and published["basis"],
            "evidence": published and cite(published),
            "others": sorted(others, key=lambda row: (-row["claims"], row["value"])),
        }
    return specs


def describe_capabilities(own: RowsOfModel) -> dict[str, Capability]:
    """Each capability: state, rule, numbers of sources, citation, other claims, and the offers that state it."""
    known = {row["capability"]: row for row in own["model_capabilities"]}
    offers: dict[str, dict[str, int]] = defaultdict(dict)
    for state in own["route_states"]:
        offers[state["capability"]][state["state"]] = state["routes"]
    against: dict[str, list[ClaimCount]] = defaultdict(list)
    for claim in own["claims"]:
        name = claim["field"].removeprefix("capability:")
        if name != claim["field"] and claim["value"] != (known[name]["state"] if name in known else None):
            against[name].append(pick(ClaimCount, claim))
    return {
        name: {
            **(pick(CapabilityColumns, known[name]) if name in known else NO_CAPABILITY),
            "evidence": cite(known[name]) if name in known and known[name]["state"] != "unknown" else None,
            "against": against[name],
            "routes_yes": offers[name].get("yes", 0),
            "routes_no": offers[name].get("no", 0),
        }
        for name in CAPABILITIES
    }


def describe_offer(row: OfferRow, costs: Mapping[str, OfferCostRow], names: Mapping[str, str]) -> Offer:
    """One offer with its names, its costs, why the detailed workload does not count it, and its citation."""
    detailed = costs.get(DETAILED_SCENARIO)
    has_price = row["input_usd_per_mtok"] is not None and row["output_usd_per_mtok"] is not None
    operator = row["operator_id"]
    return {
        **pick(OfferColumns, row),
        "price_tiers": row["price_tiers"] or [],
        "provider": names.get(row["provider_id"], row["provider_id"]),
        "operator": "not stated" if operator == "unspecified" else names.get(operator, operator),
        "monthly_usd": {
            id_: cost["cost_usd"]
            for id_, cost in sorted(costs.items())
            if cost["eligible"] and cost["cost_usd"] is not None
        },
        "not_counted_because": None if detailed is None or detailed["eligible"] else detailed["ineligible_reason"],
        "evidence": cite(row, "price_") if has_price else None,
    }


def by_price(offer: Offer) -> tuple[bool, float, bool, str]:
    """Order of offers: by monthly cost in the detailed workload, then those without one; active before others."""
    cost = offer["monthly_usd"].get(DETAILED_SCENARIO)
    return (cost is None, cost if cost is not None else 0.0, offer["offer_status"] != "active", offer["offer_id"])


def describe_cost(row: ModelCostRow | None, by_id: Mapping[str, Offer]) -> WorkloadCost:
    """Cost of one workload; the cheapest and the most expensive cost come with their whole offer."""
    if row is None:
        return {**NO_COST, "best": None, "list_usd": None, "cheapest": None, "cheapest_direct": None, "dearest": None}
    return {
        **pick(CostColumns, row),
        "best": add_cost(row["best_usd"], row["best_offer_id"], by_id),
        "list_usd": row["list_usd"],
        "cheapest": add_cost(row["cheapest_usd"], row["cheapest_offer_id"], by_id),
        "cheapest_direct": add_cost(row["cheapest_direct_usd"], row["cheapest_direct_offer_id"], by_id),
        "dearest": add_cost(row["dearest_usd"], row["dearest_offer_id"], by_id),
    }


def add_cost(usd: float | None, offer_id: str | None, by_id: Mapping[str, Offer]) -> PricedOffer | None:
    """A monthly cost with its offer; None where there is none."""
    offer = by_id.get(offer_id or "")
    if offer is None or usd is None:
        return None
    return pick(PricedOffer, {**offer, "usd": usd})


def describe_list_price(rows: Sequence[OfferRow]) -> ListPrice:
    """The model's list price, blended 3:1, as `price_bases.list_prices` defines it, with its citations."""
    eligible = [row for row in rows if row["eligible"] and row["operator_known"]]
    own = [row for row in eligible if row["is_list_offer"]]
    counted = own or eligible
    prices = [row["blended_3to1_usd_per_mtok"] for row in counted if row["blended_3to1_usd_per_mtok"] is not None]
    return {
        "blended_3to1_usd_per_mtok": median(prices) if prices else None,
        "basis": ("first_party" if own else "median") if prices else None,
        "evidence": unique(cite(row, "price_") for row in counted),
    }


def describe_score(row: ScoreRow) -> Score:
    """One score; a value that its terms forbid to redistribute is withheld, unless the row's `is_withheld` is false."""
    is_withheld = row.get("is_withheld", row["redistributable"] is False)
    score: Score = {**pick(ScoreColumns, row), "is_withheld": bool(is_withheld), "evidence": cite(row)}
    if is_withheld:
        score["value"] = score["standard_error"] = None
    return score
