"""Meters of a cloud's price list: each is the price of one kind of token, and several make up an offer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from llmpairs.spiders.items import Item, ModelClaim, OfferClaim, PriceQuote, ServiceTier


@dataclass(frozen=True, kw_only=True)
class TokenMeter:
    """The price of one kind of token in one offer."""

    model_key: str
    developer: str | None = None
    route_tag: str
    region: str | None
    service_tier: ServiceTier
    quote: PriceQuote
    locator: str

    @property
    def offer_key(self) -> tuple[str, str, str]:
        """Model, route tag and service tier: meters that share them belong to one offer."""
        return self.model_key, self.route_tag, self.service_tier


def build_claims(provider_key: str, offers: Iterable[Sequence[TokenMeter]]) -> Iterator[Item]:
    """An OfferClaim for the meters of each offer, and a ModelClaim before the first offer of each model."""
    claimed: set[str] = set()
    for meters in offers:
        first = meters[0]
        if first.model_key not in claimed:
            claimed.add(first.model_key)
            yield ModelClaim(
                provider_key=provider_key, model_key=first.model_key, locator=first.locator, developer=first.developer
            )
        yield OfferClaim(
            provider_key=provider_key,
            model_key=first.model_key,
            locator=first.locator,
            route_tag=first.route_tag,
            service_tier=first.service_tier,
            region=first.region,
            prices=tuple(meter.quote for meter in meters),
        )
