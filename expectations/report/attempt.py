"""What a report is made of: small frames, each with the columns of its contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to publish a night. A frame is None where the attempt did not get that far."""

    run: Mapping[str, Any]
    """The row of `runs`."""
    current_run_id: str | None
    """Release that readers get after the attempt; None when there is none yet."""
    row_counts: Mapping[str, int] = field(default_factory=dict)
    """Rows by table of the staged or published release."""
    quality_results: pd.DataFrame | None = None
    sources: pd.DataFrame | None = None
    """The night's rows of the log table `sources`."""
    coverage_gaps: pd.DataFrame | None = None
    holds: pd.DataFrame | None = None
    changes: pd.DataFrame | None = None
    models: pd.DataFrame | None = None
    """At least identity_basis, is_live and is_text_generating."""
    identities: pd.DataFrame | None = None
    """At least model_id and reason."""

    @property
    def run_id(self) -> str:
        """The attempt."""
        return str(self.run["run_id"])

    @property
    def is_first_night(self) -> bool:
        """Whether there was no release to compare with."""
        return not isinstance(self.run.get("parent_run_id"), str)
