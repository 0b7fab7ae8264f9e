"""A release of three models as rows, as pages and as a published warehouse.

gpt-oss-120b has prices and no vision; Qwen3.5-4B has vision and a price of 0 without an explanation; Llama 4 Scout
has a restricted licence and a lab's own scores.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import pandas as pd
import pyarrow as pa

from llmpairs.pages.content.pair import PageContext, build_page
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.profile import describe_models
from llmpairs.pages.content.schema import Profile, Sentence
from llmpairs.pages.content.workload_outcomes import describe_outcome, find_fits
from llmpairs.pages.rows import CandidateRow, PageRows, SourceRow
from llmpairs.transforms.pairs.build import pair_blocks
from llmpairs.transforms.pairs.costs import cost_models, cost_offers
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES, build_model_arrays
from llmpairs.transforms.pairs.scenarios import load_scenarios
from llmpairs.transforms.pricing.price_bases import PRICE, best_prices, list_prices
from llmpairs.warehouse.contracts import RELEASE_TABLES
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.convert import conform, from_arrow, to_arrow
from llmpairs.warehouse.log import append_log
from llmpairs.warehouse.query import to_plain
from llmpairs.warehouse.releases import publish, stage_table, write_manifest
from llmpairs.warehouse.store import open_store
from tests.warehouse.samples import AS_OF, GPT, QWEN, RUN, frame, manifest_of

T = TypeVar("T")
Row = dict[str, Any]
Rows = dict[str, list[Row]]
LLAMA = "meta-llama/llama-4-scout"
SEEN = datetime(2026, 6, 8, 20, 24, 18, tzinfo=UTC)
CAPTURE = {"source_id": "models_dev", "capture_id": "c0ffee", "observed_at": SEEN}
MADE: dict[tuple[str, str], Any] = {}
"""What `reuse` has made."""
OFFER_CAPTURE = {f"price_{name}": value for name, value in CAPTURE.items()}


def model(model_id: str, name: str, **more: Any) -> Row:
    """A live text model."""
    maker, _, bare = model_id.partition("/")
    return {
        "model_id": model_id, "slug": f"{maker}--{bare}", "display_name": name, "developer_id": maker, "kind": "text",
        "is_text_generating": True, "is_live": True, "lifecycle": "active", "identity_basis": "anchored",
        "completeness": 0.75, "input_modalities": ["text"], "output_modalities": ["text"], **more,
    }  # fmt: skip


def offer(model_id: str, provider: str, operator: str, prices: tuple[float, float] | None, **more: Any) -> Row:
    """An active offer on the standard tier."""
    key = model_id.partition("/")[2]
    priced: Row = {"price_kind": "unknown", "price_missing_reason": "not_listed", "ineligible_reason": "price_missing"}
    if prices is not None:
        blended = (3 * prices[0] + prices[1]) / 4
        priced = {
            "price_kind": "metered", "input_usd_per_mtok": prices[0], "output_usd_per_mtok": prices[1],
            "blended_3to1_usd_per_mtok": blended, "eligible": True, **OFFER_CAPTURE,
        }  # fmt: skip
    return {
        "offer_id": f"{provider}/{operator}/{key}/-/standard", "model_id": model_id, "provider_id": provider,
        "operator_id": operator, "operator_known": operator != "unspecified", "is_list_offer": False,
        "is_price_outlier": False, "provider_model_key": key, "route_tag": "-", "route_kind": "direct",
        "service_tier": "standard", "offer_status": "active", "currency": "USD", "context_tokens": 131_072,
        "last_seen_at": SEEN, **priced, **more,
    }  # fmt: skip


def capability(model_id: str, name: str, state: str, rule: str = "declared_yes", **more: Any) -> Row:
    """A capability with its evidence; an unknown one has none."""
    evidence: Row = {"fact_id": f"{model_id} {name}", **CAPTURE} if state != "unknown" else {}
    return {"model_id": model_id, "capability": name, "state": state, "rule": rule, **evidence, **more}


def score(model_id: str, benchmark: str, value: float, **more: Any) -> Row:
    """A comparable score of a third party."""
    return {
        "model_id": model_id, "benchmark": benchmark, "version": "v1", "metric": "score", "harness": "own",
        "effort": "high", "evaluator_class": "third_party", "value": value, "unit": "percent", "metric_low": 0.0,
        "metric_high": 100.0, "higher_is_better": True, "is_comparable": True, "printed_value": str(value), **CAPTURE,
        **more,
    }  # fmt: skip


def quality(model_id: str, index: float, **more: Any) -> Row:
    """A measured quality index with an interval of 4.9 points."""
    return {
        "model_id": model_id, "domain": "general", "index": index, "low95": index - 4.9, "high95": index + 4.9,
        "basis": "measured", "families": 2, "families_doubted": 0, "scores_used": 4, "effort": "high", "sd_own": 2.5,
        "sd_factor_1": 0.0, "sd_factor_2": 0.0, "sd_factor_3": 0.0, "sd_factor_4": 0.0, "formula_version": "1", **more,
    }  # fmt: skip


def example_rows() -> Rows:
    """Tables of the release, without those that are computed from them."""
    return {
        "models": [
            model(
                GPT, "gpt-oss-120b", released_date=date(2025, 8, 5), released_precision="day", context_tokens=131_072,
                max_output_tokens=32_768, architecture="moe", is_open_weights=True, license_spdx="Apache-2.0",
                license_class="open", knowledge_cutoff_date=date(2024, 6, 1), family="gpt-oss", offer_count=4,
                operator_count=3,
            ),
            model(
                QWEN, "Qwen3.5-4B", released_date=date(2026, 3, 2), released_precision="day", context_tokens=262_144,
                max_output_tokens=65_536, is_open_weights=True, license_spdx="Apache-2.0", license_class="open",
                input_modalities=["image", "text"], family="qwen", offer_count=1, operator_count=1,
            ),
            model(
                LLAMA, "Llama 4 Scout", released_date=date(2025, 4, 5), released_precision="day",
                context_tokens=1_048_576, license_spdx="LicenseRef-llama4", license_class="restricted",
                is_open_weights=True, family="llama", offer_count=1, operator_count=1,
            ),
        ],
        "model_capabilities": [
            capability(GPT, "vision", "no", "exhaustive_list", is_disputed=True, witnesses_against=2),
            capability(GPT, "multimodal_input", "no", "exhaustive_list"),
            capability(GPT, "function_calling", "yes"),
            capability(GPT, "structured_outputs", "yes"),
            capability(GPT, "reasoning", "yes"),
            capability(QWEN, "vision", "yes"),
            capability(QWEN, "multimodal_input", "yes"),
            capability(QWEN, "function_calling", "yes"),
            capability(QWEN, "structured_outputs", "unknown", "no_evidence"),
            capability(LLAMA, "vision", "yes"),
            capability(LLAMA, "function_calling", "yes"),
        ],
        "offers": [
            offer(GPT, "helicone", "unspecified", (0.04, 0.16), route_kind="aggregate"),
            offer(GPT, "openrouter", "dekallm", (0.039, 0.18), route_kind="via_aggregator", quantization="bf16"),
            offer(GPT, "deepinfra", "deepinfra", (0.05, 0.24), quantization="fp4"),
            offer(GPT, "groq", "groq", (0.15, 0.75)),
            offer(
                QWEN, "siliconflow-cn", "siliconflow-cn", None, context_tokens=262_144,
                price_missing_reason="zero_of_unknown_kind",
            ),
            offer(LLAMA, "groq", "groq", (0.11, 0.34), context_tokens=131_072),
        ],
        "offer_capabilities": [
            {"offer_id": f"{route}/-/standard", "capability": name, "state": "yes", "effective": "yes"}
            for route, names in (
                ("openrouter/dekallm/gpt-oss-120b", ("function_calling", "structured_outputs")),
                ("deepinfra/deepinfra/gpt-oss-120b", ("function_calling", "structured_outputs")),
                ("siliconflow-cn/siliconflow-cn/qwen3.5-4b", ("function_calling", "vision")),
            )
            for name in names
        ],
        "model_quality": [
            quality(GPT, 101.0), quality(QWEN, 96.0), quality(LLAMA, 92.0, basis="estimated", families=0),
        ],
        "benchmark_scores": [
            *(score(id_, "livebench", value) for id_, value in ((GPT, 61.5), (LLAMA, 48.25))),
            *(
                score(id_, "mmlu-pro", value, evaluator_class="lab_claimed", effort="unspecified")
                for id_, value in ((GPT, 80.75), (LLAMA, 74.375))
            ),
            *(score(id_, "swe-bench", value, redistributable=False) for id_, value in ((GPT, 26.125), (LLAMA, 9.625))),
            score(GPT, "aider-polyglot", 41.8),
            score(LLAMA, "gpqa-diamond", 57.2, version="unspecified", is_comparable=False),
            score(GPT, "gpqa-diamond", 73.1, version="2025"),
        ],
        "coverage_gaps": [
            {"gap_id": "g1", "subject_kind": "model", "subject_id": QWEN, "model_id": QWEN, "field": "price",
             "state": "missing", "severity": "critical", "detail": "zero_of_unknown_kind", "since": AS_OF},
        ],
        "disagreements": [
            {"disagreement_id": "d1", "subject_kind": "model", "subject_id": QWEN, "field": "released_date",
             "chosen_value": "2026-03-02", "claimed_values": ["litellm=2026-02-24", "models_dev=2026-03-02"],
             "lineage_count": 2, "first_seen_at": AS_OF},
        ],
        "holds": [],
        "providers": [
            {"provider_id": id_, "name": name}
            for id_, name in (
                ("helicone", "Helicone"), ("openrouter", "OpenRouter"), ("dekallm", "DekaLLM"),
                ("deepinfra", "Deep Infra"), ("groq", "Groq"), ("siliconflow-cn", "SiliconFlow (China)"),
            )
        ],
        "sources": [
            {"source_id": "models_dev", "title": "models.dev", "kind": "catalogue", "state": "ok"},
            {"source_id": "groq", "title": "Groq price list", "kind": "provider", "state": "ok"},
        ],
        "claims": [
            {"model_id": GPT, "field": "capability:vision", "value": "yes", "claims": 3, "lineages": ["litellm"]},
            {"model_id": QWEN, "field": "released_date", "value": "2026-02-24", "claims": 1, "lineages": ["litellm"]},
        ],
    }  # fmt: skip


def facts_of(rows: Rows) -> list[Row]:
    """The chosen claim behind every spec that a model has."""
    fields = (
        "released_date", "context_tokens", "max_output_tokens", "architecture", "is_open_weights", "license_spdx",
        "knowledge_cutoff_date", "input_modalities", "output_modalities", "deprecated_on",
    )  # fmt: skip
    return [
        {
            "model_id": row["model_id"],
            "field": field,
            "value": str(to_plain(row[field])),
            "basis": "declared",
            **CAPTURE,
        }
        for row in rows["models"]
        for field in fields
        if row.get(field) is not None
    ]


def reuse(step: str, given: Any, make: Callable[[], T]) -> T:
    """What `make` returned for equal rows in this process: most tests change one table of the example."""
    key = (step, repr(given))
    if key not in MADE:
        MADE[key] = make()
    return cast("T", MADE[key])


def tabulate(rows: Rows, name: str) -> tuple[pd.DataFrame, list[Row]]:
    """A table as a frame, and its rows with every column."""

    def make() -> tuple[pd.DataFrame, list[Row]]:
        table = to_arrow(frame(name, *rows[name]), name)
        return from_arrow(table), table.to_pylist()

    made, full = reuse(name, rows[name], make)
    return made.copy(), deepcopy(full)


def compute(rows: Rows) -> tuple[dict[str, Any], Any, pa.Table]:
    """Frames of every table with the costs, the model arrays, and the table of pairs."""
    scenarios = load_scenarios()
    frames = {table.name: tabulate(rows, table.name)[0] for table in RELEASE_TABLES if table.name in rows}
    prices = {"list": list_prices(frames["offers"])[PRICE], "best": best_prices(frames["offers"])}
    for basis, price in prices.items():
        frames["models"][f"{basis}_blended_usd_per_mtok"] = frames["models"]["model_id"].map(price)
    names = ("offers", "offer_capabilities", "model_capabilities")
    priced, own, of_models = (frames[name] for name in names)
    costs = reuse("costs", [rows[name] for name in names], lambda: cost_offers(priced, own, of_models, scenarios))
    frames["offer_scenario_costs"] = costs
    frames["model_scenario_costs"] = cost_models(frames["models"], frames["offers"], costs, scenarios)
    zeros = frames["models"].set_index("model_id")["offer_count"] * 0
    fingerprints = fingerprint_models({name: frames[name] for name in COMPARED_TABLES if "model_id" in frames[name]})
    arrays = build_model_arrays(frames, scenarios, open_issues=zeros, fingerprints=fingerprints)
    pairs = conform(pa.concat_tables(pair_blocks(arrays)), PAIRS)
    return frames, arrays, pairs


def make_page(rows: Rows, left: str = GPT, right: str = QWEN) -> PairPage:
    """The page of two models, left bytewise first, by the functions that `compare` uses."""
    return deepcopy(reuse("page", (rows, left, right), lambda: build_example_page(rows, left, right)))


def build_example_page(rows: Rows, left: str, right: str) -> PairPage:
    """The page, not reused."""
    scenarios = load_scenarios()
    frames, arrays, pairs = reuse("release", rows, lambda: compute(rows))
    tables = {
        name: tabulate(rows, name)[1] if name in rows else to_arrow(frames[name], name).to_pylist() for name in frames
    }
    tables |= {
        "facts": facts_of(rows),
        "claims": rows["claims"],
        "route_states": count_states(rows),
        "text_rates": rows.get("text_rates", []),
        "fits": find_fits(arrays.workloads, arrays.model_ids.to_pylist()),
        "developers": {"openai": "OpenAI"},
        "disagreements": [
            {**row, "model_id": row["subject_id"], "ratio": None, "decision": None} for row in rows["disagreements"]
        ],
    }  # fmt: skip
    profiles = describe_models(cast("PageRows", tables), scenarios)
    ids = arrays.model_ids.to_pylist()
    record = next(row for row in pairs.to_pylist() if (row["model_a_id"], row["model_b_id"]) == (left, right))
    two = (profiles[left], profiles[right])
    positions = (ids.index(left), ids.index(right))
    described = [describe_outcome(each, positions, record, two) for each in arrays.workloads]
    return build_page(two, record, described, make_context(rows, profiles.values()))


def count_states(rows: Rows) -> list[Row]:
    """Number of offers that state each capability."""
    owner = {row["offer_id"]: row["model_id"] for row in rows["offers"]}
    return [
        {"model_id": owner[row["offer_id"]], "capability": row["capability"], "state": row["state"], "routes": 1}
        for row in rows["offer_capabilities"]
    ]


def make_context(rows: Rows, profiles: Iterable[Profile]) -> PageContext:
    """Context of the pages of the release."""
    return PageContext(
        release={"run_id": RUN, "as_of": to_plain(AS_OF)},
        scenarios=load_scenarios(),
        sources=cast("list[SourceRow]", rows["sources"]),
        captures={
            "c0ffee": {"capture_id": "c0ffee", "url": "https://models.dev/api.json", "captured_at": to_plain(SEEN)}
        },
        models=[candidate_of(profile) for profile in profiles],
        history={},
    )  # fmt: skip


def candidate_of(profile: Profile) -> CandidateRow:
    """The model of a profile as one that may be proposed."""
    cheapest = profile["costs"]["seed_chat"]["cheapest"]
    return {
        "model_id": profile["model_id"],
        "display_name": profile["display_name"],
        "slug": profile["slug"],
        "developer_id": profile["developer_id"],
        "family": profile["family"],
        "offer_count": profile["offer_count"],
        "detailed_usd": cheapest and cheapest["usd"],
        "workloads": [],
    }


def change(rows: Rows, table: str, where: Mapping[str, Any], **values: Any) -> Rows:
    """The tables with other values in the rows of a table that match."""
    changed = deepcopy(rows)
    hits = [row for row in changed[table] if all(row.get(name) == value for name, value in where.items())]
    assert hits, f"no row of {table} is {dict(where)}"
    for row in hits:
        row.update(values)
    return changed


def sentences(page: PairPage) -> list[Sentence]:
    """Every generated sentence of a page."""
    lists: Sequence[list[Sentence]] = [
        page["intro"], *page["tradeoffs"], *page["one_sided"], page["summary"],
        [row["answer"] for row in page["questions"]],
    ]  # fmt: skip
    return [row for rows in lists for row in rows]


def publish_pages(folder: Path | str, rows: Rows | None = None) -> str:
    """Publish the release to a warehouse; returns its address."""
    rows = rows or example_rows()
    store = open_store(folder)
    frames, _, pairs = compute(rows)
    facts = [
        {
            "fact_id": f"{number:04d}", "subject_kind": "model", "subject_id": row["model_id"], "is_chosen": True,
            "reason": "chosen", "printed": row["value"], "lineage": "models_dev", **row,
        }
        for number, row in enumerate(facts_of(rows))
    ]  # fmt: skip
    frames["facts"] = frame("facts", *facts)
    frames["pairs"] = from_arrow(pairs)
    for table in RELEASE_TABLES:
        stage_table(store, RUN, table.name, frames.get(table.name, frame(table.name)))
    append_log(store, "sources", RUN, frame("sources", *({"run_id": RUN, **row} for row in rows["sources"])))
    for name in ("runs", "quality_results", "changes", "coverage"):
        append_log(store, name, RUN, frame(name, {"run_id": RUN}))
    capture = {"run_id": RUN, "capture_id": "c0ffee", "source_id": "models_dev", "captured_at": SEEN}
    append_log(store, "captures", RUN, frame("captures", {**capture, "url": "https://models.dev/api.json"}))
    write_manifest(store, RUN, manifest_of(store, RUN))
    publish(store, RUN)
    return str(folder)
