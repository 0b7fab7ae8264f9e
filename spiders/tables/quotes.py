"""The prices of a row: each amount of each cell with what is paid for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from llmpairs.spiders.items import PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.tables.cells import Amount, read_amounts, read_rate, split_dates, split_prompts
from llmpairs.spiders.tables.layouts import Prices, Row

Uses = Mapping[PriceUse, PriceUse | None]
"""What is paid for, by what a column says is paid for; None leaves the amount out."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which model and which route a row is about, and how its columns are meant in this row."""

    model_key: str
    name: str | None = None
    developer: str | None = None
    service_tier: ServiceTier = "standard"
    route_tag: str = "-"
    region: str | None = None
    status: str | None = None
    capabilities: tuple[tuple[str, bool], ...] = ()
    """What the place of the row says, besides its own columns."""
    uses: Uses = field(default_factory=dict)
    """What is paid for in this row, where it is not what the column says."""
    min_prompt_tokens: int = 0
    """Prompt length from which the row applies."""
    long_from: int | None = None
    """Prompt length from which the row's long-context columns apply."""
    is_offered: bool = True
    """False for a row about a model that can no longer be called here."""


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A quote, its tier of service, and whether the page prints a word for free."""

    quote: PriceQuote
    service_tier: ServiceTier
    is_word: bool


def read_quotes(row: Row, place: Place, captured_at: str) -> Iterator[Priced]:
    """Every price of the row that holds on the day of capture; EntryError names the column that cannot be read."""
    for header, meaning, cell in row.cells:
        if not isinstance(meaning, Prices):
            continue
        try:
            amounts = read_amounts(cell.text, read_rate(header), row.table.rate)
            yield from _read_column(amounts, meaning, place, captured_at)
        except EntryError as error:
            raise EntryError(f"{row.locator}, {header}: {error}") from None


def _read_column(amounts: list[Amount], meaning: Prices, place: Place, captured_at: str) -> Iterator[Priced]:
    """The prices of one cell; those of each prompt length are told apart on their own."""
    by_size: dict[int, list[Amount]] = {}
    for amount in amounts:
        words, holds = split_dates(amount.label, captured_at)
        words, size = split_prompts(words)
        if holds:
            by_size.setdefault(size, []).append(replace(amount, label=words))
    for size, current in by_size.items():
        floor = max(size, place.min_prompt_tokens, _boundary(meaning, place.long_from))
        for use, amount in assign_uses(current, meaning):
            meant = place.uses.get(use, use)
            if meant is not None:
                yield Priced(
                    quote=make_quote(meant, amount, floor),
                    service_tier=_join_tiers(meaning.tier, place.service_tier),
                    is_word=amount.is_word,
                )


def make_quote(use: PriceUse, amount: Amount, min_prompt_tokens: int = 0) -> PriceQuote:
    """The amount as a quote."""
    return PriceQuote(
        use=use,
        amount=amount.amount,
        currency=amount.currency,
        per=amount.per,
        unit=amount.unit,
        min_prompt_tokens=min_prompt_tokens,
    )


def assign_uses(amounts: list[Amount], meaning: Prices) -> Iterator[tuple[PriceUse, Amount]]:
    """What each amount of a cell is paid for; EntryError where the column's declaration does not say."""
    amounts = _move_labels(amounts, meaning.labels)
    if len(amounts) == 1 and amounts[0].is_word:
        yield from ((use, amounts[0]) for use in meaning.uses)
        return
    if (
        not any(each.label for each in amounts)
        and len(meaning.uses) > 1
        and len(amounts) != len(meaning.uses)
    ):
        raise EntryError(f"{len(amounts)} prices where {len(meaning.uses)} are expected")
    for number, amount in enumerate(amounts):
        found = find_label(meaning.labels, amount.label)
        if found is None and not amount.label and number < len(meaning.uses):
            found = (meaning.uses[number],)
        if found is None:
            raise EntryError(
                f"{amount.label or 'nothing'!r} beside {amount.amount} does not say what it pays for"
            )
        if found[0] is not None:
            yield found[0], amount


def find_label(labels: Mapping[str, PriceUse | None], words: str) -> tuple[PriceUse | None] | None:
    """What the words beside an amount mean; None if they are not declared."""
    return next(((use,) for pattern, use in labels.items() if re.fullmatch(pattern, words)), None)


def _move_labels(amounts: list[Amount], labels: Mapping[str, PriceUse | None]) -> list[Amount]:
    """The amounts with labels that are printed before them put where those behind them are."""
    lead = amounts[0].lead if amounts else ""
    if not lead:
        return amounts
    found = find_label(labels, lead)
    if found is None:
        raise EntryError(f"{lead!r} before {amounts[0].amount} is not understood")
    if found[0] is None:
        return amounts
    if amounts[-1].label:
        raise EntryError(f"{amounts[-1].label!r} is no label of a price")
    words = [lead, *(each.label for each in amounts[:-1])]
    return [replace(each, label=word, lead="") for each, word in zip(amounts, words, strict=True)]


def _boundary(meaning: Prices, long_from: int | None) -> int:
    if not meaning.is_long:
        return meaning.min_prompt_tokens
    if long_from is None:
        raise EntryError("a price for long prompts, and nothing says from which length")
    return long_from


def _join_tiers(column: ServiceTier, row: ServiceTier) -> ServiceTier:
    if "standard" not in (column, row):
        raise EntryError(f"a price of the tier {column} in a row of the tier {row}")
    return row if column == "standard" else column
