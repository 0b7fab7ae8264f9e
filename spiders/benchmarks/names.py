"""Efforts and settings that score tables write into the names of models, told apart by stated patterns.

An effort or a budget is cut from the name. A mode at its end (`-thinking`, `-non-reasoning`) is the setting, but
stays in the name: of some makers it names other weights (kimi-k2-thinking), of others a switch
(deepseek-v3.2-thinking), and which is which is no matter of spelling.
"""

import re

EFFORT = "minimal|low|medium|high|xhigh"
# LiveBench: claude-opus-4-5-20251101-thinking-64k-high-effort, claude-opus-4-6-thinking-auto-low-effort,
# claude-4-sonnet-20250514-base, gemini-2.5-pro-06-05-highthinking, gpt-5.4-xhigh (2026-07-01);
# LMArena: claude-opus-4-1-20250805-thinking-16k, gpt-5.1-high, o3-mini-high (2025-12-17).
# A name without any digit is not one with an effort behind it: "mistral-medium" is a model.
_CUT = re.compile(
    rf"(?P<name>\D*\d.*?)-(?P<setting>thinking-(?:\d+k|auto)(?:-(?:{EFFORT})-effort)?|(?:{EFFORT})(?:-effort|thinking)?)"
    r"|(?P<claude>claude-.+)-(?P<base>base)"
)
_MODE = re.compile(r".+?-(?P<setting>thinking|no-?thinking|(?:non-)?reasoning)")


def split_dashed(key: str) -> tuple[str, str | None]:
    """The name and the setting of a key written with dashes."""
    cut = _CUT.fullmatch(key)
    if cut:
        return (cut["claude"], cut["base"]) if cut["base"] else (cut["name"], cut["setting"])
    mode = _MODE.fullmatch(key)
    return key, mode["setting"] if mode else None
