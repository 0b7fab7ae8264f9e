"""From a source's row to the route that it speaks of: provider, operator, key, tag and offer id."""

import re
from urllib.parse import quote

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.providers import ProviderBook

REGION_SEGMENT = re.compile(r"^(?:[a-z]{2,4}(?:-gov)?-[a-z]+-\d|us|eu|apac|global|global-standard|us-gov)$")
"""LiteLLM writes `bedrock/us-east-1/anthropic.claude-v2:1` and `azure/eu/gpt-4o` (seen 2026-05-18)."""
COMMITMENT_SEGMENT = re.compile(r"^\d+-month-commitment$")
REGION_PREFIX = re.compile(r"^(us-gov|us|eu|apac|au|jp|global)\.(?=[a-z0-9]+\.)")
"""Bedrock's inference profiles: `us.anthropic.claude-...`; part of the key that is sent."""


def locate_routes(offers: DataFrame, book: ProviderBook) -> DataFrame:
    """Landed offers plus provider_id, operator_id, provider_model_key, route_tag, region and offer_id."""
    routes = offers.copy()
    routes["provider_id"] = book.canonical_column(routes["source_id"], routes["provider_key"])
    named = book.canonical_column(
        pd.Series("openrouter_endpoints", index=routes.index), routes["operator_key"]
    )
    own = routes["provider_id"].where(routes["route_kind"] == "direct", "unspecified")
    kinds = book.column(routes["provider_id"], "kind")
    routes["route_kind"] = np.where(
        (routes["route_kind"] == "direct") & (kinds == "aggregator"),
        "aggregate",
        routes["route_kind"].astype("str"),
    )
    routes["operator_id"] = named.where(
        named.notna(), own.where(routes["route_kind"] != "aggregate", "unspecified")
    )
    split = split_keys(routes["source_id"], routes["provider_key"], routes["model_key"])
    routes["provider_model_key"] = split["key"]
    tag = routes["route_tag"].astype("str")
    routes["route_tag"] = tag.where((tag != "-") | split["tag"].isna(), split["tag"])
    profile = split["key"].str.extract(REGION_PREFIX, expand=False)
    routes["region"] = routes["region"].where(
        routes["region"].notna(), split["tag"].where(split["tag"].notna(), profile)
    )
    routes["offer_id"] = name_offers(routes, book)
    return routes


def split_keys(source_ids: Series, provider_keys: Series, model_keys: Series) -> DataFrame:
    """Verbatim keys to the key that the provider knows, and the region tag that a catalogue put before it."""
    frame = DataFrame({"source": source_ids, "provider": provider_keys, "model": model_keys})
    unique = frame.drop_duplicates()
    split = {
        row: split_key(*row)
        for row in zip(unique["source"], unique["provider"], unique["model"], strict=True)
    }
    rows = list(zip(frame["source"], frame["provider"], frame["model"], strict=True))
    return DataFrame(
        {
            "key": pd.Series([split[row][0] for row in rows], index=frame.index, dtype="str"),
            "tag": pd.Series([split[row][1] for row in rows], index=frame.index, dtype="str"),
        }
    )


def split_key(source_id: str, provider_key: str, model_key: str) -> tuple[str, str | None]:
    """The provider's own key and the region tag; only LiteLLM puts a prefix and regions before the key."""
    if source_id != "litellm":
        return model_key, None
    head, *rest = model_key.split("/")
    family = (
        provider_key.split("-")[0].removesuffix("_converse").removesuffix("_mantle").removesuffix("_text")
    )
    prefixes = {provider_key, family, provider_key.replace("_", "-"), provider_key.replace("_chat", "")}
    if provider_key.startswith("bedrock"):
        prefixes |= {"bedrock", "bedrock_mantle"}
    if not rest or head not in prefixes:
        return model_key, None
    tags = []
    while len(rest) > 1 and (REGION_SEGMENT.match(rest[0]) or COMMITMENT_SEGMENT.match(rest[0])):
        tags.append(rest.pop(0))
    return "/".join(rest), "/".join(tags) or None


def name_offers(routes: DataFrame, book: ProviderBook) -> Series:
    """Offer ids: five escaped parts joined by '/'; the key's case is folded so that it never moves an id."""
    prefix = book.column(routes["provider_id"], "optional_prefix").fillna("")
    parts = DataFrame(
        {
            "provider": routes["provider_id"],
            "operator": routes["operator_id"],
            "prefix": prefix,
            "key": routes["provider_model_key"],
            "tag": routes["route_tag"].astype("str"),
            "tier": routes["service_tier"].astype("str"),
        }
    )
    unique = parts.drop_duplicates()
    ids = {row: name_offer(*row) for row in unique.itertuples(index=False, name=None)}
    return pd.Series(
        [ids[row] for row in zip(*(parts[c] for c in parts), strict=True)], index=routes.index, dtype="str"
    )


def name_offer(provider: str, operator: str, prefix: str, key: str, tag: str, tier: str) -> str:
    """One offer id."""
    folded = key.lower().removeprefix(prefix)
    return "/".join(escape(part) for part in (provider, operator, folded, tag.lower(), tier))


def escape(part: str) -> str:
    """A part of an id: no slash, no space, and no step up a path when it is used as one."""
    quoted = quote(part, safe=":@~.-_")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")
