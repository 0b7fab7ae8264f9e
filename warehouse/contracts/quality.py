"""Coverage gaps: missing, conflicting, stale, held and unverified fields, highest impact first."""

from llmpairs.warehouse.columns import count, enum, number, text, timestamp
from llmpairs.warehouse.contract import Table
from llmpairs.warehouse.vocabulary import GAP_STATES, SEVERITIES

COVERAGE_GAPS = Table(
    name="coverage_gaps",
    grain="a field of a model, offer or source that is unknown or uncertain",
    key=("gap_id",),
    columns=(
        text("gap_id", "Digest of subject, field and state; the same until the gap is closed."),
        enum("subject_kind", ("model", "offer", "source"), "Kind of subject with the gap."),
        text("subject_id", "model_id, offer_id or source_id."),
        text("model_id", "Model concerned.", "the gap is of a source"),
        text("field", "Field, or `price`, `capability:<name>`, `all` for a source."),
        enum("state", GAP_STATES, "Kind of gap."),
        enum("severity", SEVERITIES, "Impact on a comparison."),
        text("detail", "Detail: the values in conflict, the reason for a missing price, the age."),
        timestamp("since", "As-of time of the first release with this gap."),
        count("pairs_affected", "Pairs affected by the gap."),
        count("offers_affected", "Active offers affected by the gap."),
        number(
            "rank_score", "Impact: affected pairs x severity weight x weight by the model's number of offers.", "score"
        ).within(0),
        text("best_source", "Source most likely to close it.", "none is registered"),
        text("action", "Next action."),
        text("owner", "Who can close it: a source or a data steward."),
    ),
)
