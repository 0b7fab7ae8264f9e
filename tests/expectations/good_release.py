"""A small release in which everything is as it should be: five models, twelve offers, six pairs."""

import datetime as dt
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.staged import Parts
from warehouse.arrow import from_arrow, to_arrow
from warehouse.contracts import TABLES
from warehouse.contracts.pairs import PAIRS
from warehouse.store import open_store
from warehouse.vocabulary import CAPABILITIES

AS_OF = pd.Timestamp("2026-06-08T23:59:00Z")
RUN_ID = "20260608T235900Z"
EARLIER = pd.Timestamp("2026-06-01T00:00:00Z")
ALPHA, BETA, DELTA, GAMMA, EMBED = (
    "acme/alpha-1.5",
    "acme/beta-2",
    "zeta/delta-4",
    "zeta/gamma-3",
    "zeta/embed",
)
COMPARED = (ALPHA, BETA, DELTA, GAMMA)
SCENARIOS = [
    {
        "scenario_id": "batch_cheap",
        "prompt_tokens": 1_000,
        "cached_tokens": 0,
        "output_tokens": 200,
        "requests_per_month": 10_000_000,
        "service_tier": "batch",
    },
    {
        "scenario_id": "long_context",
        "prompt_tokens": 120_000,
        "cached_tokens": 24_000,
        "output_tokens": 1_000,
        "requests_per_month": 20_000,
        "service_tier": "standard",
    },
    {
        "scenario_id": "seed_chat",
        "prompt_tokens": 800,
        "cached_tokens": 0,
        "output_tokens": 250,
        "requests_per_month": 1_000_000,
        "service_tier": "standard",
    },
]
# USD per month, computed by hand from the prices of `offers` below: batch_cheap, long_context, seed_chat.
COSTS: dict[str, tuple[float | None, float | None, float | None]] = {
    "acme/acme/alpha-1.5/-/batch": (200.0 + 180.0, 48.0 + 1.8, 16.0 + 22.5),
    "acme/acme/alpha-1.5/-/standard": (None, 96.0 * 0.8 + 24.0 * 0.4 + 3.6, 31.2 + 45.0),
    "acme/acme/beta-2/-/standard": (None, 0.1 * 2_400 + 0.4 * 20, 80.0 + 100.0),
    "fasthost/fasthost/alpha/-/standard": (None, 0.04 * 2_400 + 0.16 * 20, 32.0 + 40.0),
    "fasthost/fasthost/beta/-/standard": (None, 0.25 * 2_400 + 1.0 * 20, 200.0 + 250.0),
    "fasthost/fasthost/delta/-/standard": (None, None, None),
    "fasthost/fasthost/embed/-/standard": (None, None, None),
    "fasthost/fasthost/gamma%3Afree/-/standard": (None, 0.0, 0.0),
    "router/fasthost/acme%2Falpha/fast/standard": (None, 0.05 * 2_400 + 0.2 * 20, 40.0 + 50.0),
    "router/unspecified/acme%2Falpha/-/standard": (None, 0.05 * 2_400 + 0.2 * 20, 40.0 + 50.0),
    "router/unspecified/mystery/-/standard": (None, 0.1 * 2_400 + 0.2 * 20, 80.0 + 50.0),
    "zeta/zeta/gamma-3/-/standard": (None, 1.0 * 2_400 + 4.0 * 20, 800.0 + 1_000.0),
}
TIER = {
    "min_prompt_tokens": 100_000,
    "input_usd_per_mtok": 0.04,
    "output_usd_per_mtok": None,
    "cache_read_usd_per_mtok": 0.02,
    "cache_write_usd_per_mtok": None,
    "is_marginal": False,
}


def tabulate(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the frame that the gate reads: columns left out are null, and the contract is kept."""
    table = TABLES[name]
    frame = pd.DataFrame([{column: row.get(column) for column in table.column_names} for row in rows])
    return from_arrow(to_arrow(frame, table))


def model(model_id: str, **said: Any) -> dict[str, Any]:
    slug = model_id.replace("/", "--")
    return {
        "model_id": model_id,
        "slug": slug,
        "display_name": slug,
        "developer_id": model_id.split("/")[0],
        "kind": "text",
        "is_text_generating": True,
        "is_live": True,
        "released_date": dt.date(2025, 8, 5),
        "knowledge_cutoff_date": dt.date(2024, 6, 1),
        "context_tokens": 131_072,
        "max_output_tokens": 32_768,
        "parameters_total": 117_000_000_000,
        "parameters_active": 5_100_000_000,
        "architecture": "moe",
        "is_open_weights": True,
        "license_spdx": "Apache-2.0",
        "license_class": "open",
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "hugging_face_id": model_id,
        "lifecycle": "active",
        "identity_basis": "anchored",
        "offer_count": 1,
        "operator_count": 1,
        "completeness": 0.75,
        "oldest_fact_at": EARLIER,
        "first_seen_at": EARLIER,
        "last_seen_at": AS_OF,
        "nights_absent": 0,
    } | said


def models() -> pd.DataFrame:
    return tabulate(
        "models",
        [
            model(ALPHA, offer_count=5, operator_count=2),
            model(
                BETA,
                offer_count=2,
                operator_count=2,
                input_modalities=["image", "text"],
                base_model_id=ALPHA,
                relation_to_base="sibling",
            ),
            model(DELTA, completeness=0.5, license_spdx=None, license_class=None),
            model(
                GAMMA,
                offer_count=2,
                operator_count=2,
                context_tokens=32_768,
                released_date=dt.date(2026, 1, 31),
                license_spdx="LicenseRef-Zeta",
            ),
            model(
                EMBED, kind="embedding", is_text_generating=False, context_tokens=512, max_output_tokens=None
            ),
        ],
    )


def offer(
    offer_id: str, model_id: str | None, prices: tuple[float | None, float | None], **said: Any
) -> dict[str, Any]:
    provider, operator, key, tag, tier = offer_id.split("/")
    has_price = prices != (None, None)
    return {
        "offer_id": offer_id,
        "model_id": model_id,
        "provider_id": provider,
        "operator_id": operator,
        "provider_model_key": key.replace("%2F", "/").replace("%3A", ":"),
        "route_tag": tag,
        "route_kind": "direct",
        "is_first_party": provider == (model_id or "").split("/")[0],
        "service_tier": tier,
        "context_tokens": 131_072,
        "max_output_tokens": 32_768,
        "price_kind": "metered",
        "input_usd_per_mtok": prices[0],
        "output_usd_per_mtok": prices[1],
        "blended_3to1_usd_per_mtok": (3 * prices[0] + prices[1]) / 4
        if prices[0] is not None and prices[1] is not None
        else None,
        "currency": "USD" if has_price else None,
        "held": False,
        "eligible": True,
        "offer_status": "active",
        "first_seen_at": EARLIER,
        "last_seen_at": AS_OF,
        "nights_absent": 0,
        "price_source_id": "models_dev" if has_price else None,
        "price_capture_id": "c1" if has_price else None,
        "price_observed_at": AS_OF if has_price else None,
    } | said


def refused(reason: str) -> dict[str, Any]:
    return {"eligible": False, "ineligible_reason": reason}


def offers() -> pd.DataFrame:
    rows = [
        offer(
            "acme/acme/alpha-1.5/-/standard",
            ALPHA,
            (0.039, 0.18),
            price_tiers=[TIER],
            cache_read_usd_per_mtok=0.03,
            cache_write_usd_per_mtok=0.039,
        ),
        offer("acme/acme/alpha-1.5/-/batch", ALPHA, (0.02, 0.09), **refused("not_standard_tier")),
        offer("acme/acme/beta-2/-/standard", BETA, (0.1, 0.4)),
        offer("fasthost/fasthost/alpha/-/standard", ALPHA, (0.04, 0.16)),
        offer("fasthost/fasthost/beta/-/standard", BETA, (0.25, 1.0)),
        offer(
            "fasthost/fasthost/delta/-/standard",
            DELTA,
            (None, None),
            price_kind="unknown",
            price_missing_reason="not_listed",
            **refused("price_missing"),
        ),
        offer(
            "fasthost/fasthost/embed/-/standard",
            EMBED,
            (0.02, None),
            price_missing_reason="one_side_missing",
            **refused("price_missing"),
            context_tokens=512,
            max_output_tokens=None,
        ),
        offer(
            "fasthost/fasthost/gamma%3Afree/-/standard",
            GAMMA,
            (0.0, 0.0),
            price_kind="free_tier",
            **refused("not_metered"),
            context_tokens=32_768,
        ),
        offer("router/fasthost/acme%2Falpha/fast/standard", ALPHA, (0.05, 0.2), route_kind="via_aggregator"),
        offer(
            "router/unspecified/acme%2Falpha/-/standard",
            ALPHA,
            (0.05, 0.2),
            route_kind="aggregate",
            **refused("aggregate"),
        ),
        offer(
            "router/unspecified/mystery/-/standard",
            None,
            (0.1, 0.2),
            route_kind="aggregate",
            **refused("model_unresolved"),
        ),
        offer("zeta/zeta/gamma-3/-/standard", GAMMA, (1.0, 4.0), held=True, context_tokens=32_768),
    ]
    return tabulate("offers", rows)


MAY_SERVE = {
    "batch_cheap": {"acme/acme/alpha-1.5/-/batch"},
    "long_context": {
        "acme/acme/alpha-1.5/-/standard",
        "acme/acme/beta-2/-/standard",
        "fasthost/fasthost/alpha/-/standard",
        "fasthost/fasthost/beta/-/standard",
        "router/fasthost/acme%2Falpha/fast/standard",
    },
}
MAY_SERVE["seed_chat"] = MAY_SERVE["long_context"] | {"zeta/zeta/gamma-3/-/standard"}
SCENARIO_IDS = tuple(str(scenario["scenario_id"]) for scenario in SCENARIOS)


def offer_scenario_costs(sold: pd.DataFrame) -> pd.DataFrame:
    model_of = dict(zip(sold["offer_id"], sold["model_id"], strict=True))
    rows = []
    for offer_id, costs in COSTS.items():
        for scenario_id, cost in zip(SCENARIO_IDS, costs, strict=True):
            eligible = offer_id in MAY_SERVE[scenario_id]
            known = model_of[offer_id] if isinstance(model_of[offer_id], str) else None
            rows.append(
                {
                    "offer_id": offer_id,
                    "scenario_id": scenario_id,
                    "model_id": known,
                    "cost_usd": cost,
                    "eligible": eligible,
                    "ineligible_reason": None if eligible else "not_standard_tier",
                    "formula_version": "1",
                }
            )
    return tabulate("offer_scenario_costs", rows)


def model_scenario_costs(costs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for model_id in (*COMPARED, EMBED):
        for scenario_id in SCENARIO_IDS:
            own = costs[
                (costs["model_id"] == model_id) & (costs["scenario_id"] == scenario_id) & costs["eligible"]
            ]
            own = own.sort_values(["cost_usd", "offer_id"])
            direct = own[~own["offer_id"].str.startswith("router/")]
            row: dict[str, Any] = {"model_id": model_id, "scenario_id": scenario_id, "state": "not_eligible"}
            row |= {"eligible_offer_count": len(own), "offer_count": 1}
            if len(own):
                row |= {"state": "known", "median_usd": own["cost_usd"].median()}
                row |= {"cheapest_usd": own["cost_usd"].iloc[0], "cheapest_offer_id": own["offer_id"].iloc[0]}
                row |= {"dearest_usd": own["cost_usd"].iloc[-1], "dearest_offer_id": own["offer_id"].iloc[-1]}
                row |= {"cheapest_direct_usd": direct["cost_usd"].iloc[0]}
                row |= {"cheapest_direct_offer_id": direct["offer_id"].iloc[0]}
            rows.append(row)
    return tabulate("model_scenario_costs", rows)


def capability(model_id: str, name: str) -> dict[str, Any]:
    state = "unknown"
    if name == "vision":
        state = "yes" if model_id == BETA else "no"
    elif name == "function_calling":
        state = "yes"
    evidence = {"fact_id": "f-caps", "source_id": "models_dev", "capture_id": "c1", "observed_at": AS_OF}
    return {
        "model_id": model_id,
        "capability": name,
        "state": state,
        "rule": "no_evidence" if state == "unknown" else "exhaustive_list",
        "witnesses_for": int(state == "yes"),
        "witnesses_against": int(state == "no"),
        "is_disputed": False,
    } | (evidence if state != "unknown" else {})


def model_capabilities() -> pd.DataFrame:
    return tabulate(
        "model_capabilities", [capability(m, name) for m in (*COMPARED, EMBED) for name in CAPABILITIES]
    )


def fact(fact_id: str, subject: str, field: str, value: str, **said: Any) -> dict[str, Any]:
    return {
        "fact_id": fact_id,
        "subject_kind": "offer" if subject.count("/") == 4 else "model",
        "subject_id": subject,
        "field": field,
        "value": value,
        "printed": value,
        "source_id": "models_dev",
        "lineage": "models_dev",
        "basis": "declared",
        "authority": 3,
        "capture_id": "c1",
        "locator": "/acme",
        "provider_model_key": "alpha-1.5",
        "observed_at": AS_OF,
        "is_chosen": True,
        "reason": "chosen",
    } | said


def facts() -> pd.DataFrame:
    unchosen = {"is_chosen": False, "reason": "not_declared", "basis": "default"}
    return tabulate(
        "facts",
        [
            fact("f-caps", ALPHA, "capability:function_calling", "yes"),
            fact("f-context", ALPHA, "context_tokens", "131072"),
            fact("f-context-2", ALPHA, "context_tokens", "128000", **unchosen),
            fact("f-price", "acme/acme/alpha-1.5/-/standard", "input_usd_per_mtok", "0.039"),
        ],
    )


def identity(key: str, model_id: str | None, **said: Any) -> dict[str, Any]:
    unresolved = {"method": "unresolved", "confidence": 0.5, "reason": "no_candidate", "vetoes": "size"}
    resolved = {"method": "canonical_slug", "confidence": 0.95}
    return (
        {
            "source_id": "openrouter",
            "provider_id": "router",
            "provider_model_key": key,
            "model_id": model_id,
            "is_pointer": False,
            "rules_version": "1",
        }
        | (resolved if model_id else unresolved)
        | said
    )


def history_row(valid_from: pd.Timestamp, price: float, **said: Any) -> dict[str, Any]:
    return {
        "offer_id": "zeta/zeta/gamma-3/-/standard",
        "field": "input_usd_per_mtok",
        "usd_per_mtok": price,
        "valid_from": valid_from,
        "known_from": valid_from,
        "reason": "change",
        "valid_from_kind": "first_seen",
        "source_id": "models_dev",
        "capture_id": "c1",
    } | said


def gap(gap_id: str, kind: str, subject: str, field: str, state: str = "missing") -> dict[str, Any]:
    return {
        "gap_id": gap_id,
        "subject_kind": kind,
        "subject_id": subject,
        "model_id": None if kind == "source" else DELTA,
        "field": field,
        "state": state,
        "severity": "warning",
        "detail": "no source states it",
        "since": EARLIER,
        "pairs_affected": 3,
        "offers_affected": 1,
        "rank_score": 12.0,
        "action": "Read the card.",
        "owner": "specs",
    }


def source(source_id: str, **said: Any) -> dict[str, Any]:
    return {
        "run_id": RUN_ID,
        "source_id": source_id,
        "title": source_id,
        "kind": "catalogue",
        "lineage": source_id,
        "homepage": f"https://{source_id}.example",
        "terms": "MIT",
        "verified": "capture",
        "state": "ok",
        "items": 100,
        "pages_asked": 1,
        "pages_answered": 1,
        "rejected_entries": 2,
        "unknown_keys": [],
        "captured_at": AS_OF,
        "carried_items": 0,
        "late_after": AS_OF + pd.Timedelta(hours=26),
        "expires_at": AS_OF + pd.Timedelta(days=7),
    } | said


def evidence_tables() -> dict[str, pd.DataFrame]:
    gamma = "zeta/zeta/gamma-3/-/standard"
    hold = {
        "hold_id": "h1",
        "subject_kind": "offer",
        "subject_id": gamma,
        "field": "input_usd_per_mtok",
        "published_value": "1.0",
        "candidate_value": "1000.0",
        "rule": "Q14 power of ten",
        "since": AS_OF,
        "nights": 1,
        "incident": "models_dev zeta Q14",
        "pairs_affected": 3,
        "state": "held",
        "source_id": "models_dev",
        "capture_id": "c1",
    }
    disagreement = {
        "disagreement_id": "d1",
        "subject_kind": "model",
        "subject_id": ALPHA,
        "field": "context_tokens",
        "chosen_value": "131072",
        "claimed_values": ["litellm=128000", "models_dev=131072"],
        "lineage_count": 2,
        "ratio": 1.024,
        "first_seen_at": EARLIER,
        "decision": "131072 it is",
    }
    closed = {"valid_to": AS_OF}
    return {
        "identities": tabulate(
            "identities",
            [
                identity("acme/alpha", ALPHA),
                identity("alpha-latest", ALPHA, is_pointer=True),
                identity("acme/beta", BETA),
                identity("mystery", None),
            ],
        ),
        "facts": facts(),
        "holds": tabulate(
            "holds",
            [
                hold,
                hold | {"hold_id": "h2", "state": "rejected", "decided_by": "r", "candidate_value": "1.0"},
            ],
        ),
        "disagreements": tabulate("disagreements", [disagreement]),
        "price_history": tabulate(
            "price_history", [history_row(EARLIER, 2.0, **closed), history_row(AS_OF, 1.0)]
        ),
        "coverage_gaps": tabulate(
            "coverage_gaps",
            [
                gap("g1", "model", DELTA, "price"),
                gap("g2", "offer", "fasthost/fasthost/delta/-/standard", "offer_price"),
                gap("g3", "model", DELTA, "license_spdx"),
                gap("g4", "source", "fasthost", "all", "stale"),
            ],
        ),
        "sources": tabulate(
            "sources",
            [
                source("models_dev"),
                source("openrouter"),
                source("fasthost", kind="provider", state="layout_changed", cause="no table", items=0),
                source("arena", kind="benchmark", state="not_configured", cause="no key", items=0),
            ],
        ),
        "captures": pd.DataFrame({"capture_id": ["c1"]}),
    }


def provider(provider_id: str, kind: str, offer_count: int) -> dict[str, Any]:
    seen = {"first_seen_at": EARLIER, "last_seen_at": AS_OF}
    return {"provider_id": provider_id, "name": provider_id, "kind": kind, "offer_count": offer_count} | seen


def good_frames(folder: Path) -> dict[str, Any]:
    """Every frame that the suites read; the parent release is the same as tonight's. Pairs go to `folder`."""
    sold = offers()
    costs = offer_scenario_costs(sold)
    frames: dict[str, Any] = {
        "models": models(),
        "offers": sold,
        "model_capabilities": model_capabilities(),
        "offer_capabilities": tabulate(
            "offer_capabilities",
            [
                {
                    "offer_id": "acme/acme/beta-2/-/standard",
                    "capability": "vision",
                    "state": "unknown",
                    "effective": "yes",
                    "is_inherited": True,
                },
                {
                    "offer_id": "fasthost/fasthost/beta/-/standard",
                    "capability": "vision",
                    "state": "no",
                    "effective": "no",
                    "is_inherited": False,
                },
            ],
        ),
        "model_redirects": tabulate(
            "model_redirects",
            [{"old_model_id": "acme/alpha-1", "model_id": ALPHA, "reason": "renamed", "since": EARLIER}],
        ),
        "providers": tabulate(
            "providers",
            [
                provider("acme", "developer", 3),
                provider("fasthost", "host", 5),
                provider("router", "aggregator", 3),
                provider("zeta", "developer", 1),
            ],
        ),
        "offer_scenario_costs": costs,
        "model_scenario_costs": model_scenario_costs(costs),
        "run": pd.DataFrame({"run_id": [RUN_ID], "as_of": [AS_OF]}),
        "scenarios": pd.DataFrame(SCENARIOS),
    } | evidence_tables()
    parents = ("models", "offers", "identities", "price_history")
    frames |= {f"parent_{name}": frames[name].copy() for name in parents}
    frames["pairs"] = stage_pairs(pair_rows(frames), folder)
    return frames


COST_STATE = {(True, True): "both_known", (False, True): "a_unknown", (True, False): "b_unknown"}


def pair_rows(frames: dict[str, Any]) -> pa.Table:
    """The six pairs of the compared models as PAIRS."""
    sides = frames["models"].set_index("model_id")
    seed = (
        frames["model_scenario_costs"]
        .query("scenario_id == 'seed_chat'")
        .set_index("model_id")["cheapest_usd"]
    )
    tools, sight = 1 << CAPABILITIES.index("function_calling"), 1 << CAPABILITIES.index("vision")
    rows: list[dict[str, Any]] = []
    for a, b in combinations(COMPARED, 2):
        one, other = sides.loc[a], sides.loc[b]
        licences = (one["license_spdx"], other["license_spdx"])
        known = (pd.notna(seed[a]), pd.notna(seed[b]))
        rows.append(
            {
                "model_a_id": a,
                "model_b_id": b,
                "relation": "none",
                "release_gap_days": (other["released_date"] - one["released_date"]).days,
                "context_ratio": one["context_tokens"] / other["context_tokens"],
                "same_license": licences[0] == licences[1] if DELTA not in (a, b) else None,
                "shared_operator_count": 1,
                "shared_provider_count": 1,
                "a_only_capabilities": sight if a == BETA else 0,
                "b_only_capabilities": sight if b == BETA else 0,
                "both_capabilities": tools,
                "not_established_capabilities": (1 << len(CAPABILITIES)) - 1 - tools - sight,
                "cost_ratio_seed_chat": seed[a] / seed[b] if all(known) else None,
                "cost_state_seed_chat": COST_STATE[known],
                "friction_a_to_b": "low",
                "friction_b_to_a": "low",
                "friction_kinds_a_to_b": 1,
                "friction_kinds_b_to_a": 1,
                "completeness_min": min(one["completeness"], other["completeness"]),
                "oldest_fact_at": EARLIER,
                "open_issue_count": 0,
                "indexable": all(known),
                "noindex_reason": None if all(known) else "no_price",
                "content_hash": len(rows) - 3,
            }
        )
    return to_arrow(
        pd.DataFrame([{name: row.get(name) for name in PAIRS.column_names} for row in rows]), PAIRS
    )


def stage_pairs(rows: pa.Table, folder: Path) -> Parts:
    """The rows in two part files, four and the rest, as they stand."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate((rows.slice(0, 4), rows.slice(4))):
        pq.write_table(part, folder / f"pairs-{number}.parquet")
    return Parts(open_store(folder), ("pairs-0.parquet", "pairs-1.parquet"))
