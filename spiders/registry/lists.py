"""Lists and offer files that providers and gateways publish as JSON."""

from functools import partial

from llmpairs.spiders.registry.source import LIST, Source

AZURE = (
    "https://prices.azure.com/api/retail/prices?api-version=2023-01-01-preview&$filter="
    "serviceName%20eq%20%27Foundry%20Models%27%20and%20priceType%20eq%20%27Consumption%27"
    "%20and%20armRegionName%20eq%20%27eastus2%27%20and%20"
)
HUGGING_FACE_ROUTES = (
    "cerebras", "fireworks-ai", "groq", "hyperbolic", "nebius", "novita", "nscale", "ovhcloud", "publicai",
    "sambanova", "together",
)  # fmt: skip

_provider = partial(Source, kind="provider", redistributable=None, lateness=LIST)

LISTS = (
    _provider(
        id="nvidia_nim",
        title="NVIDIA NIM model list",
        urls={"models": "https://integrate.api.nvidia.com/v1/models"},
        homepage="https://build.nvidia.com/models",
        lineage="nvidia",
        terms="Public API under NVIDIA's API trial terms of service, which do not mention reuse of the list.",
        terms_url="https://assets.ngc.nvidia.com/products/api-catalog/legal/NVIDIA%20API%20Trial%20Terms%20of%20Service.pdf",
        fewest_items=150,
        first_party_of="nvidia",
        verified="documented",
        verified_note="OpenAI's list shape without prices, as models.dev's sync reads it, 2026-11-22",
    ),
    _provider(
        id="deepinfra",
        title="DeepInfra model list",
        urls={"models": "https://api.deepinfra.com/v1/openai/models"},
        homepage="https://deepinfra.com/models",
        lineage="deepinfra",
        terms="Public API under DeepInfra's terms, which do not mention reuse of the list.",
        terms_url="https://deepinfra.com/terms",
        fewest_items=100,
        verified="capture",
        verified_note="16 entries of 2026-04-17, of which three are printed twice",
    ),
    _provider(
        id="novita",
        title="Novita model list",
        urls={"models": "https://api.novita.ai/v3/openai/models"},
        other_urls={"models": ("https://api.novita.ai/openai/v1/models", "https://api.novita.ai/openai/models")},
        homepage="https://novita.ai/models",
        lineage="novita-ai",
        terms="Public API under Novita's terms of service, which do not mention reuse of the list.",
        terms_url="https://novita.ai/legal/terms-of-service",
        fewest_items=100,
        verified="documented",
        verified_note="its reference of the list (whole numbers) and readers of it (decimals, bands), 2026-11-22",
    ),
    _provider(
        id="sambanova",
        title="SambaNova model list",
        urls={"models": "https://api.sambanova.ai/v1/models"},
        homepage="https://cloud.sambanova.ai/pricing",
        lineage="sambanova",
        terms="Public API under SambaNova's terms, which do not mention reuse of the list.",
        terms_url="https://community.sambanova.ai/t/sambanova-cloud-terms-of-service/244",
        fewest_items=10,
        verified="capture",
        verified_note="the whole list of 2025-07-25: ten models with prices",
    ),
    _provider(
        id="venice",
        title="Venice AI model list",
        urls={"models": "https://api.venice.ai/api/v1/models"},
        homepage="https://docs.venice.ai/models/overview",
        lineage="venice",
        terms="Public API under Venice's terms, which do not mention reuse of the list.",
        terms_url="https://venice.ai/legal/tos",
        fewest_items=20,
        verified="capture",
        verified_note="the whole list of 2025-07-25: 13 models of text, no unknown key",
    ),
    _provider(
        id="ovhcloud",
        title="OVHcloud AI Endpoints catalogue",
        urls={"models": "https://catalog.endpoints.ai.ovh.net/rest/v2/openrouter"},
        homepage="https://endpoints.ai.cloud.ovh.net/catalog",
        lineage="ovhcloud",
        terms="Public catalogue; no terms for the list are known.",
        terms_url="https://endpoints.ai.cloud.ovh.net/catalog",
        fewest_items=20,
        verified="documented",
        verified_note=(
            "its keys as models.dev's sync and another client read them, 2026-11-29; no body was seen, the sample's"
            " prices are those of models.dev on 2026-05-18"
        ),
    ),
    _provider(
        id="friendli",
        title="Friendli serverless model list",
        urls={"models": "https://api.friendli.ai/serverless/v1/models"},
        homepage="https://friendli.ai/model",
        lineage="friendli",
        terms="Public API under Friendli's terms of service; what they state about reuse of the list was not read.",
        terms_url="https://friendli.ai/terms-of-service",
        fewest_items=12,
        verified="documented",
        verified_note=(
            "its keys as models.dev's sync and catwalk read them, without a key as of 2026-09-26; no body was seen, the"
            " sample's prices are those of models.dev on 2026-05-18"
        ),
    ),
    _provider(
        id="io_net",
        title="IO Intelligence model list",
        urls={"models": "https://api.intelligence.io.solutions/api/v1/models"},
        homepage="https://docs.io.net/reference/models",
        lineage="io-net",
        terms="Public API under io.net's terms of use; what they state about reuse of the list was not read.",
        terms_url="https://io.net/terms",
        fewest_items=20,
        verified="documented",
        verified_note=(
            "its keys as models.dev's sync reads them, 2026-11-29; no body was seen, the sample's prices are those of"
            " models.dev on 2026-05-18"
        ),
    ),
    _provider(
        id="chutes",
        title="Chutes model list",
        urls={"models": "https://llm.chutes.ai/v1/models"},
        homepage="https://chutes.ai/app",
        lineage="chutes",
        terms="Public API under Chutes' terms, which do not mention reuse of the list.",
        terms_url="https://chutes.ai/terms",
        fewest_items=20,
        verified="documented",
        verified_note="one entry of 2026-07-26, quoted verbatim in a public client's tests",
    ),
    _provider(
        id="bedrock",
        title="Amazon Bedrock price list",
        urls={
            "us_east_1": "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonBedrock/current/us-east-1/index.json"
        },
        homepage="https://aws.amazon.com/bedrock/pricing/",
        lineage="amazon-bedrock",
        terms="Public price list for information, under AWS's site terms.",
        terms_url="https://aws.amazon.com/terms/",
        fewest_items=100,
        first_party_of="amazon",
        verified="documented",
        verified_note=(
            "the offer file as AWS documents it; meters as its cost guide and readers of the files of"
            " 2026-07-07 to 2026-10-06 print them"
        ),
    ),
    _provider(
        id="bedrock_marketplace",
        title="Amazon Bedrock price list of Marketplace models",
        urls={
            "us_west_2": (
                "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonBedrockFoundationModels/current/us-west-2/"
                "index.json"
            )
        },
        homepage="https://aws.amazon.com/bedrock/pricing/",
        lineage="amazon-bedrock",
        terms="Public price list for information, under AWS's site terms.",
        terms_url="https://aws.amazon.com/terms/",
        fewest_items=20,
        verified="documented",
        verified_note=(
            "names, meters and prices of the file of 2026-09-30 as the tests of a public reader quote them, 2026-11-29;"
            " no body was seen"
        ),
    ),
    _provider(
        id="azure",
        title="Azure retail prices of Foundry models",
        urls={
            "gpt5": AZURE + "productName%20eq%20%27Azure%20OpenAI%20GPT5%27",
            "openai": AZURE + "productName%20eq%20%27Azure%20OpenAI%27",
            "others": AZURE
            + "(contains(productName,%27Models%27)%20or%20productName%20eq%20%27Azure%20Kimi%27"
            + "%20or%20productName%20eq%20%27Azure%20OpenAI%20Reasoning%27"
            + "%20or%20productName%20eq%20%27Azure%20OpenAI%20Embedding%27"
            + "%20or%20productName%20eq%20%27Azure%20OpenAI%20PP%20FT%20GPT4s%27)",
        },
        homepage="https://azure.microsoft.com/pricing/details/cognitive-services/openai-service/",
        lineage="azure",
        terms="Public API without a key, under Microsoft's terms of use.",
        terms_url="https://www.microsoft.com/legal/terms-of-use",
        fewest_items=300,
        first_party_of="microsoft",
        verified="documented",
        verified_note=(
            "the API's documentation, and every meter of eastus2 in a public copy of 2026-08-11; one region is"
            " read, whose global meters apply worldwide"
        ),
    ),
    Source(
        id="cloudflare",
        title="Cloudflare Workers AI model list",
        kind="provider",
        urls={"models": "https://ai-cloudflare-com.pages.dev/api/models"},
        other_urls={
            "models": (
                "https://raw.githubusercontent.com/cloudflare/cloudflare-docs/production/src/content/"
                "workers-ai-models/{model}.json",
            )
        },
        homepage="https://developers.cloudflare.com/workers-ai/models/",
        lineage="cloudflare-workers-ai",
        terms="CC BY 4.0, as the documentation that is written from it.",
        terms_url="https://github.com/cloudflare/cloudflare-docs/blob/production/LICENSE",
        redistributable=True,
        lateness=LIST,
        fewest_items=80,
        verified="capture",
        verified_note=(
            "two entries of 2026-08-01, as the documentation repository keeps them file by file; the list around"
            " them as that repository's scripts read it, 2026-11-22"
        ),
    ),
    _provider(
        id="xai",
        title="xAI model list",
        urls={"models": "https://api.x.ai/v1/models"},
        homepage="https://docs.x.ai/docs/models",
        lineage="xai",
        terms="API for customers under xAI's terms, which do not mention reuse of the list.",
        terms_url="https://x.ai/legal/terms-of-service-enterprise",
        fewest_items=12,
        key_env="XAI_API_KEY",
        first_party_of="x-ai",
        verified="capture",
        verified_note="nine entries of 2026-06-10; aliases and modalities as documented",
    ),
    Source(
        id="vercel_gateway",
        title="Vercel AI Gateway model list",
        kind="catalogue",
        urls={"models": "https://ai-gateway.vercel.sh/v1/models"},
        homepage="https://vercel.com/ai-gateway/models",
        lineage="vercel",
        terms="Public API under Vercel's terms of service, which do not mention reuse of the list.",
        terms_url="https://vercel.com/legal/terms",
        redistributable=None,
        lateness=LIST,
        fewest_items=300,
        # One entry over all the providers of a model, whose own prices differ (`varies_by_provider`).
        basis={"prices": "derived", "capabilities": "derived"},
        verified="documented",
        verified_note="its documentation of the list and readers of it, 2026-11-22",
    ),
    Source(
        id="genai_prices",
        title="genai-prices",
        kind="catalogue",
        # `prices/data.json` stays as it was on 2026-07-25 for old clients: "v1 is frozen" (its README).
        urls={"prices": "https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/new_data/v2/data.json"},
        other_urls={"prices": ("https://raw.githubusercontent.com/pydantic/genai-prices/main/prices/data.json",)},
        homepage="https://github.com/pydantic/genai-prices",
        lineage="genai_prices",
        lineage_by_provider={
            "openrouter": "openrouter",
            **{f"huggingface_{name}": "huggingface" for name in HUGGING_FACE_ROUTES},
        },
        terms="MIT licence of the repository.",
        terms_url="https://github.com/pydantic/genai-prices/blob/main/LICENSE",
        redistributable=True,
        lateness=LIST,
        fewest_items=1_500,
        basis_by_provider={"openrouter": {"prices": "derived"}},
        verified="documented",
        verified_note="the repository's file, and the 2,330 models of its package 0.2.3, 2026-11-22",
    ),
)
