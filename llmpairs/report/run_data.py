"""What a report is made of: small frames, each with the columns of its contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from llmpairs.warehouse.decisions import Decision
from llmpairs.warehouse.inbox import Case


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to publish a night. A frame is None where the attempt did not get that far."""

    run: Mapping[str, Any]
    """The row of `runs`."""
    current_run_id: str | None
    """Release that readers get after the attempt; None when there is none yet."""
    current_as_of: datetime | None = None
    """Its moment."""
    waiting: tuple[Case, ...] = ()
    """What waits for a decision on that release."""
    row_counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by table of the staged or published release."""
    bytes_by_table: Mapping[str, int] = field(default_factory=dict)
    """Bytes of its files by table."""
    quality_results: pd.DataFrame | None = None
    overrides: tuple[Decision, ...] = ()
    """What a reviewer decided over the gate, one for each check."""
    sources: pd.DataFrame | None = None
    """The night's rows of the log table `sources`."""
    coverage: pd.DataFrame | None = None
    """Rows of the log table `coverage` of the attempt and of the last releases before it."""
    coverage_gaps: pd.DataFrame | None = None
    parent_gaps: pd.DataFrame | None = None
    """Gaps of the parent release; None where it is not there any more, or never was."""
    holds: pd.DataFrame | None = None
    disagreements: pd.DataFrame | None = None
    changes: pd.DataFrame | None = None
    models: pd.DataFrame | None = None
    """At least identity_basis, is_live and is_text_generating."""
    identities: pd.DataFrame | None = None
    """At least model_id and reason."""
    questions: pd.DataFrame | None = None
    """Unresolved names, first what most hangs on: name, reason, offers, pairs, providers."""
    data_docs: Mapping[str, str] = field(default_factory=dict)
    """Address of Great Expectations' own page of each suite, relative to the report."""

    @property
    def run_id(self) -> str:
        """The attempt."""
        return str(self.run["run_id"])

    @property
    def as_of(self) -> pd.Timestamp:
        """The attempt's instant; ages are measured at it."""
        return pd.to_datetime(self.run["as_of"], utc=True)

    @property
    def is_first_night(self) -> bool:
        """Whether there was no release to compare with."""
        return not isinstance(self.run.get("parent_run_id"), str)
