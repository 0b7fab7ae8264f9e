"""One key read alone: its axes, who vouches for them, and why it may lead to no model."""

from typing import NamedTuple

from llmpairs.transforms.identity.axes import Parsed, parse_name
from llmpairs.transforms.identity.families import name_families
from llmpairs.transforms.identity.keys import Cleaned, clean_key, slugify_org
from llmpairs.transforms.identity.reference_types import Axes, IdentityBooks
from llmpairs.transforms.identity.tokens import cut_tokens


class Reading(NamedTuple):
    """What one key says before other keys are asked."""

    axes: Axes
    problem: str = ""
    """Why the key leads nowhere by itself; empty when its axes stand."""
    is_own: bool = True
    """The key is evidence that the developer's model exists; a guest only joins one that does."""
    guest: str = ""
    """Another maker's word in front of a name that is not its own."""
    floats: bool = False
    is_open: bool = False
    """Others publish derivatives of the family's weights."""
    name: str = ""
    """The cleaned name."""
    repository: str = ""
    """Hugging Face repository that the key is, literally."""
    bases: tuple[tuple[str, str], ...] = ()
    """Open families in the name, each with the number behind it."""
    may_be_base: bool = False
    """By the family's convention a bare name is the base weights'."""


NOTHING = Axes("")


def read_key(
    key: str,
    provider_id: str,
    books: IdentityBooks,
    *,
    hint: str = "",
    is_first_party: bool = False,
    is_repository: bool = False,
) -> Reading:
    """A key to its axes; `hint` is the source's word for the maker, trusted only if the book knows it."""
    cleaned = clean_key(key, provider_id, books, is_repository=is_repository)
    if cleaned.problem:
        return Reading(NOTHING, cleaned.problem)
    parsed = parse_name(cleaned.name, cleaned.org, cleaned.repository, books)
    is_closed = parsed.family is not None and not parsed.family.is_open
    reading = Reading(
        parsed.axes,
        floats=parsed.floats,
        is_open=parsed.family is not None and parsed.family.is_open,
        name=cleaned.name,
        repository="" if is_closed or parsed.is_served else cleaned.repository,
        bases=parsed.bases,
        may_be_base=parsed.may_be_base,
    )
    if _is_floating(parsed, cleaned, books):
        return reading._replace(problem="floating_alias")
    hinted = books.spellings.get(slugify_org(hint), "") if hint else ""
    seller = books.spellings.get(provider_id, provider_id) if is_first_party else ""
    if parsed.family is None:
        return _read_unknown_family(reading, cleaned, seller, hinted, books)
    return _read_family(reading, parsed, cleaned, {seller, hinted}, books)


def _is_floating(parsed: Parsed, cleaned: Cleaned, books: IdentityBooks) -> bool:
    """Whether a name leads to whatever is newest: no date, no generation, or listed as such."""
    if parsed.axes.date or parsed.axes.revision:
        return False
    words = name_families(cut_tokens(cleaned.name).words, cleaned.org, books).words
    if tuple(word for word in words if word != "latest") in books.floating:
        return True
    return parsed.floats and not parsed.axes.numbers and not parsed.axes.size


def is_same_house(one: str, other: str, books: IdentityBooks) -> bool:
    """Whether two developers are one company (qwen and alibaba)."""
    return bool(one) and books.houses.get(one, one) == books.houses.get(other, other)


def _read_unknown_family(
    reading: Reading, cleaned: Cleaned, seller: str, hinted: str, books: IdentityBooks
) -> Reading:
    developer = books.spellings.get(cleaned.org, cleaned.org)
    if cleaned.is_host:
        developer = hinted or developer
    developer = developer or seller or hinted
    if not developer:
        return reading._replace(problem="ambiguous_developer")
    return reading._replace(axes=reading.axes._replace(developer=developer))


def _read_family(
    reading: Reading, parsed: Parsed, cleaned: Cleaned, vouching: set[str], books: IdentityBooks
) -> Reading:
    """Whose model a name with a known family is: the family's, or a derivative by the maker in front."""
    family = parsed.family
    if family is None:
        return reading
    org = books.spellings.get(cleaned.org, cleaned.org)
    owner = family.developer
    if any(is_same_house(word, owner, books) for word in (org, *vouching) if word):
        return reading
    unknown = parsed.before + parsed.after
    if not family.is_open:
        if org and not cleaned.is_host and (unknown or not parsed.axes.numbers):
            return reading._replace(is_own=False, guest=org)
        return reading._replace(problem="unparsed") if parsed.before else reading
    if not org or cleaned.is_host:
        return reading._replace(is_own=not unknown)
    if unknown:
        return reading._replace(axes=reading.axes._replace(developer=org))
    return reading._replace(is_own=False, guest=org)
