"""Checklist of `pairs`: every pair once, of models that are there, and each figure what its two sides give."""

from llmpairs.expectations.rules import Check, Counted, Suite, Summary, always, counted, critical
from llmpairs.expectations.suites.pair_recomputed import (
    COSTS_RECOMPUTE,
    MIRRORED,
    RECOMPUTED,
    SCORED_IS_COVERED,
)
from llmpairs.expectations.suites.pair_standing import READS, WORKLOAD
from llmpairs.expectations.suites.pair_tally import (
    ASCENDING,
    COUNTED,
    KNOWN,
    ORDERED,
    count_column,
    keys_column,
    tally_pairs,
)

WHY = {
    KNOWN: "an unresolved identity must never enter a pair",
    ORDERED: "a pair has one row, and readers look for it in one order",
    ASCENDING: "readers find a pair by its place in the file",
    **dict.fromkeys(RECOMPUTED, "both sides are in the release, so every row is computed again"),
    SCORED_IS_COVERED: "a verdict without facts is worse than none",
    MIRRORED: "which side sorts first must not decide anything; 1,000 rows, evenly spread",
}
CHECK_IDS = {
    KNOWN: "Q27",
    ORDERED: "Q53",
    ASCENDING: "Q53",
    MIRRORED: "Q54",
    COSTS_RECOMPUTE: "Q55",
    SCORED_IS_COVERED: "Q56",
}


def nowhere(check: str) -> Check:
    """No row of any part breaks the check."""
    column = count_column(check)
    return counted(always(column, 0, check), Counted(violations=column, rows="rows", keys=keys_column(check)))


PAIRS_SUITE = Suite(
    name="pairs",
    table="pairs",
    subject="pair_tally",
    key=("part",),
    summary=Summary(
        compute=tally_pairs,
        reads={
            **READS,
            "pairs": (),
            "models": (*READS["models"], "released_date", "license_spdx", "completeness"),
            "scenarios": WORKLOAD,
        },
    ),
    rules=(
        critical(
            always("surplus", 0, "n models give n(n-1)/2 pairs"),
            why="every pair, not the popular ones; exact, whatever n is",
            check_id="Q53",
        ),
        *(critical(nowhere(check), why=WHY.get(check), check_id=CHECK_IDS.get(check)) for check in COUNTED),
    ),
)
