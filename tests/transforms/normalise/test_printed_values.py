from decimal import Decimal

import pandas as pd
import pytest
from pandas import DataFrame

from llmpairs.transforms.normalise.printed_values import convert_quotes, parse_dates, usd_per_mtok
from tests.transforms.frames import quote


@pytest.mark.parametrize(
    ("amount", "per", "expected"),
    [
        ("0.000000039", 1, "0.039"),
        ("3.9E-8", 1, "0.039"),
        ("0.039", 1_000_000, "0.039"),
        ("0.00015", 1_000, "0.15"),
        ("0", 1, "0"),
        ("600", 1_000_000, "600"),
        ("0.030000000000000002", 1_000_000, "0.03"),
    ],
)
def test_a_printed_price_becomes_the_exact_price_of_a_million_tokens(amount: str, per: int, expected: str) -> None:
    assert usd_per_mtok(amount, per) == Decimal(expected)


@pytest.mark.parametrize("amount", ["free", "", "NaN", "Infinity", "1e9999", "$3"])
def test_what_is_no_number_is_no_price(amount: str) -> None:
    assert usd_per_mtok(amount, 1) is None


def test_the_published_double_is_the_nearest_to_the_printed_decimal() -> None:
    quotes = convert_quotes(DataFrame([quote(0, "input", "0.000000039", 1), quote(0, "output", "0.00000018", 1)]))
    assert list(quotes["usd_per_mtok"]) == [0.039, 0.18]


def test_unusable_quotes_say_why_and_have_no_value() -> None:
    quotes = convert_quotes(
        DataFrame(
            [
                quote(0, "input", "-1", 1),
                quote(1, "input", "varies"),
                quote(2, "input", "4", currency="CNY"),
                quote(3, "input", "0.08", 1, unit="image"),
            ]
        )
    )
    assert list(quotes["problem"]) == ["dynamic", "unparsed", "other_currency", "not_per_token"]
    assert quotes["usd_per_mtok"].isna().all()


def test_dates_keep_the_precision_they_are_printed_in() -> None:
    parsed = parse_dates(
        pd.Series(["2025-08-05", "2025-08", "2025", "2025-02-30", "soon", None, "June 5, 2026"], dtype="str")
    )
    assert list(parsed["precision"].fillna("-")) == ["day", "month", "year", "-", "-", "-", "day"]
    assert [day.isoformat()[:10] for day in parsed["date"].dropna()] == [
        "2025-08-05",
        "2025-08-01",
        "2025-01-01",
        "2026-06-05",
    ]
