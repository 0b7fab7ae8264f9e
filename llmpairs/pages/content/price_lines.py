"""Prices of offers over time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from llmpairs.pages.content.evidence import cite
from llmpairs.pages.content.schema import PriceLine, Side
from llmpairs.pages.rows import PriceRow
from llmpairs.warehouse.query import to_plain
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

COMPARED_FIELDS = ("input_usd_per_mtok", "output_usd_per_mtok")


def describe_history(rows: Iterable[PriceRow]) -> Iterator[PriceLine]:
    """Each price field of each offer with its spans, in time order."""
    ordered = sorted(rows, key=itemgetter("offer_id", "field", "valid_from"))
    for (offer_id, field), of_field in groupby(ordered, itemgetter("offer_id", "field")):
        yield {
            "offer_id": offer_id,
            "field": field,
            "spans": [
                {
                    "from": to_plain(row["valid_from"]),
                    "to": to_plain(row["valid_to"]),
                    "usd_per_mtok": row["usd_per_mtok"],
                    "start": row["valid_from_kind"],
                    "evidence": cite(row),
                }
                for row in of_field
            ],
        }


def find_compared_lines(sides: Sequence[Side], history: Mapping[str, Sequence[PriceRow]]) -> list[list[PriceLine]]:
    """Input and output price over time of the offer that each side is compared by, left first."""
    return [
        list(describe_history(row for row in history.get(side["model_id"], ()) if _is_compared(row, side)))
        for side in sides
    ]


def _is_compared(row: PriceRow, side: Side) -> bool:
    best = side["costs"][DETAILED_SCENARIO]["best"]
    return best is not None and row["offer_id"] == best["offer_id"] and row["field"] in COMPARED_FIELDS
