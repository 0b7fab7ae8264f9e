"""Facts that the name of a model states: its size, a date, and whether it reasons."""

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

# "120b", "1t", "0.6b", "350m"; of several sizes in one name none counts. Not "e4b" (effective size), "a3b" (active),
# "8x7b" (experts share layers: Mixtral 8x7B has 46.7 billion), nor any size of a name with a count of experts.
SIZE = r"(?<![a-z0-9.])(\d{1,4}(?:\.\d{1,3})?)b(?![a-z0-9])"
SIZE_IN_TRILLIONS = r"(?<![a-z0-9.])(\d{1,2}(?:\.\d{1,3})?)t(?![a-z0-9])"
SIZE_IN_MILLIONS = r"(?<![a-z0-9.])(\d{3})m(?![a-z0-9])"
# "35b-a3b", "1t-a32b"; Llama 4 states the active size before the count of experts: "17b-128e".
ACTIVE_SIZE = r"(?<![a-z0-9])a(\d{1,3}(?:\.\d{1,2})?)b(?![a-z0-9])"
ACTIVE_BEFORE_EXPERTS = r"(?<![a-z0-9.])(\d{1,3}(?:\.\d{1,2})?)b-\d+e(?![a-z0-9])"
EXPERTS = r"(?<![a-z0-9.])\d{1,3}x\d{1,3}(?:\.\d)?b(?![a-z0-9])|(?<![a-z0-9.])\d{1,3}b-\d+e(?![a-z0-9])"

YEAR, MONTH, DAY = r"20[12]\d", r"0[1-9]|1[0-2]", r"0[1-9]|[12]\d|3[01]"
DATE_PATTERNS = (
    # gpt-4o-2024-08-06, claude-opus-4-20250514
    rf"(?<![0-9])(?P<year>{YEAR})(?P<mark>[-.]?)(?P<month>{MONTH})(?P=mark)(?P<day>{DAY})(?![0-9])",
    # command-r-plus-08-2024
    rf"(?<![a-z0-9.])(?P<month>{MONTH})-(?P<year>{YEAR})(?![0-9])",
    # mistral-large-2512, doubao-seed-1.6-250615; years from 2023 on, so that 0613 and 1106 are no dates
    rf"(?<![a-z0-9.])(?P<year>2[3-9])(?P<month>{MONTH})(?P<day>{DAY})?(?![a-z0-9.])",
)
REASONS = r"(?<!non-)(?<!no-)(?<!not-)(?<![a-z0-9])(?:thinking|reasoning|reasoner|think)(?![a-z0-9])"


def parse_sizes(names: Series) -> DataFrame:
    """`parameters_total` and `parameters_active` (Int64) of each name; null where it states none or several."""
    # Fireworks writes a point as p: "qwen2p5-coder-0p5b".
    text = names.astype("str").str.lower().str.replace(r"(?<=\d)p(?=\d)", ".", regex=True)
    scales = ((SIZE, 1_000_000_000), (SIZE_IN_TRILLIONS, 1_000_000_000_000), (SIZE_IN_MILLIONS, 1_000_000))
    found = [_extract_single(text, pattern) * scale for pattern, scale in scales]
    total = found[0].fillna(found[1]).fillna(found[2])
    has_experts = text.str.contains(EXPERTS).fillna(False).astype(bool)
    active = _extract_single(text, ACTIVE_SIZE).fillna(_extract_single(text, ACTIVE_BEFORE_EXPERTS))
    active = active * 1_000_000_000
    total = total.mask(has_experts | (active >= total).fillna(False))
    return DataFrame(
        {"parameters_total": total.round().astype("Int64"), "parameters_active": active.round().astype("Int64")}
    )


def parse_name_dates(names: Series) -> Series:
    """Date in each name as ISO text to its precision, day or month; null for none."""
    text = names.astype("str").str.lower()
    dates = Series(None, index=names.index, dtype="str")
    for pattern in DATE_PATTERNS:
        parts = text.str.extract(pattern)
        year = parts["year"].where(parts["year"].str.len() != 2, "20" + parts["year"])
        month = year + "-" + parts["month"]
        day = month + "-" + parts["day"] if "day" in parts else Series(None, index=names.index, dtype="str")
        is_day = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce").notna()
        dates = dates.fillna(day.where(is_day, month))
    return dates


def names_reasoning(names: Series) -> Series:
    """Whether each name states that the model reasons before it answers: "-thinking", "-reasoner"."""
    return names.astype("str").str.lower().str.contains(REASONS).fillna(False).astype(bool)


def _extract_single(text: Series, pattern: str) -> Series:
    """The number that the pattern finds in each text; null for none, or for several that differ."""
    found = text.str.extractall(pattern)
    if found.empty:
        return Series(np.nan, index=text.index)
    number = pd.to_numeric(found[0]).groupby(level=list(range(found.index.nlevels - 1)))
    single = number.min().where(number.nunique() == 1)
    return single.reindex(text.index)
