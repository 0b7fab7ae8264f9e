"""What is missing, contradicted, old or held, ranked by what it costs."""

import pyarrow as pa

from llmpairs.warehouse.columns import count, enum, moment, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.vocabulary import GAP_STATES, SEVERITIES

COVERAGE_GAPS = Table(
    name="coverage_gaps",
    grain="a field of a model, offer or source that is not established",
    key=("gap_id",),
    columns=(
        text("gap_id", "Digest of subject, field and state; stable until closed."),
        enum("subject_kind", ("model", "offer", "source"), "What has the gap."),
        text("subject_id", "model_id, offer_id or source_id."),
        text("model_id", "The model concerned.", "the gap is a source's"),
        text("field", "The field, or `price`, `capability:<name>`, `all` for a source."),
        enum("state", GAP_STATES, "What kind of gap."),
        enum("severity", SEVERITIES, "How much it matters to a comparison."),
        text("detail", "What is known: the values in conflict, the reason a price is missing, the age."),
        moment("since", "Moment of the first release with this gap."),
        count("pairs_affected", "Pairs that the gap touches."),
        count("offers_affected", "Active offers that the gap touches."),
        Column(
            name="rank_score",
            type=pa.float64(),
            about="Pairs affected times severity weight times how much the model is offered.",
            unit="score",
            minimum=0,
        ),
        text("best_source", "Source most likely to close it.", "none is registered"),
        text("action", "What to do next."),
        text("owner", "Who closes it: a source or a steward."),
    ),
)
