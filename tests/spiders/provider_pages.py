"""The providers' samples and the claims that their parsers read from them."""

from llmpairs.spiders.base import find_parser
from llmpairs.spiders.items import Item, ModelClaim, OfferClaim
from llmpairs.spiders.page import Finding, NextPage, Page
from llmpairs.spiders.samples import read_frozen

Found = list[Item | Finding | NextPage]


def sample(source_id: str) -> tuple[str, str]:
    """Address and text of the source's sample."""
    (frozen,) = read_frozen(source_id)
    return frozen.url, frozen.body.decode("utf-8")


def parse(source_id: str, text: str | None = None, captured_at: str = "2026-05-15T05:10:00Z") -> Found:
    """What the parser yields for a text at the address of the sample, or for the sample itself."""
    url, own = sample(source_id)
    body = (own if text is None else text).encode("utf-8")
    return list(find_parser(source_id, url)(Page(url=url, body=body, captured_at=captured_at)))


def changed(source_id: str, old: str, new: str, **kwargs: str) -> Found:
    """What the parser yields for the sample with one text replaced."""
    _, text = sample(source_id)
    assert old in text, f"the sample of {source_id} has no {old!r}"
    return parse(source_id, text.replace(old, new), **kwargs)


def offer(found: Found, key: str, tier: str = "standard", tag: str = "-") -> OfferClaim:
    (only,) = [
        each
        for each in found
        if isinstance(each, OfferClaim) and (each.model_key, each.service_tier, each.route_tag) == (key, tier, tag)
    ]
    return only


def model(found: Found, key: str) -> ModelClaim:
    (only,) = [each for each in found if isinstance(each, ModelClaim) and each.model_key == key]
    return only


def has_offer(found: Found, key: str, tier: str = "standard", tag: str = "-") -> bool:
    return any(
        isinstance(each, OfferClaim) and (each.model_key, each.service_tier, each.route_tag) == (key, tier, tag)
        for each in found
    )


def rejected(found: Found) -> list[str]:
    return [each.text for each in found if isinstance(each, Finding) and each.kind == "rejected"]
