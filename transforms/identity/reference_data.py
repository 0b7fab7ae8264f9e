"""Loads the reviewed identity files and rejects entries that contradict each other or lack provenance."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import Any

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.clean_key import slugify_org
from llmpairs.transforms.identity.families import find_families
from llmpairs.transforms.identity.reference_types import (
    SINGLE_AXES,
    Affix,
    Affixes,
    ContextLimits,
    Family,
    IdentityReference,
    KnownModel,
    ModelAxes,
)
from llmpairs.transforms.identity.tokens import cut_tokens
from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_bytes,
    read_reference_file,
)

RULES_VERSION = "3"
"""Raised when code changes what a key resolves to; the digest of the files is appended to it."""

REFERENCE_FILES = ("developers.toml", "affixes.toml", "aliases.toml")


@cache
def load_identity_reference() -> IdentityReference:
    """Load the package's own files, once: caches of parsed keys name the object that they belong to.

    Raises ReferenceDataError on the first contradiction.
    """
    raw = {name: read_reference_bytes(f"identity/{name}") for name in REFERENCE_FILES}
    digest = hashlib.sha256(b"\0".join(raw[name] for name in REFERENCE_FILES)).hexdigest()[:8]
    parsed = {name: tomllib.loads(text.decode("utf-8")) for name, text in raw.items()}
    return build_identity_reference(*(parsed[name] for name in REFERENCE_FILES), version=f"{RULES_VERSION}.{digest}")


def build_identity_reference(
    developers: Mapping[str, Any], affixes: Mapping[str, Any], aliases: Mapping[str, Any], *, version: str
) -> IdentityReference:
    """Check three parsed files and build the reference data."""
    for file, content in zip(REFERENCE_FILES, (developers, affixes, aliases), strict=True):
        _check_provenance(file, content)
    families = _parse_families(developers["developer"])
    spellings = _parse_spellings(developers["developer"])
    reference = IdentityReference(
        version=version,
        spellings=spellings,
        developer_tokens={cut_tokens(each).words: developer for each, developer in spellings.items()},
        names={entry["id"]: entry["name"] for entry in developers["developer"]},
        companies={entry["id"]: entry["house"] for entry in developers["developer"] if "house" in entry},
        repositories={org: entry["id"] for entry in developers["developer"] for org in entry.get("hugging_face", ())},
        families=families,
        longest_family=max(map(len, families)),
        affixes=_parse_affixes(affixes),
        context_limits=_parse_context_limits(affixes),
        routers=_parse_words(aliases, "router"),
        stealth=_parse_words(aliases, "stealth"),
        not_models=_parse_words(aliases, "not_a_model"),
        unresolved_names=_parse_words(aliases, "nobody"),
        base_models={name: entry["base"] for entry in aliases.get("derived", ()) for name in entry["names"]},
    )
    return _add_known(reference, aliases)


def _check_provenance(file: str, content: Mapping[str, Any]) -> None:
    for table, entries in content.items():
        for number, entry in enumerate(entries, 1):
            absent = find_missing_provenance(entry)
            if absent or not isinstance(entry["date"], date):
                what = f"lacks {', '.join(absent)}" if absent else "has an invalid date"
                raise ReferenceDataError(f"{file}: entry {number} of [[{table}]] {what}: {dict(entry)}")


def _parse_spellings(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for entry in entries:
        for word in entry["spellings"]:
            other = spellings.setdefault(slugify_org(word), entry["id"])
            if other != entry["id"]:
                raise ReferenceDataError(
                    f"developers.toml: {word!r} names both {other} and {entry['id']}; keep it in one of them"
                )
    return spellings


def _parse_families(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Family]:
    families: dict[tuple[str, ...], Family] = {}
    for entry in entries:
        for row in entry.get("families", ()):
            family = _parse_family(row, entry["id"])
            for word in row["words"]:
                spelled = cut_tokens(word).words
                if spelled in families:
                    raise ReferenceDataError(
                        f"developers.toml: the family word {word!r} belongs to {families[spelled].developer} "
                        f"and to {entry['id']}; leave it to one of them"
                    )
                families[spelled] = family
    return families


def _parse_family(row: Mapping[str, Any], developer: str) -> Family:
    plain = ("hybrid_from", "base_until", "speed_if_sized", "context_axis", "derived_rank")
    optional: dict[str, Any] = {name: row[name] for name in plain if name in row}
    for name in ("speed", "keep_tuning", "letters", "needs", "tiers"):
        optional[name] = frozenset(cut_tokens(word).words[0] for word in row.get(name, ()))
    return Family(
        word=row["words"][0],
        developer=developer,
        is_open=row["weights"] == "open",
        has_effort=row.get("effort", False),
        is_compact=row.get("compact", False),
        drop=frozenset(row.get("drop", ())),
        keep_latest=frozenset(row.get("keep_latest", ())),
        **optional,
    )


def _parse_words(content: Mapping[str, Any], table: str) -> frozenset[str]:
    return frozenset(word for entry in content.get(table, ()) for word in entry["words"])


def _parse_affixes(content: Mapping[str, Any]) -> Affixes:
    tables = {field.name for field in fields(Affixes)} - {"prefix", "suffix"}
    words = {table: _parse_words(content, table) for table in tables}
    return Affixes(prefix=_parse_affix(content["prefix"]), suffix=_parse_affix(content["suffix"]), **words)


def _parse_context_limits(content: Mapping[str, Any]) -> ContextLimits:
    entry = content["context_limit"][0]
    return ContextLimits(**{limit.name: entry[limit.name] for limit in fields(ContextLimits)})


def _parse_affix(entries: Iterable[Mapping[str, Any]]) -> tuple[Affix, ...]:
    """Affixes, longest first, so that "duo-chat-opus-" is tried before "duo-chat-"."""
    affixes = (Affix(each["text"], each.get("becomes", ""), frozenset(each.get("providers", ()))) for each in entries)
    return tuple(sorted(affixes, key=lambda affix: (-len(affix.text), affix.text)))


def _add_known(reference: IdentityReference, aliases: Mapping[str, Any]) -> IdentityReference:
    models = ((model, entry["developer"]) for entry in aliases["known"] for model in entry["models"])
    known = tuple(_parse_known(model, developer, reference) for model, developer in models)
    floating = frozenset(_normalise_name(name, "", reference) for name in _parse_words(aliases, "floating"))
    complete = replace(reference, known=known, floating=floating)
    _check_known(complete)
    return complete


def _normalise_name(name: str, developer: str, reference: IdentityReference) -> tuple[str, ...]:
    return find_families(cut_tokens(name).words, developer, reference).words


def _parse_known(model: Mapping[str, Any], developer: str, reference: IdentityReference) -> KnownModel:
    def parse(name: str) -> ModelAxes:
        return parse_name(name, developer, "", reference).axes

    own = parse(model["name"])._replace(developer=developer)
    implies = dict(model.get("implies", {}))
    if "date" in implies:
        implies["date"] = cut_tokens(implies["date"]).date
    unknown = set(implies) - set(SINGLE_AXES)
    if unknown:
        raise ReferenceDataError(f"aliases.toml: {model['name']!r} implies {sorted(unknown)}, which are no axes")
    return KnownModel(
        name=model["name"],
        axes=own,
        implies=implies,
        aliases=tuple((name, parse(name)) for name in model.get("aliases", ())),
        providers=frozenset(model.get("providers", ())),
        dates=frozenset(cut_tokens(day).date for day in model.get("dates", ())),
        bare=model.get("bare", ""),
        is_separate=model.get("separate", False) or bool(model.get("bare")),
    )


def _check_known(reference: IdentityReference) -> None:
    """Two models may not share a name, and an alias may not name two models."""
    owners: dict[tuple[ModelAxes, frozenset[str]], str] = {}
    names: dict[str, ModelAxes] = {}
    for model in reference.known:
        if names.setdefault(model.name, model.axes) != model.axes:
            raise ReferenceDataError(f"aliases.toml: two models are called {model.name!r}; rename one of them")
        for alias, axes in ((model.name, model.axes), *model.aliases):
            providers = model.providers if alias != model.name else frozenset[str]()
            other = owners.setdefault((axes, providers), model.name)
            if other != model.name:
                raise ReferenceDataError(
                    f"aliases.toml: {alias!r} names both {other!r} and {model.name!r}; remove one of them"
                )
        for alias, axes in model.aliases:
            words = _normalise_name(alias, model.axes.developer, reference)
            if axes == model.axes and "latest" not in words and words not in reference.floating:
                raise ReferenceDataError(
                    f"aliases.toml: {alias!r} already parses into {model.name!r}; remove the alias"
                )


@cache
def load_developer_names() -> Mapping[str, str]:
    """Display name of each developer by developer_id, read once."""
    content = read_reference_file("identity/developers.toml")
    return {entry["id"]: entry["name"] for entry in content["developer"]}
