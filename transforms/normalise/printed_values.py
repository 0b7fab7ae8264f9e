"""Parses printed dates and amounts; no other module converts a price to USD per million tokens."""

from decimal import Context, Decimal, InvalidOperation

import pandas as pd
from pandas import DataFrame, Series

FORMATS: tuple[tuple[str, str, int | None, str], ...] = (
    (r"^\d{4}-\d{2}-\d{2}(?:[T ].*)?$", "%Y-%m-%d", 10, "day"),
    (r"^\d{4}-\d{2}$", "%Y-%m", 7, "month"),
    (r"^\d{4}$", "%Y", 4, "year"),
    (r"^[A-Z][a-z]+ \d{1,2}, \d{4}$", "%B %d, %Y", None, "day"),
    (r"^[A-Z][a-z]{2} \d{1,2}, \d{4}$", "%b %d, %Y", None, "day"),
)
"""Pattern, format, characters to parse, and precision.

Anthropic writes "June 5, 2026" (seen 2026-06), OpenAI "Aug 10, 2026" (2026-05-29).
"""


def parse_dates(printed: Series) -> DataFrame:
    """`date` (datetime64, first day of the stated span) and `precision`; null where the text is no date."""
    text = printed.astype("str").str.strip()
    date = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    precision = pd.Series(None, index=text.index, dtype="str")
    for pattern, form, length, unit in FORMATS:
        fits = text.str.match(pattern).fillna(False).astype(bool)
        if not fits.any():
            continue
        parsed = pd.to_datetime(text.where(fits).str[:length], format=form, errors="coerce").astype("datetime64[us]")
        date = date.where(~fits, parsed)
        precision = precision.mask(fits & parsed.notna(), unit)
    return DataFrame({"date": date, "precision": precision})


PER_MILLION = Decimal(1_000_000)
PRINTED_DIGITS = Context(prec=15)
"""A double carries 15 decimal digits; further printed digits are rounding noise: DeepInfra prints
0.030000000000000002 for 0.03 (seen 2026-04-17). The printed text stays in `facts`."""


def usd_per_mtok(amount: str, per: int) -> Decimal | None:
    """USD per million tokens of an amount printed for `per` tokens; None when it is not a finite number."""
    try:
        number = Decimal(amount.replace("_", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return None
    return PRINTED_DIGITS.plus(number) * PER_MILLION / per


def convert_quotes(prices: DataFrame) -> DataFrame:
    """Landed quotes plus `usd_per_mtok` (float, the nearest double to the exact decimal) and `problem`.

    `problem` is null for a usable quote, else `unparsed`, `dynamic`, `other_currency` or `not_per_token`.
    A negative amount is a varying price (OpenRouter prints "-1", seen 2026-05-18).
    """
    quotes = prices.copy()
    pairs = quotes[["amount", "per"]].drop_duplicates()
    exact = {pair: usd_per_mtok(*pair) for pair in zip(pairs["amount"], pairs["per"], strict=True)}
    values = [exact[pair] for pair in zip(quotes["amount"], quotes["per"], strict=True)]
    number = pd.Series([None if v is None else float(v) for v in values], index=quotes.index, dtype="float64")
    problem = Series(None, index=quotes.index, dtype="str")
    problem = problem.mask(number < 0, "dynamic").mask(number.isna(), "unparsed")
    problem = problem.mask(quotes["currency"] != "USD", "other_currency").mask(
        quotes["unit"] != "token", "not_per_token"
    )
    quotes["usd_per_mtok"] = number.where(problem.isna())
    quotes["problem"] = problem
    return quotes
