import pytest

from llmpairs.transforms.normalise.offer_keys import build_offer_id, identify_offers, replace_display_names, split_key
from llmpairs.transforms.normalise.providers import Provider, build_provider_reference, load_provider_reference
from llmpairs.transforms.normalise.reference_files import ReferenceDataError
from tests.transforms.frames import landed


@pytest.mark.parametrize(
    ("provider", "key", "expected"),
    [
        ("groq", "groq/openai/gpt-oss-120b", ("openai/gpt-oss-120b", None)),
        ("wandb", "wandb/openai/gpt-oss-120b", ("openai/gpt-oss-120b", None)),
        ("vertex_ai-openai_models", "vertex_ai/openai/gpt-oss-120b-maas", ("openai/gpt-oss-120b-maas", None)),
        ("bedrock_converse", "openai.gpt-oss-120b-1:0", ("openai.gpt-oss-120b-1:0", None)),
        ("bedrock", "bedrock/us-east-1/anthropic.claude-v2:1", ("anthropic.claude-v2:1", "us-east-1")),
        ("azure", "azure/eu/gpt-4o-2024-08-06", ("gpt-4o-2024-08-06", "eu")),
        ("openrouter", "openrouter/openrouter/auto", ("openrouter/auto", None)),
        ("cloudflare", "cloudflare/@cf/meta/llama-2-7b-chat-fp16", ("@cf/meta/llama-2-7b-chat-fp16", None)),
    ],
)
def test_litellm_keys_lose_its_own_prefix_only(provider: str, key: str, expected: tuple[str, str | None]) -> None:
    assert split_key("litellm", provider, key) == expected


def test_a_key_of_another_source_is_the_providers_own() -> None:
    assert split_key("models_dev", "groq", "groq/compound") == ("groq/compound", None)


def test_one_route_in_two_sources_has_one_offer_id() -> None:
    offers = identify_offers(
        landed(
            "offers",
            [
                {"provider_key": "fireworks-ai", "model_key": "accounts/fireworks/models/gpt-oss-120b"},
                {"source_id": "litellm", "provider_key": "fireworks_ai", "model_key": "fireworks_ai/gpt-oss-120b"},
                {
                    "source_id": "litellm",
                    "provider_key": "fireworks_ai",
                    "model_key": "fireworks_ai/accounts/fireworks/models/GPT-oss-120b",
                },
            ],
        ),
        load_provider_reference(),
    )
    assert set(offers["offer_id"]) == {"fireworks-ai/fireworks-ai/gpt-oss-120b/-/standard"}


def test_endpoints_of_an_aggregator_are_routes_of_their_own() -> None:
    common = {
        "source_id": "openrouter_endpoints", "provider_key": "openrouter", "model_key": "openai/gpt-oss-120b",
        "route_kind": "via_aggregator",
    }  # fmt: skip
    offers = identify_offers(
        landed(
            "offers",
            [
                {**common, "operator_key": "DeepInfra", "route_tag": "deepinfra/bf16"},
                {**common, "operator_key": "DeepInfra", "route_tag": "deepinfra/turbo"},
                {**common, "source_id": "openrouter", "route_kind": "aggregate"},
            ],
        ),
        load_provider_reference(),
    )
    assert list(offers["offer_id"]) == [
        "openrouter/deepinfra/openai%2Fgpt-oss-120b/deepinfra%2Fbf16/standard",
        "openrouter/deepinfra/openai%2Fgpt-oss-120b/deepinfra%2Fturbo/standard",
        "openrouter/unspecified/openai%2Fgpt-oss-120b/-/standard",
    ]


def test_a_display_name_is_replaced_by_the_key_that_other_sources_list() -> None:
    rows = [
        {"provider_key": "anthropic", "model_key": "claude-opus-4-5-20251101"},
        {"provider_key": "anthropic", "model_key": "claude-opus-4-5"},
        {"provider_key": "anthropic", "model_key": "Claude Opus 4.5", "source_id": "anthropic"},
        {"provider_key": "anthropic", "model_key": "Claude Opus 4.5", "service_tier": "batch"},
        {"provider_key": "mistral", "model_key": "Mistral Large 3"},
    ]
    providers = load_provider_reference()
    models = ["anthropic/claude-opus-4.5"] * 4 + [None]
    offers = replace_display_names(
        identify_offers(landed("offers", rows), providers).assign(model_id=models), providers
    )
    assert list(offers["offer_id"]) == [
        "anthropic/anthropic/claude-opus-4-5-20251101/-/standard",
        "anthropic/anthropic/claude-opus-4-5/-/standard",
        "anthropic/anthropic/claude-opus-4-5/-/standard",
        "anthropic/anthropic/claude-opus-4-5/-/batch",
        "mistral/mistral/mistral%20large%203/-/standard",
    ]


def test_a_resellers_list_entry_does_not_name_itself_as_operator() -> None:
    offers = identify_offers(
        landed("offers", [{"provider_key": "helicone", "model_key": "gpt-oss-120b"}]), load_provider_reference()
    )
    assert offers.loc[0, "route_kind"] == "aggregate"
    assert offers.loc[0, "operator_id"] == "unspecified"


def test_an_unknown_provider_keeps_its_own_name() -> None:
    providers = load_provider_reference()
    assert providers.canonical("openrouter_endpoints", "Brand New Host") == "brand-new-host"
    assert providers.canonical("openrouter_endpoints", "Novita") == "novita-ai"


def test_hostile_keys_stay_inside_their_part_of_the_id() -> None:
    assert build_offer_id("x", "x", "../../s3://a b", "-", "standard") == "x/x/..%2F..%2Fs3:%2F%2Fa%20b/-/standard"
    assert build_offer_id("x", "x", "..", ".", "standard") == "x/x/%2E%2E/%2E/standard"


def test_two_providers_may_not_claim_one_spelling() -> None:
    with pytest.raises(ReferenceDataError, match="both claim 'Novita'"):
        build_provider_reference(
            [
                Provider("a", "A", "host", aka={"openrouter_endpoints": ("Novita",)}),
                Provider("b", "B", "host", aka={"openrouter_endpoints": ("Novita",)}),
            ]
        )
