"""Printed prices of one object to quotes, by a table of the source's names."""

from collections.abc import Iterator, Mapping

from llmpairs.spiders.items import PriceQuote, PriceUse
from llmpairs.spiders.json_entries import Entry

Names = Mapping[str, tuple[PriceUse, str]]
"""The source's name of a price, to what is paid for and in which unit."""


def read_quotes(
    entry: Entry, names: Names, *, per: int, currency: str = "USD", min_prompt_tokens: int = 0
) -> Iterator[PriceQuote]:
    """A quote for each named price that the entry prints, in the order of the table."""
    for name, (use, unit) in names.items():
        amount = entry.amount(name)
        if amount is not None:
            yield PriceQuote(
                use=use,
                amount=amount,
                currency=currency,
                per=per,
                unit=unit,
                min_prompt_tokens=min_prompt_tokens,
            )
