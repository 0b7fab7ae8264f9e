"""The table of all pairs by a DuckDB self-join: the baseline of the pair stage."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from llmpairs.transforms.pairs.model_arrays import UNKNOWN_DAY, UNKNOWN_TIME, ModelArrays
from llmpairs.warehouse.contracts.pairs import OUTCOME_COLUMNS, PAIRS
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO, SCENARIOS

SELF_JOIN = Path(__file__).with_name("pairs_self_join.sql")
PLAIN_SIDES = [
    *("context", "max_output", "list_price", "completeness", "open_issues", "fingerprint"),
    *("yes", "no", "unknown", "modalities", "modalities_lacking"),
    *("has_provider", "is_ending", "is_single_witness"),
]
NULL_COLUMNS = tuple(f"{name}_{DETAILED_SCENARIO}" for name in ("reason", "margin", "coverage", "robust"))
NOT_JOINED = (
    *OUTCOME_COLUMNS,
    *NULL_COLUMNS,
    *("overall_verdict", "indexable", "noindex_reason"),
    *(f"{name}_{scenario}" for scenario in SCENARIOS for name in ("verdict", "lead")),
)
"""Columns of the outcomes and what follows from them, which have an oracle of their own."""


def join_by_sql(arrays: ModelArrays) -> pa.Table:
    """The columns of PAIRS but for NOT_JOINED by SQL over one row a model, sorted."""
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
    return con, f"{_build_query(arrays)} {order}"


def _build_query(arrays: ModelArrays) -> str:
    """The query with the cost ratio of every workload in its place."""
    names = [inputs.scenario.scenario_id for inputs in arrays.workloads]
    ratios = ", ".join(f"(a.cost_{name} / b.cost_{name})::FLOAT AS cost_ratio_{name}" for name in names)
    columns = ", ".join(f"cost_ratio_{name}" for name in names)
    return SELF_JOIN.read_text(encoding="utf-8").format(ratios=ratios, columns=columns)


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
    for inputs in arrays.workloads:
        fields[f"cost_{inputs.scenario.scenario_id}"] = pa.array(inputs.cost, from_pandas=True)
    return pa.table({"model_id": arrays.model_ids} | fields)


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
