"""The price quotes of a row: each amount of each cell with its use."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from llmpairs.spiders.items import PriceQuote, PriceUse, ServiceTier
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.tables.cells import (
    PrintedAmount,
    parse_amounts,
    parse_price_unit,
    parse_prompt_floor,
    split_dates,
    split_prompt_length,
)
from llmpairs.spiders.tables.layouts import PageRow, PriceColumn

UseOverrides = Mapping[PriceUse, PriceUse | None]
"""The use of a price by the use that its column declares; None drops the amount."""


@dataclass(frozen=True, kw_only=True)
class RowTarget:
    """The model and offer that a row is about, and how its columns are to be read."""

    model_key: str
    name: str | None = None
    developer: str | None = None
    service_tier: ServiceTier = "standard"
    route_tag: str = "-"
    region: str | None = None
    status: str | None = None
    capabilities: tuple[tuple[str, bool], ...] = ()
    """Capabilities stated outside the row's columns, such as by the heading over the table."""
    uses: UseOverrides = field(default_factory=dict)
    """Uses of this row that differ from those of its columns."""
    min_prompt_tokens: int = 0
    """Prompt length from which the row applies."""
    long_from: int | None = None
    """Prompt length from which the row's long-context columns apply."""
    is_offered: bool = True
    """False for a row about a model that can no longer be called here."""


@dataclass(frozen=True, kw_only=True)
class TieredQuote:
    """A quote, its service tier, and whether the page prints "free" instead of a number."""

    quote: PriceQuote
    service_tier: ServiceTier
    is_free_text: bool


def read_row_quotes(row: PageRow, target: RowTarget, captured_at: str) -> Iterator[TieredQuote]:
    """Every price of the row that is valid on the day of capture; EntryError names the column that cannot be read."""
    for header, meaning, cell in row.cells:
        if not isinstance(meaning, PriceColumn):
            continue
        try:
            amounts = parse_amounts(cell.text, parse_price_unit(header), row.table.price_unit)
            floor = parse_prompt_floor(header) if meaning.is_banded else _boundary(meaning, target.long_from, amounts)
            yield from _read_column(amounts, replace(meaning, min_prompt_tokens=floor), target, captured_at)
        except EntryError as error:
            raise EntryError(f"{row.locator}, {header}: {error}") from None


def _read_column(
    amounts: list[PrintedAmount], meaning: PriceColumn, target: RowTarget, captured_at: str
) -> Iterator[TieredQuote]:
    """The prices of one cell; uses are assigned separately for each prompt length."""
    by_size: dict[int, list[PrintedAmount]] = {}
    for amount in amounts:
        label, is_valid = split_dates(amount.label, captured_at)
        label, size = split_prompt_length(label)
        if is_valid:
            by_size.setdefault(size, []).append(replace(amount, label=label))
    for size, current in by_size.items():
        floor = max(size, target.min_prompt_tokens, meaning.min_prompt_tokens)
        for use, amount in assign_uses(current, meaning):
            actual = target.uses.get(use, use)
            if actual is not None:
                yield TieredQuote(
                    quote=make_quote(actual, amount, floor),
                    service_tier=_join_tiers(meaning.tier, target.service_tier),
                    is_free_text=amount.is_free_text,
                )


def make_quote(use: PriceUse, amount: PrintedAmount, min_prompt_tokens: int = 0) -> PriceQuote:
    """The amount as a quote."""
    return PriceQuote(
        use=use,
        amount=amount.amount,
        currency=amount.currency,
        per=amount.per,
        unit=amount.unit,
        min_prompt_tokens=min_prompt_tokens,
    )


def assign_uses(amounts: list[PrintedAmount], meaning: PriceColumn) -> Iterator[tuple[PriceUse, PrintedAmount]]:
    """The use of each amount of a cell; EntryError where the column does not declare one."""
    amounts = _move_labels(amounts, meaning.labels)
    if len(amounts) == 1 and amounts[0].is_free_text:
        yield from ((use, amounts[0]) for use in meaning.uses)
        return
    if not any(each.label for each in amounts) and len(meaning.uses) > 1 and len(amounts) != len(meaning.uses):
        raise EntryError(f"{len(amounts)} prices where {len(meaning.uses)} are expected")
    for number, amount in enumerate(amounts):
        found = _find_use(meaning.labels, amount.label)
        if found is None and not amount.label and number < len(meaning.uses):
            found = (meaning.uses[number],)
        if found is None:
            raise EntryError(f"{amount.label or 'nothing'!r} beside {amount.amount} has no declared use")
        if found[0] is not None:
            yield found[0], amount


def _find_use(labels: Mapping[str, PriceUse | None], label: str) -> tuple[PriceUse | None] | None:
    """The use that a label beside an amount stands for, in a tuple; None if it is not declared."""
    return next(((use,) for pattern, use in labels.items() if re.fullmatch(pattern, label)), None)


def _move_labels(amounts: list[PrintedAmount], labels: Mapping[str, PriceUse | None]) -> list[PrintedAmount]:
    """The amounts with labels that are printed before them moved to the place of labels behind them."""
    lead = amounts[0].lead if amounts else ""
    if not lead:
        return amounts
    found = _find_use(labels, lead)
    if found is None:
        raise EntryError(f"{lead!r} before {amounts[0].amount} is not understood")
    if found[0] is None:
        return amounts
    if amounts[-1].label:
        raise EntryError(f"{amounts[-1].label!r} is no label of a price")
    shifted = [lead, *(each.label for each in amounts[:-1])]
    return [replace(each, label=label, lead="") for each, label in zip(amounts, shifted, strict=True)]


def _boundary(meaning: PriceColumn, long_from: int | None, amounts: list[PrintedAmount]) -> int:
    if not meaning.is_long or not amounts:
        return meaning.min_prompt_tokens
    if long_from is None:
        raise EntryError("a price for long prompts without the prompt length from which it applies")
    return long_from


def _join_tiers(column: ServiceTier, row: ServiceTier) -> ServiceTier:
    if "standard" not in (column, row):
        raise EntryError(f"a price of the tier {column} in a row of the tier {row}")
    return row if column == "standard" else column
