"""What is printed in one cell: amounts with their currency and unit, counts, marks; ambiguity is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from llmpairs.spiders.json_entries import EntryError


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What an amount buys, as far as a text says it."""

    currency: str | None = None
    per: int | None = None
    unit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Amount:
    """One printed amount of a cell."""

    amount: str
    """The number as printed, thousands separators left out; "0" for the word "free"."""
    currency: str
    per: int
    unit: str
    label: str = ""
    """The words behind it, or before it within its parentheses, in lower case."""
    lead: str = ""
    """The words before it that belong to no other amount, in lower case."""
    is_word: bool = False
    """Whether the page prints a word for free instead of a number."""


# The yen's sign is the yuan's too: alone it names no currency.
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
CURRENCY_WORDS = {"U": "USD", "E": "EUR", "G": "GBP", "C": "CNY", "J": "JPY"}

SYMBOL = r"US\$|CN¥|JP¥|RMB|\$|€|£|¥|￥"
NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]*\.?[0-9]+"
SIGNED = re.compile(rf"(?P<symbol>{SYMBOL})\s?(?P<number>{NUMBER})(?P<open>\+|\s?[-–—~]\s?(?=[\d$€£]))?")
BARE = re.compile(rf"(?:{NUMBER})(?:\s*/\s*(?:{NUMBER}))*")
NONE = frozenset(
    {"", "-", "–", "—", "n/a", "na", "none", "not available", "not applicable", "contact sales", "contactsales",
     "contact us", "coming soon", "tbd"}
)  # fmt: skip
FREE = frozenset({"free", "free of charge", "no charge", "no cost"})
EQUIVALENT = re.compile(r",?\s*\bequivalent to\b", re.IGNORECASE)
MARKS = " *†‡.,;:|·"
COUNT = re.compile(r"(?:maximum:?|max:?|up to)?\s*([\d,]*\.?\d+)\s*(k|m)?(?:\s*tokens?)?", re.IGNORECASE)
YES = frozenset({"yes", "✓", "✔", "✅", "supported", "true"})
NO = frozenset({"no", "✗", "✘", "❌", "×", "not supported", "false"})
PROMPTS = re.compile(
    r"(?:for )?prompts?\s*(?P<sign><=|<|>=|>|up to|over|above)\s*(?P<number>[\d,]+)\s*(?P<scale>k|m)?(?:\s*tokens?)?",
    re.IGNORECASE,
)
DATED = re.compile(
    r"\(?\b(?P<word>through|until|starting|beginning|from)\s+(?P<day>[A-Z][a-z]+ \d{1,2}, \d{4})\)?\.?",
    re.IGNORECASE,
)


def read_rate(text: str) -> Rate:
    """Currency and unit that a header or a cell names; what it does not name is None."""
    found = UNIT.search(text)
    per, unit = (_read_unit(found) if found else None) or (None, None)
    named = CURRENCY.search(text)
    return Rate(currency=_read_currency(named) if named else None, per=per, unit=unit)


def read_statement(text: str) -> Rate | None:
    """Currency and unit that a sentence or a caption states for prices; None if it states none.

    "Prices as marked" states that the cells do: whatever held before no longer does.
    """
    if not STATES_PRICES.search(text):
        return None
    if STATES_NO_UNIT.search(text) and not UNIT.search(text):
        return Rate()
    # A figure belongs to whatever the sentence is about: "web search costs $10 per 1,000 searches".
    if SIGNED.search(text) or UNIT.search(text) is None:
        return None
    return read_rate(text)


def read_amounts(text: str, *rates: Rate) -> list[Amount]:
    """The amounts of a cell in their order; none where it says that there is no price.

    Currency and unit are the cell's own, else those of the first of `rates` that names them. The same price in
    another unit, "$3.00 or $0.005/min" or "$0.45 ($0.00012 per image)", is no price of its own. EntryError where
    currency or unit are not named, for a range, and for words without an amount.
    """
    text = EQUIVALENT.split(text)[0]
    plain = text.strip(MARKS).lower()
    if plain in NONE:
        return []
    if plain in FREE:
        currency = str(_first(rates, "currency") or "USD")
        return [Amount(amount="0", currency=currency, per=1_000_000, unit="token", is_word=True)]
    found = list(SIGNED.finditer(text))
    if not found:
        return _read_bare(text, rates)
    amounts: list[Amount] = []
    lead, inside, was_open = text[: found[0].start()], "", False
    for place, match in enumerate(found):
        if match["open"]:
            raise EntryError(f"{text!r} is no single price")
        end = found[place + 1].start() if place + 1 < len(found) else len(text)
        tail = text[match.end() : end]
        cut = _open_parenthesis(tail)
        own, following = (tail, "") if cut is None else (tail[:cut], tail[cut + 1 :])
        amount = _make_amount(match["number"], match["symbol"], own, text, rates)
        amount = replace(amount, lead=_trim(lead), label=_trim(f"{inside} {amount.label}"))
        before = amounts[-1] if amounts else None
        if before and before.unit != amount.unit and before.label == "or":
            amounts[-1] = replace(before, label=amount.label)
        elif not (before and before.unit != amount.unit and was_open):
            amounts.append(amount)
        lead, inside, was_open = "", following, cut is not None
    return amounts


def read_count(text: str) -> int | None:
    """A number of tokens: "131,072", "1M" and "384K" in thousands of a thousand; None for a dash."""
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


def read_flag(text: str) -> bool | None:
    """Yes or no by word or mark; None for a dash, EntryError for anything else."""
    plain = text.strip(MARKS).lower()
    if plain in YES or plain in NO:
        return plain in YES
    if plain in NONE:
        return None
    raise EntryError(f"{text!r} says neither yes nor no")


def split_prompts(text: str) -> tuple[str, int]:
    """The text without "prompts > 200k tokens", and the prompt length in tokens from which it applies."""
    match = PROMPTS.search(text)
    if match is None:
        return text, 0
    number = int(match["number"].replace(",", "")) * COUNTS[(match["scale"] or "").lower()]
    return _trim(PROMPTS.sub(" ", text, count=1)), number if match["sign"] in (
        ">",
        ">=",
        "over",
        "above",
    ) else 0


def split_dates(text: str, captured_at: str) -> tuple[str, bool]:
    """The text without "through December 31, 2026" or "starting ...", and whether it holds on the day of capture."""
    today = datetime.fromisoformat(captured_at).date()
    holds = True
    for match in DATED.finditer(text):
        day = _read_day(match["day"])
        if day is not None:
            holds &= today <= day if match["word"].lower() in ("through", "until") else today >= day
    return " ".join(DATED.sub(" ", text).split()).strip(MARKS), holds


def _read_day(printed: str) -> date | None:
    try:
        return datetime.strptime(printed, "%B %d, %Y").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _read_unit(match: re.Match[str]) -> tuple[int, str] | None:
    """How many of what; None for a size, "per 4K image"."""
    if match["million"] or match["bare"]:
        return 1_000_000, "token"
    scale = COUNTS[(match["scale"] or "").lower()]
    number = Decimal(match["n"].replace(",", "") or "1") * scale
    if number != number.to_integral_value() or number < 1:
        raise EntryError(f"{match[0]!r} is no unit of a price")
    word = match["unit"].lower()
    if number > 1 and word in ("image", "video"):
        return None
    return int(number), next(name for stem, name in UNITS.items() if word in _forms(stem))


def _forms(stem: str) -> tuple[str, ...]:
    return (stem, f"{stem}s", f"{stem}es", f"{stem}y", f"{stem}ies")


def _read_currency(match: re.Match[str]) -> str:
    return SYMBOLS[match[2].upper()] if match[2] else CURRENCY_WORDS[match[1][0].upper()]


def _read_bare(text: str, rates: tuple[Rate, ...]) -> list[Amount]:
    """Numbers without a sign, "0.95 / 0.16 / 4.00", where the table states the currency."""
    plain = text.strip(MARKS)
    if BARE.fullmatch(plain) is None:
        raise EntryError(f"{text!r} is no price")
    return [_make_amount(part.strip(), "", "", text, rates) for part in plain.split("/")]


def _open_parenthesis(tail: str) -> int | None:
    """Where a parenthesis opens that the next amount stands in: "$0.30 (cached $0.03)"."""
    depth = 0
    for place in range(len(tail) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(tail[place], 0)
        if depth < 0:
            return place
    return None


def _make_amount(number: str, symbol: str, tail: str, text: str, rates: tuple[Rate, ...]) -> Amount:
    own = UNIT.match(tail.lstrip(" ("))
    read = _read_unit(own) if own else None
    per, unit = read or (None, None)
    words = tail.lstrip(" (")[own.end() :] if own and read else tail
    stated = _first(rates, "currency")
    if symbol in YEN_OR_YUAN and stated not in ("CNY", "JPY"):
        stated = None
    named: Mapping[str, object] = {
        "currency": SYMBOLS.get(symbol.upper()) or stated,
        "per": per or _first(rates, "per"),
        "unit": unit or _first(rates, "unit"),
    }
    missing = [name for name, value in named.items() if value is None]
    if missing:
        raise EntryError(f"{text!r}: {' and '.join(missing)} of the price are not stated")
    return Amount(
        amount=number.replace(",", ""),
        currency=str(named["currency"]),
        per=int(str(named["per"])),
        unit=str(named["unit"]),
        label=_trim(words),
    )


def _first(rates: tuple[Rate, ...], name: str) -> object:
    return next((value for rate in rates if (value := getattr(rate, name)) is not None), None)


def _trim(words: str) -> str:
    """The words without the signs around them and without parentheses."""
    return " ".join(words.replace("(", " ").replace(")", " ").strip("/ " + MARKS).lower().split()).strip(
        "/" + MARKS
    )
