"""Words of a page or of a server where we quote them: one printable line of bearable length."""

LONGEST_QUOTE = 600


def quote_plainly(text: str, most: int = LONGEST_QUOTE) -> str:
    """The text in at most so many characters; what no terminal should print is escaped.

    A key may hold a terminal's commands or turn the direction of writing, and be a megabyte long.
    """
    shown = text[: most + 1]
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."
