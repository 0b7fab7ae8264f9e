"""False joins: keys whose model no other key has, isolated or altered, must join no model."""

import hashlib
import re
from collections.abc import Iterable, Iterator

import pandas as pd
from pandas import DataFrame

from llmpairs.transforms.identity.clean_key import clean_key
from llmpairs.transforms.identity.key_rows import KEY
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.identity.resolve import resolve_identities
from llmpairs.transforms.identity.tokens import cut_tokens
from tests.transforms.identity.recorded_keys import frame_keys

NOTHING = DataFrame(columns=[*KEY, "model_id"])
EVERY = 40
"""One in this many altered keys is tried, drawn by digest; ten times more of sizes and generations."""
SETTINGS = frozenset({"thinking", "think", "fast", "highspeed", "preview"})
"""Tokens that do not change the model of a name that is sold without them."""
SOURCES = 50
"""Sources over which altered keys are spread, so that one source has no key twice."""

_SIZE = re.compile(r"(?<![\d.])(\d+)(?=b(?![a-z0-9]))", re.IGNORECASE)
_MINOR = re.compile(r"(?<=[a-z-]\d[.-])(\d)(?![\d.])", re.IGNORECASE)
ADDED = {
    "tier word": ("mini", "lite", "nano", "ultra"),
    "modality or task": ("vision", "coder", "embedding", "guard", "tts"),
    "distillate or derivative": ("abliterated", "uncensored", "heretic", "distill"),
    "named revision": ("terminus", "speciale", "v9", "exp-1102"),
}
"""Tokens that make another model of any name."""


def find_absent_joins(
    keys: DataFrame, identities: DataFrame, reference: IdentityReference, folds: Iterable[int] = range(4)
) -> tuple[int, list[str]]:
    """Number of isolated keys, and those that joined a model of others; each fold takes a quarter of the models.

    `identities` is the result for all keys together. Keys that their own name or context contradicts are left out:
    without the other keys of their model nothing contradicts them.
    """
    vetoed = set(_identify(identities[identities["reason"] == "contradicted"]))
    known = identities.dropna(subset=["model_id"])
    truth = dict(zip(_identify(known), known["model_id"], strict=True))
    tried, joined = 0, []
    for fold in folds:
        absent = {model_id for model_id in set(truth.values()) if _draw(model_id) % 4 == fold}
        isolated_by_model: dict[str, tuple[str, ...]] = {}
        for key in sorted(truth, key=lambda key: _draw("|".join(key))):
            if truth[key] in absent:
                isolated_by_model.setdefault(truth[key], key)
        isolated = set(isolated_by_model.values())
        stays = [(truth.get(key) not in absent or key in isolated) and key not in vetoed for key in _identify(keys)]
        got = _resolve(keys[stays], reference)
        others = {model_id for key, model_id in got.items() if isinstance(model_id, str) and key not in isolated}
        tried += len(isolated)
        joined += [f"{' '.join(key)}: {got[key]}" for key in sorted(isolated) if got[key] in others]
    return tried, joined


def find_altered_joins(
    keys: DataFrame, identities: DataFrame, reference: IdentityReference, every: int = EVERY
) -> dict[str, tuple[int, list[str]]]:
    """Number of altered keys and those that joined a model of other keys, by class of alteration.

    An altered key that a provider sells is left out.
    """
    known = identities.dropna(subset=["model_id"])
    sold = {_normalise_name(key, provider, reference) for _, provider, key in keys[KEY].itertuples(index=False)}
    rows: list[dict[str, str]] = []
    classes: dict[tuple[str, ...], str] = {}
    for source, provider, key in known[KEY].itertuples(index=False):
        for name, altered in alter_key(key):
            one_in = every if name in ADDED else max(1, every // 10)
            drawn = _draw(f"{source}|{provider}|{altered}") % one_in == 0
            if drawn and _normalise_name(altered, provider, reference) not in sold:
                altered_key: tuple[str, ...] = (f"altered {len(rows) % SOURCES}", provider, altered)
                rows.append(dict(zip(KEY, altered_key, strict=True)) | {"lineage": "altered"})
                classes[altered_key] = name
    got = _resolve(pd.concat([keys, frame_keys(rows)], ignore_index=True), reference)
    others = {model_id for key, model_id in got.items() if isinstance(model_id, str) and key not in classes}
    found: dict[str, tuple[int, list[str]]] = {}
    for altered_key, name in sorted(classes.items()):
        tried, joined = found.get(name, (0, []))
        hit = [f"{altered_key[1]} {altered_key[2]}: {got[altered_key]}"] if got[altered_key] in others else []
        found[name] = (tried + 1, joined + hit)
    return dict(sorted(found.items()))


def alter_key(key: str) -> Iterator[tuple[str, str]]:
    """Names of other models derived from a key, each with the class of the difference."""
    bare = key.partition(":")[0] if key.rpartition("/")[2].count(":") else key
    size = _SIZE.search(key)
    if size:
        yield "size", f"{key[: size.start()]}{int(size[1]) + 3}{key[size.end() :]}"
    minor = _MINOR.search(key)
    if minor:
        yield "generation", f"{key[: minor.start()]}{(int(minor[1]) + 4) % 10 or 9}{key[minor.end() :]}"
    for name, words in ADDED.items():
        for word in words:
            if word not in cut_tokens(bare.lower()).words:
                yield name, f"{bare}-{word}"


def _normalise_name(key: str, provider_id: str, reference: IdentityReference) -> tuple[str, ...]:
    cleaned = clean_key(key, provider_id, reference)
    tokens = cut_tokens(cleaned.name)
    return (*sorted({*tokens.words} - SETTINGS), tokens.date)


def _resolve(keys: DataFrame, reference: IdentityReference) -> dict[tuple[str, ...], object]:
    identities = resolve_identities(keys, NOTHING, NOTHING, reference).identities
    return dict(zip(_identify(identities), identities["model_id"], strict=True))


def _identify(frame: DataFrame) -> list[tuple[str, ...]]:
    return list(zip(*(frame[column] for column in KEY), strict=True))


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
