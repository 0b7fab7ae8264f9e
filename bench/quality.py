"""Calibration of the quality index on a release: whole families, models and developers left out.

    python -m bench.quality WAREHOUSE [--write]

`--write` puts the table into docs/QUALITY_INDEX.md. Intervals are 95% bootstrap intervals over families, for estimated
models over developers. Below it are the factors that cross-validation chooses: the smallest of a grid whose coverage of
what is left out lies a standard error above 95%. They are written into quality_rules.toml by hand, after a review.
"""

import argparse
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from llmpairs.transforms.quality.cells import Cells, Floats, select_cells
from llmpairs.transforms.quality.estimate import Traits, fit_estimator, predict, read_traits
from llmpairs.transforms.quality.rules import load_quality_rules
from llmpairs.transforms.quality.scale import Scale, family_values, fit_scale, split
from llmpairs.transforms.quality.table import MIN_FAMILIES, Z95, measure, weigh_families
from llmpairs.warehouse.releases import read_table, require_current
from llmpairs.warehouse.store import open_store
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

DRAWS = 2000
FACTORS = (1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0)
"""Tried in this order; the smallest with enough coverage gives the narrowest intervals that hold what they state."""
COVERAGE = 0.95
FOLDS = 10
PAGE = Path("docs/QUALITY_INDEX.md")


class Outcome(NamedTuple):
    """Counts of one left-out group."""

    group: str
    separated: int
    agreeing: int
    values: int
    inside: int


class FamilyFits(NamedTuple):
    """The scale of a domain with all families, and without each of them."""

    full: Scale
    without: tuple[Scale, ...]


def fit_families(cells: Cells) -> FamilyFits:
    """Fit the scale with all families, and without each of them."""
    held = (cells.family_of_item[cells.item] == number for number in range(len(cells.families)))
    return FamilyFits(fit_scale(cells), tuple(fit_scale(cells.take(~each)) for each in held))


def leave_families_out(fits: FamilyFits, k: float) -> list[Outcome]:
    """Each family against the index of all others."""
    cells = fits.full.cells
    d, a, s, t2 = split(cells, fits.full.parameters)
    own_value, _ = family_values(cells, fits.full.parameters)
    every = np.ones((len(cells.models), len(cells.families)))
    found = []
    for number, (family, scale) in enumerate(zip(cells.families, fits.without, strict=True)):
        rest = measure(scale, every, k)
        has_both = np.isfinite(own_value[:, number]) & (weigh_families(scale, every, k)[0].sum(axis=1) > 0)
        at = np.flatnonzero(has_both)
        separated, agreeing = count_signs(
            rest.theta[at], rest.own_variance[at], rest.factors[at], own_value[at, number]
        )
        held = (cells.family_of_item[cells.item] == number) & has_both[cells.model]
        item, model = cells.item[held], cells.model[held]
        variance = rest.own_variance + (rest.factors**2).sum(axis=1)
        spread = np.sqrt(a[item] ** 2 * (variance[model] + k * t2[number]) + s[item] ** 2)
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


class Estimates(NamedTuple):
    """Estimates of the scored models of one group from all others, beside their measured values."""

    group: str
    value: Floats
    noise: Floats
    mean: Floats
    variance: Floats
    other_value: Floats
    other_theta: Floats
    other_variance: Floats


def estimate_groups(scale: Scale, traits: Traits, k: float, groups: npt.NDArray[np.int64]) -> list[Estimates]:
    """Estimate the models of each group from the others."""
    every = np.ones((len(scale.cells.models), len(scale.cells.families)))
    weight, lever = (values.sum(axis=1) for values in weigh_families(scale, every, k))
    ids, means, noise = pd.Index(scale.cells.models), lever / weight, 1 / weight
    measured = measure(scale, every, k)
    found = []
    for group in np.unique(groups):
        held, rest = np.flatnonzero(groups == group), np.flatnonzero(groups != group)
        mean, variance = predict(fit_estimator(traits, ids[rest], means[rest], noise[rest]), ids[held])
        others = means[rest], measured.theta[rest], measured.own_variance[rest]
        found.append(Estimates(str(group), means[held], noise[held], mean, variance, *others))
    return found


def leave_groups_out(estimates: list[Estimates], inflation: float) -> list[Outcome]:
    """Estimates of left-out models against their measured values."""
    found = []
    for each in estimates:
        variance = each.variance * inflation**2
        inside = np.abs(each.value - each.mean) <= Z95 * np.sqrt(variance + each.noise)
        z = (each.mean[:, None] - each.other_theta) / np.sqrt(variance[:, None] + each.other_variance)
        ahead = np.abs(z) >= Z95
        agrees = ahead & (np.sign(z) == np.sign(each.value[:, None] - each.other_value))
        found.append(Outcome(each.group, int(ahead.sum()), int(agrees.sum()), len(inside), int(inside.sum())))
    return found


def draw_sums(outcomes: list[Outcome]) -> Floats:
    """Sums of the counts over bootstrap draws of the groups: (draws, counts)."""
    counts = np.array([outcome[1:] for outcome in outcomes], dtype=np.float64)
    draws = np.random.default_rng(0).integers(0, len(counts), (DRAWS, len(counts)))
    return np.asarray(counts[draws].sum(axis=1))


def choose_factor(leave_out: Callable[[float], list[Outcome]]) -> float:
    """The smallest factor whose coverage of what is left out lies a standard error above 95%, else the largest."""
    for factor in FACTORS:
        outcomes = leave_out(factor)
        coverage = sum(each.inside for each in outcomes) / sum(each.values for each in outcomes)
        sums = draw_sums(outcomes)
        if coverage - float(np.nanstd(sums[:, 3] / sums[:, 2])) >= COVERAGE:
            return factor
    return FACTORS[-1]


def summarise(name: str, outcomes: list[Outcome]) -> str:
    """A row of the table: sign agreement and coverage with their bootstrap intervals over groups."""
    total, sums = np.sum([outcome[1:] for outcome in outcomes], axis=0), draw_sums(outcomes)
    cells = []
    for whole, part in ((0, 1), (2, 3)):
        with np.errstate(invalid="ignore", divide="ignore"):
            low, high = np.nanpercentile(100 * sums[:, part] / sums[:, whole], [2.5, 97.5])
            cells.append(f"{100 * total[part] / total[whole]:.1f}% ({low:.1f} to {high:.1f})")
    return f"| {name} | {len(outcomes)} | {total[0]:,.0f} | {cells[0]} | {total[2]:,.0f} | {cells[1]} |"


def measure_calibration(warehouse: str) -> str:
    """The table of all domains and the chosen factors, as Markdown."""
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
    chosen, estimated = [], dict[str, list[Estimates]]()
    for domain in QUALITY_DOMAINS:
        cells = select_cells(scores[scores["model_id"].isin(models["model_id"])], domain, rules)
        if len(cells.families) < MIN_FAMILIES:
            rows.append(f"| {domain}: not published, {len(cells.families)} families | | | | | |")
            continue
        fits = fit_families(cells)
        note = ", not published" if domain in rules.withheld else ""
        rows.append(summarise(f"{domain}: families{note}", leave_families_out(fits, rules.k[domain])))
        chosen.append(f"k {choose_factor(partial(leave_families_out, fits)):g} for {domain}")
        if domain == QUALITY_DOMAINS[0]:
            thinks = capabilities[
                (capabilities["capability"] == "reasoning") & capabilities["state"].isin(["yes", "no"])
            ]
            traits = read_traits(models, thinks.set_index("model_id")["state"] == "yes", rules)
            estimated = estimate_left_out(fits.full, traits, rules.k[domain])
    for name, estimates in estimated.items():
        rows.append(summarise(f"estimated: {name}", leave_groups_out(estimates, rules.inflation)))
    factors = [choose_factor(partial(leave_groups_out, estimates)) for estimates in estimated.values()]
    chosen += [f"lambda {max(factors):g}"] if factors else []
    return "\n".join([*rows, "", f"Chosen by cross-validation: {', '.join(chosen)}."])


def estimate_left_out(scale: Scale, traits: Traits, k: float) -> dict[str, list[Estimates]]:
    """Estimates with every tenth model, and with each developer left out."""
    ids = pd.Index(scale.cells.models)
    groups = {"models": np.arange(len(ids)) % FOLDS, "developers": traits.developer[traits.ids.get_indexer(ids)]}
    return {name: estimate_groups(scale, traits, k, group) for name, group in groups.items()}


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
