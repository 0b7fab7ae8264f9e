"""What changed in a release, for readers: lower and higher prices, new models, models and offers that end."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypedDict

from llmpairs.pages.layout.pair import note
from llmpairs.render.document import Block, Cell, Document, Section, TableBlock
from llmpairs.render.labels import PRICE_FIELD_LABELS, format_count, format_date, format_price
from llmpairs.warehouse.query import fetch_rows
from llmpairs.warehouse.vocabulary import PRICE_FIELDS

if TYPE_CHECKING:
    import duckdb

PRICES = """
    SELECT models.display_name AS name, models.slug, providers.name AS provider, field,
      try_cast(old_value AS DOUBLE) AS old_usd_per_mtok, try_cast(new_value AS DOUBLE) AS new_usd_per_mtok, ratio, cause
    FROM changes JOIN offers ON offer_id = subject_id JOIN models USING (model_id) JOIN providers USING (provider_id)
    WHERE run_id = $1 AND subject_kind = 'offer' AND changes.kind = 'changed' AND list_contains($2, field)
      AND ratio IS NOT NULL AND ratio <> 1 ORDER BY ratio, name, provider, field, offer_id
"""
ADDED = """
    SELECT DISTINCT display_name AS name, slug, developer_id AS detail, NULL AS ends_on
    FROM changes JOIN models ON model_id = subject_id
    WHERE run_id = $1 AND subject_kind = 'model' AND changes.kind IN ('added', 'returned') AND is_live
    ORDER BY name
"""
ENDING = """
    SELECT display_name AS name, slug, 'model' AS detail, retire_on AS ends_on FROM models
    WHERE retire_on IS NOT NULL OR lifecycle = 'deprecated'
    UNION ALL
    SELECT models.display_name, models.slug, 'offer at ' || providers.name, offers.retire_on
    FROM offers JOIN models USING (model_id) JOIN providers USING (provider_id)
    WHERE offers.retire_on IS NOT NULL AND offer_status IN ('active', 'deprecated')
    ORDER BY ends_on NULLS LAST, name, detail
"""
MAX_ROWS = 100


class ChangedPrice(TypedDict):
    """A price that differs from the parent release."""

    name: str
    slug: str
    provider: str
    field: str
    old_usd_per_mtok: float | None
    new_usd_per_mtok: float | None
    ratio: float
    cause: str


class NamedModel(TypedDict):
    """A model that is new or ends."""

    name: str
    slug: str
    detail: str
    ends_on: str | None


def lay_out_changes(con: "duckdb.DuckDBPyConnection", run_id: str, as_of: str) -> Document:
    """The changes of one release since its parent."""
    prices: list[ChangedPrice] = fetch_rows(con, PRICES, [run_id, list(PRICE_FIELDS)])
    added: list[NamedModel] = fetch_rows(con, ADDED, [run_id])
    ending: list[NamedModel] = fetch_rows(con, ENDING)
    lower = [row for row in prices if row["ratio"] < 1]
    higher = [row for row in reversed(prices) if row["ratio"] > 1]
    return Document(
        title="What changed",
        subtitle=f"Last updated {format_date(as_of)}",
        about="Lower prices, new models and models that end, since the release before.",
        sections=[
            Section("lower", "Lower prices", list(_price_blocks(lower, "lower price"))),
            Section("higher", "Higher prices", list(_price_blocks(higher, "higher price"))),
            Section("new", "New models", list(_model_blocks(added, "new model", "Developer"))),
            Section("ending", "Ending", list(_model_blocks(ending, "model or offer that ends", "What ends"))),
        ],
        captures={},
    )


def _price_blocks(rows: Sequence[ChangedPrice], noun: str) -> Iterator[Block]:
    if not rows:
        yield note(f"No {noun} since the release before.")
        return
    table = [
        [
            Cell(row["name"], href=f"models/{row['slug']}.html"),
            Cell(row["provider"]),
            Cell(PRICE_FIELD_LABELS[row["field"]]),
            Cell(format_price(row["old_usd_per_mtok"])),
            Cell(format_price(row["new_usd_per_mtok"])),
            Cell(f"{row['ratio'] - 1:+.0%}"),
            Cell(row["cause"]),
        ]
        for row in rows[:MAX_ROWS]
    ]
    heads = ("Model", "Provider", "Price", "before", "now", "change", "Cause")
    caption = f"{format_count(len(rows), noun)}, largest change first, US dollars per million tokens"
    yield TableBlock(caption, heads, table, numeric=frozenset((3, 4, 5)))


def _model_blocks(rows: Sequence[NamedModel], noun: str, head: str) -> Iterator[Block]:
    if not rows:
        yield note(f"No {noun} is known.")
        return
    is_dated = any(row["ends_on"] for row in rows)
    table = [
        [
            Cell(row["name"], href=f"models/{row['slug']}.html"),
            Cell(row["detail"]),
            *([Cell(format_date(row["ends_on"]) if row["ends_on"] else "not stated")] if is_dated else []),
        ]
        for row in rows
    ]
    heads = ("Model", head, *(("Ends on",) if is_dated else ()))
    yield TableBlock(f"{format_count(len(rows), noun)}", heads, table)
