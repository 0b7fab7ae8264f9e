"""Printed dates to the first day of what they name, with their precision."""

import pandas as pd
from pandas import DataFrame, Series

FORMS: tuple[tuple[str, str, int | None, str], ...] = (
    (r"^\d{4}-\d{2}-\d{2}(?:[T ].*)?$", "%Y-%m-%d", 10, "day"),
    (r"^\d{4}-\d{2}$", "%Y-%m", 7, "month"),
    (r"^\d{4}$", "%Y", 4, "year"),
    (r"^[A-Z][a-z]+ \d{1,2}, \d{4}$", "%B %d, %Y", None, "day"),
)
"""Pattern, form, how many characters of it, and precision. Anthropic writes "June 5, 2026" (seen 2026-06)."""


def read_dates(printed: Series) -> DataFrame:
    """`date` (datetime64, first day of the stated span) and `precision`; null where the text is no date."""
    text = printed.astype("str").str.strip()
    date = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    precision = pd.Series(None, index=text.index, dtype="str")
    for pattern, form, length, word in FORMS:
        fits = text.str.match(pattern).fillna(False).astype(bool)
        parsed = pd.to_datetime(text.where(fits).str[:length], format=form, errors="coerce").astype(
            "datetime64[us]"
        )
        date = date.where(~fits, parsed)
        precision = precision.mask(fits & parsed.notna(), word)
    return DataFrame({"date": date, "precision": precision})
