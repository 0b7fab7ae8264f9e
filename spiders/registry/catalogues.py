"""Catalogues: lists of many providers' models."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from llmpairs.spiders.registry.source import LIST, Basis, Source

# OpenRouter's rows elsewhere are synced from its list: released is the day of listing and no release, open_weights
# is "names a Hugging Face repository", the capabilities are the union over routes, the prices are the
# cheapest endpoint's; a missing output limit is filled with the context (models.dev's sync, read 2026-07-02).
_SYNCED_FROM_OPENROUTER: Mapping[str, Basis] = MappingProxyType(
    {
        "released": "default",
        "open_weights": "derived",
        "capabilities": "derived",
        "prices": "derived",
        "max_output_tokens": "default",
    }
)

_catalogue = partial(Source, kind="catalogue", lateness=LIST)

CATALOGUES = (
    _catalogue(
        id="models_dev",
        title="models.dev",
        urls={"catalogue": "https://models.dev/api.json"},
        homepage="https://models.dev",
        lineage="models_dev",
        lineage_by_provider={"openrouter": "openrouter"},
        terms="MIT licence of the repository that the catalogue is generated from.",
        terms_url="https://github.com/anomalyco/models.dev/blob/dev/LICENSE",
        redistributable=True,
        fewest_items=6_000,
        basis_by_provider={"openrouter": _SYNCED_FROM_OPENROUTER},
        verified="capture",
        verified_note="eight captures from 2026-05-18 to 2026-06-14: every entry parses, no unknown key",
    ),
    _catalogue(
        id="openrouter",
        title="OpenRouter model list",
        urls={"models": "https://openrouter.ai/api/v1/models?output_modalities=all"},
        # Without its parameter the list has models with text output only.
        other_urls={"models": ("https://openrouter.ai/api/v1/models",)},
        homepage="https://openrouter.ai/models",
        lineage="openrouter",
        terms="Public API under OpenRouter's terms of service, which do not mention reuse of the list.",
        terms_url="https://openrouter.ai/terms",
        redistributable=None,
        fewest_items=500,
        # The list price is the cheapest endpoint's in 338 of 343 cases, and supported_parameters is the
        # union over the endpoints (2026-05-18).
        basis={"prices": "derived", "capabilities": "derived"},
        verified="capture",
        verified_note="seven captures from 2026-05-18 to 2026-06-14; price overrides and alias targets as documented",
    ),
    _catalogue(
        id="openrouter_endpoints",
        title="OpenRouter endpoints",
        urls={"endpoints": "https://openrouter.ai/api/v1/models/{model}/endpoints"},
        homepage="https://openrouter.ai/models",
        lineage="openrouter",
        terms="Public API under OpenRouter's terms of service, which do not mention reuse of the list.",
        terms_url="https://openrouter.ai/terms",
        redistributable=None,
        fewest_items=500,
        wave=2,
        named_by=("openrouter",),
        verified="capture",
        verified_note="343 pages of 2026-05-18 and two native pages of 2026-09-15",
    ),
    _catalogue(
        id="litellm",
        title="LiteLLM price map",
        urls={"prices": "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"},
        homepage="https://github.com/BerriAI/litellm",
        lineage="litellm",
        lineage_by_provider={"openrouter": "openrouter"},
        terms="MIT licence of the repository.",
        terms_url="https://github.com/BerriAI/litellm/blob/main/LICENSE",
        redistributable=True,
        fewest_items=4_000,
        basis={"context_tokens": "derived"},
        basis_by_provider={"openrouter": {"prices": "derived", "capabilities": "derived"}},
        verified="capture",
        verified_note="the file of 2026-05-18 and seven captures to 2026-06-14: every entry parses",
    ),
    _catalogue(
        id="zenmux",
        title="ZenMux model list",
        urls={"models": "https://zenmux.ai/api/v1/models"},
        homepage="https://zenmux.ai/models",
        lineage="zenmux",
        terms="Public API; no terms for the list are known.",
        terms_url="https://zenmux.ai",
        redistributable=None,
        fewest_items=150,
        verified="capture",
        verified_note="five captures from 2026-05-18 to 2026-06-13",
    ),
    _catalogue(
        id="huggingface_router",
        title="Hugging Face router",
        urls={"models": "https://router.huggingface.co/v1/models"},
        homepage="https://huggingface.co/inference/models",
        lineage="huggingface",
        terms="Public API under Hugging Face's terms of service, which do not mention reuse of the list.",
        terms_url="https://huggingface.co/terms-of-service",
        redistributable=None,
        fewest_items=100,
        verified="capture",
        verified_note="four models of 2026-07-30",
    ),
    _catalogue(
        id="kilo",
        title="Kilo Gateway model list",
        urls={"models": "https://kilocode.ai/api/openrouter/models"},
        homepage="https://kilo.ai/gateway",
        # It passes OpenRouter's list on, with its prices.
        lineage="openrouter",
        terms="Public API; no terms for the list are known.",
        terms_url="https://kilo.ai/terms",
        redistributable=None,
        fewest_items=300,
        basis={"prices": "derived", "capabilities": "derived"},
        verified="capture",
        verified_note="the whole list of 2025-07-25: 264 entries, no unknown key",
    ),
    _catalogue(
        id="requesty",
        title="Requesty model list",
        urls={"models": "https://router.requesty.ai/v1/models"},
        homepage="https://www.requesty.ai/models",
        lineage="requesty",
        terms="Public API; no terms for the list are known.",
        terms_url="https://www.requesty.ai/terms",
        redistributable=None,
        fewest_items=8,
        basis={"capabilities": "derived"},
        verified="capture",
        verified_note="five entries of 2025-07-25",
    ),
    _catalogue(
        id="poe",
        title="Poe model list",
        urls={"models": "https://api.poe.com/v1/models"},
        homepage="https://poe.com/api/models",
        lineage="poe",
        terms="Public API; no terms for the list are known.",
        terms_url="https://poe.com",
        redistributable=None,
        fewest_items=150,
        verified="documented",
        verified_note=(
            "its keys and one set of values as the client go-poe tests them, 2026-11-29; no body was seen, the sample's"
            " prices agree with those of models.dev on 2026-05-18"
        ),
    ),
    _catalogue(
        id="perplexity_agent",
        title="Perplexity agent model list",
        urls={"models": "https://api.perplexity.ai/v1/models"},
        homepage="https://docs.perplexity.ai/docs/agent-api/models",
        lineage="perplexity",
        terms="API of Perplexity for its customers, under its terms of service; the facts are named with their source.",
        terms_url="https://www.perplexity.ai/hub/legal/perplexity-api-terms-of-service",
        redistributable=None,
        fewest_items=40,
        key_env="PERPLEXITY_API_KEY",
        verified="capture",
        verified_note="the recorded list of 2026-08-10: 39 models with prices",
    ),
)
