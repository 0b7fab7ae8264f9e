"""Landed scores to BENCHMARK_SCORES: canonical names, one unit and range per metric, one row per cell."""

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.context import RunContext
from llmpairs.transforms.coverage import make_gaps
from llmpairs.transforms.identity.source_keys import attach_models
from llmpairs.transforms.normalise.benchmarks import UNSPECIFIED, BenchmarkDefinition, BenchmarkReference
from llmpairs.transforms.normalise.printed_values import parse_dates
from llmpairs.warehouse.contracts.scores import BENCHMARK_SCORES

KEY = list(BENCHMARK_SCORES.key)
INTERVAL_WIDTH = 2 * 1.959964
"""Standard errors in a 95% interval of a normal distribution."""
EXAMPLES = 5
"""Most columns of benchmarks that one gap names."""
RATES = {"percent": Decimal(100), "fraction": Decimal(1)}
"""Value of the whole in each unit of a share."""


class Scores(NamedTuple):
    """Scores of a run, and gaps for those that are not published."""

    table: DataFrame
    """BENCHMARK_SCORES."""
    gaps: DataFrame
    """Coverage gaps of sources with results that are not published."""


def tabulate_scores(landed: DataFrame, identities: DataFrame, models: DataFrame, context: RunContext) -> Scores:
    """BENCHMARK_SCORES of landed scores; names that resolve to no model stay in `identities` alone.

    A result is a dated measurement: it does not expire, and results of models that no source names now stay.
    """
    rows = attach_models(landed.assign(provider_id="-"), identities)
    rows = rows[rows["model_id"].notna()].reset_index(drop=True)
    named = convert_values(name_cells(rows, context.reference_data.benchmarks))
    good = named["problem"].isna()
    table = choose_best(named[good])
    terms = context.source_health[["source_id", "terms", "redistributable"]]
    previous = context.previous["benchmark_scores"]
    table = carry_absent_scores(table.merge(terms, on="source_id", how="left"), previous, models)
    seen = previous.set_index(KEY)["first_seen_at"].reindex(pd.MultiIndex.from_frame(table[KEY]))
    times = pd.to_datetime(Series(seen.to_numpy(), index=table.index), utc=True)
    table = table.assign(first_seen_at=times.fillna(pd.Timestamp(context.as_of)))
    return Scores(table.sort_values(KEY, ignore_index=True), list_unpublished(named[~good]))


def name_cells(rows: DataFrame, reference: BenchmarkReference) -> DataFrame:
    """Rows with canonical names, unit and range of their metric; `problem` for an unreviewed benchmark or column."""
    out = rows.rename(columns={"benchmark": "printed_benchmark", "metric": "printed_metric", "unit": "printed_unit"})
    found = {name: reference.find(name) for name in rows["benchmark"].unique()}
    entries = [found[name][0] for name in rows["benchmark"]]
    cells = zip(entries, rows["metric"], strict=True)
    out["benchmark"] = _texts([entry.id if entry else None for entry in entries], rows)
    out["metric"] = _texts([entry.name_metric(metric) if entry else None for entry, metric in cells], rows)
    stated = _texts([found[name][1] for name in rows["benchmark"]], rows)
    month = rows["captured_at"].dt.strftime("%Y-%m")
    usual = _texts([entry.version if entry else None for entry in entries], rows)
    living = Series([entry is not None and entry.is_living for entry in entries], index=rows.index, dtype="bool")
    version = stated.fillna(rows["version"]).fillna(usual).fillna(month.where(living))
    out["version"] = version.fillna(UNSPECIFIED)
    harness = rows["harness"].map({name: reference.name_harness(name) for name in rows["harness"].dropna().unique()})
    usual = _texts([entry.harness if entry else None for entry in entries], rows)
    out["printed_harness"] = rows["harness"]
    out["harness"] = harness.astype("str").fillna(usual).fillna(UNSPECIFIED)
    effort = rows["effort"].map({name: reference.name_effort(name) for name in rows["effort"].dropna().unique()})
    out["effort"] = effort.astype("str").fillna(UNSPECIFIED)
    out["evaluator_class"] = rows["evaluator_class"].fillna(UNSPECIFIED)
    out["problem"] = Series(None, index=rows.index, dtype="str").mask(out["metric"].isna(), "unknown_metric")
    out["problem"] = out["problem"].mask(out["benchmark"].isna(), "unknown_benchmark")
    return _describe_metrics(out, entries)


def _describe_metrics(out: DataFrame, entries: list[BenchmarkDefinition | None]) -> DataFrame:
    """Unit, range and direction of each row's metric, and whether the row can be compared.

    A measure of a run's cost has a unit of its own and no upper end; it is no quality, so it is not compared.
    """
    by_id = {entry.id: entry for entry in entries if entry}
    units = {(name, metric): unit for name, entry in by_id.items() for metric, unit in entry.measures.items()}
    measured = _texts([units.get(cell) for cell in zip(out["benchmark"], out["metric"], strict=True)], out)
    is_measure = measured.notna()
    named = out["benchmark"].map({name: entry.unit for name, entry in by_id.items()}).astype("str")
    out["unit"] = measured.fillna(named)
    low = out["benchmark"].map({name: entry.low for name, entry in by_id.items()}).astype("float64")
    high = out["benchmark"].map({name: entry.high for name, entry in by_id.items()}).astype("float64")
    out["metric_low"], out["metric_high"] = low.mask(is_measure, 0.0), high.mask(is_measure)
    better = out["benchmark"].map({name: entry.higher_is_better for name, entry in by_id.items()})
    out["higher_is_better"] = better.astype("boolean").fillna(True).astype("bool") & ~is_measure
    agents = out["benchmark"].isin([name for name, entry in by_id.items() if entry.needs_harness])
    is_stated = (out["version"] != UNSPECIFIED) & ~(agents & (out["harness"] == UNSPECIFIED))
    out["is_comparable"] = is_stated & ~is_measure
    return out


def _texts(values: list[str | None], rows: DataFrame) -> Series:
    return Series(values, index=rows.index, dtype="str")


def convert_values(rows: DataFrame) -> DataFrame:
    """Rows with value, standard_error and evaluated_on; `problem` where the value's unit or range does not fit."""
    cells = rows[["value", "printed_unit", "unit"]]
    read = {cell: convert(*cell) for cell in cells.drop_duplicates().itertuples(index=False, name=None)}
    found = [read[cell] for cell in cells.itertuples(index=False, name=None)]
    value = Series([one.value for one in found], index=rows.index, dtype="float64")
    problem = rows["problem"].fillna(_texts([one.problem for one in found], rows))
    outside = (value < rows["metric_low"]) | (value > rows["metric_high"])
    low, high, stated = (
        pd.to_numeric(rows[name], errors="coerce") for name in ("interval_low", "interval_high", "standard_error")
    )
    error = stated.fillna((high - low) / INTERVAL_WIDTH) * [one.scale for one in found]
    return rows.assign(
        is_suspect=False,
        printed_value=rows["value"],
        value=value,
        problem=problem.mask(problem.isna() & outside, "out_of_range"),
        standard_error=error.where(error > 0),
        evaluated_on=parse_dates(rows["evaluated_on"])["date"],
    )


class Converted(NamedTuple):
    """A printed number in its metric's unit."""

    value: float
    scale: float = 1.0
    """What the printed number was multiplied by."""
    problem: str | None = None


def convert(printed: str, stated: str, unit: str) -> Converted:
    """The nearest double to a printed number in the metric's unit, or NaN and the problem.

    A percent is never mistaken for a fraction: where the source states no unit, a value above 1 is a percent, and
    one of at most 1 is unclear.
    """
    try:
        number = Decimal(printed)
    except InvalidOperation:
        return Converted(np.nan, problem="unparsed_value")
    if not number.is_finite():
        return Converted(np.nan, problem="unparsed_value")
    if stated == "unstated":
        if unit in RATES and number <= 1:
            return Converted(np.nan, problem="unclear_unit")
        stated = "percent" if unit in RATES else unit
    if stated == unit:
        return Converted(float(number))
    if stated not in RATES or unit not in RATES:
        return Converted(np.nan, problem="other_unit")
    scale = RATES[unit] / RATES[stated]
    return Converted(float(number * scale), float(scale))


def choose_best(rows: DataFrame) -> DataFrame:
    """One row per cell: the best documented result, then the newest, then by name and locator; with claim_count."""
    settings = ["version", "harness", "effort", "evaluator_class"]
    documented = (rows[settings] != UNSPECIFIED).sum(axis=1)
    documented += rows[["evaluated_on", "standard_error", "printed_harness"]].notna().sum(axis=1)
    ranked = rows.rename(columns={"model_key": "provider_model_key", "captured_at": "observed_at"})
    ranked = ranked.assign(documented=documented, claim_count=rows.groupby(KEY)["row_id"].transform("size"))
    order = [*KEY, "documented", "evaluated_on", "observed_at", "provider_model_key", "locator", "capture_id"]
    ascending = [True] * len(KEY) + [False, False, False, True, True, True]
    ranked = ranked.sort_values(order, ascending=ascending, kind="stable", na_position="last")
    return ranked.drop_duplicates(KEY)


def carry_absent_scores(table: DataFrame, previous: DataFrame, models: DataFrame) -> DataFrame:
    """Rows of this run and previous ones of models that no source names now, in the contract's columns."""
    columns = [name for name in BENCHMARK_SCORES.column_names if name != "first_seen_at"]
    absent = models.loc[models["nights_absent"] > 0, "model_id"]
    old = previous[previous["model_id"].isin(absent)]
    old = old[~pd.MultiIndex.from_frame(old[KEY]).isin(pd.MultiIndex.from_frame(table[KEY]))]
    return pd.concat([table[columns], old[columns]], ignore_index=True) if len(old) else table[columns]


def list_unpublished(left_out: DataFrame) -> DataFrame:
    """A gap for each source with results of unreviewed benchmarks, and one for its values that fail a check."""
    is_unknown = left_out["problem"].isin(["unknown_benchmark", "unknown_metric"])
    rows = left_out.assign(
        state=np.where(is_unknown, "unverified", "held"),
        what=left_out["printed_benchmark"] + ", " + left_out["printed_metric"],
    )
    count = rows.groupby(["source_id", "state", "problem"]).size().reset_index(name="count")
    count["text"] = count["count"].astype("str") + " " + count["problem"]
    detail = count.groupby(["source_id", "state"])["text"].agg(", ".join)
    examples = rows.groupby(["source_id", "state"])["what"].agg(lambda what: "; ".join(sorted(set(what))[:EXAMPLES]))
    listed = (detail + ": " + examples).rename("detail").reset_index()
    gaps = make_gaps("source", listed["source_id"], None, "benchmark_scores")
    return gaps.assign(state=listed["state"], detail=listed["detail"])
