"""Enumerations that several tables share. The order of a bit set never changes; new values are appended."""

from llmpairs.warehouse.outcome_rules import SCENARIO_LABELS

CONTRACTS_VERSION = "2"
"""Raised by one when a published column is removed or changes its type or meaning; see CHANGELOG.md.

New columns and tables do not raise it: `schema_evolution.py` reads releases with and without them.
"""

CAPABILITIES = (
    "vision",
    "video_input",
    "audio_input",
    "pdf_input",
    "multimodal_input",
    "image_output",
    "audio_output",
    "reasoning",
    "function_calling",
    "parallel_function_calling",
    "tool_choice",
    "structured_outputs",
    "json_mode",
    "code_execution",
    "web_search",
    "computer_use",
    "prompt_caching",
)
"""Bit i of a capability set stands for CAPABILITIES[i]."""

STATES = ("yes", "no", "unknown")
FRICTIONS = (
    "no_shared_provider",
    "provider_unknown",
    "lost_capability",
    "unverified_capability",
    "context_shrink",
    "max_output_shrink",
    "price_increase",
    "licence_change",
    "modality_loss",
    "reasoning_control_change",
    "api_shape_change",
    "lifecycle_risk",
)
"""Bit i of a friction set stands for FRICTIONS[i]."""

FRICTION_SEVERITIES = ("none", "low", "medium", "high")
SEVERITIES = ("critical", "warning", "info")
BASES = ("declared", "derived", "default")
REVIEW_SOURCE = "review"
"""source_id and lineage of a fact that a reviewer recorded with its evidence."""
DECISION_CAPTURE = "decision:"
"""Prefix of the capture_id of such a fact; the id of the decision, which archives the evidence, follows."""
MODEL_KINDS = (
    "text",
    "embedding",
    "rerank",
    "guard",
    "transcription",
    "speech",
    "image",
    "video",
    "ocr",
    "audio",
    "router",
    "other",
    "unknown",
)
LICENSE_CLASSES = ("open", "restricted", "proprietary")
LIFECYCLES = ("active", "deprecated", "retired")
IDENTITY_BASES = ("anchored", "corroborated", "single_witness", "unconfirmed")
PROVIDER_KINDS = ("developer", "host", "cloud", "aggregator", "unknown")
ROUTE_KINDS = ("direct", "via_aggregator", "aggregate")
SERVICE_TIERS = ("standard", "batch", "flex", "priority", "fast")
PRICE_KINDS = ("metered", "free_tier", "promo", "subscription", "non_token", "unknown")
PRICE_FIELDS = ("input_usd_per_mtok", "output_usd_per_mtok", "cache_read_usd_per_mtok", "cache_write_usd_per_mtok")
PRICE_MISSING_REASONS = (
    "not_listed",
    "zero_of_unknown_kind",
    "one_side_missing",
    "dynamic",
    "unparsed",
    "other_currency",
    "not_per_token",
    "subscription",
    "implausible",
    "held",
)
HISTORY_MISSING_REASONS = (*PRICE_MISSING_REASONS, "retired", "decision")
"""Reasons of spans without a price in the price history: also the end of the offer, or a reviewer's decision."""
OFFER_STATUSES = ("active", "deprecated", "stale", "retired")
INELIGIBLE_REASONS = (
    "model_unresolved",
    "not_active",
    "expired",
    "some_hours_only",
    "not_standard_tier",
    "not_metered",
    "price_missing",
    "aggregate",
    "context_too_small",
    "context_unknown",
    "max_output_too_small",
    "gate_failed",
    "gate_not_established",
    "no_batch_price",
)
GAP_STATES = ("missing", "conflict", "stale", "held", "unverified")
EVALUATOR_CLASSES = ("lab_claimed", "third_party", "community", "unspecified")
QUALITY_DOMAINS = ("general", "coding", "agentic")
"""Abilities with a quality index of their own; what has no index in one uses `general`."""
QUALITY_BASES = ("measured", "estimated")
TEXT_KINDS = ("de", "en", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh", "code")
"""Languages of which characters per token are measured, and code."""
UNKNOWN_TOKENIZER = "unknown"
SCORE_UNITS = ("percent", "fraction", "elo", "points", "minutes", "usd", "tokens", "seconds")
SOURCE_KINDS = ("catalogue", "provider", "card", "benchmark")
CHANGE_CAUSES = ("source", "rules", "identity", "decision", "correction")
PAIR_CHANGE_KINDS = ("added", "changed", "removed")
PAIR_BLOCKS = ("specs", "capabilities", "routes", "costs", "benchmarks", "pair")
"""Parts of a pair's page that can differ from the parent release; bit i of a set stands for PAIR_BLOCKS[i]."""
COST_STATES = ("both_known", "a_unknown", "b_unknown", "both_unknown")
RELATIONS = ("snapshot", "base", "derivative", "sibling", "none")
MIRRORED_VALUES = {
    "a": "b",
    "b": "a",
    "a_unknown": "b_unknown",
    "b_unknown": "a_unknown",
    "lean_a": "lean_b",
    "lean_b": "lean_a",
    "base": "derivative",
    "derivative": "base",
}
"""Enum values of a pair after its sides are swapped; values that are not listed stay the same."""

SCENARIOS = tuple(SCENARIO_LABELS)
"""Ids of the published workloads, in the order of `warehouse/contracts/scenarios.toml`."""
DETAILED_SCENARIO = SCENARIOS[0]
"""The workload of headline costs, for which a pair's row also has the cost state."""
DIMENSIONS = ("cost", "quality", "context", "operators", "openness")
"""Dimensions that a verdict weighs. Bit i of a set of missing facts stands for DIMENSIONS[i]."""
GATES = ("vision", "function_calling", "structured_outputs", "context", "max_output")
"""Requirements that a workload may have. Bit i of a set of requirements stands for GATES[i]."""
GATE_STATES = ("fails", "not_established", "passes")
VERDICTS = ("a", "b", "tie", "neither", "depends", "abstain")
OVERALL_VERDICTS = ("a", "b", "depends", "abstain", "tie")
LEADS = ("a", "b", "trade_off", "even", "unknown")
OUTCOMES = ("a", "b", "trade_off", "similar", "neither", "lean_a", "lean_b", "lean_trade_off", "unknown")
OUTCOME_REASONS = (
    # One side is known not to meet a requirement, or both are; unknown: the leaning side may still fail.
    "requirement_failed",
    "requirement_unknown",
    # trade_off: one side is cheaper, the other stronger, with 97.5% or with 80%.
    "cheaper_or_stronger",
    "cheaper_or_probably_stronger",
    # a or b.
    "cheaper_and_stronger",
    "cheaper_and_no_worse",
    "stronger_at_same_cost",
    # similar.
    "cost_and_quality_close",
    # A lean: the other side's quality is open or unknown; or its cost is.
    "cheaper",
    "probably_stronger",
    # unknown: neither side is ahead in what is known; or neither cost nor quality is known of both.
    "nothing_ahead",
    "nothing_known",
)
CHEAPER = ("a", "b", "same", "unknown")
STRONGER = ("a", "b", "open", "unknown")
PAIR_QUALITY_BASES = ("measured", "one_estimated", "estimated", "unknown")
VERDICT_REASONS = (
    # a or b: only that side meets the requirements; neither: no side does.
    "gate",
    "both_fail",
    # abstain: it is unknown whether a requirement is met; the first such one of GATES.
    "vision_not_established",
    "function_calling_not_established",
    "structured_outputs_not_established",
    "context_not_established",
    # abstain: the known dimensions carry too little weight.
    "coverage",
    # a, b or tie: decided by the difference of the scores.
    "score",
    "within_margin",
    # depends: unknown values or other weights could change the result.
    "interval_open",
    "not_robust",
)
