"""Input of the report: the run's row of the log, and small frames with the columns of their contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypedDict

import pandas as pd

from llmpairs.warehouse.decisions import Decision
from llmpairs.warehouse.review_cases import ReviewCase


class StageSeconds(TypedDict):
    """Duration of one stage of a run."""

    stage: str
    seconds: float


class LoggedRun(TypedDict):
    """The row of a run in the log table `runs`; a null is None or NaN."""

    run_id: str
    as_of: pd.Timestamp
    seconds: float | None
    state: str
    mode: str
    parent_run_id: str | float | None
    error: str | float | None
    models: int
    offers: int
    pairs: int
    stage_seconds: Sequence[StageSeconds] | None
    peak_rss_bytes: int | float | None


class RunFigures(NamedTuple):
    """Figures of one run for the trend; None where they are unknown, as in a pruned release."""

    run_id: str
    gaps: float | None
    holds: float | None
    price_changes: float | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class RunData:
    """What is known of one run. A frame is None where the run did not get that far."""

    run: LoggedRun
    current_run_id: str | None
    """The live release after the run; None when there is none yet."""
    current_as_of: datetime | None = None
    """As-of time of the live release."""
    open_cases: tuple[ReviewCase, ...] = ()
    """Cases of the live release that need a decision."""
    row_counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by table of the staged or published release."""
    bytes_by_table: Mapping[str, int] = field(default_factory=dict)
    """Bytes of its files by table."""
    quality_results: pd.DataFrame | None = None
    overrides: tuple[Decision, ...] = ()
    """Decisions of reviewers to publish in spite of a failed check, one for each check."""
    decisions: pd.DataFrame | None = None
    """What became of each decision, as `describe_decisions` tells."""
    quarantine: pd.DataFrame | None = None
    """Rows of the run in the log table `quarantine`."""
    sources: pd.DataFrame | None = None
    """Rows of the run in the log table `sources`."""
    claimed_models: pd.DataFrame | None = None
    """Models that each source states something of: source_id, model_id, without duplicates."""
    coverage: pd.DataFrame | None = None
    """Rows of the log table `coverage` of the run and of the last releases before it."""
    trend: tuple[RunFigures, ...] = ()
    """Figures of the last releases, oldest first, and of the run."""
    coverage_gaps: pd.DataFrame | None = None
    parent_gaps: pd.DataFrame | None = None
    """Gaps of the parent release; None where it was pruned or there is none."""
    disagreements: pd.DataFrame | None = None
    """With `model_id`, the model that each concerns; null for an offer without a model."""
    changes: pd.DataFrame | None = None
    models: pd.DataFrame | None = None
    """At least model_id, display_name, identity_basis, is_live and is_text_generating."""
    identities: pd.DataFrame | None = None
    """At least model_id and reason."""
    unresolved_names: pd.DataFrame | None = None
    """Unresolved names, most dependents first: name, reason, offers, pairs, providers."""
    data_docs: Mapping[str, str] = field(default_factory=dict)
    """Address of the Data Docs page of each suite, relative to the report."""

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return str(self.run["run_id"])

    @property
    def as_of(self) -> pd.Timestamp:
        """As-of time of the run; ages are measured at it."""
        return pd.to_datetime(self.run["as_of"], utc=True)

    @property
    def is_first_run(self) -> bool:
        """Whether there was no release to compare with."""
        return not isinstance(self.run.get("parent_run_id"), str)

    @property
    def live_ids(self) -> frozenset[str]:
        """Models that pairs compare."""
        if self.models is None:
            return frozenset()
        compared = self.models["is_live"].astype("bool") & self.models["is_text_generating"].astype("bool")
        return frozenset(self.models.loc[compared, "model_id"])
