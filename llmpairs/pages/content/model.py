"""Everything a page says of one model, as plain data."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from llmpairs.pages.content.blocks import measure_freshness, traffic
from llmpairs.pages.content.evidence import Row, cite, unique
from llmpairs.pages.content.pair import Surroundings, used_captures
from llmpairs.pages.content.related import PER_SIDE, rank_neighbours
from llmpairs.warehouse.query_rows import plain

PER_MODEL = 3 * PER_SIDE
"""Neighbours that a model's page names."""


def build_model_page(profile: Row, history: Sequence[Row], around: Surroundings) -> Row:
    """The page of a profile; `history` are its rows of `price_history` as they are known today."""
    lines = list(describe_history(history))
    cited = unique(span["evidence"] for line in lines for span in line["spans"])
    whole = {**profile, "cited": [*profile["cited"], *cited]}
    return {
        "release": around.release,
        "model": {name: value for name, value in profile.items() if name not in ("cited", "moments")},
        "workloads": [traffic(scenario) for scenario in around.scenarios],
        "history": lines,
        "related": find_neighbours(profile, around.models),
        "freshness": measure_freshness([profile]),
        "captures": used_captures([whole], around),
    }


def describe_history(rows: Iterable[Row]) -> Iterator[Row]:
    """Each price field of each offer with its spans, in time order; `left_censored` starts when we first looked."""
    spans: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        spans[row["offer_id"], row["field"]].append(row)
    for (offer_id, field), of_field in sorted(spans.items()):
        ordered = sorted(of_field, key=lambda row: row["valid_from"])
        yield {
            "offer_id": offer_id,
            "field": field,
            "spans": [
                {
                    "from": plain(row["valid_from"]),
                    "to": plain(row["valid_to"]),
                    "usd_per_mtok": row["usd_per_mtok"],
                    "start": row["valid_from_kind"],
                    "evidence": cite({**row, "observed_at": None}),
                }
                for row in ordered
            ],
        }


def find_neighbours(profile: Row, models: Sequence[Row]) -> list[Row]:
    """The nearest models; none for a model that stands in no pair."""
    own = next((model for model in models if model["model_id"] == profile["model_id"]), None)
    if own is None:
        return []
    return [
        row for row, _ in zip(rank_neighbours(own, models, {own["model_id"]}), range(PER_MODEL), strict=False)
    ]
