"""Published workloads and the thresholds of outcomes, each declared once: rules, contracts and texts derive from them.

`expectations/suites/recomputed_outcomes.py` repeats some thresholds on purpose: as an independent check.
"""

import tomllib
from pathlib import Path

SCENARIOS_FILE = Path(__file__).parent / "contracts" / "scenarios.toml"
_SCENARIOS = tomllib.loads(SCENARIOS_FILE.read_text(encoding="utf-8"))["scenarios"]
SCENARIO_LABELS: dict[str, str] = {scenario_id: table["label"] for scenario_id, table in _SCENARIOS.items()}
"""Name of each published workload as people see it, by its id, in the order of the file."""
SCENARIO_DOMAINS: dict[str, str] = {
    scenario_id: table.get("domain", "general") for scenario_id, table in _SCENARIOS.items()
}
"""Quality domain that the outcome of each workload compares."""

SAME_COST_RATIO = 1.1
"""Costs whose ratio is at most this, in either direction, count as equal."""
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
MIN_COMPLETENESS = 0.5
"""Share of the expected facts below which a pair's page is not indexed: it would be mostly blank."""
DECISIVE_RATIO = 10.0
"""A figure this many times the other's is the largest lead of a comparison by own weights."""
