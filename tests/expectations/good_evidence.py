"""Claims, identities, holds, history, gaps and sources of the small release."""

from typing import Any

import pandas as pd

from llmpairs.warehouse.claim_values import format_published
from llmpairs.warehouse.contracts.models import MODELS
from llmpairs.warehouse.contracts.offers import OFFERS
from llmpairs.warehouse.convert import empty_frame
from tests.expectations.good_catalogue import ALPHA, AS_OF, BETA, DELTA, EARLIER, RUN_ID, models, offers, tabulate
from tests.expectations.good_scores import ARENA_TERMS


def fact(fact_id: str, subject: str, field: str, value: str, **values: Any) -> dict[str, Any]:
    is_offer = subject.count("/") == 4
    return {
        "fact_id": fact_id,
        "subject_kind": "offer" if is_offer else "model",
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
        "provider_model_key": subject.split("/")[2] if is_offer else "alpha-1.5",
        "observed_at": AS_OF,
        "is_chosen": True,
        "reason": "chosen",
    } | values


def facts() -> pd.DataFrame:
    """The claims of every stated value of the models and offers, and a few more."""
    unchosen = {"is_chosen": False, "reason": "not_declared", "basis": "default"}
    named = [
        fact("f-caps", ALPHA, "capability:function_calling", "yes"),
        fact("f-context", ALPHA, "context_tokens", "131072"),
        fact("f-context-2", ALPHA, "context_tokens", "128000", **unchosen),
        fact("f-price", "acme/acme/alpha-1.5/-/standard", "input_usd_per_mtok", "0.039"),
    ]
    stated = pd.concat([format_published(models(), MODELS), format_published(offers(), OFFERS)])
    taken = {(row["subject_id"], row["field"]) for row in named}
    rest = [
        fact(f"f-{number}", subject, field, value)
        for number, (subject, field, value) in enumerate(stated.to_numpy())
        if (subject, field) not in taken
    ]
    return tabulate("facts", named + rest)


def identity(key: str, model_id: str | None, **values: Any) -> dict[str, Any]:
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
            "nights_absent": 0,
        }
        | (resolved if model_id else unresolved)
        | values
    )


def history_row(valid_from: pd.Timestamp, price: float, **values: Any) -> dict[str, Any]:
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
    } | values


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


def source(source_id: str, **values: Any) -> dict[str, Any]:
    return {
        "run_id": RUN_ID,
        "source_id": source_id,
        "title": source_id,
        "kind": "catalogue",
        "lineage": source_id,
        "homepage": f"https://{source_id}.example",
        "terms": "MIT",
        "redistributable": True,
        "verified": "capture",
        "state": "ok",
        "items": 100,
        "pages_asked": 1,
        "pages_answered": 1,
        "pages_not_due": 0,
        "rejected_entries": 2,
        "unknown_keys": [],
        "filled_fields": [{"field": "offer.model_key", "items": 50}, {"field": "offer.context_tokens", "items": 45}],
        "captured_at": AS_OF,
        "carried_items": 0,
        "late_after": AS_OF + pd.Timedelta(hours=26),
        "expires_at": AS_OF + pd.Timedelta(days=7),
    } | values


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
        "nights_seen": 1,
        "incident": "models_dev/zeta/scale/2026-05-18",
        "pairs_affected": 3,
        "state": "held",
        "source_id": "models_dev",
        "capture_id": "c1",
    }
    moved = hold | {
        "hold_id": "h3",
        "subject_kind": "identity",
        "subject_id": "openrouter|router|alpha-latest",
        "field": "model_id",
        "published_value": ALPHA,
        "candidate_value": BETA,
        "rule": "Q29 alias moved",
        "incident": "openrouter/router/q29",
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
        "state": "settled",
        "decision": "131072",
        "decided_by": "r",
        "pairs_affected": 3,
    }
    reopened = disagreement | {
        "disagreement_id": "d2",
        "field": "max_output_tokens",
        "state": "reopened",
        "decision": None,
        "changed_since": "litellm=128000, was 65536",
    }
    closed = {"valid_to": AS_OF}
    return {
        "identities": tabulate(
            "identities",
            [
                identity("acme/alpha", ALPHA),
                identity("alpha-latest", ALPHA, is_pointer=True),
                identity("acme/beta", BETA),
                identity("alpha-1.5", ALPHA, source_id="models_dev", provider_id="acme"),
                identity("mystery", None),
            ],
        ),
        "facts": facts(),
        "holds": tabulate(
            "holds",
            [
                hold,
                hold | {"hold_id": "h2", "state": "rejected", "decided_by": "r", "candidate_value": "900.0"},
                hold | {"hold_id": "h4", "state": "accepted", "decided_by": "r", "candidate_value": "1.0"},
                moved,
            ],
        ),
        "disagreements": tabulate("disagreements", [disagreement, reopened]),
        "price_history": tabulate("price_history", [history_row(EARLIER, 2.0, **closed), history_row(AS_OF, 1.0)]),
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
                source("arena", kind="benchmark", state="not_configured", cause="no key", items=0)
                | {"terms": ARENA_TERMS, "redistributable": False},
            ],
        ),
        "quarantine": empty_frame("quarantine"),
        "captures": pd.DataFrame({"capture_id": ["c1"], "captured_at": [AS_OF], "late": [False]}),
    }
