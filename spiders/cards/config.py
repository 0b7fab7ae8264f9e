"""What a repository's config.json states about a model: context, architecture, number format of the weights."""

import re
from decimal import Decimal
from typing import Any

from llmpairs.spiders.json_entries import AMOUNT, Entry, PrintedNumber, parse_count

EXPERT_COUNTS = ("num_local_experts", "num_experts", "n_routed_experts")


def read_context(text: Entry) -> tuple[int | None, int | None]:
    """Context of the weights as they ship, and the one they were made for where their positions are scaled.

    `max_position_embeddings` as printed is the former, scaling included: gpt-oss-120b prints 131,072 and a yarn factor
    of 32 over 4,096, Kimi-K2.5 262,144 and 64 over 4,096, and Llama-3.1's factor of 8 over 8,192 makes no 131,072
    at all (2026-08-21). Only where yarn's original equals it, it is the unscaled one: yarn stretches the original by
    its factor.
    """
    shipped = text.positive_count("max_position_embeddings")
    # Newer files have rope_parameters; neither counts where layers differ, or positions are not scaled.
    scalings = (text.fields.get(key) for key in ("rope_scaling", "rope_parameters"))
    rope: dict[str, Any] = next((each for each in scalings if isinstance(each, dict)), {})
    kind = rope.get("rope_type") or rope.get("type")
    original = parse_count(str(rope.get("original_max_position_embeddings")))
    factor = _parse_factor(rope.get("factor"))
    if kind in (None, "default") or not original:
        return shipped, None
    if kind == "yarn" and original == shipped and factor is not None and factor > 1:
        shipped = int(original * factor)
    return shipped, original if shipped is not None and original < shipped else None


def read_architecture(text: Entry) -> str | None:
    """moe or dense; None where the file names experts in an unknown way, or describes no text model."""
    counts = [parse_count(str(text.fields.get(key))) or 0 for key in EXPERT_COUNTS]
    if max(counts) > 1:
        return "moe"
    if text.positive_count("max_position_embeddings") is None:
        return None
    hints = [key for key, value in text.fields.items() if re.search("expert|moe", key) and value]
    return None if hints else "dense"


def read_quantization(config: Entry) -> str | None:
    """The number format that `quantization_config` names.

    `dtype` does not name it: nvidia/Qwen3-235B-A22B-NVFP4 prints bfloat16 and no quantization_config (2026-08-21).
    """
    quantized = config.inner("quantization_config")
    if quantized is None:
        return None
    return quantized.text("quant_algo") or _find_common_format(quantized) or quantized.text("quant_method")


def _parse_factor(value: Any) -> Decimal | None:
    """A factor printed as a number: 40, 32.0."""
    is_number = type(value) in (int, PrintedNumber) and AMOUNT.fullmatch(str(value))
    return Decimal(value) if is_number else None


def _find_common_format(quantized: Entry) -> str | None:
    """Type and width of the weights where every group has the same: "int4", "float8"."""
    groups = quantized.section("config_groups")
    formats = set()
    for key in sorted(groups.fields):
        weights = groups.section(key).inner("weights")
        if weights is None:
            return None
        formats.add(f"{weights.text('type')}{weights.count('num_bits')}")
    return formats.pop() if len(formats) == 1 else None
