"""Model lookup: the model of a release that a typed name means."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

import duckdb
from rapidfuzz import fuzz, process

from llmpairs.warehouse.errors import UnknownNameError
from llmpairs.warehouse.query import fetch_typed

MAX_SUGGESTIONS = 5
MIN_SIMILARITY = 70
"""Out of 100; below it suggestions are not helpful."""
LOOKUPS = (
    "SELECT model_id FROM models WHERE model_id = $1 OR slug = $1 OR lower(display_name) = $1",
    "SELECT model_id FROM model_redirects WHERE old_model_id = $1",
    "SELECT model_id FROM models WHERE split_part(model_id, '/', 2) = $1",
    "SELECT DISTINCT model_id FROM identities WHERE lower(provider_model_key) = $1 AND model_id IS NOT NULL",
)
"""Queries for a name, in this order; the first with a result decides."""
NAMES = """
    SELECT model_id, display_name FROM models
    ORDER BY is_live AND is_text_generating DESC, offer_count DESC, model_id
"""


@dataclass(frozen=True, kw_only=True)
class ResolvedModel:
    """The model that a name means."""

    model_id: str
    display_name: str
    slug: str
    """Name in addresses of pages."""
    developer_id: str
    is_live: bool
    """Whether an offer of it is active."""


def find_model(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The model_id of an id, a slug, a display name, a bare name, a former id or a source's key.

    Case, spaces and punctuation are ignored unless two models differ in nothing else. A name of several models is
    unknown as well: UnknownNameError lists the candidates, the most offered first.
    """
    wanted = name.strip().casefold()
    for query in LOOKUPS:
        hits = [str(row[0]) for row in con.execute(query, [wanted]).fetchall()]
        if len(hits) == 1:
            return hits[0]
        if hits:
            ranked = [str(row[0]) for row in con.execute(NAMES).fetchall() if row[0] in hits]
            raise UnknownNameError(name, tuple(ranked[:MAX_SUGGESTIONS]))
    models = [(str(id_), str(shown)) for id_, shown in con.execute(NAMES).fetchall()]
    bare = normalise_name(wanted)
    alike = [id_ for id_, shown in models if bare in map(normalise_name, (id_, id_.partition("/")[2], shown))]
    if len(alike) == 1 and bare:
        return alike[0]
    raise UnknownNameError(name, tuple((alike or suggest_models(wanted, models))[:MAX_SUGGESTIONS]))


def describe_model(con: duckdb.DuckDBPyConnection, model_id: str) -> ResolvedModel:
    """The names of a model by its id."""
    columns = ", ".join(ResolvedModel.__dataclass_fields__)
    [found] = fetch_typed(con, ResolvedModel, f"SELECT {columns} FROM models WHERE model_id = $1", [model_id])
    return found


def resolve_models(con: duckdb.DuckDBPyConnection, names: Iterable[str]) -> dict[str, str | None]:
    """Model id by name, as `find_model` finds it; None for an unknown or ambiguous name."""
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = find_model(con, name)
        except UnknownNameError:
            found[name] = None
    return found


def require_name(name: str | None, known: Iterable[str], kind: str) -> None:
    """UnknownNameError with the nearest names where a name is not among the known ones; None is no name."""
    names = sorted(set(known))
    if name is not None and name not in names:
        raise UnknownNameError(name, tuple(get_close_matches(name, names, n=3, cutoff=0.4) or names[:20]), kind)


def normalise_name(name: str) -> str:
    """A name in lower case without spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def suggest_models(wanted: str, models: list[tuple[str, str]]) -> list[str]:
    """Models that contain every word of the name, the most offered first, then models with similar names."""
    words = [normalise_name(word) for word in wanted.split() if normalise_name(word)]
    containing = [id_ for id_, shown in models if words and all(w in normalise_name(id_ + shown) for w in words)]
    names = {id_: id_.partition("/")[2] for id_, _ in models if id_ not in containing}
    target = wanted.partition("/")[2] or wanted
    close = process.extract(target, names, scorer=fuzz.ratio, limit=MAX_SUGGESTIONS, score_cutoff=MIN_SIMILARITY)
    return [*containing, *(match[2] for match in close)]
