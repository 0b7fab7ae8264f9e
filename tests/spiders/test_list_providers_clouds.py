"""The price lists of the clouds: meters whose names and attributes state model, direction, tier and region."""

import json
from typing import Any

import pytest

from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import OfferClaim
from llmpairs.spiders.page import Page
from llmpairs.spiders.providers.azure import parse_prices
from llmpairs.spiders.providers.bedrock import parse_offers
from tests.spiders.conftest import Crawled
from tests.spiders.pages import findings, items, page, quoted, the_offer
from tests.spiders.test_frozen import offer, prices

# Amazon Bedrock


def offer_file(*products: tuple[dict[str, str], str, dict[str, str]]) -> dict[str, Any]:
    """An offer file of products: attributes, unit and price of each."""
    file: dict[str, Any] = {"products": {}, "terms": {"OnDemand": {}}}
    for number, (attributes, unit, price) in enumerate(products):
        sku = f"SKU{number}"
        file["products"][sku] = {"sku": sku, "attributes": {"model": "M", "usagetype": f"U{number}", **attributes}}
        dimension = {"unit": unit, "beginRange": "0", "pricePerUnit": price}
        file["terms"]["OnDemand"][sku] = {f"{sku}.T": {"priceDimensions": {f"{sku}.T.D": dimension}}}
    return file


def test_an_offer_is_built_from_its_meters(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "bedrock", "Nova Pro", service_tier="standard")) == {
        ("input", 0): "0.0008000000 per 1000 token",
        ("output", 0): "0.0032000000 per 1000 token",
        ("cache_read", 0): "0.0002000000 per 1000 token",
        ("cache_write", 0): "0.0000000000 per 1000 token",
    }


def test_batch_flex_and_priority_are_offers_of_their_own(frozen_crawl: Crawled) -> None:
    found = {
        tier: prices(offer(frozen_crawl, "bedrock", "gpt-oss-120b", service_tier=tier))
        for tier in ("standard", "batch", "flex", "priority")
    }
    assert found["standard"]["input", 0] == "0.0001500000 per 1000 token"
    assert found["batch"]["input", 0] == "0.0000750000 per 1000 token"
    assert found["flex"] == {("output", 0): "0.0003000000 per 1000 token"}
    assert found["priority"] == {("input", 0): "0.0002625000 per 1000 token"}


def test_latency_is_a_service_tier_and_not_part_of_the_name(frozen_crawl: Crawled) -> None:
    fast = prices(offer(frozen_crawl, "bedrock", "Nova Pro", service_tier="fast"))
    assert fast == {("input", 0): "0.0010000000 per 1000 token"}


def test_the_offer_across_regions_is_cheaper(frozen_crawl: Crawled) -> None:
    here = offer(frozen_crawl, "bedrock", "Nova 2.0 Lite", route_tag="-")
    anywhere = offer(frozen_crawl, "bedrock", "Nova 2.0 Lite", route_tag="global")
    assert (here["region"], prices(here)["output", 0]) == ("us-east-1", "0.0027500000 per 1000 token")
    assert (anywhere["region"], prices(anywhere)["output", 0]) == ("global", "0.0025000000 per 1000 token")


def test_one_file_has_prices_per_thousand_and_per_million(frozen_crawl: Crawled) -> None:
    grok = prices(offer(frozen_crawl, "bedrock", "xai.grok-4.3"))
    assert grok["input", 0] == "1.2500000000 per 1000000 token"


def test_everything_but_text_tokens_is_left_out(frozen_crawl: Crawled) -> None:
    keys = {line["model_key"] for line in frozen_crawl.landed("bedrock")}
    assert keys == {"gpt-oss-120b", "Nova Pro", "Nova 2.0 Lite", "xai.grok-4.3"}


@pytest.mark.parametrize(
    "inference_type",
    [
        "Input tokens custom model",
        "Input tokens long context",
        "Prompt cache write input tokens 1 hour",
        "Input image tokens",
        "Text to image",
    ],
)
def test_kinds_without_a_use_have_no_price(inference_type: str) -> None:
    file = offer_file(({"inferenceType": inference_type}, "1K tokens", {"USD": "1"}))
    assert items(parse_offers, file) == []


def test_currencies_stay_apart() -> None:
    file = offer_file(({"inferenceType": "Input tokens"}, "1K tokens", {"USD": "1", "CNY": "7"}))
    found = [(quote.amount, quote.currency) for quote in the_offer(parse_offers, file).prices]
    assert found == [("1", "USD"), ("7", "CNY")]


def test_of_two_meters_at_two_prices_the_first_counts_and_the_other_is_named() -> None:
    same = {"inferenceType": "Input tokens"}
    file = offer_file((same, "1K tokens", {"USD": "1"}), (same, "1K tokens", {"USD": "2"}))
    assert quoted(the_offer(parse_offers, file)) == {("input", 0): "1"}
    assert findings(parse_offers, file, "remark") == ["U1 at 2 is left out beside U0"]


def test_two_meters_at_one_price_are_one() -> None:
    same = {"inferenceType": "Input tokens"}
    file = offer_file((same, "1K tokens", {"USD": "1"}), (same, "1K tokens", {"USD": "1"}))
    assert findings(parse_offers, file, "remark") == []


def test_a_bad_product_does_not_affect_others() -> None:
    good = ({"inferenceType": "Input tokens"}, "1K tokens", {"USD": "1"})
    file = offer_file(*[good] * 20, ({"inferenceType": "Output tokens"}, "1K tokens", {"USD": "1,50"}))
    file["products"]["SKU3"]["attributes"]["color"] = "red"
    assert quoted(the_offer(parse_offers, file)) == {("input", 0): "1"}
    assert len(findings(parse_offers, file, "rejected")) == 1
    assert findings(parse_offers, file, "unknown_key") == ["attributes.color"]


def test_an_offer_file_without_terms_is_a_layout_change() -> None:
    with pytest.raises(LayoutChangedError):
        items(parse_offers, {"products": {}, "terms": {}})


# Azure


def meter(name: str, price: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "currencyCode": "USD",
        "retailPrice": price,
        "armRegionName": "eastus2",
        "effectiveStartDate": "2025-08-01T00:00:00Z",
        "meterName": name,
        "productName": "Azure OpenAI",
        "unitOfMeasure": "1K",
        "type": "Consumption",
        **more,
    }


def azure(*meters: dict[str, Any]) -> dict[str, Any]:
    return {"Items": list(meters), "NextPageLink": None}


def prices_by_offer(*meters: dict[str, Any]) -> dict[tuple[str, str, str], dict[tuple[str, int], str]]:
    """Prices by model, route tag and service tier."""
    found = [each for each in items(parse_prices, azure(*meters)) if isinstance(each, OfferClaim)]
    return {(each.model_key, each.route_tag, each.service_tier): quoted(each) for each in found}


def test_world_zone_and_region_have_prices_of_their_own(frozen_crawl: Crawled) -> None:
    world = offer(frozen_crawl, "azure", "gpt-oss-120b", route_tag="-")
    zone = offer(frozen_crawl, "azure", "gpt-oss-120b", route_tag="data-zone/eastus2")
    region = offer(frozen_crawl, "azure", "gpt-4.1-mini", route_tag="eastus2")
    assert (world["region"], prices(world)["input", 0]) == ("global", "0.00015 per 1000 token")
    assert (zone["region"], prices(zone)["input", 0]) == ("eastus2", "0.000165 per 1000 token")
    assert (region["region"], prices(region)["input", 0]) == ("eastus2", "0.00044 per 1000 token")


def test_a_unit_is_a_thousand_or_a_million(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "azure", "gpt-4.1-mini", route_tag="-")) == {
        ("input", 0): "0.0004 per 1000 token",
        ("output", 0): "0.0016 per 1000 token",
        ("cache_read", 0): "0.0001 per 1000 token",
    }
    assert prices(offer(frozen_crawl, "azure", "gpt-5-mini", service_tier="batch")) == {
        ("input", 0): "0.125 per 1000000 token",
        ("output", 0): "1.0 per 1000000 token",
    }


def test_the_product_names_the_model_family_that_its_meters_leave_out(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "azure", "gpt-5-mini", service_tier="priority")) == {
        ("input", 0): "0.45 per 1000000 token",
        ("output", 0): "3.6 per 1000000 token",
    }
    assert prices(offer(frozen_crawl, "azure", "grok-4.3"))["input", 0] == "0.00125 per 1000 token"


def test_a_future_price_is_left_out(frozen_crawl: Crawled) -> None:
    assert not any(line["model_key"].startswith("fw-") for line in frozen_crawl.landed("azure"))


def test_long_prompts_of_an_unknown_length_are_left_out(frozen_crawl: Crawled) -> None:
    keys = {line["model_key"] for line in frozen_crawl.landed("azure")}
    assert keys == {"gpt-5-mini", "gpt-4.1-mini", "gpt-oss-120b", "grok-4.3"}
    assert {
        quote["min_prompt_tokens"]
        for line in frozen_crawl.landed("azure")
        if line["kind"] == "offer"
        for quote in line["prices"]
    } == {0}


@pytest.mark.parametrize(
    ("name", "offer_key"),
    [
        ("gpt-4o-0806-Inp-glbl Tokens", ("gpt-4o-0806", "-", "standard")),
        ("gpt 4o 0806 Batch Inp Data Zone Tokens", ("gpt-4o-0806", "data-zone/eastus2", "batch")),
        ("gpt 4o 0806 cached Inp regnl Tokens", None),
        ("gpt-4o-0806-FT-Hstng-regnl Unit", None),
        ("text-embedding-3-small-glbl Tokens", ("text-embedding-3-small", "-", "standard")),
    ],
)
def test_a_meters_name_is_parsed_word_by_word(name: str, offer_key: tuple[str, str, str] | None) -> None:
    assert list(prices_by_offer(meter(name))) == ([offer_key] if offer_key else [])


def test_of_two_prices_the_one_that_began_last_counts() -> None:
    old = meter("m Inp glbl Tokens", 2)
    new = meter("m Inp glbl Tokens", 1, effectiveStartDate="2026-05-01T00:00:00Z")
    coming = meter("m Inp glbl Tokens", 0.5, effectiveStartDate="2026-06-01T00:00:00Z")
    for order in ((old, new, coming), (coming, new, old)):
        assert prices_by_offer(*order) == {("m", "-", "standard"): {("input", 0): "1"}}


def test_a_price_begins_on_its_day() -> None:
    body = page(azure(meter("m Inp glbl Tokens", effectiveStartDate="2026-06-01T00:00:00Z"))).body
    before = list(parse_prices(Page(url="u", body=body, captured_at="2026-05-31T23:59:59Z")))
    on_it = list(parse_prices(Page(url="u", body=body, captured_at="2026-06-01T00:00:00Z")))
    assert [isinstance(each, OfferClaim) for each in before] == [False]
    assert any(isinstance(each, OfferClaim) for each in on_it)


def test_other_currencies_are_named() -> None:
    (quote,) = the_offer(parse_prices, azure(meter("m Inp glbl Tokens", currencyCode="EUR"))).prices
    assert quote.currency == "EUR"


def test_a_bad_meter_does_not_affect_others() -> None:
    good = [meter(f"m{n} Inp glbl Tokens") for n in range(20)]
    content = azure(*good, meter("x Inp glbl Tokens", retailPrice="free"), meter("y Inp glbl Tokens", color="red"))
    assert len(findings(parse_prices, content, "rejected")) == 1
    assert findings(parse_prices, content, "unknown_key") == ["color"]
    assert len(items(parse_prices, content)) == 42


def test_meters_that_are_left_out_are_counted() -> None:
    content = azure(meter("m Inp glbl Tokens"), meter("m wonder glbl Tokens"), meter("m ft inp glbl Tokens"))
    assert findings(parse_prices, content, "remark") == [
        "1 meters are left out: their name states neither input nor output",
        "1 meters are left out: they buy something else than a model's text tokens",
    ]


def test_an_entry_of_cloudflares_repository_is_read_alone() -> None:
    price = {"property_id": "price", "value": [{"unit": "per M input tokens", "price": 0.35, "currency": "USD"}]}
    entry = {"name": "@cf/openai/gpt-oss-120b", "properties": [price], "id": "f9f2", "source": 1}
    url = (
        "https://raw.githubusercontent.com/cloudflare/cloudflare-docs/production/src/content/"
        "workers-ai-models/gpt-oss-120b.json"
    )
    page = Page(url=url, body=json.dumps(entry).encode(), captured_at="2026-08-01T00:00:00Z")
    found = [each for each in find_parser("cloudflare", url)(page) if isinstance(each, OfferClaim)]
    assert [(each.model_key, each.prices[0].amount) for each in found] == [("@cf/openai/gpt-oss-120b", "0.35")]
