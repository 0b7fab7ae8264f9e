"""Claims that several rows make about one model or one route, as one."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import TypeVar

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote
from llmpairs.spiders.json_entries import EntryError
from llmpairs.spiders.page import Finding

Claim = TypeVar("Claim", ModelClaim, OfferClaim)


def join_claims(items: Iterable[Item]) -> Iterator[Item | Finding]:
    """One claim for each model and one for each route, in the order of first mention.

    A route whose rows contradict each other in a price or a capability is left out and rejected.
    """
    joined: dict[tuple[str, ...], ModelClaim | OfferClaim] = {}
    contradicted: dict[tuple[str, ...], Finding] = {}
    for item in items:
        if not isinstance(item, (ModelClaim, OfferClaim)):
            raise TypeError(f"{item.kind} claims are not printed in pricing tables")
        key = _key_of(item)
        try:
            joined[key] = _join(joined[key], item) if key in joined else item
        except EntryError as error:
            finding = Finding(kind="rejected", locator=item.locator, text=str(error))
            contradicted.setdefault(key, finding)
    for key, claim in joined.items():
        if key in contradicted:
            yield contradicted[key]
        else:
            yield (
                replace(claim, prices=drop_flat_tiers(claim.prices))
                if isinstance(claim, OfferClaim)
                else claim
            )


def drop_flat_tiers(quotes: tuple[PriceQuote, ...]) -> tuple[PriceQuote, ...]:
    """The quotes without those of a prompt length from which nothing changes, as Vertex AI prints flat prices."""
    base = {replace(quote, min_prompt_tokens=0) for quote in quotes if quote.min_prompt_tokens == 0}
    sizes = {quote.min_prompt_tokens for quote in quotes}
    flat = {
        size
        for size in sizes - {0}
        if all(replace(q, min_prompt_tokens=0) in base for q in quotes if q.min_prompt_tokens == size)
    }
    return tuple(quote for quote in quotes if quote.min_prompt_tokens not in flat)


def _key_of(item: ModelClaim | OfferClaim) -> tuple[str, ...]:
    if isinstance(item, ModelClaim):
        return ("model", item.model_key)
    return ("offer", item.model_key, item.service_tier, item.route_tag)


def _join(first: ModelClaim | OfferClaim, other: ModelClaim | OfferClaim) -> ModelClaim | OfferClaim:
    changes: dict[str, object] = {
        each.name: getattr(other, each.name)
        for each in fields(first)
        if getattr(first, each.name) is None and getattr(other, each.name) is not None
    }
    stated = dict(first.capabilities)
    for word, flag in other.capabilities:
        if stated.setdefault(word, flag) is not flag:
            raise EntryError(f"{other.locator}: {first.model_key} both has and has not {word}")
    changes["capabilities"] = tuple(stated.items())
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
