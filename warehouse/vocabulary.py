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
COST_STATES = ("both_known", "a_unknown", "b_unknown", "both_unknown")
RELATIONS = ("snapshot", "base", "derivative", "sibling", "none")
