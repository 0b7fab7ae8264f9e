"""Lists and pages that are known by first-hand descriptions: new sources, and older layouts of known ones."""

import json

from llmpairs.spiders.items import OfferClaim
from tests.spiders.pages import quoted
from tests.spiders.provider_pages import changed, model, offer, parse, rejected, sample


def test_ovhcloud_has_no_price_of_a_cache_that_it_prints_as_0() -> None:
    claim = offer(parse("ovhcloud"), "Qwen3-32B")
    assert quoted(claim) == {("input", 0): "0.00000009", ("output", 0): "0.00000025"}
    assert model(parse("ovhcloud"), "Qwen3-32B").capabilities == (("function_calling", True), ("reasoning", True))


def test_friendli_bills_by_the_token_unless_it_says_otherwise() -> None:
    found = parse("friendli")
    assert quoted(offer(found, "zai-org/GLM-5.1"))["cache_read", 0] == "0.00000026"
    assert ("reasoning", False) in model(found, "meta-llama/Llama-3.3-70B-Instruct").capabilities
    by_second = changed("friendli", '"unit_type": "TOKEN"', '"unit_type": "SECOND"')
    assert offer(by_second, "meta-llama/Llama-3.3-70B-Instruct").prices == ()
    retired = changed("friendli", '"deprecation_date": null', '"deprecation_date": "2026-08-20T00:00:00Z"')
    assert offer(retired, "zai-org/GLM-5.1").retire_on == "2026-08-20"


def test_io_net_prints_0_for_no_price_of_cached_tokens() -> None:
    claim = offer(parse("io_net"), "mistralai/Mistral-Nemo-Instruct-2407")
    assert quoted(claim) == {("input", 0): "2e-08", ("output", 0): "4e-08"}
    assert (claim.context_tokens, claim.max_output_tokens) == (128_000, None)


def test_poe_names_the_operator_and_may_have_no_price() -> None:
    found = parse("poe")
    claim = offer(found, "claude-sonnet-4.5")
    assert (claim.operator_key, claim.route_kind) == ("Anthropic", "via_aggregator")
    assert (quoted(claim)["cache_write", 0], claim.max_output_tokens) == ("0.0000032", 32_768)
    assert offer(found, "glm-4.6").prices == ()


def test_zai_is_free_only_where_all_of_a_model_is() -> None:
    found = parse("zai")
    assert quoted(offer(found, "GLM-5.1")) == {("input", 0): "1.4", ("cache_read", 0): "0.26", ("output", 0): "4.4"}
    assert offer(found, "GLM-5.1").is_free is None
    assert offer(found, "GLM-4.7-Flash").is_free is True
    assert quoted(offer(found, "GLM-OCR")) == {("input", 0): "0.03", ("output", 0): "0.03"}
    assert ("vision", True) in model(found, "GLM-4.6V").capabilities
    assert not rejected(found)
    assert not any(isinstance(each, OfferClaim) and "Vid" in each.model_key for each in found)


def test_requesty_has_prices_by_the_length_of_the_prompt() -> None:
    document = json.loads(sample("requesty")[1])
    document["data"] = document["data"][:1]
    base, long = {"prompt_tokens_threshold": 0, "input_price": 1e-07}, {"prompt_tokens_threshold": 100_000}
    fields = {"id": "bedrock/x@eu-central-1", "input_price": 1e-07, "output_price": 5e-07, "open_weights": False}
    document["data"][0] |= fields | {"supports_caching": False, "pricing": [base, long | {"input_price": 5e-07}]}
    claim = offer(parse("requesty", json.dumps(document)), "bedrock/x@eu-central-1")
    assert quoted(claim) == {("input", 0): "1e-07", ("output", 0): "5e-07", ("input", 100_000): "5e-07"}
    assert (claim.operator_key, claim.region) == ("bedrock", "eu-central-1")


def test_bedrock_names_marketplace_models_after_their_edition() -> None:
    found = parse("bedrock_marketplace")
    everywhere = offer(found, "Claude Sonnet 5.5", tag="global")
    assert [(quote.use, quote.amount, quote.per) for quote in everywhere.prices] == [
        ("input", "2.0000000000", 1_000_000), ("output", "10.0000000000", 1_000_000),
        ("cache_read", "0.2000000000", 1_000_000),
    ]  # fmt: skip
    older = offer(found, "Claude Haiku 4.5")
    assert quoted(older)["cache_read", 0] == "0.1100000000"
    assert ("cache_write", 0) not in quoted(older)
    assert offer(found, "Claude Opus 4.1", "batch").region == "us-west-2"


def test_pages_of_hosts_had_no_prices_once() -> None:
    together = "## Chat models\n\n| Organization | Model Name | API Model String | Context length | Quantization |\n"
    found = parse(
        "together", f"{together}| - | - | - | - | - |\n| OpenAI | GPT-OSS | openai/gpt-oss-120b | 128000 | MXFP4 |\n"
    )
    assert (offer(found, "openai/gpt-oss-120b").prices, offer(found, "openai/gpt-oss-120b").context_tokens) == (
        (),
        128_000,
    )
    groq = "| MODEL ID | DEVELOPER | CONTEXT WINDOW (TOKENS) | MAX COMPLETION TOKENS | MODEL CARD LINK |\n"
    found = parse(
        "groq", f"{groq}| - | - | - | - | - |\n| gemma2-9b-it | Google | 8,192 | - | [Card](https://x.example) |\n"
    )
    assert (model(found, "gemma2-9b-it").developer, offer(found, "gemma2-9b-it").context_tokens) == ("Google", 8_192)


def test_deepseek_printed_a_default_beside_the_maximum() -> None:
    text = sample("deepseek")[1]
    assert text.count("MAXIMUM: 384K") == 1
    found = parse("deepseek", text.replace("MAXIMUM: 384K", "DEFAULT: 4K<br>MAXIMUM: 8K"))
    assert {each.max_output_tokens for each in found if isinstance(each, OfferClaim)} == {8_000}
