"""What a workload costs on a model, by a data package's description and README alone: pandas, and nothing of ours."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

Resources = dict[str, dict[str, Any]]


def read_package(folder: Path) -> Resources:
    """The resources of a package by the name of their table."""
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return {resource["name"]: resource for resource in package["resources"]}


def read_rows(folder: Path, resource: dict[str, Any]) -> pd.DataFrame:
    """Rows of a resource, with the fields that its schema states."""
    rows = pd.concat([pd.read_parquet(folder / path) for path in resource["path"]], ignore_index=True)
    assert list(rows.columns) == [field["name"] for field in resource["schema"]["fields"]]
    return rows


def cost_models(folder: Path) -> pd.DataFrame:
    """`cheapest_usd` of every model and workload that has an offer which may serve it."""
    resources = read_package(folder)
    offers, of_offers, of_models = (
        read_rows(folder, resources[name]) for name in ("offers", "offer-capabilities", "model-capabilities")
    )
    parts = []
    for work in resources["workloads"]["data"]:
        chosen = offers[may_serve(offers, of_offers, of_models, work)]
        costs = chosen.apply(lambda offer, work=work: cost(offer, work), axis="columns", result_type="reduce")
        cheapest = costs.astype("float64").groupby(chosen["model_id"]).min()
        parts.append(cheapest.rename("cheapest_usd").reset_index().assign(scenario_id=work["scenario_id"]))
    return pd.concat(parts).set_index(["model_id", "scenario_id"]).sort_index()


def may_serve(
    offers: pd.DataFrame, of_offers: pd.DataFrame, of_models: pd.DataFrame, work: dict[str, Any]
) -> pd.Series:
    """Which offers may serve a workload."""
    is_sold = (
        offers["model_id"].notna()
        & (offers["offer_status"] == "active")
        & ~offers["ineligible_reason"].eq("expired")
        & (offers["service_tier"] == work["service_tier"])
        & offers["input_usd_per_mtok"].notna()
        & offers["output_usd_per_mtok"].notna()
        & (offers["price_kind"] == "metered")
    )
    keys = pd.MultiIndex.from_frame(offers[["provider_id", "model_id"]])
    endpoints = keys[is_sold & (offers["route_kind"] == "via_aggregator")]
    repeats = (offers["route_kind"] == "aggregate") & keys.isin(endpoints)
    too_small = offers["context_tokens"] < work["context_need"]
    if work["context_at_least"] is not None:
        too_small |= offers["context_tokens"].isna()
    too_short = offers["max_output_tokens"] < work["output_tokens"]
    serves = is_sold & ~repeats & ~too_small & ~too_short
    for capability in work["must_have"]:
        able = of_offers[(of_offers["capability"] == capability) & (of_offers["effective"] == "yes")]
        unable = of_models[(of_models["capability"] == capability) & (of_models["state"] == "no")]
        serves &= offers["offer_id"].isin(able["offer_id"]) & ~offers["model_id"].isin(unable["model_id"])
    return serves


def cost(offer: pd.Series, work: dict[str, Any]) -> float:
    """USD a month of a workload on an offer."""
    names = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok")
    base = [None if pd.isna(offer[name]) else float(offer[name]) for name in names]
    prompt, cached = work["prompt_tokens"], work["cached_tokens"]
    tiers = offer["price_tiers"]
    reached = sorted(
        (step for step in ([] if tiers is None else tiers) if step["min_prompt_tokens"] <= prompt),
        key=lambda step: step["min_prompt_tokens"],
    )
    spans: list[tuple[int, list[float | None]]] = [(0, base)]
    for step in reached:
        own = spans[-1][1] if step["is_marginal"] else base
        prices = [own[at] if missing(step[name]) else step[name] for at, name in enumerate(names[:2])]
        prices.append(None if missing(step[names[2]]) else step[names[2]])
        spans = [*spans, (step["min_prompt_tokens"], prices)] if step["is_marginal"] else [(0, prices)]
    ends = [start for start, _ in spans[1:]] + [prompt]
    total = work["output_tokens"] * float(spans[-1][1][1] or 0)
    for (start, (usd, _, cached_usd)), end in zip(spans, ends, strict=True):
        share = (end - start) / prompt
        total += share * ((prompt - cached) * float(usd or 0))
        total += share * cached * float((usd if cached_usd is None else cached_usd) or 0)
    return float(round(work["requests_per_month"] * total / 1e6, 6))


def missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def differences(folder: Path) -> list[str]:
    """Where the package's own `model_scenario_costs` say otherwise, to a hundredth of a cent."""
    found = cost_models(folder)["cheapest_usd"]
    ours = read_rows(folder, read_package(folder)["model-scenario-costs"])
    ours = ours.set_index(["model_id", "scenario_id"])["cheapest_usd"].dropna()
    both = pd.concat([ours.rename("ours"), found.rename("found")], axis="columns")
    odd = both[~((both["ours"] - both["found"]).abs() <= 1e-4)]
    return [f"{key}: {row['ours']} and {row['found']}" for key, row in odd.iterrows()]
