"""Accuracy and coverage of published facts: `python -m bench.accuracy [--warehouse DIR] [--write FILE] [--wrong]`.

Compares a release with first-party statements: `specs.csv` (specs and capabilities of models) and `list_prices.csv`
(developers' list prices). Without a warehouse, the recorded run of 2026-05-18 is executed first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pandas import DataFrame, Series

import llmpairs
from bench.recorded_run import NIGHT, REFERENCE, default_captures

HERE = Path(__file__).parent
MARK = "<!-- figures: python -m bench.accuracy --write -->"
RELATIVE = {
    "context_tokens": 0.05,
    "max_input_tokens": 0.05,
    "max_output_tokens": 0.05,
    "parameters_total": 0.1,
    "parameters_active": 0.1,
}
"""Relative difference that still counts as right: 128,000 is printed for 131,072, and names round 117B to 120B."""
DAYS = 1
"""Days between two dates of one event in different time zones."""
OPTIONAL_INPUTS = {"file", "pdf"}
"""Kinds of input that one developer's documents list and another's leave out."""
CAPABILITIES = ("function_calling", "structured_outputs", "reasoning", "vision")
SPECS = (
    "released_date", "knowledge_cutoff_date", "context_tokens", "max_input_tokens", "max_output_tokens",
    "parameters_total", "parameters_active", "license_spdx", "is_open_weights", "input_modalities",
)  # fmt: skip
PRICES = ("input_usd_per_mtok", "output_usd_per_mtok")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse", type=Path, help="a warehouse whose live release is measured")
    parser.add_argument("--captures", type=Path, default=default_captures(), help="folder with nights/ and reference")
    parser.add_argument("--write", type=Path, help="a Markdown file whose tables of figures are replaced")
    parser.add_argument("--wrong", action="store_true", help="list every value that differs from its statement")
    options = parser.parse_args()
    if options.warehouse is None and options.captures is None:
        sys.exit("no recorded captures beside this checkout; give --warehouse, --captures or set LLMPAIRS_CAPTURES")
    with tempfile.TemporaryDirectory(prefix="bench-accuracy-") as folder:
        warehouse = options.warehouse or execute_recorded_run(options.captures, Path(folder))
        judged, lines = measure(warehouse)
    print("\n".join(lines))
    if options.wrong:
        print(judged[judged["is_right"].eq(False)][["model_id", "field", "value", "published"]].to_string(index=False))
    if options.write:
        text = options.write.read_text(encoding="utf-8").split(MARK)[0]
        options.write.write_text(text + MARK + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def execute_recorded_run(captures: Path, folder: Path) -> Path:
    """Execute the recorded run of 2026-05-18 in a process of its own; returns its warehouse."""
    warehouse = folder / "warehouse"
    archives = ["--archive", str(captures / NIGHT), "--archive", str(captures / REFERENCE)]
    subprocess.run(
        [sys.executable, "-m", "llmpairs.flows", "refresh", *archives, "--warehouse", str(warehouse)],
        check=True,
        env={**os.environ, "LLMPAIRS_STATE": str(folder / "state")},
        stdout=sys.stderr,
    )
    return warehouse


def measure(warehouse: Path) -> tuple[DataFrame, list[str]]:
    """Statements beside published values, and the lines of the tables of accuracy and coverage."""
    with llmpairs.connect(warehouse) as con:
        models = con.sql("FROM models").df().set_index("model_id")
        states = con.sql(
            """SELECT model_id, 'capability:' || capability AS field, state FROM model_capabilities
               WHERE state <> 'unknown'"""
        ).df()
        basis = con.sql(
            """SELECT subject_id AS model_id, field, any_value(basis) AS basis FROM facts
               WHERE is_chosen AND subject_kind = 'model' GROUP BY ALL"""
        ).df()
        offers = con.sql(
            """SELECT model_id, provider_id, input_usd_per_mtok, output_usd_per_mtok FROM offers
               WHERE service_tier = 'standard' AND eligible"""
        ).df()
    judged = pd.concat([judge_specs(models, states), judge_prices(offers)], ignore_index=True)
    live = models[models["is_live"] & models["is_text_generating"]]
    lines = [*format_accuracy(judged, basis), "", *format_coverage(live, states, basis)]
    return judged, lines


def judge_specs(models: DataFrame, states: DataFrame) -> DataFrame:
    """Statements of specs.csv with `published` and `is_right`; null where nothing is published."""
    stated = pd.read_csv(HERE / "specs.csv", dtype="str")
    stated = stated[stated["model_id"].isin(models.index)].reset_index(drop=True)
    texts = pd.concat([format_specs(models), states.rename(columns={"state": "published"})], ignore_index=True)
    judged = stated.merge(texts, on=["model_id", "field"], how="left")
    right = Series(pd.NA, index=judged.index, dtype="boolean")
    for field, rows in judged[judged["published"].notna()].groupby("field"):
        right.loc[rows.index] = is_equal(str(field), rows["published"], rows["value"]).astype("boolean")
    return judged.assign(is_right=right)


def format_specs(models: DataFrame) -> DataFrame:
    """Published specs as text: model_id, field, published."""
    columns = [name for name in SPECS if name in models]
    texts = {name: format_column(models[name]) for name in columns}
    long = DataFrame(texts, index=models.index).rename_axis(index="model_id").reset_index()
    return long.melt("model_id", var_name="field", value_name="published").dropna(subset="published")


def format_column(column: Series) -> Series:
    """Values as the text that specs.csv has."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d")
    if pd.api.types.is_bool_dtype(column):
        return column.map({True: "true", False: "false"})
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("Int64").astype("str").where(column.notna())
    is_list = column.map(lambda cell: hasattr(cell, "__len__") and not isinstance(cell, str))
    return column.where(~is_list, column[is_list].map(lambda cell: ";".join(sorted(cell))))


def is_equal(field: str, published: Series, stated: Series) -> Series:
    """Whether published values equal the stated ones, within what the field allows."""
    if field in RELATIVE:
        return (pd.to_numeric(published) / pd.to_numeric(stated) - 1).abs() <= RELATIVE[field]
    if field.endswith("_date"):
        return (pd.to_datetime(published) - pd.to_datetime(stated)).abs() <= pd.Timedelta(days=DAYS)
    if field.endswith("_modalities"):
        sets = [texts.map(lambda text: frozenset(text.split(";")) - OPTIONAL_INPUTS) for texts in (published, stated)]
        return sets[0] == sets[1]
    return published == stated


def judge_prices(offers: DataFrame) -> DataFrame:
    """Statements of list_prices.csv, one row per price, with `published` and `is_right`."""
    stated = pd.read_csv(HERE / "list_prices.csv", dtype={"model_id": "str", "provider_id": "str"})
    both = stated.merge(offers, on=["model_id", "provider_id"], how="left", suffixes=("", "_published"))
    parts = []
    for field in PRICES:
        published = both[f"{field}_published"]
        right = ((published / both[field] - 1).abs() < 0.001).astype("boolean").mask(published.isna())
        parts.append(
            DataFrame(
                {
                    "model_id": both["model_id"],
                    "field": field,
                    "value": both[field].astype("str"),
                    "published": published.astype("str").where(published.notna()),
                    "is_right": right,
                }
            )
        )
    prices = pd.concat(parts, ignore_index=True)
    best = prices.sort_values("is_right", ascending=False, kind="stable")
    return best.drop_duplicates(["model_id", "field"])


def format_accuracy(judged: DataFrame, basis: DataFrame) -> Iterator[str]:
    """Lines of a Markdown table: statements, published values and right ones by field, and right ones by basis."""
    rows = judged.merge(basis, on=["model_id", "field"], how="left")
    yield "| field | statements | published | right | share | declared | derived |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for field, of_field in rows.groupby("field"):
        known = of_field[of_field["published"].notna()]
        right = int(known["is_right"].sum())
        shares = [
            f"{int(part['is_right'].sum())} of {len(part)}" if len(part) else ""
            for part in (known[known["basis"] == name] for name in ("declared", "derived"))
        ]
        share = f"{right / len(known):.1%}" if len(known) else ""
        yield f"| {field} | {len(of_field)} | {len(known)} | {right} | {share} | {' | '.join(shares)} |"


def format_coverage(live: DataFrame, states: DataFrame, basis: DataFrame) -> Iterator[str]:
    """Lines of a Markdown table: how many live text models have each field, by basis."""
    of_live = basis[basis["model_id"].isin(live.index)]
    bases = of_live.groupby(["field", "basis"])["model_id"].nunique().unstack(fill_value=0)
    known: dict[str, int] = {name: int(live[name].notna().sum()) for name in SPECS if name in live}
    known["license_class"] = int((live["license_class"].notna() & (live["license_class"] != "unknown")).sum())
    counts = states[states["model_id"].isin(live.index)].groupby("field")["model_id"].nunique()
    known |= {f"capability:{name}": int(counts.get(f"capability:{name}", 0)) for name in CAPABILITIES}
    yield f"| field | known of {len(live):,} live text models | share | declared | derived |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for field, number in known.items():
        declared, derived = (
            int(bases.at[field, name]) if field in bases.index and name in bases else 0
            for name in ("declared", "derived")
        )
        yield f"| {field} | {number:,} | {number / len(live):.1%} | {declared or ''} | {derived or ''} |"
    weights = live[live["is_open_weights"].fillna(False).astype(bool)]
    sized = int(weights["parameters_total"].notna().sum())
    yield f"| parameters_total of the {len(weights):,} with open weights | {sized:,} | {sized / len(weights):.1%} | | |"


if __name__ == "__main__":
    main()
