"""The context that a configuration states, with scaled positions told apart."""

from decimal import Decimal
from typing import Any

from llmpairs.spiders.json_entries import AMOUNT, Entry, Number


def read_context(text: Entry) -> tuple[int | None, int | None]:
    """Context of the weights as they ship, and the one they were made for where their positions are scaled.

    max_position_embeddings as printed is the former, scaling included: gpt-oss-120b prints 131,072 and a yarn factor
    of 32 over 4,096, Kimi-K2.5 262,144 and 64 over 4,096, and Llama-3.1's factor of 8 over 8,192 makes no 131,072
    at all (2026-08-21). Only where yarn's original equals it, it is the unscaled one: yarn stretches the original by
    its factor.
    """
    shipped = text.known_count("max_position_embeddings")
    rope = _find_rope(text)
    kind = rope.get("rope_type") or rope.get("type")
    original, factor = rope.get("original_max_position_embeddings"), _number(rope.get("factor"))
    if kind in (None, "default") or type(original) is not int or original <= 0:
        return shipped, None
    if kind == "yarn" and original == shipped and factor is not None and factor > 1:
        shipped = int(original * factor)
    return shipped, original if shipped is not None and original < shipped else None


def _find_rope(text: Entry) -> dict[str, Any]:
    """rope_scaling, or rope_parameters of newer files; nothing where layers differ, or positions are not scaled."""
    for key in ("rope_scaling", "rope_parameters"):
        value = text.fields.get(key)
        if isinstance(value, dict):
            return value
    return {}


def _number(value: Any) -> Decimal | None:
    """A factor printed as a number: 40, 32.0."""
    is_number = type(value) in (int, Number) and AMOUNT.fullmatch(str(value))
    return Decimal(value) if is_number else None
