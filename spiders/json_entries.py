"""Strict reading of JSON pages: numbers stay as printed, ambiguous values are refused."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError, SchemaChangedError, TooLargeError
from llmpairs.spiders.items import Item, OfferClaim, PriceQuote, PriceUse
from llmpairs.spiders.page import Finding, Page

# Two digits of exponent: the smallest printed price seen is 1e-10 (2026-05-18); "1e999999" is no price,
# and it would take a Decimal of a megabyte to hold.
AMOUNT = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")
WHOLE = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,15})?(?:[eE]\+?[0-9]{1,2})?")
MAX_COUNT = 10**15
MAX_TEXT_CHARS = 4_000
MAX_LIST_ITEMS = 10_000
MAX_ENTRIES = 100_000
MAX_CLAIMS_PER_ENTRY = 20_000
"""Claims and prices of one entry; the largest known has some hundreds."""
FAILING_SHARE = 0.5
"""Share of unreadable entries from which a page fails: its layout has changed, and what still parses may be wrong.

Below it the good entries are kept and each other one is named. A run that loses more than a fifth of a source's usual
items keeps the last known ones all the same (MIN_SHARE_OF_USUAL in crawling/health.py).
"""
MAX_REJECTED = 5_000
"""Unreadable entries after which the rest of a page is skipped; a tenth of the longest list known."""


class EntryError(ValueError):
    """An entry of a page that cannot be read; the others may be readable."""


class PrintedNumber(str):
    """A JSON number that is not a short integer, as printed."""

    __slots__ = ()


@dataclass(frozen=True)
class ConflictingValues:
    """Different values under one key of one object: which one is meant is not known."""

    values: tuple[Any, ...]


def read_json(page: Page) -> Any:
    """The page's JSON value: integers as int, other numbers as `PrintedNumber`; NotTextError if it is no JSON.

    NaN and Infinity are read, as configurations print them (nvidia's Nemotron, 2026-08-21), and refused as values.
    """
    text = page.text()
    start = text[:200].lstrip()
    if not start:
        raise NotTextError(f"{page.url}: the body is blank")
    if start.startswith("<"):
        raise NotTextError(f"{page.url}: HTML where JSON was expected: {start[:60]!r}")
    try:
        return json.loads(
            text,
            object_pairs_hook=_merge,
            parse_float=PrintedNumber,
            parse_int=lambda printed: int(printed) if len(printed) < 19 else PrintedNumber(printed),
            parse_constant=PrintedNumber,
        )
    except RecursionError:
        raise NotTextError(f"{page.url}: the JSON is nested too deeply to be a catalogue") from None
    except ValueError as error:
        raise NotTextError(f"{page.url}: not JSON: {error}") from None


def read_object(page: Page) -> "Entry":
    """The page's JSON object; LayoutChangedError if the document is anything else."""
    value = read_json(page)
    if not isinstance(value, dict):
        raise LayoutChangedError(page.url, "#", "an object")
    return Entry(value, "")


def read_list(page: Page, key: str = "") -> list[tuple[str, Any]]:
    """The entries of the list under `key`, each with its JSON pointer; LayoutChangedError if there is none.

    Without a key the document is the list. In another envelope the only list of objects is read: the document itself,
    a member of it, or a member of a member (`{"data": {"models": [...]}}`).
    """
    document = read_json(page)
    value = document.get(key) if key and isinstance(document, dict) else document
    at = pointer(key) if key else ""
    if not isinstance(value, list) or (key and value is document):
        at, value = _find_only_list(document) or (at, None)
    if value is None:
        raise LayoutChangedError(page.url, f"/{key}", "a list of entries")
    if len(value) > MAX_ENTRIES:
        raise TooLargeError(f"{page.url}: a list of {len(value)} entries")
    return [(f"{at}/{number}", entry) for number, entry in enumerate(value)]


def _find_only_list(document: Any) -> tuple[str, list[Any]] | None:
    """The only list of objects on the outermost of three levels, behind its pointer; None for none and for several."""
    level = {"": document}
    for _ in range(3):
        found = {at: each for at, each in level.items() if _is_object_list(each)}
        if found:
            return found.popitem() if len(found) == 1 else None
        objects = ((at, each) for at, each in level.items() if isinstance(each, dict))
        level = {at + pointer(name): each for at, value in objects for name, each in value.items()}
    return None


def _is_object_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def read_entries(
    page: Page, entries: Iterable[tuple[str, Any]], read: Callable[["Entry"], Iterable[Item | Finding]]
) -> Iterator[Item | Finding]:
    """The items and findings that `read` yields for each entry.

    An unreadable entry becomes a rejection; if half of them are, SchemaChangedError is raised.
    """
    readable = rejected = 0
    first = ""
    for number, (locator, value) in enumerate(entries, 1):
        if number > MAX_ENTRIES:
            raise TooLargeError(f"{page.url}: more than {MAX_ENTRIES} entries")
        try:
            found = list(_read_within_bounds(read(Entry.of(value, locator)), locator))
        except EntryError as error:
            rejected += 1
            first = first or str(error)
            yield Finding(kind="rejected", locator=locator, text=str(error))
            if rejected >= MAX_REJECTED:
                break
        else:
            readable += 1
            yield from found
    if rejected >= MAX_REJECTED or (rejected and rejected >= (readable + rejected) * FAILING_SHARE):
        raise SchemaChangedError(page.url, rejected, readable + rejected, first)


def count_claims(item: object) -> int:
    """The size of what a parser yielded: one, plus one for each price of an offer."""
    return 1 + len(item.prices) if isinstance(item, OfferClaim) else 1


def _read_within_bounds(items: Iterable[Item | Finding], locator: str) -> Iterator[Item | Finding]:
    """All items of an entry; EntryError once there are more than the limit.

    Names times service tiers times price tiers make gigabytes of one crafted entry.
    """
    claims = 0
    for each in items:
        claims += count_claims(each)
        if claims > MAX_CLAIMS_PER_ENTRY:
            raise EntryError(f"{locator}: more than {MAX_CLAIMS_PER_ENTRY} claims and prices in one entry")
        yield each


def parse_count(printed: str) -> int | None:
    """A printed whole number up to MAX_COUNT, also as a floating-point one: 200000.0, 2e6; None for other text."""
    if WHOLE.fullmatch(printed) is None:
        return None
    number = Decimal(printed)
    return int(number) if number <= MAX_COUNT and number == number.to_integral_value() else None


def pointer(*parts: str) -> str:
    """A JSON pointer (RFC 6901) of the keys."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


@dataclass(frozen=True)
class Entry:
    """One JSON object, read key by key. Absent, null and blank are None; a wrong type is an EntryError."""

    fields: dict[str, Any]
    locator: str

    @classmethod
    def of(cls, value: Any, locator: str) -> "Entry":
        """The value as an entry."""
        if isinstance(value, ConflictingValues):
            raise EntryError(f"{locator}: printed {len(value.values)} times with different contents")
        if not isinstance(value, dict):
            raise EntryError(f"{locator}: expected an object, found {_show(value)}")
        return cls(value, locator)

    def text(self, key: str) -> str | None:
        """Printed text, trimmed."""
        value = self._get(key, str)
        return (value.strip() or None) if value is not None else None

    def required_text(self, key: str) -> str:
        """Printed text that the entry must have, verbatim."""
        value = self._get(key, str)
        if value is None or not value.strip():
            raise EntryError(f"{self.locator}: no {key}")
        if value != value.strip():
            raise EntryError(f"{self._at(key)}: blanks around {_show(value)}")
        return str(value)

    def count(self, key: str) -> int | None:
        """A whole number of things: 131072, 200000.0, 2e6 or "131072", but not "128k" or "1,000"."""
        value = self._get(key, int, str, PrintedNumber)
        if value is None or value == "":
            return None
        count = parse_count(str(value))
        if count is None:
            raise EntryError(f"{self._at(key)}: {_show(value)} is no whole number")
        return count

    def positive_count(self, key: str) -> int | None:
        """A count of a source that prints 0 for "unknown": None for 0."""
        return self.count(key) or None

    def amount(self, key: str) -> str | None:
        """A decimal number exactly as printed, from a JSON number or a string."""
        value = self._get(key, int, str, PrintedNumber)
        if value is None or value == "":
            return None
        printed = str(value)
        if AMOUNT.fullmatch(printed) is None:
            raise EntryError(f"{self._at(key)}: {_show(value)} is no plain decimal number")
        return printed

    def measure(self, key: str) -> float | None:
        """A measured number as the nearest double."""
        printed = self.amount(key)
        return None if printed is None else float(printed)

    def flag(self, key: str) -> bool | None:
        """A stated true or false."""
        value: bool | None = self._get(key, bool)
        return value

    def text_list(self, key: str) -> tuple[str, ...] | None:
        """A list of texts in its printed order; None when there is no list."""
        value = self._get(key, list)
        if value is None:
            return None
        if not all(type(each) is str for each in value):
            raise EntryError(f"{self._at(key)}: expected a list of texts, found {_show(value)}")
        if len(value) > MAX_LIST_ITEMS or any(len(each) > MAX_TEXT_CHARS for each in value):
            raise EntryError(f"{self._at(key)}: a list of {len(value)} texts, or with one that has no end")
        return tuple(value)

    def inner(self, key: str) -> "Entry | None":
        """The object under the key."""
        value = self._get(key, dict)
        return None if value is None else Entry(value, self._at(key))

    def section(self, key: str) -> "Entry":
        """The object under the key; an empty one, in which every value is absent, when there is none."""
        return self.inner(key) or Entry({}, self.locator)

    def inner_list(self, key: str) -> list["Entry"]:
        """The objects of the list under the key; none when there is no list."""
        at = self._at(key)
        return [Entry.of(value, f"{at}/{number}") for number, value in enumerate(self._get(key, list) or ())]

    def flags(self, names: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
        """Capabilities by the source's name of each flag, true or false; an absent flag states nothing."""
        return tuple((name, flag) for key, name in names.items() if (flag := self.flag(key)) is not None)

    def labels(self, key: str, names: Mapping[str, str]) -> tuple[tuple[str, bool], ...]:
        """Capabilities that a list of labels names, all true; a label that is not listed states nothing."""
        listed = self.text_list(key) or ()
        return tuple(dict.fromkeys((name, True) for label, name in names.items() if label in listed))

    def epoch_date(self, key: str) -> str | None:
        """The ISO date (UTC) of a time in Unix seconds; None for 0."""
        seconds = self.positive_count(key)
        if seconds is None:
            return None
        try:
            return datetime.fromtimestamp(seconds, UTC).date().isoformat()
        except (ValueError, OverflowError, OSError):
            raise EntryError(f"{self._at(key)}: {seconds} is no time in seconds") from None

    def unknown_keys(self, known: frozenset[str], inside: str = "") -> Iterator[Finding]:
        """A finding for every key that is not known; `inside` prefixes its name."""
        for key in sorted(self.fields.keys() - known):
            yield Finding(kind="unknown_key", locator=self._at(key), text=f"{inside}{key}")

    def _at(self, key: str) -> str:
        return self.locator + pointer(key)

    def _get(self, key: str, *kinds: type) -> Any:
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, ConflictingValues):
            raise EntryError(f"{self._at(key)}: printed {len(value.values)} times with different values")
        # bool is an int, and PrintedNumber is a str: only the exact types count.
        if type(value) not in kinds:
            raise EntryError(f"{self._at(key)}: expected {_name(kinds)}, found {_show(value)}")
        if type(value) is str and len(value) > MAX_TEXT_CHARS:
            raise EntryError(f"{self._at(key)}: text of {len(value)} characters")
        return value


PriceKeys = Mapping[str, tuple[PriceUse, str]]
"""What each price of a source is paid for and its unit, by the source's key."""


def read_quotes(
    entry: Entry, keys: PriceKeys, *, per: int, currency: str = "USD", min_prompt_tokens: int = 0
) -> Iterator[PriceQuote]:
    """A quote for each of the keys that the entry prints, in the order of `keys`."""
    for key, (use, unit) in keys.items():
        amount = entry.amount(key)
        if amount is not None:
            yield PriceQuote(
                use=use, amount=amount, currency=currency, per=per, unit=unit, min_prompt_tokens=min_prompt_tokens
            )


def _merge(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One object of pairs whose keys may repeat; values that contradict each other become ConflictingValues.

    LiteLLM prints `minimax.minimax-m2.5` twice, once without supports_reasoning (2026-05-18).
    """
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    seen: dict[str, list[Any]] = {}
    for key, each in pairs:
        seen.setdefault(key, []).append(each)
    return {key: _agree(values) for key, values in seen.items()}


def _agree(values: list[Any]) -> Any:
    if all(value == values[0] for value in values):
        return values[0]
    if all(isinstance(value, dict) for value in values):
        return _merge([pair for value in values for pair in value.items()])
    return ConflictingValues(tuple(values))


def _name(kinds: tuple[type, ...]) -> str:
    names = {
        str: "text",
        int: "a number",
        PrintedNumber: "a number",
        bool: "true or false",
        list: "a list",
        dict: "an object",
    }
    return " or ".join(dict.fromkeys(names[kind] for kind in kinds))


def _show(value: Any) -> str:
    shown = repr(str(value)) if isinstance(value, PrintedNumber) else repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
