"""Vercel's gateway and genai-prices: service tiers, regions, names in patterns, and dated prices."""

from typing import Any

import pytest

from llmpairs.spiders.catalogues.genai_prices import parse_prices
from llmpairs.spiders.catalogues.vercel_gateway import parse_models
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import OfferClaim
from llmpairs.spiders.page import Page
from llmpairs.spiders.registry import SOURCES
from tests.spiders.conftest import Crawled
from tests.spiders.pages import findings, items, page, quoted, the_model, the_offer
from tests.spiders.test_frozen import offer, prices

# Vercel


def gateway(**pricing: Any) -> dict[str, Any]:
    return {"data": [{"id": "lab/m", "pricing": pricing}]}


def prices_by_offer(content: Any) -> dict[tuple[str, str], dict[tuple[str, int], str]]:
    """Prices by route tag and service tier."""
    offers = [each for each in items(parse_models, content) if isinstance(each, OfferClaim)]
    return {(each.route_tag, each.service_tier): quoted(each) for each in offers}


def test_a_gateways_entry_is_an_aggregate(frozen_crawl: Crawled) -> None:
    oss = offer(frozen_crawl, "vercel_gateway", "openai/gpt-oss-120b")
    assert oss["route_kind"] == "aggregate"
    assert prices(oss) == {("input", 0): "0.0000001 per 1 token", ("output", 0): "0.0000005 per 1 token"}
    assert SOURCES["vercel_gateway"].basis_of("prices", "vercel") == "derived"


def test_the_first_length_repeats_the_price_and_is_not_read_twice(frozen_crawl: Crawled) -> None:
    gemini = offer(frozen_crawl, "vercel_gateway", "google/gemini-3-pro-preview")
    assert len(gemini["prices"]) == 6
    assert prices(gemini)["input", 0] == "0.000002 per 1 token"
    assert prices(gemini)["input", 200_001] == "0.000004 per 1 token"


def test_a_first_length_without_a_price_beside_it_is_the_price() -> None:
    content = gateway(input_tiers=[{"cost": "1", "min": 0}, {"cost": "2", "min": 128_000}])
    assert quoted(the_offer(parse_models, content)) == {("input", 0): "1", ("input", 128_000): "2"}


def test_tiers_of_service_are_offers(frozen_crawl: Crawled) -> None:
    found = {
        tier: prices(offer(frozen_crawl, "vercel_gateway", "openai/gpt-5-mini", service_tier=tier))["output", 0]
        for tier in ("standard", "flex", "priority")
    }
    assert found == {
        "standard": "0.000002 per 1 token",
        "flex": "0.000001 per 1 token",
        "priority": "0.0000036 per 1 token",
    }


def test_long_prompts_of_a_tier_have_their_threshold() -> None:
    tier = {"input": "2", "long_context": {"threshold": 272_000, "input": "4"}}
    content = gateway(input="1", service_tiers={"priority": tier}, fast={"input": "6"})
    assert prices_by_offer(content) == {
        ("-", "standard"): {("input", 0): "1"},
        ("-", "priority"): {("input", 0): "2", ("input", 272_000): "4"},
        ("-", "fast"): {("input", 0): "6"},
    }


def test_a_region_with_its_own_price_is_an_offer(frozen_crawl: Crawled) -> None:
    key = "anthropic/claude-opus-4.7"
    here = offer(frozen_crawl, "vercel_gateway", key, route_tag="us")
    assert (here["region"], prices(here)["input", 0]) == ("us", "0.0000055 per 1 token")
    anywhere = prices(offer(frozen_crawl, "vercel_gateway", key, route_tag="-"))
    assert anywhere["input", 0] == "0.000005 per 1 token"
    assert ("web_search", 0) not in anywhere


def test_an_unknown_tier_is_remarked() -> None:
    content = gateway(input="1", service_tiers={"turbo": {"input": "2"}})
    assert findings(parse_models, content, "remark") == ["the tier of service turbo is left out"]
    assert prices_by_offer(content) == {("-", "standard"): {("input", 0): "1"}}


def test_a_bad_price_does_not_affect_other_entries() -> None:
    bad = {"id": "bad", "pricing": {"input_tiers": [{"min": 0}]}}
    content = {"data": [*({"id": f"m{n}"} for n in range(20)), bad, {"id": "m", "pricing": {"smell": "1"}}]}
    assert len(findings(parse_models, content, "rejected")) == 1
    assert findings(parse_models, content, "unknown_key") == ["pricing.smell"]


def test_only_a_stated_free_offer_is_free() -> None:
    assert the_offer(parse_models, {"data": [{"id": "m", "tags": ["free"]}]}).is_free is True
    assert the_offer(parse_models, gateway(input="0")).is_free is None


def test_one_timestamp_for_all_is_not_a_listing_date(frozen_crawl: Crawled) -> None:
    assert not any("listed" in line for line in frozen_crawl.landed("vercel_gateway"))


# genai-prices


def filed(**model: Any) -> list[dict[str, Any]]:
    whole = {"id": "m", "match": {"equals": "m"}, "prices": {"input_mtok": 1}, **model}
    return [{"id": "lab", "models": [whole]}]


def tiers(content: Any, captured_at: str) -> dict[str, dict[tuple[str, int], str]]:
    """Prices by tier of service on a day."""
    found = parse_prices(Page(url="u", body=page(content).body, captured_at=captured_at))
    return {each.service_tier: quoted(each) for each in found if isinstance(each, OfferClaim)}


def test_only_an_equal_name_is_a_model_key(frozen_crawl: Crawled) -> None:
    keys = {line["model_key"] for line in frozen_crawl.landed("genai_prices")}
    assert {"deepseek-reasoner", "deepseek-r1-0528", "claude-fable-5-2"} <= keys
    assert not any("sonnet" in key for key in keys)
    remarks = [remark["text"] for remark in frozen_crawl.health("genai_prices")["remarked"]]
    assert "anthropic's claude-sonnet-4-5 is known by patterns alone and is left out" in remarks


def test_a_narrowed_pattern_names_no_model() -> None:
    match = {"and": [{"equals": "m"}, {"contains": "x"}]}
    assert items(parse_prices, filed(match=match)) == []
    nested = {"or": [{"starts_with": "m"}, {"or": [{"equals": "a"}, {"equals": "a"}]}]}
    assert the_model(parse_prices, filed(match=nested)).model_key == "a"
    assert len(items(parse_prices, filed(match=nested))) == 2


def test_openrouters_price_is_not_an_offer_of_the_developer(frozen_crawl: Crawled) -> None:
    sellers = {
        line["provider_key"]
        for line in frozen_crawl.landed("genai_prices")
        if line["model_key"] in ("gpt-oss-120b", "openai/gpt-oss-120b")
    }
    assert sellers == {"groq", "huggingface_cerebras"}


def test_copies_belong_to_the_source_group_of_their_origin() -> None:
    source = SOURCES["genai_prices"]
    assert source.lineage_of("openrouter") == "openrouter"
    assert source.lineage_of("huggingface_cerebras") == "huggingface"
    assert source.lineage_of("groq") == "genai_prices"


def test_nothing_is_unknown_and_not_free(frozen_crawl: Crawled) -> None:
    free = offer(frozen_crawl, "genai_prices", "openai/gpt-oss-120b:free")
    assert (free["prices"], "is_free" in free) == ([], False)


def test_a_base_and_its_steps_are_prices_by_length(frozen_crawl: Crawled) -> None:
    gemini = prices(offer(frozen_crawl, "genai_prices", "gemini-pro-1.5"))
    assert (gemini["input", 0], gemini["input", 128_000]) == ("1.25 per 1000000 token", "2.5 per 1000000 token")


def test_thousands_and_hours_keep_their_units(frozen_crawl: Crawled) -> None:
    sonar = prices(offer(frozen_crawl, "genai_prices", "sonar"))
    assert sonar["request", 0] == "12 per 1000 request"
    whisper = offer(frozen_crawl, "genai_prices", "whisper-1")
    assert [(quote["amount"], quote["per"], quote["unit"]) for quote in whisper["prices"]] == [("0.36", 1, "hour")]


def test_the_price_of_the_day_is_the_last_that_has_begun(frozen_crawl: Crawled) -> None:
    ocr = prices(offer(frozen_crawl, "genai_prices", "mistral-ocr-latest"))
    assert ocr == {("input", 0): "2 per 1000 page"}
    dated = [{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2026-06-01"}, "prices": {"input_mtok": 2}}]
    before = tiers(filed(prices=dated), "2026-05-31T23:59:59Z")
    on_it = tiers(filed(prices=dated), "2026-06-01T00:00:00Z")
    assert (before["standard"]["input", 0], on_it["standard"]["input", 0]) == ("1", "2")


def test_dated_prices_have_their_first_day(frozen_crawl: Crawled) -> None:
    assert offer(frozen_crawl, "genai_prices", "mistral-ocr-latest")["prices_since"] == "2025-12-18"
    fixed = {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 2}}
    by_hour = {"constraint": {"start_time": "00:30:00Z"}, "prices": {"input_mtok": 1}}
    for listed, day in (([fixed], "2026-01-01"), ([{"prices": {"input_mtok": 1}}], None), ([fixed, by_hour], None)):
        assert the_offer(parse_prices, filed(prices=listed)).prices_since == day
    batch = [{"when": {"processing": "batch"}, "prices": {"input_mtok": 1}}]
    found = items(parse_prices, filed(prices=[fixed], price_variants=batch))
    days = {each.service_tier: each.prices_since for each in found if isinstance(each, OfferClaim)}
    assert days == {"standard": "2026-01-01", "batch": None}


def test_a_price_that_changes_by_the_hour_is_left_out(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "genai_prices", "deepseek-reasoner")) == {}
    by_hour = {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"}, "prices": {"input_mtok": 1}}
    fixed = {"constraint": {"start_date": "2026-01-01"}, "prices": {"input_mtok": 2}}
    assert quoted(the_offer(parse_prices, filed(prices=[by_hour, fixed]))) == {("input", 0): "2"}
    assert quoted(the_offer(parse_prices, filed(prices=[fixed, by_hour]))) == {}
    assert len(findings(parse_prices, filed(prices=[fixed, by_hour]), "remark")) == 1


def test_variants_are_tiers_of_service(frozen_crawl: Crawled) -> None:
    found = {
        tier: prices(offer(frozen_crawl, "genai_prices", "claude-fable-5-2", service_tier=tier))["output", 0]
        for tier in ("standard", "batch", "fast")
    }
    assert found == {
        "standard": "40 per 1000000 token",
        "batch": "20 per 1000000 token",
        "fast": "80 per 1000000 token",
    }
    assert len([line for line in frozen_crawl.landed("genai_prices") if line["model_key"] == "gpt-4.1"]) == 2


def test_a_variant_changes_only_what_it_prints_from_its_day_on() -> None:
    variants = [
        {"when": {"service_tier": "default"}, "prices": {}},
        {"when": {"processing": "batch"}, "prices": {"input_mtok": 1}, "constraint": {"start_date": "2026-10-14"}},
        {"when": {"processing": "batch"}, "prices": {"input_mtok": 9}},
        {"when": {"route": "eu"}, "prices": {"input_mtok": 3}},
    ]
    content = filed(prices={"input_mtok": 2, "cache_read_mtok": 0.5}, price_variants=variants)
    standard = {("input", 0): "2", ("cache_read", 0): "0.5"}
    assert tiers(content, "2026-10-14T00:00:00Z") == {
        "standard": standard,
        "batch": {("input", 0): "1", ("cache_read", 0): "0.5"},
    }
    assert tiers(content, "2026-10-13T23:59:59Z")["batch"]["input", 0] == "9"
    assert len(findings(parse_prices, content, "remark")) == 1


def test_a_bad_model_does_not_affect_others() -> None:
    good = [{"id": f"m{n}", "match": {"equals": f"m{n}"}, "prices": {"input_mtok": 1}} for n in range(20)]
    content = [
        {"id": "lab", "models": [*good, {"id": "bad", "prices": {}}], "color": "red"},
        {"id": "other", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {"input_songs": 1}}]},
    ]
    assert len(findings(parse_prices, content, "rejected")) == 1
    assert findings(parse_prices, content, "unknown_key") == ["provider.color", "prices.input_songs"]
    assert len(items(parse_prices, content)) == 42


def test_an_object_is_a_layout_change() -> None:
    with pytest.raises(LayoutChangedError):
        items(parse_prices, {"providers": []})
