"""Model lists of providers and gateways: what each states besides prices, and what is left out."""

import json
from importlib import import_module

import pytest

from llmpairs.spiders.catalogues.requesty import parse_models as parse_requesty
from llmpairs.spiders.crawling.causes import SchemaChangedError
from llmpairs.spiders.items import ModelClaim, OfferClaim
from llmpairs.spiders.page import NextPage
from llmpairs.spiders.providers.cohere_models import parse_models as parse_cohere
from llmpairs.spiders.samples import read_frozen
from tests.spiders.pages import findings, page, quoted
from tests.spiders.provider_pages import Found, model, offer, parse, rejected

TITLE = "| Shutdown date | Model | Recommended replacement |\n| --- | --- | --- |\n"


def names(found: Found, kind: type[ModelClaim | OfferClaim]) -> list[str]:
    return [each.model_key for each in found if isinstance(each, (ModelClaim, OfferClaim)) and isinstance(each, kind)]


def test_requesty_has_prices_of_a_cache_only_where_it_caches() -> None:
    found = parse("requesty")
    plain = offer(found, "netmind/deepseek-ai/DeepSeek-R1-0528")
    assert quoted(plain) == {("input", 0): "5e-07", ("output", 0): "1e-06"}
    assert (plain.operator_key, plain.max_output_tokens) == ("netmind", None)
    assert ("reasoning", False) not in plain.capabilities
    assert quoted(offer(found, "google/gemini-2.5-pro"))["cache_read", 0] == "3.1e-07"


def test_requesty_names_the_service_tier_at_the_end_of_a_key() -> None:
    # An entry of the list of 2025-07-25, keys left out.
    listed = page({"data": [{"id": "openai/o3:flex", "input_price": 1e-06, "output_price": 4e-06}]})
    (flex,) = (each for each in parse_requesty(listed) if isinstance(each, OfferClaim))
    assert (flex.service_tier, flex.operator_key) == ("flex", "openai")


def test_kilo_passes_the_list_of_openrouter_on() -> None:
    found = parse("kilo")
    assert {each.provider_key for each in found if isinstance(each, OfferClaim)} == {"kilo"}
    assert quoted(offer(found, "google/gemini-2.5-pro"))["input", 0] == "0.00000125"


def test_perplexity_states_the_unit_of_its_prices() -> None:
    found = parse("perplexity_agent")
    assert quoted(offer(found, "anthropic/claude-haiku-4-5"))["cache_write", 0] == "1.25"
    (sample,) = read_frozen("perplexity_agent")
    with pytest.raises(SchemaChangedError, match="'usd_per_1k_tokens' is no known unit"):
        parse("perplexity_agent", sample.body.decode().replace("usd_per_1m_tokens", "usd_per_1k_tokens"))


def test_together_prices_models_of_text_by_the_token() -> None:
    found = parse("together_models")
    assert offer(found, "cartesia/sonic").prices == ()
    assert quoted(offer(found, "moonshotai/Kimi-K2-Instruct")) == {("input", 0): "1", ("output", 0): "3"}
    assert offer(found, "moonshotai/Kimi-K2-Instruct").max_output_tokens == 32768
    assert quoted(offer(found, "meta-llama/Llama-Vision-Free"))["input", 0] == "0"
    assert model(found, "deepseek-ai/DeepSeek-R1").hugging_face_id == "deepseek-ai/DeepSeek-R1"


def test_cohere_names_its_next_page_and_leaves_tuned_models_out() -> None:
    assert model(parse("cohere_models"), "c4ai-aya-expanse-32b").context_tokens == 128000
    listed = {"models": [{"name": "mine", "finetuned": True}, {"name": "rerank-v3.5"}], "next_page_token": "a=="}
    assert findings(parse_cohere, listed, "remark") == ["a model that the customer tuned is left out"]
    found = list(parse_cohere(page(listed, "https://api.cohere.com/v1/models?page_token=b")))
    assert names(found, ModelClaim) == ["rerank-v3.5"]
    assert [each.url for each in found if isinstance(each, NextPage)] == [
        "https://api.cohere.com/v1/models?page_token=a%3D%3D"
    ]


def test_mistral_names_the_model_of_an_alias() -> None:
    found = parse("mistral_models")
    alias = model(found, "mistral-medium-latest")
    assert (alias.alias_target, alias.status, alias.listed) == ("mistral-medium-2508", "alias", None)
    assert model(found, "mistral-medium-2508").alias_target is None
    assert any(each.deprecated_on for each in found if isinstance(each, ModelClaim))


def test_bedrock_offers_what_is_served_on_demand() -> None:
    found = parse("bedrock_models")
    assert names(found, OfferClaim) == ["nvidia.nemotron-nano-12b-v2"]
    assert offer(found, "nvidia.nemotron-nano-12b-v2").max_output_tokens == 131072
    assert {each.status for each in found if isinstance(each, ModelClaim)} == {"active", "legacy"}


def test_groq_states_the_limits_of_its_own_service() -> None:
    found = parse("groq_models")
    assert model(found, "qwen/qwen3-32b").context_tokens is None
    assert (offer(found, "qwen/qwen3-32b").context_tokens, offer(found, "qwen/qwen3-32b").max_output_tokens) == (
        131072, 40960,
    )  # fmt: skip


def test_venice_prices_are_those_in_dollars() -> None:
    found = parse("venice")
    assert quoted(offer(found, "venice-uncensored")) == {("input", 0): "0.5", ("output", 0): "2"}
    assert ("function_calling", False) in model(found, "venice-uncensored").capabilities


def test_openai_ends_every_model_that_a_row_names_once() -> None:
    found = parse("openai_deprecations")
    research = model(found, "o3-deep-research")
    assert (research.retire_on, research.successor, research.deprecated_on) == (
        "2026-07-23", "gpt-5.5-pro", "2026-04-22",
    )  # fmt: skip
    assert model(found, "gpt-4-completions").retire_on == "2026-10-23"
    latest = model(found, "gpt-4-0314")
    assert (latest.retire_on, latest.successor) == ("2026-03-26", "gpt-5"), "the latest announcement counts"
    old = model(found, "text-ada-001")
    assert (old.retire_on, old.deprecated_on, old.successor) == ("2024-01-04", "2023-07-06", "gpt-3.5-turbo-instruct")
    assert not any(" " in key or key.startswith("ft-") for key in names(found, ModelClaim))


def test_openai_sets_no_day_that_is_only_the_earliest() -> None:
    found = parse("openai_deprecations", f"## 2026-01-02: x\n\n{TITLE}| at earliest 2027-01-02 | `gpt-9` | — |\n")
    assert (model(found, "gpt-9").retire_on, model(found, "gpt-9").successor) == (None, None)


def test_a_row_with_no_day_is_rejected_alone() -> None:
    rows = "| soon | `gpt-8` | — |\n| 2027-01-02 | `gpt-9` | — |\n| 2027-01-02 | `gpt-9-mini` | — |\n"
    found = parse("openai_deprecations", TITLE + rows)
    assert names(found, ModelClaim) == ["gpt-9", "gpt-9-mini"]
    assert [text.partition(": ")[2] for text in rejected(found)] == ["'soon' is no day"]


@pytest.mark.parametrize(
    ("folder", "source_id", "key"),
    [
        ("catalogues", "requesty", "data"),
        ("catalogues", "kilo", "data"),
        ("catalogues", "perplexity_agent", "data"),
        ("providers", "together_models", ""),
        ("providers", "cohere_models", "models"),
        ("providers", "mistral_models", "data"),
        ("providers", "groq_models", "data"),
        ("providers", "bedrock_models", "modelSummaries"),
        ("providers", "venice", "data"),
    ],
)
def test_an_entry_with_a_new_key_or_without_values_keeps_its_model(folder: str, source_id: str, key: str) -> None:
    (sample,) = read_frozen(source_id)
    document = json.loads(sample.body)
    entries = document[key] if key else document
    for entry in entries:
        entry["new_key"] = {"nested": None}
        entry.update({name: None for name in entry if name not in ("id", "name", "modelId")})
    parser = import_module(f"llmpairs.spiders.{folder}.{source_id}").PARSERS["models"]
    found = list(parser(page(document)))
    assert len(names(found, ModelClaim)) == len(entries)
    assert rejected(found) == []
