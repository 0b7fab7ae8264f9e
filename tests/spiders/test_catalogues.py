"""Unusual entries of each catalogue that its sample does not hold."""

from typing import Any

import pytest

from llmpairs.spiders.catalogues.huggingface_router import parse_models as parse_router
from llmpairs.spiders.catalogues.litellm import parse_prices
from llmpairs.spiders.catalogues.models_dev import parse_catalogue
from llmpairs.spiders.catalogues.openrouter import parse_models as parse_openrouter
from llmpairs.spiders.catalogues.openrouter_endpoints import parse_endpoints
from llmpairs.spiders.catalogues.vercel_gateway import parse_models as parse_vercel
from llmpairs.spiders.catalogues.zenmux import parse_models as parse_zenmux
from llmpairs.spiders.crawling.causes import LayoutChangedError, SchemaChangedError
from llmpairs.spiders.items import OfferClaim
from llmpairs.spiders.page import Parser
from tests.spiders.pages import findings, items, page, quoted, the_model, the_offer

# Vercel


def test_tags_and_parameters_of_the_gateway_show_capabilities() -> None:
    """Tag and parameter as its list prints them (2026-11-22)."""
    entry = {
        "id": "lab/m",
        "tags": ["structured-output", "tool-use"],
        "supported_parameters": ["tools", "response_format"],
    }
    model = the_model(parse_vercel, {"data": [entry]})
    assert dict(model.capabilities) == {"function_calling": True, "structured_outputs": True, "json_mode": True}
    silent = the_model(parse_vercel, {"data": [{"id": "lab/m", "supported_parameters": ["structured_outputs"]}]})
    assert silent.capabilities == (("structured_outputs", True),)


@pytest.mark.parametrize(
    ("printed", "policy"),
    [
        ({"zdr": "all", "no_training": "all"}, (False, False, True)),
        ({"zdr": "some", "no_training": "some"}, (None, None, None)),
        ({"zdr": "none", "no_training": "none"}, (None, None, False)),
        ({}, (None, None, None)),
    ],
)
def test_the_gateways_data_policy_is_known_only_where_all_providers_agree(
    printed: dict[str, str], policy: tuple[bool | None, ...]
) -> None:
    entry = {"id": "lab/m", "pricing": {"input": "0.000001", "output": "0.000002"}, **printed}
    found = the_offer(parse_vercel, {"data": [entry]})
    assert (found.trains_on_prompts, found.retains_prompts, found.zero_retention) == policy


# models.dev


def catalogue(**model: Any) -> dict[str, Any]:
    return {"lab": {"id": "lab", "models": {"m": {"id": "m", **model}}}}


def test_the_old_long_prompt_price_counts_where_there_are_no_tiers() -> None:
    cost = {"input": 1.25, "output": 10, "context_over_200k": {"input": 2.5, "output": 15}}
    assert quoted(the_offer(parse_catalogue, catalogue(cost=cost))) == {
        ("input", 0): "1.25",
        ("output", 0): "10",
        ("input", 200_000): "2.5",
        ("output", 200_000): "15",
    }


def test_a_tier_by_anything_but_context_rejects_its_entry() -> None:
    tier = {"tier": {"type": "daytime", "size": 3}, "input": 1}
    good = {f"m{n}": {"id": f"m{n}"} for n in range(20)}
    bad = {"id": "bad", "cost": {"input": 2, "tiers": [tier]}}
    content = {"lab": {"id": "lab", "models": {**good, "bad": bad}}}
    assert findings(parse_catalogue, content, "rejected") == [
        "/lab/models/bad/cost/tiers/0: a price tier that is not by context size"
    ]
    assert len(items(parse_catalogue, content)) == 40


def test_misspelt_cost_keys_are_counted() -> None:
    content = catalogue(cost={"input": 1, "cache_input": 0.1}, new_key=1)
    assert sorted(findings(parse_catalogue, content, "unknown_key")) == ["cost.cache_input", "new_key"]


def test_a_limit_of_zero_is_unknown() -> None:
    model = the_model(parse_catalogue, catalogue(limit={"context": 0, "output": 0}))
    assert (model.context_tokens, model.max_output_tokens) == (None, None)


def test_a_limit_of_the_input_is_no_context() -> None:
    """gpt-5 on 2026-05-18."""
    model = the_model(parse_catalogue, catalogue(limit={"context": 400_000, "input": 272_000, "output": 128_000}))
    assert (model.context_tokens, model.max_input_tokens) == (400_000, 272_000)


def test_a_provider_without_models_is_rejected_and_named() -> None:
    many = {f"p{n}": {"models": {"m": {"id": "m"}}} for n in range(20)}
    assert findings(parse_catalogue, {**many, "odd": {"id": "odd"}}, "rejected") == [
        "/odd/models: expected an object, found None"
    ]


def test_provider_keys_with_slashes_come_back_whole() -> None:
    assert the_model(parse_catalogue, {"a/b~c": {"models": {"m": {"id": "m"}}}}).provider_key == "a/b~c"


# OpenRouter


def model(**fields: Any) -> dict[str, Any]:
    return {"data": [{"id": "lab/m", "pricing": {"prompt": "1", "completion": "2"}, **fields}]}


def test_prices_by_prompt_length_are_read_and_other_overrides_are_remarked() -> None:
    overrides = [{"min_prompt_tokens": 200_000, "prompt": "3", "completion": "4"}, {"utc_start": 1200, "prompt": "0.5"}]
    content = model(pricing={"prompt": "1", "completion": "2", "overrides": overrides})
    assert quoted(the_offer(parse_openrouter, content)) == {
        ("input", 0): "1",
        ("output", 0): "2",
        ("input", 200_000): "3",
        ("output", 200_000): "4",
    }
    assert findings(parse_openrouter, content, "remark") == [
        "a price under another condition than the prompt's length (utc_start) is left out"
    ]


def test_the_highest_price_of_the_day_is_the_offers_and_lower_ones_have_their_hours() -> None:
    """Overrides as printed on 2026-08-22 in a capture of 08:06, an hour of the high price; keys left out."""
    high, low = ({"prompt": f"0.0000004{end}", "completion": "0.00000132"} for end in ("4", "2"))
    windows = [(1000, 100, low), (100, 400, high), (400, 600, low), (600, 1000, high)]
    overrides = [{"utc_start": start, "utc_end": end, **price} for start, end, price in windows]
    for now in (high, low):
        content = model(pricing={**now, "overrides": overrides})
        offers = [each for each in items(parse_openrouter, content) if isinstance(each, OfferClaim)]
        assert [(each.route_tag, quoted(each)["input", 0], each.price_hours_utc) for each in offers] == [
            ("-", "0.00000044", None),
            ("off-peak", "0.00000042", ("04:00-06:00", "10:00-01:00")),
        ]
        assert findings(parse_openrouter, content, "remark") == []
    content = model(pricing={**low, "overrides": overrides[1:2]})
    offers = [each for each in items(parse_openrouter, content) if isinstance(each, OfferClaim)]
    assert offers[1].price_hours_utc == ("00:00-01:00", "04:00-24:00")


@pytest.mark.parametrize("target", ["lab/m-2", {"slug": "lab/m-2", "name": "M 2"}])
def test_an_alias_names_its_target(target: Any) -> None:
    alias = the_model(parse_openrouter, model(id="~lab/m-latest", alias_target=target))
    assert (alias.status, alias.alias_target, alias.developer) == ("alias", "lab/m-2", "lab")


@pytest.mark.parametrize(
    ("key", "tier", "free"),
    [
        ("lab/m:free", "standard", True),
        ("lab/m:batch", "batch", None),
        ("lab/m:thinking", "standard", None),
        ("lab/m", "standard", None),
    ],
)
def test_the_end_of_a_key_names_the_service_tier(key: str, tier: str, free: bool | None) -> None:
    offer = the_offer(parse_openrouter, model(id=key))
    assert (offer.model_key, offer.service_tier, offer.is_free) == (key, tier, free)


def test_parameters_that_are_not_listed_state_nothing() -> None:
    assert the_model(parse_openrouter, model(supported_parameters=["tools", "top_p"])).capabilities == (
        ("function_calling", True),
    )
    assert the_model(parse_openrouter, model()).capabilities == ()


def test_blank_repositories_and_zero_contexts_are_unknown() -> None:
    claim = the_model(parse_openrouter, model(hugging_face_id="", context_length=0))
    assert (claim.hugging_face_id, claim.context_tokens) == (None, None)


# OpenRouter's endpoints


def endpoints(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"data": {"id": "lab/m", "endpoints": list(rows)}}


def endpoint(**fields: Any) -> dict[str, Any]:
    known = {"provider_name": "Host", "tag": "host/fp8", "pricing": {"prompt": "1"}}
    return {**known, **fields}


def list_tags(content: dict[str, Any]) -> list[str]:
    return [each.route_tag for each in items(parse_endpoints, content) if isinstance(each, OfferClaim)]


def test_equal_rows_are_one_endpoint_and_others_are_numbered() -> None:
    higher = endpoint(pricing={"prompt": "2"})
    content = endpoints(endpoint(), endpoint(), higher, higher, endpoint(tag="host/fp4"))
    assert list_tags(content) == ["host/fp8", "host/fp8#2", "host/fp4"]


def test_the_tag_names_the_service_tier() -> None:
    content = endpoints(endpoint(tag="openai/flex"), endpoint(tag="openai/default"))
    tiers = [each.service_tier for each in items(parse_endpoints, content) if isinstance(each, OfferClaim)]
    assert tiers == ["flex", "standard"]


def test_the_status_of_an_unhealthy_endpoint_is_kept() -> None:
    assert the_offer(parse_endpoints, endpoints(endpoint(status=-5))).status == "-5"


def test_a_model_without_endpoints_has_none() -> None:
    assert list_tags(endpoints()) == []


# LiteLLM


def price_map(**fields: Any) -> dict[str, Any]:
    return {"host/m": {"litellm_provider": "host", "mode": "chat", **fields}}


def test_absent_flags_state_nothing_and_false_ones_are_false() -> None:
    claim = the_model(parse_prices, price_map(supports_vision=False, supports_response_schema=True))
    assert dict(claim.capabilities) == {"vision": False, "structured_outputs": True}


def test_prices_by_the_number_of_results_are_no_prompt_tiers() -> None:
    tiers = [{"input_cost_per_query": 0.005, "max_results_range": [0, 25]}]
    assert the_offer(parse_prices, price_map(tiered_pricing=tiers)).prices == ()


def test_a_cache_hit_price_is_the_cache_price_where_there_is_no_other() -> None:
    assert quoted(the_offer(parse_prices, price_map(input_cost_per_token_cache_hit=2.8e-08))) == {
        ("cache_read", 0): "2.8e-08"
    }
    both = price_map(input_cost_per_token_cache_hit=2.8e-08, cache_read_input_token_cost=3e-08)
    assert quoted(the_offer(parse_prices, both)) == {("cache_read", 0): "3e-08"}


def test_prices_per_token_come_before_others_of_the_same_use() -> None:
    offer = the_offer(parse_prices, price_map(input_cost_per_second=1, input_cost_per_token=2))
    assert [quote.unit for quote in offer.prices] == ["token", "second"]


def test_new_price_keys_are_counted() -> None:
    content = price_map(input_cost_per_token_off_peak=1, supports_new_thing=True)
    assert findings(parse_prices, content, "unknown_key") == ["input_cost_per_token_off_peak"]


# ZenMux


def zenmux(**pricings: Any) -> dict[str, Any]:
    return {"data": [{"id": "lab/m", "pricings": pricings}]}


def price(value: Any, unit: str = "perMTokens", **conditions: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "currency": "USD", **({"conditions": conditions} if conditions else {})}


def test_other_units_and_currencies_are_kept() -> None:
    content = zenmux(image=[price(0.04, "perImage")], prompt=[{**price(2), "currency": "CNY"}])
    units = {(each.use, each.unit, each.per, each.currency) for each in the_offer(parse_zenmux, content).prices}
    assert units == {("input_image", "Image", 1, "USD"), ("input", "token", 1_000_000, "CNY")}


def test_an_unknown_condition_rejects_its_entry() -> None:
    bad = price(1, daytime={"gte": 8})
    with pytest.raises(SchemaChangedError, match="a price on a condition of daytime"):
        list(parse_zenmux(page(zenmux(prompt=[bad]))))


def test_a_model_without_prices_has_an_offer_without_prices() -> None:
    assert the_offer(parse_zenmux, {"data": [{"id": "lab/m"}]}).prices == ()


# Hugging Face's router: rows as recorded on 2026-07-30


def test_a_free_price_that_is_not_called_free_stays_so() -> None:
    row = {"provider": "together", "pricing": {"input": 0, "output": 0}, "is_free": False}
    content = {"data": [{"id": "prism-ml/Ternary-Bonsai-27B-gguf", "providers": [row]}]}
    offer = the_offer(parse_router, content)
    assert (quoted(offer)["input", 0], offer.is_free, offer.provider_key) == ("0", False, "together")


def test_a_router_row_without_a_price_has_none() -> None:
    row = {"provider": "fireworks-ai", "status": "live", "throughput": 80.78104703105933}
    content = {"data": [{"id": "thinkingmachines/Inkling", "providers": [row]}]}
    offer = the_offer(parse_router, content)
    assert (offer.prices, offer.is_free, offer.throughput_tokens_per_s) == ((), None, 80.78104703105933)
    assert the_model(parse_router, content).hugging_face_id == "thinkingmachines/Inkling"


def test_a_model_without_providers_is_a_model() -> None:
    claim = the_model(parse_router, {"data": [{"id": "lab/m", "providers": []}]})
    assert claim.provider_key is None


# All


@pytest.mark.parametrize(
    ("parser", "where"),
    [
        (parse_openrouter, "/data"),
        (parse_zenmux, "/data"),
        (parse_router, "/data"),
        (parse_endpoints, "/data/endpoints"),
    ],
)
def test_a_layout_change_names_its_position(parser: Parser, where: str) -> None:
    with pytest.raises(LayoutChangedError, match=f"https://catalogue.example/list: expected .* at {where};"):
        list(parser(page({"models": []})))


@pytest.mark.parametrize("parser", [parse_catalogue, parse_prices])
def test_a_list_instead_of_an_object_is_a_layout_change(parser: Parser) -> None:
    with pytest.raises(LayoutChangedError, match="expected an object"):
        list(parser(page([])))
