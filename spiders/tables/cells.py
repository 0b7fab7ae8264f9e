"""Parse the text of a cell: amounts with currency and unit, token counts, flags; ambiguity is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from llmpairs.spiders.json_entries import EntryError


@dataclass(frozen=True, kw_only=True)
class PriceUnit:
    """Currency and unit of an amount (USD per 1,000,000 tokens), as far as a text states them."""

    currency: str | None = None
    per: int | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrintedAmount:
    """One printed amount of a cell."""

    amount: str
    """The number as printed, without thousands separators; "0" for the text "free"."""
    currency: str
    per: int
    unit: str
    label: str = ""
    """The text behind it, or before it within its parentheses, in lower case."""
    lead: str = ""
    """The text before it that belongs to no other amount, in lower case."""
    is_free_text: bool = False
    """Whether the page prints "free" or the like instead of a number."""


# The sign of the yen is also that of the yuan: alone it states no currency.
YEN_OR_YUAN = ("¥", "￥")
SYMBOLS = {"US$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "CN¥": "CNY", "RMB": "CNY", "JP¥": "JPY"}
COUNTS = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "": 1}
UNITS = {
    "tok": "token", "token": "token", "char": "character", "character": "character", "min": "minute",
    "minute": "minute", "hour": "hour", "second": "second", "image": "image", "page": "page", "request": "request",
    "quer": "query", "search": "search", "song": "song", "video": "video", "megapixel": "megapixel",
    "mp": "megapixel", "call": "call",
}  # fmt: skip
UNIT = re.compile(
    r"(?:\bper|/)\s*(?P<n>[\d,.]*)\s*-?(?P<scale>k|thousand|m|million)?[\s-]*"
    r"(?:(?:text|audio|input|output|cached|prompt|completion)\s+)*"
    r"(?P<unit>tok(?:en)?s?|char(?:acter)?s?|min(?:ute)?s?|hours?|seconds?|images?|pages?|requests?|quer(?:y|ies)"
    r"|search(?:es)?|songs?|videos?|megapixels?|mp|calls?)\b"
    r"|\b(?P<million>mtok)\b"
    r"|\b1m\s+(?:(?:input|output)\s+)?(?P<bare>tokens?)\b",
    re.IGNORECASE,
)
STATES_PRICES = re.compile(r"\b(?:pric(?:e|es|ed|ing)|billed|costs?|charged)\b", re.IGNORECASE)
STATES_NO_UNIT = re.compile(r"\bas marked\b|\bunless (?:otherwise )?(?:noted|stated)\b", re.IGNORECASE)
CURRENCY = re.compile(r"\b(USD|EUR|GBP|CNY|JPY|U\.?S\.? dollars?|euros?)\b|(US\$|CN¥|\$|€|£)", re.IGNORECASE)
EMPTY_BRACKETS = re.compile(r"[(\[]\s*(?:in\b)?[\s,/]*[)\]]|[,\s]+\bin\s*$", re.IGNORECASE)
CURRENCY_WORDS = {"U": "USD", "E": "EUR", "G": "GBP", "C": "CNY", "J": "JPY"}

SYMBOL = r"US\$|CN¥|JP¥|RMB|\$|€|£|¥|￥"
NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]*\.?[0-9]+"
SIGNED = re.compile(rf"(?P<symbol>{SYMBOL})\s?(?P<number>{NUMBER})(?P<open>\+|\s?[-–—~]\s?(?=[\d$€£]))?")
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "RMB": "CN¥", "元": "CN¥", "JPY": "JP¥"}
CODE = r"USD|EUR|GBP|CNY|RMB|JPY"
CODED = re.compile(
    rf"\b(?P<before>{CODE})\s?(?P<sign>{SYMBOL})?\s?(?P<number>{NUMBER})"
    rf"|(?P<own>{SYMBOL})?\s?(?P<amount>{NUMBER})\s?(?P<after>(?:{CODE})\b|元)"
    r"(?(own)|(?=\s*(?:$|[/(,;]|per\b)))",
    re.IGNORECASE,
)
"""An amount with the code of its currency, with or without its sign: "USD 5", "$5 USD", "1.5元"."""
BARE = re.compile(rf"(?:{NUMBER})(?:\s*/\s*(?:{NUMBER}))*")
NONE = frozenset(
    {"", "-", "–", "—", "\\", "n/a", "na", "none", "not available", "not applicable", "contact sales", "contactsales",
     "contact us", "coming soon", "tbd"}
)  # fmt: skip
FREE = frozenset({"free", "free of charge", "no charge", "no cost"})
EQUIVALENT = re.compile(r",?\s*\bequivalent to\b", re.IGNORECASE)
MARKS = " *†‡.,;:|·"
COUNT = re.compile(
    r"(?:default:?\s*[\d,.]+\s*[km]?\s*)?(?:maximum:?|max:?|up to)?\s*([\d,]*\.?\d+)\s*(k|m)?(?:\s*tokens?)?",
    re.IGNORECASE,
)
YES = frozenset({"yes", "✓", "✔", "✅", "supported", "true"})
NO = frozenset({"no", "✗", "✘", "❌", "×", "not supported", "false"})
PROMPTS = re.compile(
    r"(?:for )?prompts?\s*(?P<sign><=|<|>=|>|up to|over|above)\s*(?P<number>[\d,]+)\s*(?P<scale>k|m)?(?:\s*tokens?)?",
    re.IGNORECASE,
)
BOUND = re.compile(
    r"(?P<sign><=|=<|≤|<|>=|≥|>)\s*(?P<number>[\d,]+)\s*(?P<scale>k|m)?\s*(?:(?:cached|input|prompt|context)\s+)*tokens",
    re.IGNORECASE,
)
DATED = re.compile(
    r"\(?\b(?P<bound>through|until|starting|beginning|from)\s+(?P<day>[A-Z][a-z]+ \d{1,2}, \d{4})\)?\.?", re.IGNORECASE
)


def parse_price_unit(text: str) -> PriceUnit:
    """Currency and unit that a header or a cell states; None for what it does not."""
    found = UNIT.search(text)
    per, unit = (_read_unit(found) if found else None) or (None, None)
    named = CURRENCY.search(text)
    currency = None
    if named:
        currency = SYMBOLS[named[2].upper()] if named[2] else CURRENCY_WORDS[named[1][0].upper()]
    return PriceUnit(currency=currency, per=per, unit=unit)


def split_token_unit(header: str) -> str:
    """The header without the unit of tokens and the currency behind it: "input ($ / 1M tokens)" is "input"."""
    if parse_price_unit(header).unit != "token":
        return header
    plain = CURRENCY.sub(" ", UNIT.sub(" ", header))
    return " ".join(EMPTY_BRACKETS.sub(" ", plain).split()).strip(MARKS + "/,-–")


def parse_unit_statement(text: str) -> PriceUnit | None:
    """Currency and unit that a sentence or a caption states for prices; None if it states none.

    "Prices as marked" refers to the cells: an earlier statement no longer applies.
    """
    if not STATES_PRICES.search(text):
        return None
    if STATES_NO_UNIT.search(text) and not UNIT.search(text):
        return PriceUnit()
    # A sentence with an amount states the price of something else: "web search costs $10 per 1,000 searches".
    if SIGNED.search(text) or UNIT.search(text) is None:
        return None
    return parse_price_unit(text)


def parse_amounts(text: str, *units: PriceUnit) -> list[PrintedAmount]:
    """The amounts of a cell in their order; none where it states that there is no price.

    Currency and unit are the cell's own, else those of the first of `units` that states them. The same price in
    another unit, "$3.00 or $0.005/min" or "$0.45 ($0.00012 per image)", is dropped. EntryError where currency or
    unit are not stated, for a range, and for text without an amount.
    """
    text = CODED.sub(_write_sign, EQUIVALENT.split(text)[0])
    plain = text.strip(MARKS).lower()
    if plain in NONE:
        return []
    if plain in FREE:
        currency = str(_first(units, "currency") or "USD")
        return [PrintedAmount(amount="0", currency=currency, per=1_000_000, unit="token", is_free_text=True)]
    found = list(SIGNED.finditer(text))
    if not found:
        return _read_bare(text, units)
    amounts: list[PrintedAmount] = []
    lead, inside, was_open = text[: found[0].start()], "", False
    for index, match in enumerate(found):
        if match["open"]:
            raise EntryError(f"{text!r} is no single price")
        end = found[index + 1].start() if index + 1 < len(found) else len(text)
        tail = text[match.end() : end]
        cut = _open_parenthesis(tail)
        own, following = (tail, "") if cut is None else (tail[:cut], tail[cut + 1 :])
        amount = _make_amount(match["number"], match["symbol"], own, text, units)
        amount = replace(amount, lead=_trim(lead), label=_trim(f"{inside} {amount.label}"))
        before = amounts[-1] if amounts else None
        if before and before.unit != amount.unit and before.label == "or":
            amounts[-1] = replace(before, label=amount.label)
        elif not (before and before.unit != amount.unit and was_open):
            amounts.append(amount)
        lead, inside, was_open = "", following, cut is not None
    return amounts


def has_amount(text: str) -> bool:
    """Whether the text contains an amount of money."""
    return SIGNED.search(text) is not None or CODED.search(text) is not None


def parse_token_count(text: str) -> int | None:
    """A number of tokens: "131,072", "1M" and "384K" in thousands of a thousand; None for a dash.

    Of "Default: 4K Maximum: 8K" the second.
    """
    plain = text.strip(MARKS)
    if plain.lower() in NONE:
        return None
    match = COUNT.fullmatch(plain)
    if match is None:
        raise EntryError(f"{text!r} is no number of tokens")
    number = Decimal(match[1].replace(",", "")) * COUNTS[(match[2] or "").lower()]
    if number != number.to_integral_value() or number <= 0:
        raise EntryError(f"{text!r} is no whole number of tokens")
    return int(number)


def parse_flag(text: str) -> bool | None:
    """Yes or no by text or mark; None for a dash, EntryError for anything else."""
    plain = text.strip(MARKS).lower()
    if plain in YES or plain in NO:
        return plain in YES
    if plain in NONE:
        return None
    raise EntryError(f"{text!r} is neither yes nor no")


def split_prompt_length(text: str) -> tuple[str, int]:
    """The text without "prompts > 200k tokens", and the prompt length in tokens from which it applies."""
    match = PROMPTS.search(text)
    if match is None:
        return text, 0
    number = int(match["number"].replace(",", "")) * COUNTS[(match["scale"] or "").lower()]
    return _trim(PROMPTS.sub(" ", text, count=1)), number if match["sign"] in (">", ">=", "over", "above") else 0


def parse_prompt_floor(text: str) -> int:
    """The prompt length in tokens from which a header such as "> 200K input tokens" applies; 0 where it states none."""
    match = BOUND.search(text)
    if match is None or match["sign"] not in (">", ">=", "≥"):
        return 0
    return int(match["number"].replace(",", "")) * COUNTS[(match["scale"] or "").lower()]


def split_dates(text: str, captured_at: str) -> tuple[str, bool]:
    """The text without "through December 31, 2026" or "starting ...", and whether it is valid on the day of capture."""
    today = datetime.fromisoformat(captured_at).date()
    is_valid = True
    for match in DATED.finditer(text):
        day = _read_day(match["day"])
        if day is not None:
            is_valid &= today <= day if match["bound"].lower() in ("through", "until") else today >= day
    return " ".join(DATED.sub(" ", text).split()).strip(MARKS), is_valid


def _write_sign(match: re.Match[str]) -> str:
    """An amount with a currency code with its sign alone; unchanged where code and sign contradict each other."""
    code = (match["before"] or match["after"]).upper()
    printed = match["sign"] or match["own"]
    agrees = printed is None or printed in YEN_OR_YUAN or SYMBOLS.get(printed.upper()) == SYMBOLS[SIGNS[code]]
    return SIGNS[code] + (match["number"] or match["amount"]) if agrees else match[0]


def _read_day(printed: str) -> date | None:
    try:
        return datetime.strptime(printed, "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _read_unit(match: re.Match[str]) -> tuple[int, str] | None:
    """Quantity and unit; None for a size, "per 4K image"."""
    if match["million"] or match["bare"]:
        return 1_000_000, "token"
    scale = COUNTS[(match["scale"] or "").lower()]
    number = Decimal(match["n"].replace(",", "") or "1") * scale
    if number != number.to_integral_value() or number < 1:
        raise EntryError(f"{match[0]!r} is no unit of a price")
    unit = match["unit"].lower()
    if number > 1 and unit in ("image", "video"):
        return None
    forms = {stem + ending: name for stem, name in UNITS.items() for ending in ("", "s", "es", "y", "ies")}
    return int(number), forms[unit]


def _read_bare(text: str, units: tuple[PriceUnit, ...]) -> list[PrintedAmount]:
    """Numbers without a currency sign, "0.95 / 0.16 / 4.00", where the table states the currency."""
    plain = text.strip(MARKS)
    if BARE.fullmatch(plain) is None:
        raise EntryError(f"{text!r} is no price")
    return [_make_amount(part.strip(), "", "", text, units) for part in plain.split("/")]


def _open_parenthesis(tail: str) -> int | None:
    """The index of the parenthesis that contains the next amount: "$0.30 (cached $0.03)"."""
    depth = 0
    for index in range(len(tail) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(tail[index], 0)
        if depth < 0:
            return index
    return None


def _make_amount(number: str, symbol: str, tail: str, text: str, units: tuple[PriceUnit, ...]) -> PrintedAmount:
    own = UNIT.match(tail.lstrip(" ("))
    read = _read_unit(own) if own else None
    per, unit = read or (None, None)
    label = tail.lstrip(" (")[own.end() :] if own and read else tail
    currency = _first(units, "currency")
    if symbol in YEN_OR_YUAN and currency not in ("CNY", "JPY"):
        currency = None
    named: Mapping[str, object] = {
        "currency": SYMBOLS.get(symbol.upper()) or currency,
        "per": per or _first(units, "per"),
        "unit": unit or _first(units, "unit"),
    }
    missing = [name for name, value in named.items() if value is None]
    if missing:
        raise EntryError(f"{text!r}: {' and '.join(missing)} of the price are not stated")
    return PrintedAmount(
        amount=number.replace(",", ""),
        currency=str(named["currency"]),
        per=int(str(named["per"])),
        unit=str(named["unit"]),
        label=_trim(label),
    )


def _first(units: tuple[PriceUnit, ...], name: str) -> object:
    return next((value for price_unit in units if (value := getattr(price_unit, name)) is not None), None)


def _trim(text: str) -> str:
    """The text without the signs around it and without parentheses, in lower case."""
    return " ".join(text.replace("(", " ").replace(")", " ").strip("/ " + MARKS).lower().split()).strip("/" + MARKS)
