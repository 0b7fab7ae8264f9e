"""Small frames of any table: say what matters, the rest is filled with something the contract allows."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import empty_frame, to_arrow
from llmpairs.warehouse.manifest import Manifest
from llmpairs.warehouse.releases import publish, stage_table, verify_staged, write_manifest
from llmpairs.warehouse.schema import contract_of
from llmpairs.warehouse.store import Store

AS_OF = datetime(2026, 6, 8, 23, 59, tzinfo=UTC)
RUN = "20260608T235900Z"
GPT, QWEN, GLM = "openai/gpt-oss-120b", "qwen/qwen3.5-4b", "z-ai/glm-5"


def fill(column: Column) -> Any:
    """A value that the column may hold."""
    if column.nullable:
        return None
    if column.values is not None:
        return column.values[0]
    for test, value in (
        (pa.types.is_string, "x"),
        (pa.types.is_dictionary, "x"),
        (pa.types.is_boolean, False),
        (pa.types.is_integer, int(column.minimum or 0)),
        (pa.types.is_floating, float(column.minimum or 0)),
        (pa.types.is_timestamp, AS_OF),
        (pa.types.is_date, date(2026, 6, 8)),
        (pa.types.is_list, []),
    ):
        if test(column.type):
            return value
    raise TypeError(column.type)


def frame(table: str, *rows: Mapping[str, Any]) -> pd.DataFrame:
    """A frame of the table with these rows."""
    contract = contract_of(table)
    if not rows:
        return empty_frame(contract)
    full = [{column.name: row.get(column.name, fill(column)) for column in contract.columns} for row in rows]
    return pd.DataFrame({name: [row[name] for row in full] for name in contract.column_names}, dtype=object)


def release_frames(cost: float = 76.2) -> dict[str, pd.DataFrame]:
    """A release of three models, one of them without a price."""
    frames = {table.name: empty_frame(table) for table in RELEASE_TABLES}
    names = {GPT: "gpt-oss-120b", QWEN: "Qwen3.5-4B", GLM: "GLM-5"}
    frames["models"] = frame(
        "models",
        *(
            {"model_id": id_, "slug": id_.split("/")[1], "display_name": name, "developer_id": id_.split("/")[0]}
            for id_, name in names.items()
        ),
    )
    frames["model_capabilities"] = frame(
        "model_capabilities",
        {"model_id": GPT, "capability": "vision", "state": "no"},
        {"model_id": GPT, "capability": "function_calling", "state": "yes"},
        {"model_id": GPT, "capability": "reasoning", "state": "yes"},
        {"model_id": QWEN, "capability": "vision", "state": "yes"},
        {"model_id": QWEN, "capability": "reasoning", "state": "unknown"},
    )
    frames["model_redirects"] = frame(
        "model_redirects", {"old_model_id": "zhipu/glm-5", "model_id": GLM, "reason": "renamed"}
    )
    frames["providers"] = frame("providers", {"provider_id": "openrouter", "name": "OpenRouter", "kind": "aggregator"})
    route = "openrouter/groq/gpt-oss-120b/-/standard"
    frames["offers"] = frame(
        "offers",
        {
            "offer_id": route,
            "model_id": GPT,
            "provider_id": "openrouter",
            "operator_id": "groq",
            "price_kind": "metered",
            "input_usd_per_mtok": 0.039,
            "output_usd_per_mtok": 0.18,
            "eligible": True,
        },
        {"offer_id": "siliconflow/siliconflow/qwen/-/standard", "model_id": QWEN, "price_kind": "unknown"},
    )
    frames["offer_capabilities"] = frame(
        "offer_capabilities",
        {"offer_id": route, "capability": "reasoning", "effective": "yes", "is_inherited": True},
        {"offer_id": route, "capability": "vision", "effective": "no"},
    )
    frames["price_history"] = frame(
        "price_history",
        *(
            {"offer_id": route, "field": "input_usd_per_mtok", "usd_per_mtok": price, "valid_from": day, **more}
            for price, day, more in (
                (0.05, datetime(2026, 4, 1, tzinfo=UTC), {"valid_to": datetime(2026, 5, 1, tzinfo=UTC)}),
                (0.4, datetime(2026, 5, 1, tzinfo=UTC), {"known_to": datetime(2026, 5, 2, tzinfo=UTC)}),
                (0.04, datetime(2026, 5, 1, tzinfo=UTC), {"known_from": datetime(2026, 5, 2, tzinfo=UTC)}),
                (None, datetime(2026, 6, 1, tzinfo=UTC), {}),
            )
        ),
    )
    frames["model_scenario_costs"] = frame(
        "model_scenario_costs",
        {"model_id": GPT, "scenario_id": "seed_chat", "state": "known", "cheapest_usd": cost},
        {"model_id": QWEN, "scenario_id": "seed_chat", "state": "unpriced"},
    )
    frames["pairs"] = frame(
        "pairs",
        {
            "model_a_id": GPT,
            "model_b_id": QWEN,
            "relation": "none",
            "release_gap_days": 209,
            "context_ratio": 0.5,
            "a_only_capabilities": 0,
            "b_only_capabilities": 1,
            "not_established_capabilities": 0b110,
            "cost_state_seed_chat": "b_unknown",
            "friction_a_to_b": "high",
            "friction_b_to_a": "low",
            "friction_kinds_a_to_b": 0b101,
            "friction_kinds_b_to_a": 0b10,
            "shared_benchmark_count": 2,
            "indicative_benchmark_count": 5,
            "a_benchmark_wins": 3,
            "b_benchmark_wins": 1,
        },
        {"model_a_id": GPT, "model_b_id": GLM, "relation": "base", "list_price_ratio": 0.25},
        {"model_a_id": QWEN, "model_b_id": GLM, "cost_state_seed_chat": "a_unknown"},
    )
    return frames


@cache
def tabulate_release(cost: float, contracts: tuple[Table, ...]) -> tuple[tuple[str, pa.Table], ...]:
    """The release as Arrow tables of the present contracts."""
    frames = release_frames(cost)
    return tuple((table.name, to_arrow(frames[table.name], table)) for table in contracts)


def publish_sample(store: Store, run_id: str = RUN, parent: str | None = None, cost: float = 76.2) -> Manifest:
    """A whole published release."""
    for table in tabulate_release(cost, tuple(contract_of(table.name) for table in RELEASE_TABLES)):
        stage_table(store, run_id, *table)
    manifest = write_manifest(store, run_id, manifest_of(store, run_id, parent))
    publish(store, run_id)
    return manifest


def manifest_of(
    store: Store, run_id: str, parent: str | None = None, tables: Iterable[Table | str] = RELEASE_TABLES
) -> Manifest:
    """The manifest of what is staged."""
    return Manifest(
        run_id=run_id,
        as_of=datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        parent_run_id=parent,
        rules_version="rules-1",
        code_version="0.1.0",
        decisions_digest="0" * 64,
        landings={"openrouter": run_id},
        tables=verify_staged(store, run_id, tables),
    )
