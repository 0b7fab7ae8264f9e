"""Landed rows and run contexts for tests; what a test leaves out is null or a default."""

from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.normalise.family_facts import FamilyReference
from llmpairs.transforms.normalise.source_metadata import SourceMetadata
from llmpairs.transforms.reference_data import load_reference_data
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.contracts.landed import LANDED_MODELS, LANDED_OFFERS, LANDED_PRICES
from llmpairs.warehouse.convert import empty_frame

AS_OF = pd.Timestamp("2026-05-18T20:00:00Z")
load_reference = cache(load_reference_data)
NO_FAMILIES = FamilyReference(())
PRIORITIES = {"models_dev": 3, "litellm": 4, "openrouter": 4, "openrouter_endpoints": 4}


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


def source_metadata() -> SourceMetadata:
    """Metadata of some sources as the registry has it; OpenRouter's rows elsewhere are of its lineage."""
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
        [("openrouter", "*", "prices", "derived"), ("models_dev", "openrouter", "released", "default")],
        columns=["source_id", "provider_key", "field", "basis"],
        dtype="str",
    )
    return SourceMetadata(sources=sources, lineages=lineages, bases=bases, priorities=PRIORITIES)


def run_context(previous: dict[str, DataFrame] | None = None, **given: Any) -> RunContext:
    """A context without decisions, source health and family facts; tables that `previous` leaves out are empty."""
    empty = {table.name: empty_frame(table) for table in RELEASE_TABLES}
    defaults: dict[str, Any] = {
        "as_of": AS_OF.to_pydatetime(), "decisions": DataFrame(), "source_metadata": source_metadata(),
        "reference_data": replace(load_reference(), families=NO_FAMILIES), "source_health": empty_frame("sources"),
    }  # fmt: skip
    return RunContext(previous=empty | (previous or {}), **(defaults | given))
