"""Pages of a release: the rows that they need, read at once for any number of models, and the pages made of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from llmpairs.pages.content.model import build_model_page
from llmpairs.pages.content.pair import Surroundings, build_page
from llmpairs.pages.content.profile import SPECS, describe_models, group
from llmpairs.pages.content.verdicts import describe_decisions, find_fits
from llmpairs.transforms.identity.reference_data import name_developers
from llmpairs.transforms.pairs.decide import Decision, decide_contest
from llmpairs.transforms.pairs.decision_tables import Contest, build_contest
from llmpairs.transforms.pairs.ranges import all_pairs
from llmpairs.transforms.pairs.scenarios import Scenarios, load_scenarios
from llmpairs.transforms.pairs.utilities import build_standings
from llmpairs.warehouse.query_rows import rows_of

if TYPE_CHECKING:
    import duckdb

    Connection = duckdb.DuckDBPyConnection

Row = dict[str, Any]
Arrays = dict[str, npt.NDArray[np.object_]]
OF_MODELS = {
    "models": "SELECT * FROM models WHERE model_id IN $1 ORDER BY model_id",
    "offers": "SELECT * FROM offers WHERE model_id IN $1 ORDER BY offer_id",
    "model_capabilities": "SELECT * FROM model_capabilities WHERE model_id IN $1 ORDER BY model_id, capability",
    "offer_capabilities": """SELECT offer_capabilities.* FROM offer_capabilities JOIN offers USING (offer_id)
        WHERE model_id IN $1 ORDER BY offer_id, capability""",
    "model_scenario_costs": "SELECT * FROM model_scenario_costs WHERE model_id IN $1 ORDER BY model_id, scenario_id",
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
          candidate_value, rule, since, source_id, capture_id, NULL AS observed_at
        FROM holds LEFT JOIN offers ON subject_kind = 'offer' AND offer_id = subject_id
        WHERE state = 'held' AND coalesce(offers.model_id, subject_id) IN $1 ORDER BY ALL""",
}  # fmt: skip
SCORE_COLUMNS = (
    "model_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class", "value", "higher_is_better",
    "metric_low", "metric_high", "is_comparable",
)  # fmt: skip
COMPARED_SCORES = f"""
    SELECT {", ".join(SCORE_COLUMNS)} FROM benchmark_scores SEMI JOIN (
      SELECT benchmark, version, metric, harness, effort, evaluator_class FROM benchmark_scores
      WHERE is_comparable AND model_id IN $1 GROUP BY ALL HAVING count(DISTINCT model_id) > 1
    ) USING (benchmark, version, metric, harness, effort, evaluator_class) ORDER BY ALL
"""
"""Every model's scores in the rows that two of the models share: the spread of a row is taken over all."""
STANDING = {
    "models": ("model_id", "is_live", "is_text_generating", "context_tokens", "license_class", "operator_count"),
    "offers": (
        "offer_id", "model_id", "provider_id", "route_kind", "offer_status", "context_tokens", "max_output_tokens",
    ),
    "model_capabilities": ("model_id", "capability", "state"),
    "offer_capabilities": ("offer_id", "capability", "effective"),
    "model_scenario_costs": ("model_id", "scenario_id", "cheapest_usd"),
}  # fmt: skip
"""What the standing of a model in a workload follows from, beside the scores."""
NAMES = {"providers": "SELECT provider_id, name FROM providers ORDER BY provider_id"}
SOURCES = "SELECT source_id, title, kind, state, homepage FROM sources WHERE run_id = $1 ORDER BY source_id"
PROPOSED = """
    SELECT model_id, display_name, slug, developer_id, family, models.offer_count, models.is_live, kind,
      max(cheapest_usd) FILTER (scenario_id = 'seed_chat') AS seed_chat_usd,
      coalesce(list(scenario_id ORDER BY scenario_id)
        FILTER (cheapest_usd IS NOT NULL AND list_contains($1, scenario_id)), []) AS workloads
    FROM models LEFT JOIN model_scenario_costs USING (model_id)
    WHERE is_live AND is_text_generating GROUP BY ALL ORDER BY model_id
"""
HISTORY = """
    SELECT offers.model_id, price_history.* FROM price_history JOIN offers USING (offer_id)
    WHERE known_to IS NULL AND offers.model_id IN $1 ORDER BY ALL
"""
STRAIGHT = "SELECT * FROM pairs WHERE model_a_id IN $1 AND model_b_id IN $2"
TURNED = "SELECT * FROM pairs_of($1) WHERE model_b_id = $2"
CAPTURES = """
    SELECT DISTINCT ON (capture_id) capture_id, url, captured_at FROM captures
    WHERE capture_id IN (SELECT unnest($1)) ORDER BY capture_id, run_id
"""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Some models of a release, with all that their pages need."""

    profiles: dict[str, Row]
    decisions: Sequence[Decision]
    """One for each workload, over all pairs of `compared`."""
    compared: Sequence[str]
    """The live text-generating ones, bytewise sorted."""
    around: Surroundings


def pages_of(con: "Connection", chosen: Selection, pairs: Iterable[tuple[str, str]]) -> Iterator[Row]:
    """The page of each pair of the selection, its first model left."""
    place = {model_id: at for at, model_id in enumerate(chosen.compared)}
    whole = all_pairs(len(place))
    wanted = list(pairs)
    records = read_records(con, wanted)
    for left, right in wanted:
        low, high = sorted((place[left], place[right]))
        at = int(whole.positions(np.array([low]), np.array([high]))[0])
        sides = (chosen.profiles[left], chosen.profiles[right])
        decisions = describe_decisions(chosen.decisions, at, place[left] > place[right], sides)
        yield build_page(*sides, records[left, right], decisions, chosen.around)


def read_records(con: "Connection", pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Row]:
    """The row of each pair with its first model as A: as it stands, or turned by the view."""
    straight = [pair for pair in pairs if pair[0].encode() < pair[1].encode()]
    rows = rows_of(con, STRAIGHT, [sorted({a for a, _ in straight}), sorted({b for _, b in straight})])
    for left, right in pairs:
        if left.encode() > right.encode():
            rows += rows_of(con, TURNED, [left, right])
    return {(row["model_a_id"], row["model_b_id"]): row for row in rows}


def ids_of(con: "Connection", count: int) -> list[str]:
    """The most offered live text-generating models, bytewise sorted."""
    found = con.execute(
        """SELECT model_id FROM models WHERE is_live AND is_text_generating
           ORDER BY offer_count DESC, model_id LIMIT $1""",
        [count],
    ).fetchall()
    return sorted((str(row[0]) for row in found), key=str.encode)


def select_models(
    con: "Connection",
    run_id: str,
    ids: Sequence[str],
    compared: Sequence[str] | None = None,
    *,
    include_restricted: bool = False,
) -> Selection:
    """Everything the pages of those models need, from one release; of `compared`, else of all, pairs are decided.

    Scores that may not be passed on are withheld unless `include_restricted`.
    """
    scenarios = load_scenarios()
    rows = {name: read(con, query, ids) for name, query in OF_MODELS.items()}
    if include_restricted:
        rows["benchmark_scores"] = [row | {"is_withheld": False} for row in rows["benchmark_scores"]]
    arrays = {name: arrays_of(rows[name], columns) for name, columns in STANDING.items()}
    arrays["benchmark_scores"] = arrays_of(read(con, COMPARED_SCORES, ids), SCORE_COLUMNS)
    live = live_models(arrays["models"], ids)
    few = live if compared is None else live_models(arrays["models"], compared)
    contests = make_contests(arrays, live, scenarios)
    decided = contests if few is live else make_contests(arrays, few, scenarios)
    rows |= {name: rows_of(con, query) for name, query in NAMES.items()}
    rows["developers"] = [{"developer_id": id_, "name": name} for id_, name in name_developers().items()]
    rows["fits"] = find_fits(contests, live["model_id"].tolist())
    pairs = all_pairs(len(few["model_id"]))
    return Selection(
        profiles=describe_models(rows, scenarios),
        decisions=[decide_contest(contest, pairs) for contest in decided],
        compared=few["model_id"].tolist(),
        around=surround(con, run_id, scenarios, rows),
    )


def arrays_of(rows: Sequence[Row], columns: Sequence[str]) -> Arrays:
    """Columns of rows as arrays by name. Not by way of pandas or Arrow: their import takes longer than one pair."""
    return {name: np.array([row[name] for row in rows], dtype=np.object_) for name in columns}


def live_models(models: Arrays, ids: Sequence[str]) -> Arrays:
    """Those of the models that stand in pairs, bytewise by id."""
    asked = set(ids)
    chosen = sorted(
        (id_.encode(), at)
        for at, id_ in enumerate(models["model_id"])
        if id_ in asked and models["is_live"][at] and models["is_text_generating"][at]
    )
    places = np.array([at for _, at in chosen], dtype=np.int64)
    return {name: column[places] for name, column in models.items()}


def make_contests(arrays: dict[str, Arrays], live: Arrays, scenarios: Scenarios) -> list[Contest]:
    """What decides between some models, workload by workload."""
    ids = live["model_id"].tolist()
    operators = live["operator_count"].astype(np.int64)
    return [build_contest(standing) for standing in build_standings(ids, live, arrays, operators, scenarios)]


def model_pages_of(con: "Connection", chosen: Selection) -> Iterator[Row]:
    """The page of each model of the selection."""
    history = group(rows_of(con, HISTORY, [list(chosen.profiles)]))
    for model_id, profile in chosen.profiles.items():
        yield build_model_page(profile, history[model_id], chosen.around)


def read(con: "Connection", query: str, ids: Sequence[str]) -> list[Row]:
    """Rows of a query of which $1 are the models and $2 the specs."""
    return rows_of(con, query, [list(ids), list(SPECS)][: 1 + query.count("$2")])


def surround(
    con: "Connection", run_id: str, scenarios: Scenarios, rows: dict[str, list[Row]]
) -> Surroundings:
    """What a page needs beside its models; captures are those that the rows cite."""
    cited = {row.get("capture_id") or row.get("price_capture_id") for table in rows.values() for row in table}
    demanding = [each.scenario_id for each in scenarios if each.must_have or each.context_at_least]
    return Surroundings(
        release={"run_id": run_id, **rows_of(con, "SELECT as_of() AS as_of")[0]},
        scenarios=scenarios,
        sources=rows_of(con, SOURCES, [run_id]),
        captures={row["capture_id"]: row for row in rows_of(con, CAPTURES, [sorted(cited - {None})])},
        models=rows_of(con, PROPOSED, [demanding]),
    )
