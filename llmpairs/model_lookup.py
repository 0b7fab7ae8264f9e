"""From what a person types to a model of the release."""

import re
from dataclasses import dataclass

import duckdb
from rapidfuzz import fuzz, process

MOST_SUGGESTIONS = 5
LEAST_LIKENESS = 70
"""Of 100; below it two names have little but letters in common."""
LOOKUPS = (
    "SELECT model_id FROM models WHERE model_id = $1 OR slug = $1 OR lower(display_name) = $1",
    "SELECT model_id FROM model_redirects WHERE old_model_id = $1",
    "SELECT model_id FROM models WHERE split_part(model_id, '/', 2) = $1",
    "SELECT DISTINCT model_id FROM identities WHERE lower(provider_model_key) = $1 AND model_id IS NOT NULL",
)
"""Where a name is looked for, in this order: the first that knows it decides."""
NAMES = """
    SELECT model_id, display_name FROM models
    ORDER BY is_live AND is_text_generating DESC, offer_count DESC, model_id
"""


@dataclass(frozen=True)
class UnknownModelError(LookupError):
    """A name that leads to no model, or to several, with the nearest that do."""

    name: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"no model is called {self.name!r} in this release{hint}"


def find_model(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The model_id of an id, a slug, a display name, a bare name, a former id or a source's key.

    Case, spaces and punctuation do not matter where nothing else tells two models apart. A name that leads to
    several models is unknown too: UnknownModelError names the candidates, the most offered first.
    """
    wanted = name.strip().casefold()
    for query in LOOKUPS:
        hits = [str(row[0]) for row in con.execute(query, [wanted]).fetchall()]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise UnknownModelError(name, tuple(rank(con, hits)))
    models = [(str(id_), str(shown)) for id_, shown in con.execute(NAMES).fetchall()]
    bare = squeeze(wanted)
    alike = [
        id_ for id_, shown in models if bare in (squeeze(id_), squeeze(id_.partition("/")[2]), squeeze(shown))
    ]
    if len(alike) == 1 and bare:
        return alike[0]
    raise UnknownModelError(name, tuple((alike or suggest(wanted, models))[:MOST_SUGGESTIONS]))


def squeeze(name: str) -> str:
    """A name without what people leave out or spell in their own way: case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def rank(con: duckdb.DuckDBPyConnection, ids: list[str]) -> list[str]:
    """Some of several models, the most offered first."""
    ordered = [str(row[0]) for row in con.execute(NAMES).fetchall()]
    return sorted(ids, key=ordered.index)[:MOST_SUGGESTIONS]


def suggest(wanted: str, models: list[tuple[str, str]]) -> list[str]:
    """Models that have every word of the name, the most offered first, then those spelled alike."""
    words = [squeeze(word) for word in wanted.split() if squeeze(word)]
    holding = [id_ for id_, shown in models if words and all(w in squeeze(id_ + shown) for w in words)]
    names = {id_: id_.partition("/")[2] for id_, _ in models if id_ not in holding}
    target = wanted.partition("/")[2] or wanted
    close = process.extract(
        target, names, scorer=fuzz.ratio, limit=MOST_SUGGESTIONS, score_cutoff=LEAST_LIKENESS
    )
    return [*holding, *(match[2] for match in close)]
