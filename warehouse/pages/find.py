"""From what a person types to a model of the release."""

from dataclasses import dataclass

import duckdb
from rapidfuzz import fuzz, process

MOST_SUGGESTIONS = 5


@dataclass(frozen=True)
class UnknownModelError(LookupError):
    """A name that leads to no model, with the nearest that do."""

    name: str
    nearest: tuple[str, ...]

    def __str__(self) -> str:
        hint = f"; nearest: {', '.join(self.nearest)}" if self.nearest else ""
        return f"no model is called {self.name!r} in this release{hint}"


def find_model(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """The model_id of an id, a slug, a display name, a bare name or a source's key; UnknownModelError otherwise.

    A bare name or a key that leads to several models is unknown too: the candidates are the suggestions.
    """
    wanted = name.strip().casefold()
    for query in (
        "SELECT model_id FROM models WHERE model_id = $1 OR slug = $1 OR lower(display_name) = $1",
        "SELECT model_id FROM models WHERE split_part(model_id, '/', 2) = $1",
        "SELECT DISTINCT model_id FROM identities WHERE lower(provider_model_key) = $1 AND model_id IS NOT NULL",
    ):
        hits = [row[0] for row in con.execute(query, [wanted]).fetchall()]
        if len(hits) == 1:
            return str(hits[0])
        if hits:
            raise UnknownModelError(name, tuple(sorted(hits)[:MOST_SUGGESTIONS]))
    names = [
        row[0]
        for row in con.execute("SELECT model_id FROM models ORDER BY is_live DESC, model_id").fetchall()
    ]
    close = process.extract(wanted, names, scorer=fuzz.WRatio, limit=MOST_SUGGESTIONS, score_cutoff=60)
    raise UnknownModelError(name, tuple(match[0] for match in close))
