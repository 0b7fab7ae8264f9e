"""Efforts and settings that score tables write into the names of models.

An effort or a budget is cut from the name. A mode at its end (`-thinking`, `-non-reasoning`) is a setting too, but
stays in the name: of some developers it names other weights (kimi-k2-thinking), of others a switch
(deepseek-v3.2-thinking), and the spelling does not decide which.
"""

import re

EFFORT = "minimal|low|medium|high|xhigh"
# LiveBench: claude-opus-4-5-20251101-thinking-64k-high-effort, claude-opus-4-6-thinking-auto-low-effort,
# claude-4-sonnet-20250514-base, gemini-2.5-pro-06-05-highthinking, gpt-5.4-xhigh (2026-07-01);
# LMArena: claude-opus-4-1-20250805-thinking-16k, gpt-5.1-high, o3-mini-high (2025-12-17),
# claude-opus-4-5-20251101-high-32k (2026-08-12).
# A name without a digit has no effort after it: "mistral-medium" is a model.
EFFORT_SUFFIX = re.compile(
    rf"(?P<name>\D*\d.*?)-(?P<setting>thinking-(?:\d+k|auto)(?:-(?:{EFFORT})-effort)?"
    rf"|(?:{EFFORT})(?:-effort|thinking|-\d+k)?)"
    r"|(?P<claude>claude-.+)-(?P<base>base)"
)
MODE_SUFFIX = re.compile(r".+?-(?P<setting>thinking|no-?thinking|(?:non-)?reasoning)")


def split_dashed(key: str) -> tuple[str, str | None]:
    """Name and setting of a key whose parts are separated by dashes."""
    cut = EFFORT_SUFFIX.fullmatch(key)
    if cut:
        return (cut["claude"], cut["base"]) if cut["base"] else (cut["name"], cut["setting"])
    mode = MODE_SUFFIX.fullmatch(key)
    return key, mode["setting"] if mode else None
