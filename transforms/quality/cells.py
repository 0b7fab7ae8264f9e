"""Scores that enter the quality index of a domain, on one additive scale."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.quality.rules import BenchmarkRule, QualityRules
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
INDEPENDENT = ("third_party", "community")
"""Evaluators whose scores count; a lab's own ran 0.49 logit above an independent harness."""
ITEM = ["benchmark", "version", "metric", "harness"]
CELL = ["model_id", "item"]
MIN_MODELS = 5
"""Models that an item needs: fewer tell its difficulty from their ability badly."""
CLIP = 0.01
"""Shares are clipped to 0.01 to 0.99: beyond, a logit mostly measures the number of questions."""
ELO_PER_LOGIT = 173.7
"""400 / ln 10: a difference of so many Elo points is odds of e to 1."""
SCORE_COLUMNS = (
    "model_id", "benchmark", "version", "metric", "harness", "effort", "evaluator_class", "value", "unit",
    "metric_low", "metric_high", "higher_is_better", "is_comparable",
)  # fmt: skip
"""Columns of BENCHMARK_SCORES that determine the index."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """One value for each model and item of a domain, sorted by model and item."""

    models: tuple[str, ...]
    items: tuple[str, ...]
    families: tuple[str, ...]
    model: Positions
    """Position of each value's model; likewise `item`."""
    item: Positions
    family_of_item: Positions
    value: Floats
    """Logit of the share solved, or Elo / 173.7."""
    effort: tuple[str, ...]

    def take(self, kept: npt.NDArray[np.bool_]) -> "Cells":
        """The cells of a mask; models, items and families keep their positions."""
        return Cells(
            models=self.models,
            items=self.items,
            families=self.families,
            model=self.model[kept],
            item=self.item[kept],
            family_of_item=self.family_of_item,
            value=self.value[kept],
            effort=tuple(np.asarray(self.effort, dtype=object)[kept]),
        )


def select_cells(scores: DataFrame, domain: str, rules: QualityRules) -> Cells:
    """Select the scores of a domain, each model at its highest published effort.

    Two sources of one result count as their mean. A run without thinking is left out where the family has none with
    thinking, but another one has: it would compare a model at less than it can do.
    """
    rows = scores[scores["is_comparable"].astype(bool) & scores["evaluator_class"].isin(INDEPENDENT)]
    rows = rows.assign(family=_find_families(rows, domain, rules))
    rows = rows[rows["family"].notna()]
    rows = rows.assign(
        item=name_items(rows),
        rank=rows["effort"].map(rules.effort_ranks).fillna(rules.unstated_rank).astype("int64"),
        y=convert_scores(rows),
    )
    rows = rows[rows["y"].notna()]
    best = rows["rank"] == rows.groupby(CELL)["rank"].transform("max")
    rows = rows[best]
    weakest = rows["effort"].isin(rules.without_thinking)
    can_think = rows.loc[rows["rank"] > rules.unstated_rank, "model_id"].unique()
    rows = rows[~(weakest & rows["model_id"].isin(can_think))]
    cells = rows.groupby([*CELL, "family"], as_index=False).agg(y=("y", "mean"), effort=("effort", "min"))
    size = cells.groupby("item")["y"].transform("size")
    return _index_cells(cells[size >= MIN_MODELS])


def find_restricted_indexes(scores: DataFrame, rules: QualityRules) -> frozenset[tuple[str, str]]:
    """Model and domain of each index that rests only on scores that may not be passed on.

    Of one score alone, or of scores of one source, the index tells too much to be a figure of its own.
    """
    allowed = scores[scores["redistributable"].fillna(True).astype(bool)]
    found: set[tuple[str, str]] = set()
    for domain in QUALITY_DOMAINS:
        every, kept = (select_cells(rows, domain, rules).models for rows in (scores, allowed))
        found |= {(model, domain) for model in set(every) - set(kept)}
    return frozenset(found)


def name_items(rows: DataFrame) -> Series:
    """Name of the item of each score: benchmark, version, metric and harness."""
    names: Series = rows[ITEM[0]].astype("str").str.cat([rows[name].astype("str") for name in ITEM[1:]], sep="|")
    return names


def _find_families(rows: DataFrame, domain: str, rules: QualityRules) -> Series:
    keys = rows[["benchmark", "metric", "harness"]]
    unlisted = BenchmarkRule(family=None, domains={}, harnesses=())
    found = {}
    for benchmark, metric, harness in keys.drop_duplicates().itertuples(index=False, name=None):
        rule = rules.benchmarks.get(benchmark, unlisted)
        found[benchmark, metric, harness] = rule.family if rule.counts(domain, metric, harness) else None
    families = [found[key] for key in keys.itertuples(index=False, name=None)]
    return Series(families, index=rows.index, dtype="str")


def convert_scores(rows: DataFrame) -> Series:
    """Scores on an additive scale, higher is better: the logit of a bounded score, Elo / 173.7; NaN without a scale."""
    low, high = rows["metric_low"].astype("float64"), rows["metric_high"].astype("float64")
    share = (rows["value"] - low) / (high - low)
    share = share.where(rows["higher_is_better"].astype(bool), 1 - share).clip(CLIP, 1 - CLIP)
    return np.log(share / (1 - share)).where(rows["unit"] != "elo", rows["value"] / ELO_PER_LOGIT)


def _index_cells(cells: DataFrame) -> Cells:
    cells = cells.sort_values(CELL, ignore_index=True)
    models, items = (pd.Index(sorted(cells[name].unique())) for name in CELL)
    families = pd.Index(sorted(cells["family"].unique()))
    family = cells.drop_duplicates("item").set_index("item")["family"].reindex(items)
    return Cells(
        models=tuple(models),
        items=tuple(items),
        families=tuple(families),
        model=models.get_indexer(cells["model_id"]).astype(np.int64),
        item=items.get_indexer(cells["item"]).astype(np.int64),
        family_of_item=families.get_indexer(family).astype(np.int64),
        value=cells["y"].to_numpy(dtype="float64"),
        effort=tuple(cells["effort"]),
    )


def list_unlisted(scores: DataFrame, rules: QualityRules) -> list[str]:
    """Benchmarks with independent scores that quality_rules.toml does not name: they enter no index."""
    rows = scores[scores["is_comparable"].astype(bool) & scores["evaluator_class"].isin(INDEPENDENT)]
    return sorted(set(rows["benchmark"]) - set(rules.benchmarks))
