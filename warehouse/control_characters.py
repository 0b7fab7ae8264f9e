"""Control characters, replaced in text before it reaches a terminal, a Markdown file or a browser."""

import json
import re

HARMFUL = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, among them the escape that starts a terminal's commands
    "\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"  # direction and invisible marks
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags
    "]"
)
"""Invisible characters and characters that change how the surrounding text is shown."""


def show_harmful(text: str) -> str:
    """Text with each harmful character written as its code point, as U+202E."""
    return HARMFUL.sub(lambda match: f"U+{ord(match[0]):04X}", text)


def escape_harmful(json_text: str) -> str:
    """JSON with each harmful character escaped: the same value, safe on a terminal."""
    return HARMFUL.sub(lambda match: json.dumps(match[0])[1:-1], json_text)
