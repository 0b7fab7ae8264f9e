"""Calibration of the quality index on a release: whole families, models and developers left out.

    python -m bench.quality WAREHOUSE [--write]

`--write` puts the table into docs/QUALITY_INDEX.md. Intervals are 95% bootstrap intervals over families, for estimated
models over developers.
"""

import argparse
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.quality.cells import Cells, Floats, select_cells
from llmpairs.transforms.quality.estimate import Traits, fit_estimator, predict, read_traits
from llmpairs.transforms.quality.rules import QualityRules, load_quality_rules
from llmpairs.transforms.quality.scale import Scale, family_values, fit_scale, split
from llmpairs.transforms.quality.table import MIN_FAMILIES, Z95, measure, weigh_families
from llmpairs.warehouse.releases import read_table, require_current
from llmpairs.warehouse.store import open_store
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

DRAWS = 2000
FOLDS = 10
PAGE = Path("docs/QUALITY_INDEX.md")


class Outcome(NamedTuple):
    """Counts of one left-out group."""

    group: str
    separated: int
    agreeing: int
    values: int
    inside: int


def leave_families_out(cells: Cells, rules: QualityRules) -> list[Outcome]:
    """Each family against the index of all others."""
    full = fit_scale(cells)
    d, a, s, t2 = split(cells, full.parameters)
    own_value, _ = family_values(cells, full.parameters)
    found = []
    for number, family in enumerate(cells.families):
        is_held = cells.family_of_item[cells.item] == number
        scale = fit_scale(cells.take(~is_held))
        rest = measure(scale, np.ones((len(cells.models), len(cells.families))), rules.k)
        weight = weigh_families(scale, np.ones((len(cells.models), len(cells.families))), rules.k)[0].sum(axis=1)
        has_both = np.isfinite(own_value[:, number]) & (weight > 0)
        at = np.flatnonzero(has_both)
        separated, agreeing = count_signs(
            rest.theta[at], rest.own_variance[at], rest.factors[at], own_value[at, number]
        )
        held = is_held & has_both[cells.model]
        item, model = cells.item[held], cells.model[held]
        variance = rest.own_variance + (rest.factors**2).sum(axis=1)
        spread = np.sqrt(a[item] ** 2 * (variance[model] + rules.k * t2[number]) + s[item] ** 2)
        inside = np.abs(cells.value[held] - d[item] - a[item] * rest.theta[model]) <= Z95 * spread
        found.append(Outcome(family, separated, agreeing, len(inside), int(inside.sum())))
    return found


def count_signs(theta: Floats, variance: Floats, factors: Floats, value: Floats) -> tuple[int, int]:
    """Pairs that the index separates, and those of them that the held-out values order the same way."""
    shared = ((factors[:, None] - factors) ** 2).sum(axis=2)
    z = (theta[:, None] - theta) / np.sqrt(variance[:, None] + variance + shared)
    ahead = np.triu(np.abs(z) >= Z95, k=1) & (value[:, None] != value)
    agrees = ahead & (np.sign(z) == np.sign(value[:, None] - value))
    return int(ahead.sum()), int(agrees.sum())


def leave_groups_out(scale: Scale, traits: Traits, rules: QualityRules, groups: npt.NDArray[np.int64]) -> list[Outcome]:
    """Estimates of the scored models of each group from the others, against their measured values."""
    weight, lever = (
        values.sum(axis=1)
        for values in weigh_families(scale, np.ones((len(scale.cells.models), len(scale.cells.families))), rules.k)
    )
    ids, means, noise = pd.Index(scale.cells.models), lever / weight, 1 / weight
    found = []
    for group in np.unique(groups):
        held = np.flatnonzero(groups == group)
        rest = np.flatnonzero(groups != group)
        fitted = fit_estimator(traits, ids[rest], means[rest], noise[rest])
        mean, variance = predict(fitted, ids[held])
        spread = np.sqrt(variance * rules.inflation**2 + noise[held])
        inside = np.abs(means[held] - mean) <= Z95 * spread
        others = measure(scale, np.ones((len(scale.cells.models), len(scale.cells.families))), rules.k)
        z = (mean[:, None] - others.theta[rest]) / np.sqrt(
            variance[:, None] * rules.inflation**2 + others.own_variance[rest]
        )
        ahead = np.abs(z) >= Z95
        agrees = ahead & (np.sign(z) == np.sign(means[held][:, None] - means[rest]))
        found.append(Outcome(str(group), int(ahead.sum()), int(agrees.sum()), len(held), int(inside.sum())))
    return found


def summarise(name: str, outcomes: list[Outcome]) -> str:
    """A row of the table: sign agreement and coverage with their bootstrap intervals over groups."""
    counts = np.array([outcome[1:] for outcome in outcomes], dtype=np.float64)
    draws = np.random.default_rng(0).integers(0, len(counts), (DRAWS, len(counts)))
    sums = counts[draws].sum(axis=1)
    total = counts.sum(axis=0)
    cells = []
    for whole, part in ((0, 1), (2, 3)):
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = np.nanpercentile(100 * sums[:, part] / sums[:, whole], [2.5, 97.5])
            cells.append(f"{100 * total[part] / total[whole]:.1f}% ({low:.1f} to {high:.1f})")
    return f"| {name} | {len(outcomes)} | {total[0]:,.0f} | {cells[0]} | {total[2]:,.0f} | {cells[1]} |"


def measure_calibration(warehouse: str) -> str:
    """The table of all domains, as Markdown."""
    store = open_store(warehouse)
    run = require_current(store)
    scores, models, capabilities = (
        read_table(store, run, name) for name in ("benchmark_scores", "models", "model_capabilities")
    )
    rules = load_quality_rules()
    rows = [
        "| left out | groups | separated pairs | sign agreement | values | inside 95% |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for domain in QUALITY_DOMAINS:
        cells = select_cells(scores, domain, rules)
        if len(cells.families) < MIN_FAMILIES:
            rows.append(f"| {domain}: not published, {len(cells.families)} families | | | | | |")
            continue
        note = ", not published" if domain in rules.withheld else ""
        rows.append(summarise(f"{domain}: families{note}", leave_families_out(cells, rules)))
    cells = select_cells(scores, QUALITY_DOMAINS[0], rules)
    thinks = capabilities[(capabilities["capability"] == "reasoning") & capabilities["state"].isin(["yes", "no"])]
    traits = read_traits(models, thinks.set_index("model_id")["state"] == "yes", rules)
    scale = fit_scale(cells)
    ids = pd.Index(cells.models)
    developer = traits.developer[traits.ids.get_indexer(ids)]
    rows.append(summarise("estimated: models", leave_groups_out(scale, traits, rules, np.arange(len(ids)) % FOLDS)))
    rows.append(summarise("estimated: developers", leave_groups_out(scale, traits, rules, developer)))
    return "\n".join(rows)


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    table = measure_calibration(options.warehouse)
    print(table)
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        marked, found = re.subn(
            r"(<!-- bench -->\n).*?(<!-- end -->)", lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL
        )
        if not found:
            parser.error(f"{PAGE} has no <!-- bench --> and <!-- end -->")
        PAGE.write_text(marked, encoding="utf-8")


if __name__ == "__main__":
    main()
