"""Models, offers, providers and capabilities of a small release without faults."""

import datetime as dt
from typing import Any

import pandas as pd

from llmpairs.warehouse.contracts import TABLES
from llmpairs.warehouse.convert import from_arrow, to_arrow
from llmpairs.warehouse.vocabulary import CAPABILITIES

AS_OF = pd.Timestamp("2026-06-08T23:59:00Z")
RUN_ID = "20260608T235900Z"
PARENT_RUN_ID = "20260607T235900Z"
EARLIER = pd.Timestamp("2026-06-01T00:00:00Z")
ALPHA, BETA, DELTA, GAMMA, EMBED = ("acme/alpha-1.5", "acme/beta-2", "zeta/delta-4", "zeta/gamma-3", "zeta/embed")
COMPARED = (ALPHA, BETA, DELTA, GAMMA)
TIER = {
    "min_prompt_tokens": 100_000,
    "input_usd_per_mtok": 0.04,
    "output_usd_per_mtok": None,
    "cache_read_usd_per_mtok": 0.02,
    "cache_write_usd_per_mtok": None,
    "is_marginal": False,
}


def tabulate(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as the frame that the gate reads: missing columns are null, types follow the contract."""
    table = TABLES[name]
    frame = pd.DataFrame([{column: row.get(column) for column in table.column_names} for row in rows])
    return from_arrow(to_arrow(frame, table))


def model(model_id: str, **values: Any) -> dict[str, Any]:
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
    } | values


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
            model(EMBED, kind="embedding", is_text_generating=False, context_tokens=512, max_output_tokens=None),
        ],
    )


def offer(
    offer_id: str, model_id: str | None, prices: tuple[float | None, float | None], **values: Any
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
        "operator_known": operator != "unspecified",
        "operator_runs": 7,
        "is_list_offer": provider == (model_id or "").split("/")[0],
        "is_price_outlier": False,
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
    } | values


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
    return tabulate("model_capabilities", [capability(m, name) for m in (*COMPARED, EMBED) for name in CAPABILITIES])


def provider(provider_id: str, kind: str, offer_count: int) -> dict[str, Any]:
    seen = {"first_seen_at": EARLIER, "last_seen_at": AS_OF}
    return {"provider_id": provider_id, "name": provider_id, "kind": kind, "offer_count": offer_count} | seen
