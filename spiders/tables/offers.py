"""Rows of pricing tables to claims: what every provider's page has in common."""

from collections.abc import Callable, Iterable, Iterator

from llmpairs.spiders.crawling.causes import SchemaChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, ServiceTier
from llmpairs.spiders.json_entries import REJECTED_SHARE, EntryError
from llmpairs.spiders.page import Finding, Page
from llmpairs.spiders.tables.cells import read_count, read_flag
from llmpairs.spiders.tables.layouts import Fact, Flag, Row
from llmpairs.spiders.tables.merge import join_claims
from llmpairs.spiders.tables.quotes import Place, Priced, read_quotes

Placed = Callable[[Row], Iterable[Place]]


def place_by_text(row: Row) -> Iterator[Place]:
    """The model's key as the row prints it."""
    yield Place(model_key=require(row, row.text("model"), "name of a model"), name=row.text("name"))


def require(row: Row, value: str | None, what: str) -> str:
    """The value; EntryError where there is none."""
    if not value:
        raise EntryError(f"{row.locator}: no {what}")
    return value


def read_rows(
    page: Page,
    provider_key: str,
    rows: Iterable[Row],
    placed: Placed = place_by_text,
    *,
    is_first_party: bool = False,
) -> Iterator[Item | Finding]:
    """Claims of all rows, those about one model and one route joined.

    A first party's limits are those of the model, a host's are those of its route. A row that cannot be read,
    and a route that is printed twice with different prices, is rejected; a tenth of them is SchemaChangedError.
    """
    captured_at = page.captured_at
    items: list[Item] = []
    rejections: list[Finding] = []
    readable = 0
    for row in rows:
        try:
            items.extend(_read_row(row, provider_key, placed, captured_at, is_first_party))
        except EntryError as error:
            rejections.append(Finding(kind="rejected", locator=row.locator, text=str(error)))
        else:
            readable += 1
    joined = list(join_claims(items))
    rejections.extend(each for each in joined if isinstance(each, Finding))
    yield from rejections
    if len(rejections) > (readable + len(rejections)) * REJECTED_SHARE:
        raise SchemaChangedError(page.url, len(rejections), readable + len(rejections), rejections[0].text)
    yield from (each for each in joined if not isinstance(each, Finding))


def _read_row(
    row: Row, provider_key: str, placed: Placed, captured_at: str, is_first_party: bool
) -> Iterator[Item]:
    if row.problem:
        raise EntryError(f"{row.locator}: {row.problem}")
    flags = tuple(
        (meaning.capability, flag)
        for _, meaning, cell in row.cells
        if isinstance(meaning, Flag) and (flag := read_flag(cell.text)) is not None
    )
    for place in placed(row):
        stated = (*flags, *place.capabilities)
        yield ModelClaim(
            provider_key=provider_key,
            model_key=place.model_key,
            locator=row.locator,
            name=place.name,
            developer=place.developer or row.text("developer"),
            context_tokens=_read_count(row, "context_tokens") if is_first_party else None,
            max_output_tokens=_read_count(row, "max_output_tokens") if is_first_party else None,
            capabilities=stated,
            status=place.status,
        )
        if place.is_offered:
            yield from _read_offers(row, provider_key, place, stated, captured_at)


def _read_offers(
    row: Row, provider_key: str, place: Place, stated: tuple[tuple[str, bool], ...], captured_at: str
) -> Iterator[OfferClaim]:
    """An offer of the row's own tier of service, with or without a price, and one of every other that it prices."""
    quotes: dict[ServiceTier, list[Priced]] = {place.service_tier: []}
    for priced in read_quotes(row, place, captured_at):
        quotes.setdefault(priced.service_tier, []).append(priced)
    for tier, priced_as in quotes.items():
        yield OfferClaim(
            provider_key=provider_key,
            model_key=place.model_key,
            locator=row.locator,
            route_tag=place.route_tag,
            service_tier=tier,
            region=place.region,
            quantization=row.text("quantization"),
            context_tokens=_read_count(row, "context_tokens"),
            max_output_tokens=_read_count(row, "max_output_tokens"),
            prices=tuple(each.quote for each in priced_as),
            is_free=True if priced_as and all(each.is_word for each in priced_as) else None,
            capabilities=stated,
            status=place.status,
        )


def _read_count(row: Row, fact: Fact) -> int | None:
    cell = row.cell(fact)
    if cell is None:
        return None
    try:
        return read_count(cell.text)
    except EntryError as error:
        raise EntryError(f"{row.locator}, {fact}: {error}") from None
