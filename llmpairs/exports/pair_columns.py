"""What a publisher gets of every pair: the row of `pairs` with what its page's head needs, sets spelled out."""

from dataclasses import replace

import pyarrow as pa

from llmpairs.warehouse.columns import enum, moment, text
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES, PAIRS

GONE = "the pair is gone"
WHOLE = "every pair was asked for, not what changed"


def words(name: str, about: str, null_means: str | None = None, values: tuple[str, ...] = ()) -> Column:
    """A list of words, lowest bit first where it was a set."""
    told = f"{about} Of {', '.join(values)}." if values else about
    return Column(name=name, type=pa.list_(pa.string()), about=told, null_means=null_means)


def spell_out(column: Column) -> Column:
    """A column of `pairs` as it is published: a bit set as a list, and null where the pair is gone."""
    null_means = GONE if column.null_means is None else f"{column.null_means}, or {GONE}"
    if column.bits:
        return words(column.name, column.about, null_means, column.bits)
    return replace(column, null_means=null_means)


EDITION = Table(
    name="published_pairs",
    grain="a pair of models, model_a_id < model_b_id bytewise: changed since a release, or every one",
    key=PAIRS.key,
    columns=(
        *(PAIRS[name] for name in PAIRS.key),
        enum("kind", PAIR_CHANGES["kind"].values or (), "What became of the pair.", WHOLE),
        words("blocks", "What of the page differs.", WHOLE, PAIR_CHANGES["blocks"].bits or ()),
        words("causes", "Why.", WHOLE, PAIR_CHANGES["causes"].bits or ()),
        moment("changed_at", "Of the releases that are kept in a row, the first with this content.", GONE),
        text("address", "Where the page stands: A's slug first."),
        words("redirects", "Addresses that lead here: the sides the other way round, and former slugs."),
        text("moved_to", "Where the page of a pair that is gone leads.", "it stands, or is gone for good"),
        text("a_slug", "Slug of A; never changes."),
        text("b_slug", "Slug of B; never changes."),
        text("a_display_name", "Name of A to show.", "A went over to another model"),
        text("b_display_name", "Name of B to show.", "B went over to another model"),
        text(
            "json_ld",
            "schema.org's words for the page: JSON that may stand in a script element as it is.",
            GONE,
        ),
        *(spell_out(column) for column in PAIRS.columns if column.name not in PAIRS.key),
    ),
)
