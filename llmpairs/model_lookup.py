"""Model lookup: the model of a release that a typed name means."""

import re
from dataclasses import dataclass

import duckdb
from rapidfuzz import fuzz, process

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


@dataclass(frozen=True)
class UnknownModelError(LookupError):
    """A name of no model, or of several; `nearest` lists similar models."""

    name: str
    nearest: tuple[str, ...]
    kind: str = "model"
    """What the name was looked up as."""

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"no {self.kind} {self.name!r} in this release{hint}"


def find_model(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The model_id of an id, a slug, a display name, a bare name, a former id or a source's key.

    Case, spaces and punctuation are ignored unless two models differ in nothing else. A name of several models is
    unknown as well: UnknownModelError lists the candidates, the most offered first.
    """
    wanted = name.strip().casefold()
    for query in LOOKUPS:
        hits = [str(row[0]) for row in con.execute(query, [wanted]).fetchall()]
        if len(hits) == 1:
            return hits[0]
        if hits:
            ranked = [str(row[0]) for row in con.execute(NAMES).fetchall() if row[0] in hits]
            raise UnknownModelError(name, tuple(ranked[:MAX_SUGGESTIONS]))
    models = [(str(id_), str(shown)) for id_, shown in con.execute(NAMES).fetchall()]
    bare = normalise_name(wanted)
    alike = [id_ for id_, shown in models if bare in map(normalise_name, (id_, id_.partition("/")[2], shown))]
    if len(alike) == 1 and bare:
        return alike[0]
    raise UnknownModelError(name, tuple((alike or suggest_models(wanted, models))[:MAX_SUGGESTIONS]))


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
