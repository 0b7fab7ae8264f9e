"""Published workloads and the thresholds of verdicts, each declared once: rules, contracts and texts derive from them.

`expectations/suites/recomputed_verdicts.py` repeats some thresholds on purpose: as an independent check.
"""

import tomllib
from pathlib import Path

SCENARIOS_FILE = Path(__file__).parent / "contracts" / "scenarios.toml"
SCENARIO_LABELS: dict[str, str] = {
    scenario_id: table["label"]
    for scenario_id, table in tomllib.loads(SCENARIOS_FILE.read_text(encoding="utf-8"))["scenarios"].items()
}
"""Name of each published workload as people see it, by its id, in the order of the file."""

MIN_KNOWN_WEIGHT = 0.6
"""Weight of the dimensions known for both sides, below which no score is computed."""
TIE_MARGIN = 0.05
"""Largest difference of two scores that still counts as a tie."""
MIN_ROBUST_SHARE = 0.9
"""Share of the weightings around the published ones under which a side must stay ahead to win."""
SAME_COST_RATIO = 1.1
"""Costs whose ratio is at most this, in either direction, count as equal in a lead."""
AHEAD_Z = 1.96
"""Standard deviations by which a quality index must be higher to be called stronger: a probability of 97.5%."""
LIKELY_Z = 0.8416
"""The same for probably stronger: a probability of 80%."""
MAX_WORSE_POINTS = 3.0
"""A cheaper side is no worse where its index is at most this far below with 97.5%: whole tiers lie 3 to 4 apart."""
SIMILAR_POINTS = 5.0
"""Indexes within this distance, with a probability of SIMILAR_SHARE, are similar."""
SIMILAR_SHARE = 0.8
PRICE_INCREASE_RATIO = 1.1
"""A list price above this many times the present one is an obstacle to switching."""
MIN_SHARED_ROWS = 3
"""Benchmark rows of a basket that two models must share before their quality is compared."""
MIN_SHARED_BENCHMARKS = 2
"""Benchmarks that those rows must come from."""
MIN_MODELS_OF_ROW = 5
"""Models that a benchmark row must have before its spread is used: with two, every difference is 1.4 of it."""
SATURATION_SHARE = 0.05
"""A row is saturated when half of its models are within this share of the range from its best end."""
MIN_COMPLETENESS = 0.5
"""Share of the expected facts below which a pair's page is not indexed: it would be mostly blank."""
