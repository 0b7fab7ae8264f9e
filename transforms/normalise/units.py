"""Printed amounts to USD per million tokens. The only place where a price is converted."""

from decimal import Context, Decimal, InvalidOperation

import pandas as pd
from pandas import DataFrame, Series

PER_MILLION = Decimal(1_000_000)
PRINTED_DIGITS = Context(prec=15)
"""A double carries 15 decimal digits; what is printed beyond them is its noise and no price: DeepInfra prints
0.030000000000000002 for 0.03 (seen 2026-04-17). The printed text stays in `facts`."""


def usd_per_mtok(amount: str, per: int) -> Decimal | None:
    """USD for a million tokens of a printed amount for `per` tokens; None when it is not a finite number."""
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
    A negative amount means that the price varies (OpenRouter prints "-1", seen 2026-05-18).
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
