"""Read the rows that pages need, at once for any number of models, and build the pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from llmpairs.pages.content.model import build_model_page
from llmpairs.pages.content.pair import PageContext, build_page
from llmpairs.pages.content.pair_schema import PairPage
from llmpairs.pages.content.profile import SPECS, describe_models, group_by_model
from llmpairs.pages.content.schema import ModelPage, Profile, ReleaseTime
from llmpairs.pages.content.workload_outcomes import describe_outcome, find_fits
from llmpairs.pages.rows import CandidateRow, CaptureRow, PageRows, PairRow, PriceRow, SourceRow
from llmpairs.transforms.identity.reference_data import load_developer_names
from llmpairs.transforms.pairs.scenarios import Scenarios, load_scenarios
from llmpairs.transforms.pairs.workloads import WorkloadInputs, build_workload_inputs
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import DECISION_CAPTURE, DETAILED_SCENARIO, REVIEW_SOURCE

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

Arrays = dict[str, npt.NDArray[np.object_]]
QUERIES_OF_MODELS = {
    "models": "SELECT * FROM models WHERE model_id IN $1 ORDER BY model_id",
    "offers": "SELECT * FROM offers WHERE model_id IN $1 ORDER BY offer_id",
    "model_capabilities": "SELECT * FROM model_capabilities WHERE model_id IN $1 ORDER BY model_id, capability",
    "offer_capabilities": """SELECT offer_capabilities.* FROM offer_capabilities JOIN offers USING (offer_id)
        WHERE model_id IN $1 ORDER BY offer_id, capability""",
    "model_scenario_costs": "SELECT * FROM model_scenario_costs WHERE model_id IN $1 ORDER BY model_id, scenario_id",
    "model_quality": "SELECT * FROM model_quality WHERE model_id IN $1 ORDER BY model_id, domain",
    "text_rates": """SELECT model_id, tokenizer, language, chars_per_token_low, chars_per_token_high
        FROM model_tokenizers JOIN tokenizer_rates USING (tokenizer) WHERE model_id IN $1 ORDER BY ALL""",
    "benchmark_scores": "SELECT * FROM benchmark_scores WHERE model_id IN $1 ORDER BY ALL",
    "offer_scenario_costs": "SELECT * FROM offer_scenario_costs WHERE model_id IN $1 ORDER BY offer_id, scenario_id",
    "facts": """SELECT subject_id AS model_id, field, value, source_id, basis, capture_id, observed_at FROM facts
        WHERE subject_kind = 'model' AND is_chosen AND subject_id IN $1 ORDER BY subject_id, field""",
    "claims": """SELECT subject_id AS model_id, field, value, count(*)::INTEGER AS claims,
          list(DISTINCT lineage ORDER BY lineage) AS lineages
        FROM facts
        WHERE subject_kind = 'model' AND basis = 'declared' AND reason <> 'implausible' AND subject_id IN $1
          AND (starts_with(field, 'capability:') OR list_contains($2, field))
        GROUP BY ALL ORDER BY ALL""",
    "route_states": """SELECT model_id, capability, state, count(*)::INTEGER AS routes
        FROM offer_capabilities JOIN offers USING (offer_id)
        WHERE offer_status = 'active' AND state <> 'unknown' AND model_id IN $1 GROUP BY ALL ORDER BY ALL""",
    "coverage_gaps": """SELECT model_id, field, state, severity, detail, since FROM coverage_gaps
        WHERE subject_kind = 'model' AND model_id IN $1 ORDER BY model_id, rank_score DESC, field, state""",
    "disagreements": """SELECT coalesce(offers.model_id, subject_id) AS model_id, disagreements.* FROM disagreements
        LEFT JOIN offers ON subject_kind = 'offer' AND offer_id = subject_id
        WHERE coalesce(offers.model_id, subject_id) IN $1 ORDER BY ALL""",
    "holds": """SELECT coalesce(offers.model_id, subject_id) AS model_id, subject_id, field, published_value,
          candidate_value, rule, since, source_id, capture_id
        FROM holds LEFT JOIN offers ON subject_kind = 'offer' AND offer_id = subject_id
        WHERE state = 'held' AND coalesce(offers.model_id, subject_id) IN $1 ORDER BY ALL""",
}  # fmt: skip
WORKLOAD_COLUMNS = {
    "models": ("model_id", "is_live", "is_text_generating"),
    "offers": (
        "offer_id", "model_id", "provider_id", "route_kind", "offer_status", "context_tokens", "max_output_tokens",
    ),
    "model_capabilities": ("model_id", "capability", "state"),
    "offer_capabilities": ("offer_id", "capability", "effective"),
    "model_scenario_costs": ("model_id", "scenario_id", "cheapest_usd", "best_usd"),
}  # fmt: skip
"""Columns that requirements and costs are read from."""
PROVIDERS = "SELECT provider_id, name FROM providers ORDER BY provider_id"
SOURCES = "SELECT source_id, title, kind, state FROM sources WHERE run_id = $1 ORDER BY source_id"
CANDIDATES = """
    SELECT model_id, display_name, slug, developer_id, family, models.offer_count,
      max(cheapest_usd) FILTER (scenario_id = $2) AS detailed_usd,
      coalesce(list(scenario_id ORDER BY scenario_id)
        FILTER (cheapest_usd IS NOT NULL AND list_contains($1, scenario_id)), []) AS workloads
    FROM models LEFT JOIN model_scenario_costs USING (model_id)
    WHERE is_live AND is_text_generating GROUP BY ALL ORDER BY model_id
"""
HISTORY = """
    SELECT offers.model_id, price_history.* FROM price_history JOIN offers USING (offer_id)
    WHERE known_to IS NULL AND offers.model_id IN $1 ORDER BY ALL
"""
PAIRS_AS_STORED = "SELECT * FROM pairs WHERE model_a_id IN $1 AND model_b_id IN $2"
PAIR_TURNED = "SELECT * FROM pairs_of($1) WHERE model_b_id = $2"
CAPTURES = """
    SELECT DISTINCT ON (capture_id) capture_id, url, captured_at FROM captures
    WHERE capture_id IN (SELECT unnest($1)) ORDER BY capture_id, run_id
"""
DECISIONS = f"""
    SELECT DISTINCT ON (capture_id) capture_id, locator AS url, observed_at AS captured_at FROM facts
    WHERE source_id = '{REVIEW_SOURCE}' AND capture_id IN (SELECT unnest($1)) ORDER BY capture_id, fact_id
"""
"""Decisions of reviewers that facts cite in place of a capture: the address of the evidence."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Some models of a release, with everything that their pages need."""

    profiles: dict[str, Profile]
    workloads: Sequence[WorkloadInputs]
    """Over the models of `compared`."""
    compared: Sequence[str]
    """The live text-generating ones, bytewise sorted."""
    context: PageContext


def build_pair_pages(con: "Connection", chosen: Selection, pairs: Iterable[tuple[str, str]]) -> Iterator[PairPage]:
    """Build the page of each pair of the selection, with its first model left."""
    position = {model_id: at for at, model_id in enumerate(chosen.compared)}
    requested = list(pairs)
    rows = read_pairs(con, requested)
    for left, right in requested:
        sides, record = (chosen.profiles[left], chosen.profiles[right]), rows[left, right]
        at = (position[left], position[right])
        decisions = [describe_outcome(each, at, record, sides) for each in chosen.workloads]
        yield build_page(sides, record, decisions, chosen.context)


def read_pairs(con: "Connection", pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], PairRow]:
    """Read the row of each pair with its first model as A: as stored, or turned by the view."""
    stored = [pair for pair in pairs if pair[0].encode() < pair[1].encode()]
    parameters = [sorted({a for a, _ in stored}), sorted({b for _, b in stored})]
    rows: list[PairRow] = fetch_rows(con, PAIRS_AS_STORED, parameters)
    for left, right in pairs:
        if left.encode() > right.encode():
            rows += fetch_rows(con, PAIR_TURNED, [left, right])
    return {(row["model_a_id"], row["model_b_id"]): row for row in rows}


def list_most_offered(con: "Connection", count: int) -> list[str]:
    """List the live text-generating models with the most offers, bytewise sorted."""
    found = con.execute(
        """SELECT model_id FROM models WHERE is_live AND is_text_generating
           ORDER BY offer_count DESC, model_id LIMIT $1""",
        [count],
    ).fetchall()
    return sorted((str(row[0]) for row in found), key=str.encode)


def select_models(con: "Connection", run_id: str, ids: Sequence[str], *, include_restricted: bool = False) -> Selection:
    """Read everything that the pages of those models need.

    Scores that may not be redistributed are withheld unless `include_restricted`.
    """
    scenarios = load_scenarios()
    tables = {name: read_models(con, query, ids) for name, query in QUERIES_OF_MODELS.items()}
    if include_restricted:
        tables["benchmark_scores"] = [{**row, "is_withheld": False} for row in tables["benchmark_scores"]]
    arrays = {name: to_arrays(tables[name], columns) for name, columns in WORKLOAD_COLUMNS.items()}
    live = select_live(arrays["models"], ids)
    compared = live["model_id"].tolist()
    workloads = build_workload_inputs(compared, arrays, scenarios)
    added = {
        "providers": fetch_rows(con, PROVIDERS),
        "developers": load_developer_names(),
        "fits": find_fits(workloads, compared),
    }
    return Selection(
        profiles=describe_models(cast("PageRows", {**tables, **added}), scenarios),
        workloads=workloads,
        compared=compared,
        context=_read_context(con, run_id, scenarios, tables | {"price_history": read_models(con, HISTORY, ids)}),
    )


def to_arrays(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> Arrays:
    """Convert columns of rows to arrays, without pandas or Arrow: their import takes longer than one pair."""
    return {name: np.array([row[name] for row in rows], dtype=np.object_) for name in columns}


def select_live(models: Arrays, ids: Sequence[str]) -> Arrays:
    """Select those of the models `ids` that are compared, bytewise by id."""
    requested = set(ids)
    chosen = sorted(
        (id_.encode(), at)
        for at, id_ in enumerate(models["model_id"])
        if id_ in requested and models["is_live"][at] and models["is_text_generating"][at]
    )
    positions = np.array([at for _, at in chosen], dtype=np.int64)
    return {name: column[positions] for name, column in models.items()}


def build_model_pages(chosen: Selection) -> Iterator[ModelPage]:
    """Build the page of each model of the selection."""
    for profile in chosen.profiles.values():
        yield build_model_page(profile, chosen.context)


def read_models(con: "Connection", query: str, ids: Sequence[str]) -> list[Mapping[str, object]]:
    """Fetch the rows of a query of which $1 are the models and $2 the specs."""
    return fetch_rows(con, query, [list(ids), list(SPECS)][: 1 + query.count("$2")])


def _read_context(
    con: "Connection", run_id: str, scenarios: Scenarios, tables: Mapping[str, Sequence[Mapping[str, object]]]
) -> PageContext:
    cited = (row.get("capture_id") or row.get("price_capture_id") for rows in tables.values() for row in rows)
    ids = sorted({str(id_) for id_ in cited if id_ is not None})
    demanding = [each.scenario_id for each in scenarios if each.must_have or each.context_at_least]
    release: ReleaseTime = {"run_id": run_id, "as_of": fetch_rows(con, "SELECT as_of() AS as_of")[0]["as_of"]}
    sources: list[SourceRow] = fetch_rows(con, SOURCES, [run_id])
    captured: list[CaptureRow] = fetch_rows(con, CAPTURES, [ids])
    if any(each.startswith(DECISION_CAPTURE) for each in ids):
        captured += fetch_rows(con, DECISIONS, [ids])
    candidates: list[CandidateRow] = fetch_rows(con, CANDIDATES, [demanding, DETAILED_SCENARIO])
    return PageContext(
        release=release,
        scenarios=scenarios,
        sources=sources,
        captures={row["capture_id"]: row for row in captured},
        models=candidates,
        history=group_by_model(cast("Sequence[PriceRow]", tables["price_history"])),
    )
