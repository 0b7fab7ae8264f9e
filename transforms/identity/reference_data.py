"""Loads the reviewed books of identity resolution and refuses a book that contradicts itself."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

from llmpairs.transforms.identity.axes import parse_name
from llmpairs.transforms.identity.families import name_families
from llmpairs.transforms.identity.keys import slugify_org
from llmpairs.transforms.identity.reference_types import (
    SINGLE_AXES,
    Affix,
    Affixes,
    Axes,
    Family,
    IdentityBooks,
    Known,
)
from llmpairs.transforms.identity.tokens import cut_tokens

RULES_VERSION = "2"
"""Raised when code changes what a key resolves to; the digest of the books follows it."""

BOOKS = ("developers.toml", "affixes.toml", "aliases.toml")


class IdentityBookError(ValueError):
    """A reviewed identity file contradicts itself or lacks an entry's reason, date or evidence."""


def load_books() -> IdentityBooks:
    """The package's own books; raises IdentityBookError on the first contradiction."""
    raw = {name: (files("llmpairs.transforms.identity") / name).read_bytes() for name in BOOKS}
    digest = hashlib.sha256(b"\0".join(raw[name] for name in BOOKS)).hexdigest()[:8]
    parsed = {name: tomllib.loads(text.decode("utf-8")) for name, text in raw.items()}
    return build_books(*(parsed[name] for name in BOOKS), version=f"{RULES_VERSION}.{digest}")


def build_books(
    developers: Mapping[str, Any], affixes: Mapping[str, Any], aliases: Mapping[str, Any], *, version: str
) -> IdentityBooks:
    """Checked books from three parsed files."""
    for name, book in zip(BOOKS, (developers, affixes, aliases), strict=True):
        for table, entries in book.items():
            _check_entries(name, table, entries)
    families = _read_families(developers["developer"])
    spellings = _read_spellings(developers["developer"])
    books = IdentityBooks(
        version=version,
        spellings=spellings,
        spoken={cut_tokens(word).words: developer for word, developer in spellings.items()},
        names={entry["id"]: entry["name"] for entry in developers["developer"]},
        houses={entry["id"]: entry["house"] for entry in developers["developer"] if "house" in entry},
        repositories={
            org: entry["id"] for entry in developers["developer"] for org in entry.get("hugging_face", ())
        },
        families=families,
        longest_family=max(map(len, families)),
        affixes=_read_affixes(affixes),
        routers=_read_words(aliases, "router"),
        stealth=_read_words(aliases, "stealth"),
        not_models=_read_words(aliases, "not_a_model"),
        nobodies=_read_words(aliases, "nobody"),
        lineage={name: entry["base"] for entry in aliases.get("derived", ()) for name in entry["names"]},
    )
    return _add_known(books, aliases)


def _check_entries(book: str, table: str, entries: Iterable[Mapping[str, Any]]) -> None:
    for position, entry in enumerate(entries):
        absent = [field for field in ("reason", "date", "evidence") if not entry.get(field)]
        if absent or not isinstance(entry["date"], date):
            what = f"lacks {', '.join(absent)}" if absent else "has a date that is no date"
            raise IdentityBookError(f"{book}: entry {position + 1} of [[{table}]] {what}: {dict(entry)}")


def _read_spellings(entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    spellings: dict[str, str] = {}
    for entry in entries:
        for word in entry["spellings"]:
            other = spellings.setdefault(slugify_org(word), entry["id"])
            if other != entry["id"]:
                raise IdentityBookError(
                    f"developers.toml: {word!r} spells both {other} and {entry['id']}; leave it to one of them"
                )
    return spellings


def _read_families(entries: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Family]:
    families: dict[tuple[str, ...], Family] = {}
    for entry in entries:
        for row in entry.get("families", ()):
            family = _read_family(row, entry["id"])
            for word in row["words"]:
                spelled = cut_tokens(word).words
                if spelled in families:
                    raise IdentityBookError(
                        f"developers.toml: the family word {word!r} belongs to {families[spelled].developer} "
                        f"and to {entry['id']}; one word names one maker"
                    )
                families[spelled] = family
    return families


def _read_family(row: Mapping[str, Any], developer: str) -> Family:
    fields = {
        key: frozenset(cut_tokens(v).words[0] for v in row.get(key, ()))
        for key in ("speed", "keep_tuning", "letters", "needs")
    }
    return Family(
        word=row["words"][0],
        developer=developer,
        is_open=row["weights"] == "open",
        hybrid_from=row.get("hybrid_from"),
        has_effort=row.get("effort", False),
        is_compact=row.get("compact", False),
        base_until=row.get("base_until"),
        speed_if_sized=row.get("speed_if_sized", False),
        context_axis=row.get("context_axis", False),
        drop=frozenset(row.get("drop", ())),
        keep_latest=frozenset(row.get("keep_latest", ())),
        derived_rank=row.get("derived_rank", 0),
        **fields,
    )


def _read_words(book: Mapping[str, Any], table: str) -> frozenset[str]:
    return frozenset(word for entry in book.get(table, ()) for word in entry["words"])


def _read_affixes(book: Mapping[str, Any]) -> Affixes:
    return Affixes(
        path=_read_words(book, "path"),
        hosts=_read_words(book, "host"),
        base_sellers=_read_words(book, "base_seller"),
        trailing=_read_words(book, "trailing"),
        regions=_read_words(book, "region"),
        switches=_read_words(book, "switch"),
        prefixes=_read_affix(book["prefix"]),
        suffixes=_read_affix(book["suffix"]),
        quantisation=_read_words(book, "quantisation"),
        quantisation_detail=_read_words(book, "quantisation_detail"),
        packaging=_read_words(book, "packaging"),
        speed=_read_words(book, "speed"),
        vocabulary=_read_words(book, "vocabulary"),
    )


def _read_affix(entries: Iterable[Mapping[str, Any]]) -> tuple[Affix, ...]:
    """Longest first, so that "duo-chat-opus-" is tried before "duo-chat-"."""
    affixes = [
        Affix(entry["text"], entry.get("becomes", ""), frozenset(entry.get("providers", ())))
        for entry in entries
    ]
    return tuple(sorted(affixes, key=lambda affix: (-len(affix.text), affix.text)))


def _add_known(books: IdentityBooks, aliases: Mapping[str, Any]) -> IdentityBooks:
    known = tuple(
        _read_known(model, entry["developer"], books)
        for entry in aliases["known"]
        for model in entry["models"]
    )
    floating = frozenset(_spell(name, "", books) for name in _read_words(aliases, "floating"))
    complete = replace(books, known=known, floating=floating)
    _check_known(complete)
    return complete


def _spell(name: str, developer: str, books: IdentityBooks) -> tuple[str, ...]:
    return name_families(cut_tokens(name).words, developer, books).words


def _read_known(model: Mapping[str, Any], developer: str, books: IdentityBooks) -> Known:
    def parse(name: str) -> Axes:
        return parse_name(name, developer, "", books).axes

    own = parse(model["name"])._replace(developer=developer)
    implies = dict(model.get("implies", {}))
    if "date" in implies:
        implies["date"] = cut_tokens(implies["date"]).date
    unknown = set(implies) - set(SINGLE_AXES)
    if unknown:
        raise IdentityBookError(
            f"aliases.toml: {model['name']!r} implies {sorted(unknown)}, which are no axes"
        )
    return Known(
        name=model["name"],
        axes=own,
        implies=implies,
        aliases=tuple((name, parse(name)) for name in model.get("aliases", ())),
        providers=frozenset(model.get("providers", ())),
        dates=frozenset(cut_tokens(day).date for day in model.get("dates", ())),
        bare=model.get("bare", ""),
        is_separate=model.get("separate", False) or bool(model.get("bare")),
    )


def _check_known(books: IdentityBooks) -> None:
    """Two models may not share a name, and a name may not stand for two models."""
    owners: dict[tuple[Axes, frozenset[str]], str] = {}
    names: dict[str, Axes] = {}
    for model in books.known:
        if names.setdefault(model.name, model.axes) != model.axes:
            raise IdentityBookError(f"aliases.toml: two models are called {model.name!r}; rename one of them")
        for alias, axes in ((model.name, model.axes), *model.aliases):
            providers = model.providers if alias != model.name else frozenset[str]()
            other = owners.setdefault((axes, providers), model.name)
            if other != model.name:
                raise IdentityBookError(
                    f"aliases.toml: {alias!r} leads to both {other!r} and {model.name!r}; keep the right one"
                )
        for alias, axes in model.aliases:
            words = _spell(alias, model.axes.developer, books)
            if axes == model.axes and "latest" not in words and words not in books.floating:
                raise IdentityBookError(
                    f"aliases.toml: {alias!r} already parses into {model.name!r}; remove the alias"
                )


def name_developers() -> dict[str, str]:
    """Name to show of each developer, by developer_id."""
    book = tomllib.loads(
        (files("llmpairs.transforms.identity") / "developers.toml").read_text(encoding="utf-8")
    )
    return {entry["id"]: entry["name"] for entry in book["developer"]}
