"""Providers' own lists: prices that are easily misread, and unusual entries that samples do not hold."""

from typing import Any

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError, SchemaChangedError
from llmpairs.spiders.items import ModelClaim, OfferClaim
from llmpairs.spiders.page import Parser
from llmpairs.spiders.providers.chutes import parse_models as parse_chutes
from llmpairs.spiders.providers.cloudflare import parse_models as parse_cloudflare
from llmpairs.spiders.providers.deepinfra import parse_models as parse_deepinfra
from llmpairs.spiders.providers.novita import parse_models as parse_novita
from llmpairs.spiders.providers.nvidia_nim import parse_models as parse_nvidia
from llmpairs.spiders.providers.xai import parse_models as parse_xai
from llmpairs.spiders.registry.lists import LISTS
from tests.spiders.conftest import Crawled
from tests.spiders.pages import findings, items, page, quoted, the_model, the_offer
from tests.spiders.test_frozen import offer, prices

SAME_SHAPE: list[tuple[Parser, str, str]] = [
    (parse_nvidia, "data", "id"),
    (parse_deepinfra, "data", "id"),
    (parse_novita, "data", "id"),
    (parse_chutes, "data", "id"),
    (parse_xai, "data", "id"),
    (parse_cloudflare, "models", "name"),
]


def listed(**fields: Any) -> dict[str, Any]:
    return {"data": [{"id": "m", **fields}]}


# All lists alike


@pytest.mark.parametrize(("parser", "key", "name"), SAME_SHAPE)
def test_a_bad_entry_does_not_affect_others(parser: Parser, key: str, name: str) -> None:
    content = {key: [*({name: f"m{n}"} for n in range(20)), {name: 7}, {}]}
    assert len(items(parser, content)) == 40
    assert len(findings(parser, content, "rejected")) == 2


@pytest.mark.parametrize(("parser", "key", "name"), SAME_SHAPE)
def test_a_list_of_bad_entries_is_a_schema_change(parser: Parser, key: str, name: str) -> None:
    with pytest.raises(SchemaChangedError):
        items(parser, {key: [{name: "m"}, "x"]})
    with pytest.raises(LayoutChangedError):
        items(parser, {"error": "too many requests"})


@pytest.mark.parametrize(("parser", "key", "name"), SAME_SHAPE)
def test_a_new_key_is_counted(parser: Parser, key: str, name: str) -> None:
    assert findings(parser, {key: [{name: "m", "cost_per_song": 1}]}, "unknown_key") == ["cost_per_song"]


@pytest.mark.parametrize("source", LISTS, ids=lambda source: source.id)
def test_a_list_claims_only_its_own_provider(frozen_crawl: Crawled, source: Any) -> None:
    keys = {line["provider_key"] for line in frozen_crawl.landed(source.id)}
    if source.id == "genai_prices":
        assert len(keys) > 5
    else:
        assert keys == {source.lineage}


# NVIDIA


def test_a_trial_without_a_price_is_an_offer_that_is_not_free(frozen_crawl: Crawled) -> None:
    trial = offer(frozen_crawl, "nvidia_nim", "openai/gpt-oss-120b")
    assert (trial["prices"], "is_free" in trial) == ([], False)


def test_a_day_of_1993_is_not_a_listing_date(frozen_crawl: Crawled) -> None:
    assert not any("listed" in line for line in frozen_crawl.landed("nvidia_nim"))


# DeepInfra


def test_the_rounding_error_of_a_double_is_kept_as_printed(frozen_crawl: Crawled) -> None:
    qwen = prices(offer(frozen_crawl, "deepinfra", "Qwen/Qwen3.5-4B"))
    assert qwen == {("input", 0): "0.030000000000000002 per 1000000 token", ("output", 0): "0.15 per 1000000 token"}
    minimax = prices(offer(frozen_crawl, "deepinfra", "MiniMaxAI/MiniMax-M2.5"))
    assert minimax["cache_read", 0] == "0.029999999700000002 per 1000000 token"


def test_an_entry_without_metadata_has_no_price(frozen_crawl: Crawled) -> None:
    embedding = offer(frozen_crawl, "deepinfra", "intfloat/multilingual-e5-large-instruct")
    assert embedding["prices"] == []


def test_an_entry_printed_again_with_another_price_is_remarked() -> None:
    def priced(amount: float) -> dict[str, Any]:
        return {"id": "m", "metadata": {"pricing": {"input_tokens": amount}}}

    content = {"data": [priced(1), priced(2)]}
    assert quoted(the_offer(parse_deepinfra, content)) == {("input", 0): "1"}
    assert len(items(parse_deepinfra, content)) == 2
    assert findings(parse_deepinfra, content, "remark") == ["m is repeated with other contents; the first entry counts"]


def test_keys_are_counted_within_metadata_and_pricing() -> None:
    content = listed(metadata={"pricing": {"input_tokens": 1, "output_pixels": 2}, "mood": "good"})
    assert findings(parse_deepinfra, content, "unknown_key") == ["metadata.mood", "pricing.output_pixels"]


# Novita


def test_whole_prices_are_ten_thousandths_of_a_dollar(frozen_crawl: Crawled) -> None:
    llama = prices(offer(frozen_crawl, "novita", "meta-llama/llama-3.3-70b-instruct"))
    assert llama == {("input", 0): "1350 per 10000000000 token", ("output", 0): "4000 per 10000000000 token"}


def test_a_decimal_price_counts_before_a_whole_one(frozen_crawl: Crawled) -> None:
    oss = prices(offer(frozen_crawl, "novita", "openai/gpt-oss-120b"))
    assert oss == {("input", 0): "0.05 per 1000000 token", ("output", 0): "0.25 per 1000000 token"}
    embedding = prices(offer(frozen_crawl, "novita", "qwen/qwen3-embedding-0.6b"))
    assert embedding == {("input", 0): "0.07 per 1000000 token"}


def band(start: int, end: int, amount: str) -> dict[str, Any]:
    return {
        "min_tokens": start,
        "max_tokens": end,
        "pricing": {"prompt": {"price_per_m": 0, "price_per_m_decimal": amount}},
    }


def test_prices_by_length_take_the_place_of_the_price_of_zero() -> None:
    content = listed(
        input_token_price_per_m=0,
        output_token_price_per_m=0,
        is_tiered_billing=True,
        tiered_billing_configs=[band(1, 524_288, "0.3"), band(524_288, 1_000_000, "0.6")],
    )
    assert quoted(the_offer(parse_novita, content)) == {("input", 0): "0.3", ("input", 524_288): "0.6"}


def test_a_band_without_its_length_rejects_its_entry() -> None:
    bad = {"id": "bad", "is_tiered_billing": True, "tiered_billing_configs": [{"max_tokens": 3}]}
    content = {"data": [*({"id": f"m{n}"} for n in range(20)), bad]}
    assert findings(parse_novita, content, "rejected") == [
        "/data/20/tiered_billing_configs/0: a price by length without its length or its price"
    ]


# Chutes


def test_only_prices_in_dollars_are_read(frozen_crawl: Crawled) -> None:
    qwen = offer(frozen_crawl, "chutes", "Qwen/Qwen3-32B-TEE")
    assert prices(qwen) == {
        ("input", 0): "0.104 per 1000000 token",
        ("output", 0): "0.416 per 1000000 token",
        ("cache_read", 0): "0.052 per 1000000 token",
    }
    assert {quote["currency"] for quote in qwen["prices"]} == {"USD"}
    assert qwen["quantization"] == "fp8"


def test_the_weights_behind_a_name_are_a_repository_or_nothing() -> None:
    assert the_model(parse_chutes, listed(root="openai/gpt-oss-120b")).hugging_face_id == "openai/gpt-oss-120b"
    assert the_model(parse_chutes, listed(root="/models/local")).hugging_face_id is None


# xAI


def test_a_whole_number_is_cents_of_a_hundred_million_tokens(frozen_crawl: Crawled) -> None:
    grok = prices(offer(frozen_crawl, "xai", "grok-4.3"))
    assert grok["input", 0] == "12500 per 10000000000 token"
    assert grok["cache_read", 0] == "2000 per 10000000000 token"
    picture = prices(offer(frozen_crawl, "xai", "grok-imagine-image"))
    assert picture == {("output_image", 0): "200000000 per 10000000000 image"}


def test_long_prompts_cost_more_from_the_threshold(frozen_crawl: Crawled) -> None:
    grok = prices(offer(frozen_crawl, "xai", "grok-4.3"))
    assert (grok["input", 200_000], grok["output", 200_000]) == (
        "25000 per 10000000000 token",
        "50000 per 10000000000 token",
    )


def test_a_long_price_of_zero_is_none(frozen_crawl: Crawled) -> None:
    assert set(prices(offer(frozen_crawl, "xai", "grok-code-fast-1"))) == {
        ("input", 0),
        ("output", 0),
        ("cache_read", 0),
    }


def test_a_long_price_without_a_threshold_rejects_its_entry() -> None:
    bad = {"id": "bad", "prompt_text_token_price": 1, "prompt_text_token_price_long_context": 2}
    content = {"data": [*({"id": f"m{n}"} for n in range(20)), bad]}
    assert len(findings(parse_xai, content, "rejected")) == 1


def test_an_alias_names_its_model_and_has_no_offer(frozen_crawl: Crawled) -> None:
    lines = [line for line in frozen_crawl.landed("xai") if line["model_key"] == "grok-code-fast"]
    assert [(line["kind"], line["status"], line["alias_target"]) for line in lines] == [
        ("model", "alias", "grok-code-fast-1")
    ]


# Cloudflare


def cloudflare(*properties: tuple[str, Any]) -> dict[str, Any]:
    listed = [{"property_id": name, "value": value} for name, value in properties]
    return {"models": [{"name": "@cf/lab/m", "properties": listed}]}


def test_units_other_than_tokens_keep_their_names(frozen_crawl: Crawled) -> None:
    whisper = prices(offer(frozen_crawl, "cloudflare", "@cf/openai/whisper"))
    assert whisper == {("input_audio", 0): "0.000453 per 1 audio minute"}
    flux = offer(frozen_crawl, "cloudflare", "@cf/black-forest-labs/flux-1-schnell")
    assert [(quote["amount"], quote["per"], quote["unit"]) for quote in flux["prices"]] == [
        ("0.0000528", 1, "512 by 512 tile"),
        ("0.0001056", 1, "step"),
    ]


def test_cached_input_is_not_input(frozen_crawl: Crawled) -> None:
    assert prices(offer(frozen_crawl, "cloudflare", "@cf/moonshotai/kimi-k2.6")) == {
        ("input", 0): "0.95 per 1000000 token",
        ("cache_read", 0): "0.16 per 1000000 token",
        ("output", 0): "4 per 1000000 token",
    }


def test_a_planned_retirement_has_its_date(frozen_crawl: Crawled) -> None:
    llama = offer(frozen_crawl, "cloudflare", "@cf/meta/llama-2-7b-chat-int8")
    assert (llama["prices"], llama["retire_on"]) == ([], "2026-05-30")


def test_a_price_of_an_unknown_unit_is_remarked_and_the_others_are_read() -> None:
    price = [
        {"unit": "per M input tokens", "price": 1, "currency": "USD"},
        {"unit": "per song", "price": 2, "currency": "USD"},
    ]
    content = cloudflare(("price", price))
    assert quoted(the_offer(parse_cloudflare, content)) == {("input", 0): "1"}
    assert findings(parse_cloudflare, content, "remark") == ["a price per song is left out"]


def test_another_currency_stays() -> None:
    price = [{"unit": "per M input tokens", "price": 1, "currency": "EUR"}]
    (quote,) = the_offer(parse_cloudflare, cloudflare(("price", price))).prices
    assert (quote.amount, quote.currency) == ("1", "EUR")


@pytest.mark.parametrize(
    "properties",
    [
        [("context_window", "1000"), ("context_window", "2000")],
        [("vision", "maybe")],
        [("price", [{"unit": "per step", "currency": "USD"}])],
    ],
)
def test_a_property_that_contradicts_itself_rejects_its_entry(properties: list[tuple[str, Any]]) -> None:
    good = [{"name": f"@cf/m{n}"} for n in range(20)]
    content = {"models": [*good, *cloudflare(*properties)["models"]]}
    assert len(findings(parse_cloudflare, content, "rejected")) == 1


def test_false_is_stated_and_absent_is_unknown() -> None:
    stated = the_model(parse_cloudflare, cloudflare(("vision", "false")))
    assert stated.capabilities == (("vision", False),)
    assert the_model(parse_cloudflare, cloudflare()).capabilities == ()


def test_model_and_offer_of_an_entry_agree() -> None:
    found = list(parse_cloudflare(page(cloudflare(("context_window", "128000")))))
    assert [type(each) for each in found] == [ModelClaim, OfferClaim]
    assert the_offer(parse_cloudflare, cloudflare(("context_window", "128000"))).context_tokens == 128_000
