"""What several steps of a run need besides the rows that they work on."""

from dataclasses import dataclass
from datetime import datetime

from pandas import DataFrame

from llmpairs.transforms.normalise.source_metadata import SourceMetadata
from llmpairs.transforms.reference_data import ReferenceData


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """Inputs of one run that every step reads and none changes."""

    as_of: datetime
    """As-of time of the run, UTC."""
    previous: dict[str, DataFrame]
    """Tables of the previous release by name; empty frames on a first run and for new tables."""
    decisions: DataFrame
    """Reviewer decisions, as `warehouse.decisions.frame_decisions` builds them."""
    reference_data: ReferenceData
    """Reviewed data files."""
    source_metadata: SourceMetadata
    """Kind, independent source group, expiry and priority of every source."""
    source_health: DataFrame
    """State, cause, capture and expiry of every source in this run, with the columns of the log table `sources`."""
