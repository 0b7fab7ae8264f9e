"""One model as its pages tell it: specs, capabilities, routes, costs and scores, each with where it was read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from llmpairs.pages.content.evidence import Row, cite, find_refs, unique
from llmpairs.transforms.pairs.scenarios import Scenarios
from llmpairs.warehouse.query_rows import plain
from llmpairs.warehouse.vocabulary import CAPABILITIES

Rows = Sequence[Row]
SPECS = (
    "released_date", "context_tokens", "max_output_tokens", "parameters_total", "parameters_active", "architecture",
    "license_spdx", "license_class", "is_open_weights", "knowledge_cutoff_date", "input_modalities",
    "output_modalities", "lifecycle", "deprecated_on", "retire_on",
)  # fmt: skip
OF_A_ROUTE = {"context_tokens", "max_output_tokens"}
"""Other claims about these are limits of routes, which `limits` sums up, and no disagreement about the model."""
RESTS_ON = {"license_class": "license_spdx"}
"""A spec that follows from another one by a reviewed table, and is cited by it."""
MODEL_COLUMNS = (
    "model_id", "slug", "display_name", "developer_id", "family", "kind", "is_live", "is_text_generating",
    "lifecycle", "identity_basis", "hugging_face_id", "base_model_id", "relation_to_base", "offer_count",
    "operator_count", "completeness", "first_seen_at", "last_seen_at",
)  # fmt: skip
ROUTE_COLUMNS = (
    "offer_id", "provider_id", "operator_id", "provider_model_key", "route_kind", "is_first_party", "service_tier",
    "region", "quantization", "context_tokens", "max_output_tokens", "price_kind", "input_usd_per_mtok",
    "output_usd_per_mtok", "cache_read_usd_per_mtok", "price_missing_reason", "offer_status", "held",
    "retire_on", "last_seen_at",
)  # fmt: skip
SCORE_COLUMNS = (
    "benchmark", "version", "metric", "harness", "effort", "evaluator_class", "value", "unit", "standard_error",
    "higher_is_better", "is_comparable", "redistributable", "evaluated_on",
)  # fmt: skip


BLOCKS = ("specs", "capabilities", "routes", "scores")
"""What is dated by itself."""
OF_A_MODEL = (
    "facts", "claims", "model_capabilities", "route_states", "offers", "offer_scenario_costs", "model_scenario_costs",
    "fits", "benchmark_scores", "coverage_gaps", "disagreements", "holds",
)  # fmt: skip
"""Tables whose rows belong to one model each."""


def describe_models(tables: Mapping[str, Rows], scenarios: Scenarios) -> dict[str, Row]:
    """Rows of a release, of any number of models, to one profile for each row of `models`, by model_id.

    `tables` has rows of the tables of that name; besides these `developers` (developer_id, name), `facts` (the chosen
    claims of models), `claims` (model_id, field, value, claims, lineages: what was said, counted), `route_states`
    (model_id, capability, state, routes) and `fits` (see `find_fits`).
    """
    names = {row["provider_id"]: row["name"] for row in tables["providers"]}
    makers = {row["developer_id"]: row["name"] for row in tables["developers"]}
    grouped = {name: group(tables[name]) for name in OF_A_MODEL}
    profiles = {}
    for model in tables["models"]:
        own = {name: rows.get(model["model_id"], []) for name, rows in grouped.items()}
        profile = describe_model(model, own, names, scenarios)
        profile["developer"] = makers.get(model["developer_id"], model["developer_id"])
        profiles[model["model_id"]] = profile
    return profiles


def group(rows: Rows) -> dict[str, list[Row]]:
    """Rows by their model, in their order."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["model_id"]].append(row)
    return groups


def describe_model(
    model: Row, own: Mapping[str, Rows], names: Mapping[str, str], scenarios: Scenarios
) -> Row:
    """The profile of one model from its own rows; `names` are those of the providers.

    Beside what the page says: everything it cites, and when each block of it was captured.
    """
    profile = describe_facts(model, own, names, scenarios)
    refs = {block: unique(find_refs(profile[block])) for block in (*BLOCKS, "holds", "list_price")}
    profile["cited"] = unique(ref for block in refs.values() for ref in block)
    profile["moments"] = {block: sorted({ref["observed_at"] for ref in refs[block]}) for block in BLOCKS}
    return profile


def describe_facts(
    model: Row, own: Mapping[str, Rows], names: Mapping[str, str], scenarios: Scenarios
) -> Row:
    """What the page says of one model."""
    costs_of_offers: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in own["offer_scenario_costs"]:
        costs_of_offers[row["offer_id"]][row["scenario_id"]] = row
    routes = [describe_route(offer, costs_of_offers[offer["offer_id"]], names) for offer in own["offers"]]
    routes.sort(key=by_price)
    active = [route for route in routes if route["offer_status"] == "active"]
    return {
        **{name: plain(model[name]) for name in MODEL_COLUMNS},
        "specs": describe_specs(model, own["facts"], own["claims"]),
        "limits": {name: spread([route[name] for route in active]) for name in sorted(OF_A_ROUTE)},
        "capabilities": describe_capabilities(own),
        "fits": [row["scenario_id"] for row in own["fits"]],
        "routes": routes,
        "route_evidence": unique(route["evidence"] for route in active),
        "providers": name_sorted({route["provider_id"]: route["provider"] for route in active}),
        "operators": name_sorted(
            {r["operator_id"]: r["operator"] for r in active if r["operator_id"] != "unspecified"}
        ),
        "list_price": describe_list_price(own["offers"]),
        "costs": describe_costs(own["model_scenario_costs"], routes, scenarios),
        "scores": [describe_score(row) for row in own["benchmark_scores"]],
        "gaps": [pick(row, "field", "state", "severity", "detail", "since") for row in own["coverage_gaps"]],
        "disagreements": [
            pick(row, "subject_id", "field", "chosen_value", "claimed_values", "ratio", "first_seen_at", "decision")
            for row in own["disagreements"]
        ],
        "holds": [
            pick(row, "subject_id", "field", "published_value", "candidate_value", "rule", "since")
            | {"evidence": cite(row)}
            for row in own["holds"]
        ],
    }  # fmt: skip


def pick(row: Row, *columns: str) -> Row:
    """Some columns of a row as plain values."""
    return {name: plain(row[name]) for name in columns}


def name_sorted(names: Mapping[str, str]) -> list[Row]:
    """Ids with names, by id."""
    return [{"id": id_, "name": names[id_]} for id_ in sorted(names)]


def spread(values: Sequence[int | None]) -> Row | None:
    """Least, middle and greatest of the known values; None when none is known."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    return {"least": known[0], "median": median(known), "greatest": known[-1], "known": len(known)}


def describe_specs(model: Row, facts: Rows, claims: Rows) -> dict[str, Row]:
    """Each spec with its value, basis, evidence, and what else was declared about it, the most often said first."""
    chosen = {row["field"]: row for row in facts}
    said: dict[str, list[Row]] = defaultdict(list)
    for row in claims:
        said[row["field"]].append(row)
    specs: dict[str, Row] = {}
    for field in SPECS:
        fact = chosen.get(RESTS_ON.get(field, field))
        value = plain(model[field])
        if fact is not None and field in ("released_date", "knowledge_cutoff_date") and value is not None:
            value = fact["value"]  # as precise as it was stated: 2024-06 has no day
        specs[field] = {
            "value": value,
            "basis": fact["basis"] if fact is not None and value is not None else None,
            "evidence": cite(fact) if fact is not None and value is not None else None,
            "others": other_claims(fact, said[field]) if field not in OF_A_ROUTE else [],
        }
    return specs


def other_claims(fact: Row | None, claims: Rows) -> list[Row]:
    """Declared values that are not the published one."""
    published = None if fact is None else fact["value"]
    others = [pick(row, "value", "claims", "lineages") for row in claims if row["value"] != published]
    return sorted(others, key=lambda row: (-row["claims"], row["value"]))


def describe_capabilities(own: Mapping[str, Rows]) -> dict[str, Row]:
    """Each capability: state, rule, witnesses, evidence, who says otherwise, and on how many routes it is stated."""
    stated = {row["capability"]: row for row in own["model_capabilities"]}
    routes: dict[str, dict[str, int]] = defaultdict(dict)
    for row in own["route_states"]:
        routes[row["capability"]][row["state"]] = row["routes"]
    against: dict[str, list[Row]] = defaultdict(list)
    for row in own["claims"]:
        name = row["field"].removeprefix("capability:")
        if name != row["field"] and row["value"] != stated.get(name, {}).get("state"):
            against[name].append(pick(row, "value", "claims", "lineages"))
    return {name: describe_capability(stated.get(name), against[name], routes[name]) for name in CAPABILITIES}


def describe_capability(row: Row | None, against: list[Row], routes: dict[str, int]) -> Row:
    """One capability; one without a row is unknown."""
    state = "unknown" if row is None else row["state"]
    return {
        "state": state,
        "rule": "no_evidence" if row is None else row["rule"],
        "witnesses_for": 0 if row is None else row["witnesses_for"],
        "witnesses_against": 0 if row is None else row["witnesses_against"],
        "is_disputed": row is not None and row["is_disputed"],
        "evidence": None if row is None or state == "unknown" else cite(row),
        "against": against,
        "routes_yes": routes.get("yes", 0),
        "routes_no": routes.get("no", 0),
    }


def describe_route(offer: Row, costs: Mapping[str, Row], names: Mapping[str, str]) -> Row:
    """One offer with its names, its costs, why seed_chat does not count it, and where its price was read."""
    seed = costs.get("seed_chat")
    has_price = offer["input_usd_per_mtok"] is not None and offer["output_usd_per_mtok"] is not None
    operator = offer["operator_id"]
    return {
        **{name: plain(offer[name]) for name in ROUTE_COLUMNS},
        "provider": names.get(offer["provider_id"], offer["provider_id"]),
        "operator": "not stated" if operator == "unspecified" else names.get(operator, operator),
        "monthly_usd": {id_: row["cost_usd"] for id_, row in sorted(costs.items()) if row["eligible"]},
        "not_counted_because": None if seed is None or seed["eligible"] else seed["ineligible_reason"],
        "evidence": cite(offer, "price_") if has_price else None,
    }


def by_price(route: Row) -> tuple[bool, float, bool, str]:
    """Order of routes: by monthly cost in seed_chat, then those without one, active before the others."""
    cost = route["monthly_usd"].get("seed_chat")
    return (
        cost is None,
        cost if cost is not None else 0.0,
        route["offer_status"] != "active",
        route["offer_id"],
    )


def describe_costs(costs: Rows, routes: list[Row], scenarios: Scenarios) -> dict[str, Row]:
    """Monthly cost in each workload, with the routes that have it."""
    by_id = {route["offer_id"]: route for route in routes}
    rows = {row["scenario_id"]: row for row in costs}
    return {id_: describe_cost(rows.get(id_), by_id) for id_ in scenarios.ids}


def describe_cost(row: Row | None, by_id: Mapping[str, Row]) -> Row:
    """Cost of one workload; cheapest and dearest carry their whole route, which a price means nothing without."""
    if row is None:
        row = {"state": "no_offers", "median_usd": None, "eligible_offer_count": 0, "offer_count": 0}
    return {
        **{name: row[name] for name in ("state", "median_usd", "eligible_offer_count", "offer_count")},
        **{name: priced_route(row, name, by_id) for name in ("cheapest", "cheapest_direct", "dearest")},
    }


def priced_route(row: Row, name: str, by_id: Mapping[str, Row]) -> Row | None:
    """The cost of that name with its route."""
    route = by_id.get(row.get(f"{name}_offer_id") or "")
    if route is None:
        return None
    columns = (
        "offer_id", "provider", "operator", "route_kind", "quantization", "context_tokens", "input_usd_per_mtok",
        "output_usd_per_mtok", "held", "evidence",
    )  # fmt: skip
    return {"usd": row[f"{name}_usd"], **{column: route[column] for column in columns}}


def describe_list_price(offers: Rows) -> Row:
    """The model's list price, blended 3:1, as `model_arrays.list_prices` defines it, with its evidence."""
    routes = [offer for offer in offers if offer["eligible"] and offer["route_kind"] != "aggregate"]
    own = [offer for offer in routes if offer["is_first_party"]]
    counted = own or routes
    prices = [offer["blended_3to1_usd_per_mtok"] for offer in counted]
    return {
        "blended_3to1_usd_per_mtok": median(prices) if prices else None,
        "basis": ("first_party" if own else "median") if prices else None,
        "evidence": unique(cite(offer, "price_") for offer in counted),
    }


def describe_score(row: Row) -> Row:
    """One score; a value that its terms forbid to pass on is withheld, unless `is_withheld` says otherwise."""
    withheld = row.get("is_withheld", row["redistributable"] is False)
    score: dict[str, Any] = pick(row, *SCORE_COLUMNS)
    score |= {"is_withheld": withheld, "evidence": cite(row)}
    return score | {"value": None, "standard_error": None} if withheld else score
