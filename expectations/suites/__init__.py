"""The checklists, one or more for each table."""

from collections.abc import Iterable

from llmpairs.expectations.rules import Suite
from llmpairs.expectations.suites.capabilities import CAPABILITY_SUITES
from llmpairs.expectations.suites.costs import COST_SUITES
from llmpairs.expectations.suites.coverage import COVERAGE_SUITES
from llmpairs.expectations.suites.evidence import EVIDENCE_SUITES
from llmpairs.expectations.suites.history import HISTORY_SUITES
from llmpairs.expectations.suites.holds import REVIEW_SUITES
from llmpairs.expectations.suites.models import MODELS_SUITE
from llmpairs.expectations.suites.offers import OFFERS_SUITE
from llmpairs.expectations.suites.outcome_changes import VERDICT_CHANGES_SUITE
from llmpairs.expectations.suites.pair_changes import PAIR_CHANGES_SUITE
from llmpairs.expectations.suites.pairs import PAIRS_SUITE
from llmpairs.expectations.suites.quarantine import QUARANTINE_SUITE
from llmpairs.expectations.suites.scores import QUALITY_SUITE, SCORES_SUITE
from llmpairs.expectations.suites.sources import SOURCE_SUITES
from llmpairs.expectations.suites.tokenizers import TOKENIZER_SUITES

SUITES: tuple[Suite, ...] = (
    QUARANTINE_SUITE,
    *SOURCE_SUITES,
    MODELS_SUITE,
    OFFERS_SUITE,
    *CAPABILITY_SUITES,
    *EVIDENCE_SUITES,
    *REVIEW_SUITES,
    *COVERAGE_SUITES,
    *COST_SUITES,
    *TOKENIZER_SUITES,
    *HISTORY_SUITES,
    SCORES_SUITE,
    QUALITY_SUITE,
    PAIRS_SUITE,
    PAIR_CHANGES_SUITE,
    VERDICT_CHANGES_SUITE,
)
"""Every checklist, in the order of the report."""


def suites_for(tables: Iterable[str]) -> list[Suite]:
    """The checklists of these tables; raises ValueError for a table without one."""
    names = set(tables)
    unknown = sorted(names - {suite.table for suite in SUITES})
    if unknown:
        known = ", ".join(sorted({suite.table for suite in SUITES}))
        raise ValueError(f"no checklist covers {', '.join(unknown)}; there are some for: {known}")
    return [suite for suite in SUITES if suite.table in names]
