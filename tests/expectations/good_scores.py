"""Benchmark results of the small release, and the score counts of each pair."""

import datetime as dt
from typing import Any

import pandas as pd

from tests.expectations.good_catalogue import ALPHA, AS_OF, BETA, DELTA, EARLIER, GAMMA, tabulate

DAY = dt.date(2026, 5, 18)
ARENA_TERMS = "No commercial reuse"
# Shared rows, indicative rows, rows won by the first and by the second, counted by hand from the rows below.
COUNTS: dict[tuple[str, str], tuple[int, int, int, int]] = {
    (ALPHA, BETA): (2, 2, 1, 1),
    (ALPHA, DELTA): (2, 2, 1, 1),
    (ALPHA, GAMMA): (1, 1, 1, 0),
    (BETA, DELTA): (1, 1, 1, 0),
    (BETA, GAMMA): (1, 1, 1, 0),
    (DELTA, GAMMA): (1, 1, 0, 1),
}
COLUMNS = ("shared_benchmark_count", "indicative_benchmark_count", "a_benchmark_wins", "b_benchmark_wins")


def benchmarks_of(a: str, b: str) -> dict[str, int]:
    """The benchmark columns of the pair of `a` and `b`."""
    return dict(zip(COLUMNS, COUNTS[a, b], strict=True))


def score(model_id: str, value: float, **values: Any) -> dict[str, Any]:
    return {
        "model_id": model_id,
        "source_id": "arena",
        "benchmark": "swe-tasks",
        "version": "2026",
        "metric": "resolved",
        "harness": "mini-agent",
        "effort": "high",
        "evaluator_class": "third_party",
        "value": value,
        "unit": "percent",
        "higher_is_better": True,
        "metric_low": 0.0,
        "metric_high": 100.0,
        "is_comparable": True,
        "is_suspect": False,
        "evaluated_on": dt.date(2026, 3, 1),
        "printed_value": str(value),
        "claim_count": 1,
        "redistributable": False,
        "terms": ARENA_TERMS,
        "provider_model_key": model_id,
        "capture_id": "c1",
        "locator": "/rows/0",
        "observed_at": AS_OF,
        "first_seen_at": EARLIER,
    } | values


def benchmark_scores() -> pd.DataFrame:
    elo = {
        "benchmark": "arena",
        "version": "2026-06",
        "metric": "rating",
        "unit": "elo",
        "metric_low": None,
        "metric_high": None,
        "effort": "unspecified",
        "harness": "unspecified",
    }
    errors = {"metric": "errors", "higher_is_better": False}
    repeated = {"source_id": "models_dev", "redistributable": True, "terms": "MIT"}
    return tabulate(
        "benchmark_scores",
        [
            score(ALPHA, 74.0),
            score(ALPHA, 73.5, **repeated),
            score(ALPHA, 65.0, effort="low"),
            score(ALPHA, 4.0, **errors),
            score(ALPHA, 1290.0, **elo),
            score(BETA, 70.0),
            score(BETA, 1300.0, **elo),
            score(BETA, 90.0, harness="unspecified", is_comparable=False),
            score(DELTA, 50.0),
            score(DELTA, 3.0, **errors),
            score(GAMMA, 60.0),
        ],
    )


RATE_COLUMNS = ("chars_per_token", "chars_per_token_low", "chars_per_token_high")


def model_quality() -> pd.DataFrame:
    """Two measured models and an estimated one."""
    rows = [
        {
            "model_id": model_id, "domain": "general", "index": index, "low95": index - 1.96 * 5, "high95": index + 9.8,
            "basis": "measured" if scores else "estimated", "families": scores, "families_doubted": 0,
            "scores_used": scores, "effort": "high" if scores else None, "sd_own": 3.0, "sd_factor_1": -4.0,
            "sd_factor_2": 0.0, "sd_factor_3": 0.0, "sd_factor_4": 0.0, "formula_version": "1",
        }
        for model_id, index, scores in ((ALPHA, 102.0, 2), (BETA, 96.5, 1), (GAMMA, 90.0, 0))
    ]  # fmt: skip
    return tabulate("model_quality", rows)


def tokenizer_rates() -> pd.DataFrame:
    """English rates of two tokenizers, and the range for a tokenizer that is unknown."""
    counted = {"language": "en", "characters": 1000, "package": "p", "package_version": "1", "measured_on": DAY}
    rows = [
        {"tokenizer": name, **counted, "tokens": 1000 // rate, **dict.fromkeys(RATE_COLUMNS, float(rate))}
        for name, rate in (("o200k", 5), ("tekken", 4))
    ]
    bounds = {"tokenizer": "unknown", "language": "en", "chars_per_token_low": 4.0, "chars_per_token_high": 5.0}
    return tabulate("tokenizer_rates", [*rows, bounds])


def model_tokenizers() -> pd.DataFrame:
    """Two models with a known tokenizer."""
    names = ((ALPHA, "o200k"), (BETA, "tekken"))
    return tabulate(
        "model_tokenizers", [{"model_id": id_, "tokenizer": name, "evidence": "p 1"} for id_, name in names]
    )
