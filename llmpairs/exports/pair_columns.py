"""Contract of exported pairs: columns of `pairs` with bit sets as lists, and address, redirects and JSON-LD."""

from dataclasses import replace

import pyarrow as pa

from llmpairs.warehouse.columns import enum, text, timestamp
from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.contracts.pairs import PAIR_CHANGES, PAIRS

REMOVED = "the pair was removed"
FULL_EXPORT = "every pair was exported, not only changed ones"


def string_list(name: str, about: str, null_means: str | None = None, values: tuple[str, ...] = ()) -> Column:
    """A list of strings, lowest bit first where it was a bit set."""
    description = f"{about} Of {', '.join(values)}." if values else about
    return Column(name=name, type=pa.list_(pa.string()), about=description, null_means=null_means)


def publish_column(column: Column) -> Column:
    """A column of `pairs` as it is exported: a bit set as a list, and null where the pair was removed."""
    null_means = REMOVED if column.null_means is None else f"{column.null_means}, or {REMOVED}"
    if column.bits:
        return string_list(column.name, column.about, null_means, column.bits)
    return replace(column, null_means=null_means)


PUBLISHED_PAIRS = Table(
    name="published_pairs",
    grain="a pair of models, model_a_id < model_b_id bytewise: changed since a release, or every one",
    key=PAIRS.key,
    columns=(
        *(PAIRS[name] for name in PAIRS.key),
        enum("kind", PAIR_CHANGES["kind"].values or (), "Whether the pair is new, changed or removed.", FULL_EXPORT),
        string_list("blocks", "Blocks of the page that differ.", FULL_EXPORT, PAIR_CHANGES["blocks"].bits or ()),
        string_list("causes", "Causes of the change.", FULL_EXPORT, PAIR_CHANGES["causes"].bits or ()),
        timestamp("changed_at", "As-of time of the first kept release since which the content is the same.", REMOVED),
        text("address", "Address of the page: A's slug first."),
        string_list("redirects", "Addresses that redirect here: the sides swapped, and former slugs."),
        text(
            "moved_to",
            "Address that the page of a removed pair redirects to.",
            "the pair exists, or nothing replaces it",
        ),
        text("a_slug", "Slug of A; never changes."),
        text("b_slug", "Slug of B; never changes."),
        text("a_display_name", "Display name of A.", "A was merged into another model"),
        text("b_display_name", "Display name of B.", "B was merged into another model"),
        text("json_ld", "schema.org description of the page: JSON that is safe in a script element as it is.", REMOVED),
        *(publish_column(column) for column in PAIRS.columns if column.name not in PAIRS.key),
    ),
)
