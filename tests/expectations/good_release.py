"""A small release without faults: five models, twelve offers, six pairs."""

from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from llmpairs.expectations.staged import PartFiles
from llmpairs.expectations.suites.recomputed_inputs import READS
from llmpairs.transforms.pairs.fingerprint import fingerprint_models
from llmpairs.transforms.pairs.model_arrays import COMPARED_TABLES
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES, PAIRS
from llmpairs.warehouse.convert import to_arrow
from llmpairs.warehouse.store import open_store
from llmpairs.warehouse.vocabulary import CAPABILITIES, FRICTIONS
from tests.expectations.good_catalogue import (
    ALPHA,
    AS_OF,
    BETA,
    COMPARED,
    DELTA,
    EARLIER,
    GAMMA,
    PARENT_RUN_ID,
    RUN_ID,
    model_capabilities,
    models,
    offers,
    provider,
    tabulate,
)
from tests.expectations.good_costs import SCENARIOS, model_scenario_costs, offer_scenario_costs
from tests.expectations.good_decisions import decisions_of, outcomes_of
from tests.expectations.good_evidence import evidence_tables
from tests.expectations.good_scores import (
    benchmark_scores,
    benchmarks_of,
    model_quality,
    model_tokenizers,
    tokenizer_rates,
)
from tests.transforms.pairs.reference_digest import digest_pairs


def good_frames(folder: Path) -> dict[str, Any]:
    """Every frame that the suites read; the parent release equals the current one. Pairs are written to `folder`."""
    offer_rows = offers()
    costs = offer_scenario_costs(offer_rows)
    frames: dict[str, Any] = {
        "models": models(),
        "offers": offer_rows,
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
        "benchmark_scores": benchmark_scores(),
        "model_quality": model_quality(),
        "tokenizer_rates": tokenizer_rates(),
        "model_tokenizers": model_tokenizers(),
        "run": pd.DataFrame({"run_id": [RUN_ID], "as_of": [AS_OF], "rules_changed": [False]}),
        "scenarios": pd.DataFrame(SCENARIOS),
    } | evidence_tables()
    parents = ("models", "offers", "identities", "price_history", *READS)
    frames |= {f"parent_{name}": frames[name].copy() for name in parents}
    frames["parent_sources"] = frames["sources"].assign(run_id=PARENT_RUN_ID)
    frames["pairs"] = frames["parent_pairs"] = stage_pairs(pair_rows(frames), folder)
    frames["pair_changes"] = stage_changes(folder)
    return frames


SIGHT = ("lost_capability", "modality_loss")
# Shared providers and operators, open issues, kinds of effort from A to B and back; by hand from the tables.
RECOMPUTED: dict[tuple[str, str], tuple[int, int, tuple[str, ...], tuple[str, ...]]] = {
    (ALPHA, BETA): (2, 1, (), SIGHT),
    (ALPHA, DELTA): (1, 4, (), ()),
    (ALPHA, GAMMA): (1, 2, ("context_shrink", "licence_change"), ("licence_change",)),
    (BETA, DELTA): (1, 3, SIGHT, ()),
    (BETA, GAMMA): (1, 1, (*SIGHT, "context_shrink", "licence_change"), ("licence_change",)),
    (DELTA, GAMMA): (1, 4, ("context_shrink",), ()),
}
UNDECIDED = [(ALPHA, DELTA), (BETA, DELTA)]
COST_STATE = {(True, True): "both_known", (False, True): "a_unknown", (True, False): "b_unknown"}


def pair_rows(frames: dict[str, Any]) -> pa.Table:
    """The six pairs of the compared models as PAIRS."""
    sides = frames["models"].set_index("model_id")
    seed = frames["model_scenario_costs"].query("scenario_id == 'seed_chat'").set_index("model_id")["cheapest_usd"]
    tools, sight = 1 << CAPABILITIES.index("function_calling"), 1 << CAPABILITIES.index("vision")
    rows: list[dict[str, Any]] = []
    for a, b in combinations(COMPARED, 2):
        one, other = sides.loc[a], sides.loc[b]
        licences = (one["license_spdx"], other["license_spdx"])
        known = (pd.notna(seed[a]), pd.notna(seed[b]))
        shared, issues, *obstacles = RECOMPUTED[a, b]
        kinds = [sum(1 << FRICTIONS.index(kind) for kind in way) for way in obstacles]
        worst = ["high" if "modality_loss" in way else "medium" if way else "none" for way in obstacles]
        rows.append(
            {
                "model_a_id": a,
                "model_b_id": b,
                "relation": "sibling" if b == BETA else "none",
                "release_gap_days": (other["released_date"] - one["released_date"]).days,
                "context_ratio": one["context_tokens"] / other["context_tokens"],
                "same_license": licences[0] == licences[1] if DELTA not in (a, b) else None,
                "shared_operator_count": shared,
                "shared_provider_count": shared,
                "a_only_capabilities": sight if a == BETA else 0,
                "b_only_capabilities": sight if b == BETA else 0,
                "both_capabilities": tools,
                "not_established_capabilities": (1 << len(CAPABILITIES)) - 1 - tools - sight,
                **decisions_of(a, b),
                **outcomes_of(a, b),
                "cost_state_seed_chat": COST_STATE[known],
                "friction_a_to_b": worst[0],
                "friction_b_to_a": worst[1],
                "friction_kinds_a_to_b": kinds[0],
                "friction_kinds_b_to_a": kinds[1],
                **benchmarks_of(a, b),
                "completeness_min": min(one["completeness"], other["completeness"]),
                "oldest_fact_at": EARLIER,
                "open_issue_count": issues,
                "indexable": (a, b) not in UNDECIDED,
                "noindex_reason": "nothing_decided" if (a, b) in UNDECIDED else None,
                "content_hash": 0,
            }
        )
    table = to_arrow(pd.DataFrame([{name: row.get(name) for name in PAIRS.column_names} for row in rows]), PAIRS)
    digested = {name: frames[name] for name in COMPARED_TABLES if "model_id" in frames[name]}
    hashes = pa.array(digest_pairs(table, fingerprint_models(digested).to_dict()), pa.int64())
    return table.set_column(table.schema.get_field_index("content_hash"), table.schema.field("content_hash"), hashes)


def rows_with(frames: dict[str, Any], change: dict[str, Any]) -> pa.Table:
    """The pairs with columns of the first row (alpha with beta) changed; ids and nulls as they come."""
    table = pair_rows(frames)
    for name, value in change.items():
        field = table.schema.field(name)
        values = table[name].to_pylist()
        column = pa.array([value, *values[1:]], field.type)
        table = table.set_column(table.schema.get_field_index(name), field.with_nullable(True), column)
    return table


def stage_pairs(rows: pa.Table, folder: Path) -> PartFiles:
    """Write the rows to two part files: four, and the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate((rows.slice(0, 4), rows.slice(4))):
        pq.write_table(part, folder / f"pairs-{number}.parquet")
    return PartFiles(open_store(folder), ("pairs-0.parquet", "pairs-1.parquet"))


def stage_changes(folder: Path, name: str = "pair_changes.parquet", **changes: Any) -> PartFiles:
    """Write one changed pair, with `changes` to its columns."""
    folder.mkdir(parents=True, exist_ok=True)
    row = {"model_a_id": ALPHA, "model_b_id": BETA, "kind": "changed", "blocks": 1, "causes": 1} | changes
    pq.write_table(to_arrow(pd.DataFrame([row]), PAIR_CHANGES), folder / name)
    return PartFiles(open_store(folder), (name,))
