"""Cells of pricing tables: amounts, units, counts and marks; what is ambiguous is refused."""

import pytest

from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.tables.cells import (
    PriceUnit,
    parse_amounts,
    parse_flag,
    parse_price_unit,
    parse_token_count,
    split_dates,
    split_prompt_length,
)

PER_MILLION = PriceUnit(currency="USD", per=1_000_000, unit="token")


# Amounts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("USD 5", ("5", "USD")),
        ("USD $5", ("5", "USD")),
        ("$5 USD / 1M tokens", ("5", "USD")),
        ("$5 USD, prompts", ("5", "USD")),
        ("5.00 usd per 1M tokens", ("5.00", "USD")),
        ("US$ 5", ("5", "USD")),
        ("1.5元", ("1.5", "CNY")),
        ("RMB 2", ("2", "CNY")),
        ("¥3 CNY", ("3", "CNY")),
    ],
)
def test_a_currency_may_be_a_code_before_or_behind_the_number(text: str, found: tuple[str, str]) -> None:
    (amount,) = parse_amounts(text, PER_MILLION)
    assert (amount.amount, amount.currency) == found


def test_a_sign_and_a_code_that_contradict_each_other_are_refused() -> None:
    (amount,) = parse_amounts("€5 USD", PER_MILLION)
    assert (amount.currency, amount.label) == ("EUR", "usd")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$0.15", [("0.15", "")]),
        ("$0.15 input$0.60 output", [("0.15", "input"), ("0.60", "output")]),
        ("0.95 / 0.16 / 4.00", [("0.95", ""), ("0.16", ""), ("4.00", "")]),
        ("$3.00 / $0.30 / $15.00", [("3.00", ""), ("0.30", ""), ("15.00", "")]),
        ("$0.30 (cached $0.03)", [("0.30", ""), ("0.03", "cached")]),
        ("$0.30 (text / image / video) $1.00 (audio)", [("0.30", "text / image / video"), ("1.00", "audio")]),
        ("$1,250.00", [("1250.00", "")]),
        ("$.5", [(".5", "")]),
        ("US$0.5*", [("0.5", "")]),
        ("$0.45 ($0.00012 per image)", [("0.45", "")]),
        ("$3.00 or $0.005/min (audio) $1.00 (text)", [("3.00", "audio"), ("1.00", "text")]),
        ("$2.00 (text/image), equivalent to $0.0011 per image *", [("2.00", "text/image")]),
    ],
)
def test_the_amounts_of_a_cell_have_the_labels_beside_them(text: str, found: list[tuple[str, str]]) -> None:
    amounts = parse_amounts(text, PER_MILLION)
    assert [(each.amount, each.label) for each in amounts] == found
    assert {(each.currency, each.per, each.unit) for each in amounts} == {("USD", 1_000_000, "token")}


@pytest.mark.parametrize("text", ["", "-", "—", "N/A", "Not available", "ContactSales", "Contact sales"])
def test_a_dash_is_no_price(text: str) -> None:
    assert parse_amounts(text, PER_MILLION) == []


@pytest.mark.parametrize("text", ["Free", "Free of charge", "free*"])
def test_a_text_for_free_is_a_marked_zero(text: str) -> None:
    (amount,) = parse_amounts(text, PER_MILLION)
    assert (amount.amount, amount.is_free_text) == ("0", True)


def test_a_printed_zero_is_no_text_for_free() -> None:
    (amount,) = parse_amounts("$0", PER_MILLION)
    assert (amount.amount, amount.is_free_text) == ("0", False)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("$5 / MTok", (1_000_000, "token")),
        ("$0.111 per hour", (1, "hour")),
        ("$22.00 per 1M characters", (1_000_000, "character")),
        ("$0.0015 per audio min", (1, "minute")),
        ("$2 /1000 Pages", (1_000, "page")),
        ("$0.039 per image*", (1, "image")),
        ("$0.15 per 1K input tokens", (1_000, "token")),
        ("$10.00 / 1k calls", (1_000, "call")),
        ("$1.00 / 1,000,000 tokens", (1_000_000, "token")),
    ],
)
def test_a_unit_in_the_cell_goes_before_that_of_the_table(text: str, unit: tuple[int, str]) -> None:
    (amount,) = parse_amounts(text, PriceUnit(currency="USD", per=1, unit="song"))
    assert (amount.per, amount.unit, amount.label) == (*unit, "")


def test_the_size_of_a_picture_is_no_number_of_pictures() -> None:
    (amount,) = parse_amounts("$0.12 per 4K image", PER_MILLION)
    assert (amount.per, amount.unit, amount.label) == (1_000_000, "token", "per 4k image")


@pytest.mark.parametrize(("text", "currency"), [("€0.15", "EUR"), ("£0.15", "GBP"), ("CN¥0.15", "CNY")])
def test_other_currencies_keep_theirs(text: str, currency: str) -> None:
    (amount,) = parse_amounts(text, PER_MILLION)
    assert (amount.amount, amount.currency) == ("0.15", currency)


def test_a_sign_of_two_currencies_needs_the_table_to_say_which() -> None:
    (amount,) = parse_amounts("¥2", PriceUnit(currency="CNY", per=1_000_000, unit="token"))
    assert amount.currency == "CNY"
    with pytest.raises(EntryError, match="currency of the price are not stated"):
        parse_amounts("¥2", PER_MILLION)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("$0.053+", "no single price"),
        ("$0.10 - $0.20", "no single price"),
        ("$0.10–$0.20", "no single price"),
        ("varies", "is no price"),
        ("see below", "is no price"),
        ("0.15 USD or so", "is no price"),
    ],
)
def test_what_is_no_single_price_is_refused(text: str, reason: str) -> None:
    with pytest.raises(EntryError, match=reason):
        parse_amounts(text, PER_MILLION)


def test_an_amount_without_a_unit_is_refused() -> None:
    with pytest.raises(EntryError, match="per and unit of the price are not stated"):
        parse_amounts("$0.15", PriceUnit(currency="USD"))
    with pytest.raises(EntryError, match="currency of the price are not stated"):
        parse_amounts("0.15", PriceUnit(per=1_000_000, unit="token"))


@pytest.mark.parametrize(
    ("header", "price_unit"),
    [
        ("PRICE PER 1M TOKENS", PriceUnit(per=1_000_000, unit="token")),
        ("Input pricing (per 1M tokens)", PriceUnit(per=1_000_000, unit="token")),
        ("Paid Tier, per 1M tokens in USD", PER_MILLION),
        ("PRICING 1M INPUT TOKENS (CACHE HIT) PEAK", PriceUnit(per=1_000_000, unit="token")),
        ("Price (/1M tokens) > 200K input tokens", PriceUnit(per=1_000_000, unit="token")),
        ("Price per MP", PriceUnit(per=1, unit="megapixel")),
        ("$ / 1M tokens", PER_MILLION),
        ("Output", PriceUnit()),
    ],
)
def test_a_header_names_the_unit(header: str, price_unit: PriceUnit) -> None:
    assert parse_price_unit(header) == price_unit


# Counts, marks, conditions


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("131,072", 131_072),
        ("1048576", 1_048_576),
        ("1M", 1_000_000),
        ("MAXIMUM: 384K", 384_000),
        ("131k tokens", 131_000),
        ("-", None),
        ("", None),
    ],
)
def test_limits_are_counted(text: str, count: int | None) -> None:
    assert parse_token_count(text) == count


@pytest.mark.parametrize("text", ["128K/256K", "up to you", "0", "1.5 tokens"])
def test_other_limits_are_refused(text: str) -> None:
    with pytest.raises(EntryError):
        parse_token_count(text)


def test_marks_are_yes_no_or_nothing() -> None:
    assert [parse_flag(text) for text in ("Yes", "✓", "Supported", "No", "Not supported", "-", "")] == [
        *(True, True, True),
        *(False, False),
        *(None, None),
    ]
    with pytest.raises(EntryError, match="neither yes nor no"):
        parse_flag("Non-thinking mode only")


@pytest.mark.parametrize(
    ("captured_at", "holds"), [("2026-12-31T23:00:00Z", (True, False)), ("2027-01-01T00:00:00Z", (False, True))]
)
def test_a_dated_price_holds_until_its_day(captured_at: str, holds: tuple[bool, bool]) -> None:
    through = split_dates("Gemini 3.8 Flash* through December 31, 2026", captured_at)
    starting = split_dates("Gemini 3.8 Flash starting January 1, 2027", captured_at)
    assert (through[1], starting[1]) == holds
    assert through[0].rstrip("*") == starting[0] == "Gemini 3.8 Flash"


def test_a_prompt_length_is_taken_out_of_the_words() -> None:
    assert split_prompt_length("prompts <= 200k tokens") == ("", 0)
    assert split_prompt_length("prompts > 200k") == ("", 200_000)
    assert split_prompt_length("(audio) for prompts over 100,000 tokens") == ("audio", 100_000)
    assert split_prompt_length("audio") == ("audio", 0)
