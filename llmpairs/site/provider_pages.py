"""A page for each provider: what it sells, how reliable it is, and how its prices moved; and their list."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import quote

from llmpairs.pages.layout.pair import note
from llmpairs.render.document import Block, Cell, Document, Section, TableBlock
from llmpairs.render.labels import (
    NOT_STATED,
    PRICE_FIELD_LABELS,
    UNKNOWN,
    format_count,
    format_date,
    format_price,
    format_short_tokens,
)
from llmpairs.warehouse.query import fetch_rows

if TYPE_CHECKING:
    import duckdb

SELLERS = """
    SELECT provider_id, name, kind FROM providers
    WHERE provider_id IN (SELECT provider_id FROM offers WHERE offer_status = 'active') ORDER BY provider_id
"""
SOLD = """
    SELECT offers.provider_id, models.display_name, models.slug, provider_model_key,
      coalesce(operators.name, offers.operator_id) AS operator, input_usd_per_mtok, output_usd_per_mtok,
      offers.context_tokens, uptime_percent, throughput_tokens_per_s, price_kind
    FROM offers LEFT JOIN models USING (model_id)
    LEFT JOIN providers AS operators ON operators.provider_id = operator_id
    WHERE offer_status = 'active' ORDER BY offers.provider_id, coalesce(display_name, provider_model_key), offer_id
"""
MOVES = """
    SELECT moves.provider_id, coalesce(models.display_name, offer_id) AS name, models.slug, moves.field, changed_at,
      old_usd_per_mtok, new_usd_per_mtok
    FROM price_changes AS moves LEFT JOIN models USING (model_id)
    WHERE moves.provider_id IS NOT NULL ORDER BY moves.provider_id, changed_at DESC, name, moves.field, offer_id
"""
WHERE_CITED = "The page of each model names the source of every price."
MAX_MOVES = 100
"""Price moves that a page lists, the newest first."""


class SellerRow(TypedDict):
    """A provider with active offers."""

    provider_id: str
    name: str
    kind: str


class SoldRow(TypedDict):
    """An active offer; without display name and slug where its model is not known."""

    provider_id: str
    display_name: str | None
    slug: str | None
    provider_model_key: str
    operator: str
    input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    context_tokens: int | None
    uptime_percent: float | None
    throughput_tokens_per_s: float | None
    price_kind: str


class MoveRow(TypedDict):
    """A price that changed, as currently recorded."""

    provider_id: str
    name: str
    slug: str | None
    field: str
    changed_at: str
    old_usd_per_mtok: float | None
    new_usd_per_mtok: float | None


def lay_out_providers(con: "duckdb.DuckDBPyConnection", as_of: str) -> Iterator[tuple[str, Document]]:
    """File name and document of every provider with active offers, and of their list."""
    sellers: list[SellerRow] = fetch_rows(con, SELLERS)
    sold: list[SoldRow] = fetch_rows(con, SOLD)
    moved: list[MoveRow] = fetch_rows(con, MOVES)
    offers = {id_: list(rows) for id_, rows in groupby(sold, key=lambda row: row["provider_id"])}
    moves = {id_: list(rows) for id_, rows in groupby(moved, key=lambda row: row["provider_id"])}
    when = f"Last updated {format_date(as_of)}"
    for seller in sellers:
        own = offers[seller["provider_id"]]
        yield (
            name_file(seller["provider_id"]),
            Document(
                title=seller["name"],
                subtitle=when,
                about=f"What {seller['name']} sells: prices, uptime, speed and price changes.",
                sections=list(_list_sections(seller, own, moves.get(seller["provider_id"], []))),
                captures={},
            ),
        )
    yield (
        "index.html",
        Document(
            title="Providers",
            subtitle=when,
            about="Every provider with active offers.",
            sections=[Section("providers", "All providers", [_provider_table(sellers, offers, moves)])],
            captures={},
        ),
    )


def name_file(provider_id: str) -> str:
    """File name of a provider's page."""
    return f"{quote(provider_id, safe='')}.html"


def _list_sections(seller: SellerRow, own: Sequence[SoldRow], moves: Sequence[MoveRow]) -> Iterator[Section]:
    yield Section("offers", "Offers", [_offer_table(seller, own), note(WHERE_CITED)])
    yield Section("moves", "Price moves", list(move_blocks(moves)))
    yield Section("uptime", "Uptime and speed", [note(_describe_service(own))])


def _offer_table(seller: SellerRow, own: Sequence[SoldRow]) -> TableBlock:
    heads = ("Model", "Operator", "Input", "Output", "Context", "Uptime, %", "Tokens per second")
    rows = [
        [
            link_model(row["display_name"] or row["provider_model_key"], row["slug"]),
            Cell(NOT_STATED if row["operator"] == "unspecified" else row["operator"]),
            _price_cell(row, row["input_usd_per_mtok"]),
            _price_cell(row, row["output_usd_per_mtok"]),
            Cell(format_short_tokens(row["context_tokens"]), tone="" if row["context_tokens"] else "unknown"),
            _number_cell(row["uptime_percent"], ".1f"),
            _number_cell(row["throughput_tokens_per_s"], ".0f"),
        ]
        for row in own
    ]
    caption = f"{format_count(len(own), 'active offer')} of {seller['name']}, US dollars per million tokens"
    return TableBlock(caption, heads, rows, numeric=frozenset(range(2, 7)))


def link_model(name: str, slug: str | None) -> Cell:
    """The name of a model with a link to its page, where it has one."""
    return Cell(name, href=f"../models/{slug}.html" if slug else "")


def _price_cell(row: SoldRow, usd_per_mtok: float | None) -> Cell:
    if usd_per_mtok is None:
        return Cell(UNKNOWN, tone="unknown")
    return Cell(format_price(usd_per_mtok), note="" if row["price_kind"] == "metered" else row["price_kind"])


def _number_cell(value: float | None, format_: str) -> Cell:
    return Cell(UNKNOWN, tone="unknown") if value is None else Cell(format(value, format_))


def move_blocks(moves: Sequence[MoveRow]) -> Iterator[Block]:
    """The newest price moves, or that there is none."""
    if not moves:
        yield note("No price has changed since the first release.")
        return
    rows = [
        [
            link_model(row["name"], row["slug"]),
            Cell(PRICE_FIELD_LABELS[row["field"]]),
            Cell(format_price(row["old_usd_per_mtok"])),
            Cell(format_price(row["new_usd_per_mtok"])),
            Cell(format_date(row["changed_at"])),
        ]
        for row in moves[:MAX_MOVES]
    ]
    caption = f"{format_count(len(moves), 'price move')}, newest first, US dollars per million tokens"
    yield TableBlock(caption, ("Model", "Price", "before", "since", "Date"), rows, numeric=frozenset((2, 3)))


def _describe_service(own: Sequence[SoldRow]) -> str:
    parts = []
    for label, unit, values in (
        ("uptime", "%", [row["uptime_percent"] for row in own]),
        ("speed", " tokens per second", [row["throughput_tokens_per_s"] for row in own]),
    ):
        known = sorted(value for value in values if value is not None)
        if known:
            count = format_count(len(known), "offer")
            parts.append(f"Median {label} {median(known):.1f}{unit} over {count}, lowest {known[0]:.1f}.")
    return " ".join(parts) or "No source states uptime or speed of its offers."


def _provider_table(
    sellers: Sequence[SellerRow], offers: Mapping[str, Sequence[SoldRow]], moves: Mapping[str, Sequence[MoveRow]]
) -> TableBlock:
    rows = []
    for seller in sellers:
        own = offers[seller["provider_id"]]
        uptimes = [value for row in own if (value := row["uptime_percent"]) is not None]
        rows.append(
            [
                Cell(seller["name"], href=name_file(seller["provider_id"])),
                Cell(seller["kind"].replace("_", " ")),
                Cell(str(len(own))),
                Cell(str(len({row["slug"] for row in own if row["slug"]}))),
                _number_cell(median(uptimes) if uptimes else None, ".1f"),
                Cell(str(len(moves.get(seller["provider_id"], ())))),
            ]
        )
    heads = ("Provider", "Kind", "Active offers", "Models", "Median uptime, %", "Price moves")
    return TableBlock("Providers with active offers", heads, rows, numeric=frozenset(range(2, 6)))
