"""Landed rows as short as a test can say them; what a test leaves out is null."""

from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.normalise.claims import Standing
from llmpairs.warehouse.contracts.landed import LANDED_MODELS, LANDED_OFFERS, LANDED_PRICES
from llmpairs.warehouse.convert import empty_frame

AS_OF = pd.Timestamp("2026-05-18T20:00:00Z")
RANKS = {"models_dev": 3, "litellm": 4, "openrouter": 4, "openrouter_endpoints": 4}


def landed(table: str, rows: list[dict[str, Any]]) -> DataFrame:
    """Rows of a landed table with the contract's columns and types."""
    contract = {"models": LANDED_MODELS, "offers": LANDED_OFFERS, "prices": LANDED_PRICES}[table]
    defaults: dict[str, Any] = {}
    if table != "prices":
        defaults = {
            "source_id": "models_dev", "url": "https://example.org", "capture_id": "c1", "captured_at": AS_OF,
            "late": False, "locator": "/x", "route_tag": "-", "route_kind": "direct", "service_tier": "standard",
        }  # fmt: skip
    full = [{"row_id": number, **defaults, **row} for number, row in enumerate(rows)]
    frame = DataFrame(full).reindex(columns=contract.column_names)
    types = empty_frame(contract).dtypes
    plain = {name: kind for name, kind in types.items() if str(kind) not in ("object", "datetime64[us, UTC]")}
    return frame.astype(plain)


def quote(row_id: int, use: str, amount: str, per: int = 1_000_000, **more: Any) -> dict[str, Any]:
    """One landed price."""
    return {
        "row_id": row_id, "use": use, "amount": amount, "currency": "USD", "per": per, "unit": "token",
        "min_prompt_tokens": 0, "quote": 0, **more,
    }  # fmt: skip


def standing() -> Standing:
    """Standing of some sources as the registry has it, with OpenRouter's rows elsewhere as its own lineage."""
    week, month = pd.Timedelta(days=7), pd.Timedelta(days=180)
    sources = DataFrame(
        [
            ("models_dev", "catalogue", "models_dev", None, week),
            ("litellm", "catalogue", "litellm", None, week),
            ("openrouter", "catalogue", "openrouter", None, week),
            ("openrouter_endpoints", "catalogue", "openrouter", None, week),
            ("huggingface_cards", "card", "huggingface", None, month),
            ("together", "provider", "togetherai", None, month),
            ("openai_models", "provider", "openai", "openai", month),
        ],
        columns=["source_id", "kind", "lineage", "first_party_of", "expires_after"],
    ).astype({"first_party_of": "str"})
    lineages = DataFrame(
        [("models_dev", "openrouter", "openrouter"), ("litellm", "openrouter", "openrouter")],
        columns=["source_id", "provider_key", "lineage"],
        dtype="str",
    )
    bases = DataFrame(
        [("openrouter", "*", "prices", "derived"), ("models_dev", "openrouter", "released", "derived")],
        columns=["source_id", "provider_key", "field", "basis"],
        dtype="str",
    )
    return Standing(sources=sources, lineages=lineages, bases=bases, ranks=RANKS)
