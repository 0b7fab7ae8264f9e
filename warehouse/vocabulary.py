"""Closed lists that several tables share. The order of a bit set never changes; new words go last."""

CONTRACTS_VERSION = "1"
"""Raised, one by one, when a published column goes or changes its type or meaning; see CHANGELOG.md.

New columns and tables do not raise it: readers of either side get by (`older.py`).
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
    "unknown",
)
LICENSE_CLASSES = ("open", "restricted", "closed")
LIFECYCLES = ("active", "deprecated", "retired")
IDENTITY_BASES = ("anchored", "corroborated", "single_witness")
PROVIDER_KINDS = ("developer", "host", "cloud", "aggregator", "unknown")
ROUTE_KINDS = ("direct", "via_aggregator", "aggregate")
SERVICE_TIERS = ("standard", "batch", "flex", "priority", "fast")
PRICE_KINDS = ("metered", "free_tier", "promo", "subscription", "non_token", "unknown")
PRICE_FIELDS = (
    "input_usd_per_mtok",
    "output_usd_per_mtok",
    "cache_read_usd_per_mtok",
    "cache_write_usd_per_mtok",
)
PRICE_MISSING_REASONS = (
    "not_listed",
    "zero_of_unknown_kind",
    "one_side_missing",
    "dynamic",
    "unparsed",
    "other_currency",
    "not_per_token",
    "subscription",
    "held",
)
HISTORY_MISSING_REASONS = (*PRICE_MISSING_REASONS, "retired", "decision")
"""Why a span of the price history has no price: also because the route ended, or a reviewer says that none applied."""
OFFER_STATUSES = ("active", "deprecated", "stale", "retired")
INELIGIBLE_REASONS = (
    "model_unresolved",
    "not_active",
    "expired",
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
SCORE_UNITS = ("percent", "fraction", "elo", "points")
SOURCE_KINDS = ("catalogue", "provider", "card", "benchmark")
CHANGE_CAUSES = ("source", "rules", "identity", "decision", "correction")
PAIR_CHANGE_KINDS = ("added", "changed", "removed")
PAIR_BLOCKS = ("specs", "capabilities", "routes", "costs", "benchmarks", "pair")
"""What of a pair's page can differ from the parent release's; bit i of a set stands for PAIR_BLOCKS[i]."""
COST_STATES = ("both_known", "a_unknown", "b_unknown", "both_unknown")
RELATIONS = ("snapshot", "base", "derivative", "sibling", "none")
MIRRORED_WORDS = {
    "a": "b",
    "b": "a",
    "a_unknown": "b_unknown",
    "b_unknown": "a_unknown",
    "base": "derivative",
    "derivative": "base",
}
"""What a word of a pair says once its sides are swapped; the others read the same both ways."""

SCENARIOS = ("seed_chat", "rag", "agents", "long_context", "vision", "coding", "batch_cheap")
"""Published workloads, in the order of `transforms/pairs/scenarios.toml`."""
DETAILED_SCENARIO = "seed_chat"
"""The workload of which a pair's row has reason, margin, coverage, robustness and state of the costs as well."""
DIMENSIONS = ("cost", "quality", "context", "operators", "openness")
"""What a verdict weighs. Bit i of a set of missing facts stands for DIMENSIONS[i]."""
GATES = ("vision", "function_calling", "structured_outputs", "context", "max_output")
"""What a workload may demand of a route. Bit i of a set of gates stands for GATES[i]."""
GATE_STATES = ("fails", "not_established", "passes")
VERDICTS = ("a", "b", "tie", "neither", "depends", "abstain")
OVERALL_VERDICTS = ("a", "b", "depends", "abstain")
LEADS = ("a", "b", "trade_off", "even", "unknown")
VERDICT_REASONS = (
    # a or b: only that side passes the gates; neither: no side does.
    "gate",
    "both_fail",
    # abstain: a gate that nobody has established stands in the way, the first of GATES.
    "vision_not_established",
    "function_calling_not_established",
    "structured_outputs_not_established",
    "context_not_established",
    # abstain: the facts that are known carry too little weight.
    "coverage",
    # a, b or tie: the difference of the scores.
    "score",
    "within_margin",
    # depends: what is unknown could turn it, or other weights would.
    "interval_open",
    "not_robust",
)
