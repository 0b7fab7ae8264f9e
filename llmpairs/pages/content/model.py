"""Content of the page of one model."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import cast

from llmpairs.pages.content.blocks import describe_workload, measure_freshness
from llmpairs.pages.content.evidence import cite, unique
from llmpairs.pages.content.pair import PageContext, describe_captures
from llmpairs.pages.content.related import PER_SIDE, find_neighbours
from llmpairs.pages.content.schema import ModelContent, ModelPage, PriceLine, Profile
from llmpairs.pages.rows import PriceRow
from llmpairs.warehouse.query import to_plain

PER_MODEL = 3 * PER_SIDE
"""Neighbours on a model's page."""


def build_model_page(profile: Profile, history: Sequence[PriceRow], context: PageContext) -> ModelPage:
    """Build the page of a profile; `history` are its current rows of `price_history`."""
    lines = list(describe_history(history))
    cited = unique(span["evidence"] for line in lines for span in line["spans"])
    content = {name: value for name, value in profile.items() if name not in ("cited", "moments")}
    return {
        "release": context.release,
        "model": cast("ModelContent", content),
        "workloads": [describe_workload(scenario) for scenario in context.scenarios],
        "history": lines,
        "related": find_neighbours(profile["model_id"], context.models, [profile["model_id"]], PER_MODEL),
        "freshness": measure_freshness([profile]),
        "captures": describe_captures([*profile["cited"], *cited], context),
    }


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
