"""Identifies the offer of each landed row: provider, operator, provider's key, route tag, region and offer id."""

import re
from urllib.parse import quote

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from llmpairs.transforms.normalise.providers import ProviderReference, map_rows

REGION_SEGMENT = re.compile(r"^(?:[a-z]{2,4}(?:-gov)?-[a-z]+-\d|us|eu|apac|global|global-standard|us-gov)$")
"""LiteLLM puts regions in front: `bedrock/us-east-1/anthropic.claude-v2:1`, `azure/eu/gpt-4o` (seen 2026-05-18)."""
COMMITMENT_SEGMENT = re.compile(r"^\d+-month-commitment$")
REGION_PREFIX = re.compile(r"^(us-gov|us|eu|apac|au|jp|global)\.(?=[a-z0-9]+\.)")
"""Bedrock's inference profiles: `us.anthropic.claude-...`; part of the key that a caller sends."""
MODEL_AT_OPERATOR = ["provider_id", "operator_id", "model_id"]


def identify_offers(landed: DataFrame, providers: ProviderReference) -> DataFrame:
    """Landed offers plus provider_id, operator_id, provider_model_key, route_tag, region and offer_id."""
    offers = landed.copy()
    offers["provider_id"] = providers.canonical_column(offers["source_id"], offers["provider_key"])
    named = providers.canonical_column(pd.Series("openrouter_endpoints", index=offers.index), offers["operator_key"])
    own = offers["provider_id"].where(offers["route_kind"] == "direct", "unspecified")
    kinds = providers.column(offers["provider_id"], "kind")
    offers["route_kind"] = np.where(
        (offers["route_kind"] == "direct") & (kinds == "aggregator"), "aggregate", offers["route_kind"].astype("str")
    )
    offers["operator_id"] = named.where(named.notna(), own.where(offers["route_kind"] != "aggregate", "unspecified"))
    split = split_keys(offers["source_id"], offers["provider_key"], offers["model_key"])
    offers["provider_model_key"] = split["key"]
    tag = offers["route_tag"].astype("str")
    offers["route_tag"] = tag.where((tag != "-") | split["tag"].isna(), split["tag"])
    profile = split["key"].str.extract(REGION_PREFIX, expand=False)
    offers["region"] = offers["region"].where(
        offers["region"].notna(), split["tag"].where(split["tag"].notna(), profile)
    )
    offers["offer_id"] = build_offer_ids(offers, providers)
    return offers


def split_keys(source_ids: Series, provider_keys: Series, model_keys: Series) -> DataFrame:
    """`key` that the provider accepts and `tag` of the region that a catalogue put in front of it, by verbatim key."""
    frame = DataFrame({"source": source_ids, "provider": provider_keys, "model": model_keys})
    return DataFrame(map_rows(frame, split_key), index=frame.index, columns=["key", "tag"], dtype="str")


def split_key(source_id: str, provider_key: str, model_key: str) -> tuple[str, str | None]:
    """Provider's own key and region tag of a verbatim key; only LiteLLM puts a prefix and regions in front."""
    if source_id != "litellm":
        return model_key, None
    head, *rest = model_key.split("/")
    family = provider_key.split("-")[0].removesuffix("_converse").removesuffix("_mantle").removesuffix("_text")
    prefixes = {provider_key, family, provider_key.replace("_", "-"), provider_key.replace("_chat", "")}
    if provider_key.startswith("bedrock"):
        prefixes |= {"bedrock", "bedrock_mantle"}
    if not rest or head not in prefixes:
        return model_key, None
    tags = []
    while len(rest) > 1 and (REGION_SEGMENT.match(rest[0]) or COMMITMENT_SEGMENT.match(rest[0])):
        tags.append(rest.pop(0))
    return "/".join(rest), "/".join(tags) or None


def build_offer_ids(offers: DataFrame, providers: ProviderReference) -> Series:
    """Offer ids: five escaped parts joined by '/'; the key in lower case, so that its case never changes an id."""
    # The prefix is a part of keys that the provider accepts and does not need.
    prefixes = providers.column(offers["provider_id"], "optional_prefix").fillna("")
    keys = [key.lower().removeprefix(part) for key, part in zip(offers["provider_model_key"], prefixes, strict=True)]
    parts = offers[["provider_id", "operator_id", "provider_model_key", "route_tag", "service_tier"]].astype("str")
    parts = parts.assign(provider_model_key=keys, route_tag=parts["route_tag"].str.lower())
    return Series(map_rows(parts, build_offer_id), index=offers.index, dtype="str")


def build_offer_id(*parts: str) -> str:
    """Offer id of provider, operator, key, route tag and service tier: parts without slash or space.

    "." and ".." are escaped too, so that an id is safe as a path.
    """
    quoted = (quote(part, safe=":@~.-_") for part in parts)
    return "/".join(part if part.strip(".") else part.replace(".", "%2E") for part in quoted)


def replace_display_names(offers: DataFrame, providers: ProviderReference) -> DataFrame:
    """Offers with model_id; a display name in place of a key becomes the provider's key for the same model.

    A key with a space is a display name ("Claude Opus 4.5", seen on Anthropic's price page). Of several keys the
    shortest is taken, which has no date; where the provider has none, the display name stays.
    """
    is_name = offers["provider_model_key"].str.contains(r"\s", regex=True) & offers["model_id"].notna()
    keys = offers[~is_name & offers["model_id"].notna() & (offers["route_tag"] == "-")]
    keys = keys.assign(length=keys["provider_model_key"].str.len()).sort_values(["length", "provider_model_key"])
    known = keys.drop_duplicates(MODEL_AT_OPERATOR).set_index(MODEL_AT_OPERATOR)["provider_model_key"]
    found = known.reindex(pd.MultiIndex.from_frame(offers[MODEL_AT_OPERATOR])).set_axis(offers.index)
    out = offers.assign(provider_model_key=offers["provider_model_key"].where(~is_name | found.isna(), found))
    return out.assign(offer_id=build_offer_ids(out, providers))
