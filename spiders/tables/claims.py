"""Rows of pricing tables to claims: one claim for each model and for each offer, joined over all rows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace

from llmpairs.spiders.crawling.causes import SchemaChangedError
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier
from llmpairs.spiders.json_entries import FAILING_SHARE, EntryError
from llmpairs.spiders.page import Finding, Page
from llmpairs.spiders.tables.cells import parse_flag, parse_token_count
from llmpairs.spiders.tables.layouts import ColumnField, FlagColumn, PageRow
from llmpairs.spiders.tables.quotes import RowTarget, TieredQuote, read_row_quotes

RowResolver = Callable[[PageRow], Iterable[RowTarget]]
"""The models and offers that a row is about."""


def resolve_by_text(row: PageRow) -> Iterator[RowTarget]:
    """The model's key as the row prints it."""
    yield RowTarget(model_key=require(row, row.text("model"), "name of a model"), name=row.text("name"))


def require(row: PageRow, value: str | None, what: str) -> str:
    """The value; EntryError where there is none."""
    if not value:
        raise EntryError(f"{row.locator}: no {what}")
    return value


def read_rows(
    page: Page,
    provider_key: str,
    rows: Iterable[PageRow | Finding],
    resolver: RowResolver = resolve_by_text,
    *,
    is_first_party: bool = False,
) -> Iterator[Item | Finding]:
    """Claims of all rows, those about one model and one offer joined, after the findings among the rows.

    A first party's limits are those of the model, a host's are those of its offer. A row that cannot be read, and an
    offer that is printed twice with different prices, is rejected; half of them are SchemaChangedError.
    """
    items: list[Item] = []
    rejections: list[Finding] = []
    readable = 0
    for row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        try:
            for target in _resolve(row, resolver):
                items.append(_read_model(row, provider_key, target, is_first_party))
                if target.is_offered:
                    items.extend(_read_offers(row, provider_key, target, page.captured_at))
        except EntryError as error:
            rejections.append(Finding(kind="rejected", locator=row.locator, text=str(error)))
        else:
            readable += 1
    joined = list(join_claims(items))
    rejections.extend(each for each in joined if isinstance(each, Finding))
    yield from rejections
    require_readable(page, rejections, readable)
    yield from (each for each in joined if not isinstance(each, Finding))


def require_cells(row: PageRow) -> None:
    """EntryError for a row whose cells cannot be told apart."""
    if row.problem:
        raise EntryError(f"{row.locator}: {row.problem}")


def require_readable(page: Page, rejections: Sequence[Finding], readable: int) -> None:
    """SchemaChangedError if half of the rows of a page are rejected."""
    if rejections and len(rejections) >= (readable + len(rejections)) * FAILING_SHARE:
        raise SchemaChangedError(page.url, len(rejections), readable + len(rejections), rejections[0].text)


def read_models(
    page: Page, rows: Iterable[PageRow | Finding], build: Callable[[PageRow], Iterable[ModelClaim]]
) -> Iterator[Item | Finding]:
    """The claims that `build` makes of each row; a row that it cannot read is rejected, half of them fail the page."""
    rejections: list[Finding] = []
    readable = 0
    for row in rows:
        if isinstance(row, Finding):
            yield row
            continue
        try:
            require_cells(row)
            claims = list(build(row))
        except EntryError as error:
            rejections.append(Finding(kind="rejected", locator=row.locator, text=str(error)))
        else:
            readable += 1
            yield from claims
    yield from rejections
    require_readable(page, rejections, readable)


def _resolve(row: PageRow, resolver: RowResolver) -> Iterator[RowTarget]:
    """The targets of a row, each with the capabilities of the row's flag columns before its own."""
    require_cells(row)
    flags = tuple(
        (meaning.capability, flag)
        for _, meaning, cell in row.cells
        if isinstance(meaning, FlagColumn) and (flag := parse_flag(cell.text)) is not None
    )
    for target in resolver(row):
        yield replace(target, capabilities=(*flags, *target.capabilities))


def _read_model(row: PageRow, provider_key: str, target: RowTarget, is_first_party: bool) -> ModelClaim:
    return ModelClaim(
        provider_key=provider_key,
        model_key=target.model_key,
        locator=row.locator,
        name=target.name,
        developer=target.developer or row.text("developer"),
        context_tokens=_read_tokens(row, "context_tokens") if is_first_party else None,
        max_output_tokens=_read_tokens(row, "max_output_tokens") if is_first_party else None,
        capabilities=target.capabilities,
        status=target.status,
    )


def _read_offers(row: PageRow, provider_key: str, target: RowTarget, captured_at: str) -> Iterator[OfferClaim]:
    """An offer of the row's own service tier, with or without a price, and one of every other tier that it prices."""
    quotes: dict[ServiceTier, list[TieredQuote]] = {target.service_tier: []}
    for quote in read_row_quotes(row, target, captured_at):
        quotes.setdefault(quote.service_tier, []).append(quote)
    for tier, of_tier in quotes.items():
        yield OfferClaim(
            provider_key=provider_key,
            model_key=target.model_key,
            locator=row.locator,
            route_tag=target.route_tag,
            service_tier=tier,
            region=target.region,
            quantization=row.text("quantization"),
            context_tokens=_read_tokens(row, "context_tokens"),
            max_output_tokens=_read_tokens(row, "max_output_tokens"),
            prices=tuple(each.quote for each in of_tier),
            is_free=True if of_tier and all(each.is_free_text for each in of_tier) else None,
            capabilities=target.capabilities,
            status=target.status,
        )


def _read_tokens(row: PageRow, field: ColumnField) -> int | None:
    cell = row.cell(field)
    if cell is None:
        return None
    try:
        return parse_token_count(cell.text)
    except EntryError as error:
        raise EntryError(f"{row.locator}, {field}: {error}") from None


def join_claims(items: Iterable[Item]) -> Iterator[Item | Finding]:
    """One claim for each model and one for each offer, in the order of first mention.

    An offer whose rows contradict each other in a price or a capability is rejected.
    """
    joined: dict[tuple[str, ...], ModelClaim | OfferClaim] = {}
    contradicted: dict[tuple[str, ...], Finding] = {}
    for item in items:
        if not isinstance(item, (ModelClaim, OfferClaim)):
            raise TypeError(f"{item.kind} claims are not printed in pricing tables")
        key: tuple[str, ...] = ("model", item.model_key)
        if isinstance(item, OfferClaim):
            key = ("offer", item.model_key, item.service_tier, item.route_tag)
        try:
            joined[key] = _join(joined[key], item) if key in joined else item
        except EntryError as error:
            finding = Finding(kind="rejected", locator=item.locator, text=str(error))
            contradicted.setdefault(key, finding)
    for key, claim in joined.items():
        if key in contradicted:
            yield contradicted[key]
        elif isinstance(claim, OfferClaim):
            yield replace(claim, prices=_drop_flat_tiers(claim.prices))
        else:
            yield claim


def _join(first: ModelClaim | OfferClaim, other: ModelClaim | OfferClaim) -> ModelClaim | OfferClaim:
    """The first claim with its empty fields filled from the other; EntryError where they contradict each other."""
    changes: dict[str, object] = {
        each.name: getattr(other, each.name)
        for each in fields(first)
        if getattr(first, each.name) is None and getattr(other, each.name) is not None
    }
    capabilities = dict(first.capabilities)
    for name, flag in other.capabilities:
        if capabilities.setdefault(name, flag) is not flag:
            raise EntryError(f"{other.locator}: {first.model_key} both has and has not {name}")
    changes["capabilities"] = tuple(capabilities.items())
    if isinstance(first, OfferClaim) and isinstance(other, OfferClaim):
        changes["prices"] = _join_quotes(first, other)
        parts = [each for each in (first, other) if each.prices]
        changes["is_free"] = True if parts and all(each.is_free for each in parts) else None
    return replace(first, **changes)  # type: ignore[arg-type]


def _join_quotes(first: OfferClaim, other: OfferClaim) -> tuple[PriceQuote, ...]:
    quotes = {(quote.use, quote.unit, quote.min_prompt_tokens): quote for quote in first.prices}
    for quote in other.prices:
        known = quotes.setdefault((quote.use, quote.unit, quote.min_prompt_tokens), quote)
        if known != quote:
            raise EntryError(
                f"{other.locator}: {first.model_key} costs {quote.amount} here and {known.amount} at {first.locator} "
                f"({quote.use}, {first.service_tier})"
            )
    return tuple(quotes.values())


def _drop_flat_tiers(quotes: tuple[PriceQuote, ...]) -> tuple[PriceQuote, ...]:
    """The quotes without prompt-length tiers equal to the base price, as Vertex AI prints flat prices."""
    base = {replace(quote, min_prompt_tokens=0) for quote in quotes if quote.min_prompt_tokens == 0}
    sizes = {quote.min_prompt_tokens for quote in quotes}
    flat = {
        size
        for size in sizes - {0}
        if all(replace(q, min_prompt_tokens=0) in base for q in quotes if q.min_prompt_tokens == size)
    }
    return tuple(quote for quote in quotes if quote.min_prompt_tokens not in flat)
