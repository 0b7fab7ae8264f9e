"""Parses one key without looking at other keys: axes, developer, and why the key may name no model."""

from functools import lru_cache
from typing import NamedTuple

from llmpairs.transforms.identity.axes import ParsedName, parse_name
from llmpairs.transforms.identity.clean_key import CleanedKey, clean_key, slugify_org
from llmpairs.transforms.identity.families import find_families
from llmpairs.transforms.identity.reference_types import IdentityReference, ModelAxes
from llmpairs.transforms.identity.tokens import cut_tokens


class SourceHints(NamedTuple):
    """What a source states beside a key about its developer."""

    developer: str = ""
    """The source's label for the developer; used only where the reference data lists it."""
    is_first_party: bool = False
    """The provider sells models of its own."""
    is_repository: bool = False
    """The key is a Hugging Face repository whatever its spelling."""


NO_HINTS = SourceHints()
REPOSITORY = SourceHints(is_repository=True)


class ParsedKey(NamedTuple):
    """The result of parsing one key alone."""

    axes: ModelAxes
    problem: str = ""
    """Why the key resolves to no model by itself; empty when its axes are usable."""
    is_evidence: bool = True
    """The key is evidence that the developer's model exists; a third-party key only matches one that does."""
    third_party: str = ""
    """Another developer named in front of a name that is not its own."""
    is_floating: bool = False
    """The name asks for the newest model."""
    is_open: bool = False
    """Others publish derivatives of the family's weights."""
    name: str = ""
    """The cleaned name."""
    repository: str = ""
    """Hugging Face repository that the key is, literally."""
    bases: tuple[tuple[str, str], ...] = ()
    """Open families in the name, each with the number that follows it."""
    may_be_base: bool = False
    """By the family's convention a bare name means the base weights."""


@lru_cache(maxsize=1 << 16)
def parse_key(key: str, provider_id: str, reference: IdentityReference, hints: SourceHints = NO_HINTS) -> ParsedKey:
    """Parse a verbatim key of a provider."""
    cleaned = clean_key(key, provider_id, reference, is_repository=hints.is_repository)
    if cleaned.problem:
        return ParsedKey(ModelAxes(""), cleaned.problem)
    name = parse_name(cleaned.name, cleaned.org, cleaned.repository, reference)
    is_open = name.family is not None and name.family.is_open
    is_closed = name.family is not None and not is_open
    parsed = ParsedKey(
        name.axes,
        is_floating=name.is_floating,
        is_open=is_open,
        name=cleaned.name,
        repository="" if is_closed or name.is_served else cleaned.repository,
        bases=name.bases,
        may_be_base=name.may_be_base,
    )
    if _is_floating_alias(name, cleaned, reference):
        return parsed._replace(problem="floating_alias")
    hinted = reference.spellings.get(slugify_org(hints.developer), "") if hints.developer else ""
    seller = reference.spellings.get(provider_id, provider_id) if hints.is_first_party else ""
    if name.family is not None:
        stated = {reference.spellings.get(cleaned.org, cleaned.org), seller, hinted} - {""}
        parsed = _assign_family_developer(parsed, name, cleaned, stated, reference)
        is_own = provider_id in reference.affixes.client or _is_sellers_spelling(name, provider_id, stated, reference)
        return parsed._replace(is_evidence=parsed.is_evidence and not is_own)
    named = reference.spellings.get(cleaned.org, cleaned.org)
    developer = (hinted or named if cleaned.is_host else named) or seller or hinted
    if not developer:
        return parsed._replace(problem="ambiguous_developer")
    return parsed._replace(axes=parsed.axes._replace(developer=developer))


def parse_model(name: str, reference: IdentityReference) -> ModelAxes:
    """Canonical axes of a model id or a Hugging Face repository."""
    axes = parse_key(name, "-", reference, REPOSITORY).axes
    return reference.known_names.canonicalise(axes, "-")[0]


def _is_floating_alias(name: ParsedName, cleaned: CleanedKey, reference: IdentityReference) -> bool:
    """Whether a name means the newest model: no date and no generation, or listed as floating."""
    if name.axes.date or name.axes.revision:
        return False
    words = find_families(cut_tokens(cleaned.name).words, cleaned.org, reference).words
    if tuple(word for word in words if word != "latest") in reference.floating:
        return True
    return name.is_floating and not name.axes.numbers and not name.axes.size


def is_same_company(one: str, other: str, reference: IdentityReference) -> bool:
    """Whether two developers are one company (qwen and alibaba)."""
    return bool(one) and reference.companies.get(one, one) == reference.companies.get(other, other)


def _is_sellers_spelling(name: ParsedName, provider_id: str, stated: set[str], reference: IdentityReference) -> bool:
    """Whether another seller's name of closed weights has an unexplained token, which may be the seller's own."""
    if name.family is None or name.family.is_open or name.family.tiers.issuperset(name.after):
        return False
    owners = {*stated, reference.spellings.get(provider_id, "")}
    return not any(is_same_company(each, name.family.developer, reference) for each in owners)


def _assign_family_developer(
    parsed: ParsedKey, name: ParsedName, cleaned: CleanedKey, stated: set[str], reference: IdentityReference
) -> ParsedKey:
    """Decide whose model a name with a known family is: the family's, or a derivative by the developer in front.

    `stated` are the developers that the key or its source states.
    """
    family = name.family
    if family is None:
        return parsed
    org = reference.spellings.get(cleaned.org, cleaned.org)
    if any(is_same_company(each, family.developer, reference) for each in stated):
        return parsed
    unknown = name.before + name.after
    if not family.is_open:
        if org and not cleaned.is_host and (unknown or not name.axes.numbers):
            return parsed._replace(is_evidence=False, third_party=org)
        return parsed._replace(problem="unparsed") if name.before else parsed
    if not org or cleaned.is_host:
        return parsed._replace(is_evidence=not unknown)
    if unknown:
        return parsed._replace(axes=parsed.axes._replace(developer=org))
    return parsed._replace(is_evidence=False, third_party=org)
