"""Keys of one recorded run, as model resolution receives them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from warcio.archiveiterator import ArchiveIterator

URLS = {
    "models_dev": "https://models.dev/api.json",
    "openrouter": "https://openrouter.ai/api/v1/models?output_modalities=all",
    "litellm": "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json",
    "zenmux": "https://zenmux.ai/api/v1/models",
}
FIRST_PARTIES = (
    "ai21", "alibaba", "alibaba-cn", "amazon-nova", "anthropic", "bailing", "baidu", "cohere", "deepgram",
    "deepseek", "elevenlabs", "google", "inception", "kimi-for-coding", "llama", "minimax", "minimax-cn",
    "mistral", "moonshotai", "moonshotai-cn", "morph", "nvidia", "openai", "perplexity", "poolside", "recraft",
    "runwayml", "sarvam", "stability", "stepfun", "upstage", "v0", "vercel", "volcengine", "voyage", "xai",
    "xiaomi", "zai", "zhipuai", "tencent-tokenhub", "inflection", "gigachat", "assemblyai", "jina_ai",
)  # fmt: skip
"""Providers that sell models of their own; crude, for tests only."""

PROVIDERS = {
    "bedrock": "amazon-bedrock", "bedrock_converse": "amazon-bedrock", "bedrock_mantle": "amazon-bedrock",
    "azure_ai": "azure", "azure_text": "azure", "gemini": "google", "vertex_ai": "google-vertex",
    "fireworks_ai": "fireworks-ai", "together_ai": "togetherai", "novita": "novita-ai",
    "cohere_chat": "cohere", "github_copilot": "github-copilot", "vercel_ai_gateway": "vercel",
    "dashscope": "alibaba", "moonshot": "moonshotai", "meta_llama": "llama", "amazon_nova": "amazon-nova",
    "text-completion-openai": "openai", "codestral": "mistral", "text-completion-codestral": "mistral",
    "chatgpt": "openai", "nvidia_nim": "nvidia", "cloudflare": "cloudflare-workers-ai", "gmi": "gmicloud",
    "featherless_ai": "featherless", "lambda_ai": "lambda", "jina_ai": "jina",
}  # fmt: skip
"""models.dev's provider id by LiteLLM's, where they differ; crude, for tests only."""


def read_bodies(captures: Path, day: str) -> dict[str, Any]:
    """Parsed catalogue bodies of a recorded run, by source id."""
    source_by_url = {url: source for source, url in URLS.items()}
    bodies: dict[str, Any] = {}
    with (captures / "nights" / f"{day}.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream):
            source = source_by_url.get(record.rec_headers.get_header("WARC-Target-URI"))
            if record.rec_type == "response" and source:
                bodies[source] = json.loads(record.content_stream().read())
    return bodies


def build_keys(bodies: Mapping[str, Any]) -> pd.DataFrame:
    """Build the frame of keys for `resolve_identities` from the bodies."""
    readers = {
        "models_dev": _read_models_dev,
        "openrouter": _read_openrouter,
        "litellm": _read_litellm,
        "zenmux": _read_zenmux,
    }
    rows = [row for source, body in bodies.items() for row in readers[source](body)]
    return frame_keys(rows).drop_duplicates(["source_id", "provider_id", "provider_model_key"], ignore_index=True)


def frame_keys(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Build a frame with all columns of keys from rows with any of them."""
    columns = (
        "source_id", "lineage", "provider_id", "provider_model_key", "display_name", "developer_hint",
        "hugging_face_id", "canonical_slug", "alias_target", "base_model", "task", "output_modalities",
        "read_as", "context_tokens",
    )  # fmt: skip
    frame = pd.DataFrame([{column: row.get(column) for column in columns} for row in rows], columns=list(columns))
    contexts = frame.pop("context_tokens")
    frame = frame.astype("str").where(frame.notna(), None)
    frame["context_tokens"] = pd.to_numeric(contexts, errors="coerce")
    for flag in ("is_first_party", "joins_only"):
        frame[flag] = [bool(row.get(flag, False)) for row in rows]
    return frame


def _read_models_dev(body: Any) -> Iterator[dict[str, Any]]:
    for provider_id, provider in body.items():
        for key, model in provider["models"].items():
            yield {
                "source_id": "models_dev",
                "lineage": "openrouter" if provider_id == "openrouter" else "models_dev",
                "provider_id": provider_id,
                "provider_model_key": key,
                "display_name": model.get("name"),
                "context_tokens": (model.get("limit") or {}).get("context"),
                "output_modalities": ";".join(sorted(model.get("modalities", {}).get("output", []))) or None,
                "is_first_party": provider_id in FIRST_PARTIES,
            }


def _read_openrouter(body: Any) -> Iterator[dict[str, Any]]:
    for model in body["data"]:
        yield {
            "source_id": "openrouter",
            "lineage": "openrouter",
            "provider_id": "openrouter",
            "provider_model_key": model["id"],
            "display_name": model.get("name"),
            "developer_hint": model["id"].partition("/")[0],
            "hugging_face_id": model.get("hugging_face_id") or None,
            "canonical_slug": model.get("canonical_slug"),
            "alias_target": model.get("alias_target"),
            "context_tokens": model.get("context_length"),
            "output_modalities": ";".join(sorted(model["architecture"]["output_modalities"])),
        }


def _read_litellm(body: Any) -> Iterator[dict[str, Any]]:
    for key, model in body.items():
        stated = str(model.get("litellm_provider", "-"))
        provider_id = "google-vertex" if stated.startswith("vertex_ai-") else PROVIDERS.get(stated, stated)
        yield {
            "source_id": "litellm",
            "lineage": "openrouter" if stated == "openrouter" else "litellm",
            "provider_id": provider_id,
            "provider_model_key": key,
            "task": model.get("mode"),
            "context_tokens": model.get("max_input_tokens"),
            "is_first_party": provider_id in FIRST_PARTIES,
        }


def _read_zenmux(body: Any) -> Iterator[dict[str, Any]]:
    for model in body["data"]:
        yield {
            "source_id": "zenmux",
            "lineage": "zenmux",
            "provider_id": "zenmux",
            "provider_model_key": model["id"],
            "display_name": model.get("display_name"),
            "developer_hint": model.get("owned_by"),
            "context_tokens": model.get("context_length"),
        }
