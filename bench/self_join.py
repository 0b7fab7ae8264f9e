"""The table of all pairs as a DuckDB self-join: what the pair stage is measured against."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from llmpairs.transforms.pairs.model_arrays import UNKNOWN_DAY, UNKNOWN_MOMENT, Sides
from llmpairs.transforms.pairs.utilities import OF_ONE_SIDE, Standing
from llmpairs.warehouse.contracts.pairs import PAIRS
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO, DIMENSIONS

SELF_JOIN = Path(__file__).with_name("pairs_self_join.sql")
DECISIONS = Path(__file__).with_name("decisions_self_join.sql")
PLAIN_SIDES = [
    *("context", "max_output", "list_price", "completeness", "open_issues", "fingerprint"),
    *("yes", "no", "unknown", "modalities", "modalities_lacking"),
    *("has_provider", "is_ending", "is_single_witness"),
]
OF_DECISIONS = (
    "verdict_",
    "lead_",
    "cost_ratio_",
    "reason_",
    "margin_",
    "coverage_",
    "robust_",
    "cost_state_",
)


def join_by_sql(sides: Sides) -> pa.Table:
    """The columns of PAIRS by SQL over one row a model, sorted."""
    con, query = _prepare(sides, "ORDER BY model_a_id, model_b_id")
    return con.sql(query).to_arrow_table()


def copy_join(sides: Sides, path: Path, order: str) -> None:
    """The same rows straight to a Parquet file; `order` is an ORDER BY or nothing."""
    con, query = _prepare(sides, order)
    con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")


def _prepare(sides: Sides, order: str) -> tuple[duckdb.DuckDBPyConnection, str]:
    con = duckdb.connect(config={"threads": 2, "preserve_insertion_order": bool(order)})
    con.register("sides", _flat_sides(sides))
    con.register("bases", _named_bases(sides))
    con.register("strict_rows", _strict_rows(sides))
    con.register("best_rows", _best_rows(sides))
    con.register("quality", _quality(sides))
    return con, f"{_spell_query(sides)} {order}"


def _spell_query(sides: Sides) -> str:
    """The query with the expressions of every workload in their places."""
    standings = [contest.standing for contest in sides.contests]
    names = [standing.scenario.scenario_id for standing in standings]
    steps = dict(_read_steps(DECISIONS.read_text(encoding="utf-8")))
    spelled = {step: ",\n".join(_spell(text, standings)) for step, text in steps.items() if step != "detail"}
    detailed = [sides.contest(DETAILED_SCENARIO).standing]
    return SELF_JOIN.read_text(encoding="utf-8").format(
        **spelled,
        detail=",\n".join(_spell(steps["detail"], detailed)),
        wins_a=" + ".join(f"(verdict_{name} = 'a')::INT" for name in names),
        wins_b=" + ".join(f"(verdict_{name} = 'b')::INT" for name in names),
        half=len(names) / 2,
        undecided=" AND ".join(f"lead_{name} = 'unknown'" for name in names),
        decisions=", ".join(name for name in PAIRS.column_names if name.startswith(OF_DECISIONS)),
    )


def _read_steps(text: str) -> Iterable[tuple[str, str]]:
    """Expressions by step."""
    parts = re.split(r"^-- (facing|scored|told|detail)$", text, flags=re.MULTILINE)
    return zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True)


def _spell(text: str, standings: list[Standing]) -> Iterable[str]:
    for standing in standings:
        weights = {name: getattr(standing.scenario.weights, name) for name in DIMENSIONS}
        yield text.format(s=standing.scenario.scenario_id, **weights)


def _flat_sides(sides: Sides) -> pa.Table:
    """One row a model with every scalar that the self-join reads; unknown is null."""
    kin = sides.kinship
    fields = {name: pa.array(getattr(sides, name), from_pandas=True) for name in PLAIN_SIDES}
    codes: dict[str, Any] = {
        "license": sides.license,
        "license_class": sides.license_class,
        "family": kin.family,
    }
    codes |= {"base": kin.base, "snapshot_of": kin.snapshot_of}
    fields |= {name: pa.array(code, mask=code < 0) for name, code in codes.items()}
    fields["released_day"] = pa.array(sides.released_day, mask=sides.released_day == UNKNOWN_DAY)
    oldest = pa.array(sides.oldest_fact, mask=sides.oldest_fact == UNKNOWN_MOMENT)
    fields["oldest_fact_at"] = oldest.cast(pa.timestamp("us"))
    empty = np.zeros(len(sides), dtype=np.uint64)
    for name in ("operators", "providers"):
        words = list(getattr(sides, name))
        fields |= {f"{name}{i}": pa.array(words[i] if i < len(words) else empty) for i in range(3)}
    for contest in sides.contests:
        fields |= _flat_standing(contest.standing)
    return pa.table({"model_id": sides.model_ids} | fields)


def _flat_standing(standing: Standing) -> dict[str, pa.Array]:
    """Columns of one workload; those on operators and openness are the same for all of them."""
    name = standing.scenario.scenario_id
    fields = {
        f"state_{name}": pa.array(standing.gates.state),
        f"open_{name}": pa.array(standing.gates.open),
        f"known_{name}": pa.array(standing.known),
        f"cost_{name}": pa.array(standing.cost, from_pandas=True),
        f"log_cost_{name}": pa.array(standing.log_cost, from_pandas=True),
        f"capped_{name}": pa.array(standing.context, from_pandas=True),
        "operator_count": pa.array(standing.operators, from_pandas=True),
    }
    for row, dimension in enumerate(OF_ONE_SIDE):
        suffix = f"_{name}" if dimension == "context" else ""
        fields[f"{dimension}_least{suffix}"] = pa.array(standing.least[row])
        fields[f"{dimension}_greatest{suffix}"] = pa.array(standing.greatest[row])
    return fields


def _quality(sides: Sides) -> pa.Table:
    """One line for every pair that compares in some workload, with mean and error by workload."""
    found = [contest.standing for contest in sides.contests]
    keys = [standing.quality.low * len(sides) + standing.quality.high for standing in found]
    every = np.unique(np.concatenate(keys))
    fields = {"low": _ids(sides, every // len(sides)), "high": _ids(sides, every % len(sides))}
    for standing, key in zip(found, keys, strict=True):
        for what in ("mean", "error"):
            column = np.full(len(every), np.nan)
            column[np.searchsorted(every, key)] = getattr(standing.quality, what)
            fields[f"{what}_{standing.scenario.scenario_id}"] = pa.array(column, from_pandas=True)
    return pa.table(fields)


def _named_bases(sides: Sides) -> pa.Table:
    kin = sides.kinship
    relation = pa.array(PAIRS["relation"].values).take(pa.array(kin.relation))
    return pa.table({"low": _ids(sides, kin.low), "high": _ids(sides, kin.high), "relation": relation})


def _strict_rows(sides: Sides) -> pa.Table:
    """One line for every row of a benchmark that a model has, strictly compared."""
    member, row = np.nonzero(sides.scores.strict)
    return pa.table({"model_id": _ids(sides, sides.scores.models[member]), "score_row": row})


def _best_rows(sides: Sides) -> pa.Table:
    """The best score of every model in every indicative row."""
    member, row = np.nonzero(~np.isnan(sides.scores.best))
    models = _ids(sides, sides.scores.models[member])
    return pa.table({"model_id": models, "score_row": row, "value": sides.scores.best[member, row]})


def _ids(sides: Sides, places: npt.NDArray[np.int64]) -> pa.Array:
    return sides.model_ids.take(pa.array(places))
