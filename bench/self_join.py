"""The table of all pairs by a DuckDB self-join: the baseline of the pair stage."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from llmpairs.transforms.pairs.model_arrays import UNKNOWN_DAY, UNKNOWN_TIME, ModelArrays
from llmpairs.transforms.pairs.utilities import OWN_DIMENSIONS, WorkloadInputs
from llmpairs.warehouse.contracts.pairs import OUTCOME_COLUMNS, PAIRS
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO, DIMENSIONS

SELF_JOIN = Path(__file__).with_name("pairs_self_join.sql")
DECISIONS = Path(__file__).with_name("decisions_self_join.sql")
PLAIN_SIDES = [
    *("context", "max_output", "list_price", "completeness", "open_issues", "fingerprint"),
    *("yes", "no", "unknown", "modalities", "modalities_lacking"),
    *("has_provider", "is_ending", "is_single_witness"),
]
OF_DECISIONS = ("verdict_", "lead_", "cost_ratio_", "reason_", "margin_", "coverage_", "robust_", "cost_state_")


def join_by_sql(arrays: ModelArrays) -> pa.Table:
    """The columns of PAIRS but for OUTCOME_COLUMNS by SQL over one row a model, sorted."""
    con, query = _prepare(arrays, "ORDER BY model_a_id, model_b_id")
    return con.sql(query).to_arrow_table()


def copy_join(arrays: ModelArrays, path: Path, order: str) -> None:
    """The same rows straight to a Parquet file; `order` is an ORDER BY or nothing."""
    con, query = _prepare(arrays, order)
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _prepare(arrays: ModelArrays, order: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    con = duckdb.connect(config={"threads": 2, "preserve_insertion_order": bool(order)})
    con.register("sides", _flat_models(arrays))
    con.register("bases", _named_bases(arrays))
    con.register("strict_rows", _strict_rows(arrays))
    con.register("best_rows", _best_rows(arrays))
    con.register("quality", _quality(arrays))
    return con, f"{_build_query(arrays)} {order}"


def _build_query(arrays: ModelArrays) -> str:
    """The query with the expressions of every workload in their places."""
    workloads = [contest.inputs for contest in arrays.contests]
    names = [inputs.scenario.scenario_id for inputs in workloads]
    steps = dict(_read_steps(DECISIONS.read_text(encoding="utf-8")))
    steps_of_workloads = {
        step: ",\n".join(_format_workloads(text, workloads)) for step, text in steps.items() if step != "detail"
    }
    detailed = [arrays.contest(DETAILED_SCENARIO).inputs]
    return SELF_JOIN.read_text(encoding="utf-8").format(
        **steps_of_workloads,
        detail=",\n".join(_format_workloads(steps["detail"], detailed)),
        wins_a=" + ".join(f"(verdict_{name} = 'a')::INT" for name in names),
        wins_b=" + ".join(f"(verdict_{name} = 'b')::INT" for name in names),
        half=len(names) / 2,
        undecided=" AND ".join(f"lead_{name} = 'unknown'" for name in names),
        decisions=", ".join(
            name for name in PAIRS.column_names if name.startswith(OF_DECISIONS) and name not in OUTCOME_COLUMNS
        ),
    )


def _read_steps(text: str) -> Iterable[tuple[str, str]]:
    """Expressions by step."""
    parts = re.split(r"^-- (facing|scored|published|detail)$", text, flags=re.MULTILINE)
    return zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True)


def _format_workloads(text: str, workloads: list[WorkloadInputs]) -> Iterable[str]:
    for inputs in workloads:
        weights = {name: getattr(inputs.scenario.weights, name) for name in DIMENSIONS}
        yield text.format(s=inputs.scenario.scenario_id, **weights)


def _flat_models(arrays: ModelArrays) -> pa.Table:
    """One row a model with every scalar that the self-join reads; unknown is null."""
    kin = arrays.kinship
    fields = {name: pa.array(getattr(arrays, name), from_pandas=True) for name in PLAIN_SIDES}
    codes: dict[str, Any] = {"license": arrays.license, "license_class": arrays.license_class, "family": kin.family}
    codes |= {"base": kin.base, "snapshot_of": kin.snapshot_of}
    fields |= {name: pa.array(code, mask=code < 0) for name, code in codes.items()}
    fields["released_day"] = pa.array(arrays.released_day, mask=arrays.released_day == UNKNOWN_DAY)
    oldest = pa.array(arrays.oldest_fact, mask=arrays.oldest_fact == UNKNOWN_TIME)
    fields["oldest_fact_at"] = oldest.cast(pa.timestamp("us"))
    empty = np.zeros(len(arrays), dtype=np.uint64)
    for name in ("operators", "providers"):
        words = list(getattr(arrays, name))
        fields |= {f"{name}{i}": pa.array(words[i] if i < len(words) else empty) for i in range(3)}
    for contest in arrays.contests:
        fields |= _flat_workload(contest.inputs)
    return pa.table({"model_id": arrays.model_ids} | fields)


def _flat_workload(inputs: WorkloadInputs) -> dict[str, pa.Array]:
    """Columns of one workload; those on operators and openness are the same for all of them."""
    name = inputs.scenario.scenario_id
    fields = {
        f"state_{name}": pa.array(inputs.requirements.state),
        f"open_{name}": pa.array(inputs.requirements.unknown),
        f"known_{name}": pa.array(inputs.known),
        f"cost_{name}": pa.array(inputs.cost, from_pandas=True),
        f"log_cost_{name}": pa.array(inputs.log_cost, from_pandas=True),
        f"capped_{name}": pa.array(inputs.context, from_pandas=True),
        "operator_count": pa.array(inputs.operators, from_pandas=True),
    }
    for row, dimension in enumerate(OWN_DIMENSIONS):
        suffix = f"_{name}" if dimension == "context" else ""
        fields[f"{dimension}_least{suffix}"] = pa.array(inputs.least[row])
        fields[f"{dimension}_greatest{suffix}"] = pa.array(inputs.greatest[row])
    return fields


def _quality(arrays: ModelArrays) -> pa.Table:
    """One line for every pair that compares in some workload, with mean and error by workload."""
    found = [contest.inputs for contest in arrays.contests]
    keys = [inputs.quality.low * len(arrays) + inputs.quality.high for inputs in found]
    every = np.unique(np.concatenate(keys))
    fields = {"low": _ids(arrays, every // len(arrays)), "high": _ids(arrays, every % len(arrays))}
    for inputs, key in zip(found, keys, strict=True):
        for what in ("mean", "error"):
            column = np.full(len(every), np.nan)
            column[np.searchsorted(every, key)] = getattr(inputs.quality, what)
            fields[f"{what}_{inputs.scenario.scenario_id}"] = pa.array(column, from_pandas=True)
    return pa.table(fields)


def _named_bases(arrays: ModelArrays) -> pa.Table:
    kin = arrays.kinship
    relation = pa.array(PAIRS["relation"].values).take(pa.array(kin.relation))
    return pa.table({"low": _ids(arrays, kin.low), "high": _ids(arrays, kin.high), "relation": relation})


def _strict_rows(arrays: ModelArrays) -> pa.Table:
    """One line for every row of a benchmark that a model has, strictly compared."""
    member, row = np.nonzero(arrays.scores.strict)
    return pa.table({"model_id": _ids(arrays, arrays.scores.models[member]), "score_row": row})


def _best_rows(arrays: ModelArrays) -> pa.Table:
    """The best score of every model in every indicative row."""
    member, row = np.nonzero(~np.isnan(arrays.scores.best))
    models = _ids(arrays, arrays.scores.models[member])
    return pa.table({"model_id": models, "score_row": row, "value": arrays.scores.best[member, row]})


def _ids(arrays: ModelArrays, places: npt.NDArray[np.int64]) -> pa.Array:
    return arrays.model_ids.take(pa.array(places))
