"""A small published release in which every question of the cookbook has an answer, and near misses beside it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.convert import from_arrow
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import open_store
from tests.pages.example_release import Row, Rows, capability, compute, model, offer, quality, score
from tests.warehouse.samples import GPT, frame, manifest_of

RUN = "20260614T235900Z"
AS_OF = datetime(2026, 6, 14, 23, 59, tzinfo=UTC)
DOUBAO, DEEPSEEK, NOVA = ("bytedance-seed/doubao-seed-2.0-pro", "deepseek/deepseek-v4-pro", "amazon/nova-lite")
BEDROCK = "amazon-bedrock"


def day(number: int) -> datetime:
    """23:59 UTC of a day of June 2026."""
    return datetime(2026, 6, number, 23, 59, tzinfo=UTC)


def tier(start: int, prices: tuple[float | None, float | None], **more: Any) -> Row:
    return {
        "min_prompt_tokens": start, "input_usd_per_mtok": prices[0], "output_usd_per_mtok": prices[1],
        "cache_read_usd_per_mtok": None, "cache_write_usd_per_mtok": None, "is_marginal": False, **more,
    }  # fmt: skip


def models() -> list[Row]:
    first = {"first_seen_at": day(1)}
    return [
        model(GPT, "gpt-oss-120b", context_tokens=131_072, offer_count=5, operator_count=3, **first),
        model(DOUBAO, "Doubao Seed 2.0 Pro", context_tokens=256_000, offer_count=4, operator_count=2, **first),
        model(DEEPSEEK, "DeepSeek V4 Pro", context_tokens=131_072, offer_count=3, operator_count=2, **first),
        model(NOVA, "Nova Lite", context_tokens=300_000, offer_count=1, operator_count=1, first_seen_at=day(12)),
        model(
            "z-ai/glm-5", "GLM-5", context_tokens=65_536, offer_count=1, operator_count=1, retire_on=date(2026, 8, 1),
            successor_model_id=DOUBAO, first_seen_at=day(8),
        ),
    ]  # fmt: skip


def offers() -> list[Row]:
    reached = tier(32_000, (0.7, 3.5))
    return [
        offer(GPT, "helicone", "unspecified", (0.04, 0.16), route_kind="aggregate"),
        offer(GPT, "openrouter", "dekallm", (0.039, 0.18), route_kind="via_aggregator", quantization="bf16"),
        offer(GPT, "openrouter", BEDROCK, (0.03, 0.12), route_kind="via_aggregator"),
        offer(GPT, BEDROCK, BEDROCK, (0.15, 0.6)),
        offer(GPT, "openai", "openai", (0.1, 0.4), is_first_party=True),
        offer(DOUBAO, "volcengine", "volcengine", (0.02, 0.1), context_tokens=256_000, price_tiers=[
            reached, tier(128_000, (9.0, 9.0)),
        ]),
        offer(DOUBAO, "aihubmix", "unspecified", (0.03, 0.12), context_tokens=256_000, price_tiers=[
            tier(64_000, (None, 5.0)), tier(32_000, (0.1, 3.0)),
        ]),
        offer(DOUBAO, "kilo", "unspecified", (0.01, 0.01), context_tokens=32_000),
        offer(DOUBAO, "novita-ai", "novita-ai", (0.02, 0.02), context_tokens=256_000, price_tiers=[
            tier(16_000, (1.0, 1.0), is_marginal=True),
        ]),
        offer(DEEPSEEK, "zenmux", "unspecified", (0.2, 0.3), first_seen_at=day(10)),
        offer(DEEPSEEK, "groq", "groq", (0.3, 0.5), retire_on=date(2026, 9, 12), first_seen_at=day(1)),
        offer(DEEPSEEK, "baseten", "baseten", (0.3, 0.9), retire_on=date(2026, 9, 13), first_seen_at=day(1)),
        offer(NOVA, BEDROCK, BEDROCK, (0.06, 0.24), first_seen_at=day(12)),
        offer("z-ai/glm-5", "z-ai", "z-ai", (0.9, 2.8), is_first_party=True, first_seen_at=day(8)),
    ]  # fmt: skip


def offer_capabilities() -> list[Row]:
    able = {
        "volcengine/volcengine/doubao-seed-2.0-pro": ("function_calling", "vision"),
        "aihubmix/unspecified/doubao-seed-2.0-pro": ("function_calling", "vision", "structured_outputs"),
        "kilo/unspecified/doubao-seed-2.0-pro": ("function_calling",),
        "openrouter/dekallm/gpt-oss-120b": ("function_calling", "structured_outputs"),
        "helicone/unspecified/gpt-oss-120b": ("vision", "structured_outputs"),
        "amazon-bedrock/amazon-bedrock/nova-lite": ("structured_outputs", "vision"),
        "z-ai/z-ai/glm-5": ("structured_outputs", "vision"),
    }
    return [
        {"offer_id": f"{route}/-/standard", "capability": name, "state": "yes", "effective": "yes"}
        for route, names in able.items()
        for name in names
    ]


def span(offer_id: str, price: float, valid: tuple[datetime, datetime | None], **more: Any) -> Row:
    """One span of a price, known since its start and still; `known` says otherwise."""
    known_from, known_to = more.pop("known", (valid[0], None))
    return {
        "offer_id": offer_id, "field": "input_usd_per_mtok", "usd_per_mtok": price, "source_id": "zenmux",
        "valid_from": valid[0], "valid_to": valid[1], "known_from": known_from, "known_to": known_to,
        "valid_from_kind": "first_seen", **more,
    }  # fmt: skip


def price_history() -> list[Row]:
    """What became of two routes' prices, a correction and another witness's word among it."""
    zenmux, groq = (f"{route}/deepseek-v4-pro/-/standard" for route in ("zenmux/unspecified", "groq/groq"))
    spring, april = day(1) - timedelta(80), day(1) - timedelta(60)
    output = {"field": "output_usd_per_mtok"}
    return [
        # Said on the 1st, ended on the 10th: the open row is superseded by the one with an end.
        span(zenmux, 0.25, (day(1), None), known=(day(1), day(10))),
        span(zenmux, 0.25, (day(1), day(10)), known=(day(10), None)),
        span(zenmux, 0.2, (day(10), None)),
        # A slip of the source on the 5th that was taken back on the 7th: no change of the world.
        span(groq, 0.003, (day(5), None), known=(day(5), day(7))),
        span(groq, 0.4, (day(1), None), known=(day(1), day(12))),
        span(groq, 0.4, (day(1), day(12)), known=(day(12), None)),
        span(groq, 0.3, (day(12), None), source_id="models_dev"),
        # Dearer, and a fall of two months ago.
        span(groq, 0.4, (day(1), day(3)), **output),
        span(groq, 0.5, (day(3), None), **output),
        span(zenmux, 0.6, (spring, april), **output),
        span(zenmux, 0.3, (april, None), **output),
        span(groq, 0.03, (day(1), None), field="cache_read_usd_per_mtok"),  # never moved
    ]


def rows() -> Rows:
    """Every table that is not computed."""
    return {
        "models": models(),
        "offers": offers(),
        "offer_capabilities": offer_capabilities(),
        "model_capabilities": [
            capability(GPT, "vision", "no"), capability(DOUBAO, "vision", "yes"), capability(NOVA, "vision", "yes"),
            capability(GPT, "function_calling", "yes"), capability(DOUBAO, "function_calling", "yes"),
        ],
        "providers": [{"provider_id": name, "name": name} for name in sorted({row["provider_id"] for row in offers()})],
        "model_quality": [quality(GPT, 101.0), quality(DOUBAO, 96.0), quality(DEEPSEEK, 92.0)],
        "benchmark_scores": [
            score(id_, f"bench-{number}", value + number)
            for id_, value in ((GPT, 50.0), (DOUBAO, 60.0), (DEEPSEEK, 40.0))
            for number in range(6)
        ],
        "price_history": price_history(),
        "model_redirects": [
            {"old_model_id": "openai/gpt-oss-120", "model_id": GPT, "reason": "renamed", "since": AS_OF},
        ],
    }  # fmt: skip


def publish_release(
    folder: Path | str,
    tables: Rows | None = None,
    run_id: str = RUN,
    parent: str | None = None,
    changes: Iterable[Row] = (),
) -> str:
    """The release as a published warehouse, or a further one in it; returns its address."""
    store = open_store(folder)
    given = tables or rows()
    frames, _, pairs = compute({name: each for name, each in given.items() if name != "sources"})
    frames["pairs"] = from_arrow(pairs)
    for table in RELEASE_TABLES:
        stage_table(store, run_id, table.name, frames.get(table.name, frame(table.name)))
    log: Rows = {"runs": [{"state": "published"}], "sources": given.get("sources", []), "changes": list(changes)}
    for name in ("runs", "quality_results", "changes", "sources", "captures"):
        logged = [{"run_id": run_id, "as_of": AS_OF, **row} for row in log.get(name, [])]
        append_log(store, name, run_id, frame(name, *logged))
    write_manifest(store, run_id, manifest_of(store, run_id, parent))
    publish(store, run_id)
    return str(folder)
