"""Everything a page says of a pair, as plain data, from two profiles and the pair's record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmpairs.pages.content.blocks import (
    capability_rows,
    cost_rows,
    measure_freshness,
    shared_routes,
    silent_sources,
    spec_rows,
)
from llmpairs.pages.content.evidence import Row
from llmpairs.pages.content.questions import ask
from llmpairs.pages.content.related import find_related
from llmpairs.pages.content.scores import compare_scores
from llmpairs.pages.content.summary import introduce, summarise
from llmpairs.pages.content.switching import describe_moves
from llmpairs.pages.content.tradeoffs import name_one_sided, rank_tradeoffs
from llmpairs.transforms.pairs.scenarios import Scenarios

IN_BLOCKS = ("specs", "capabilities", "scores", "cited", "moments")
"""Of a profile: what stands in the blocks of the page, side by side, or only makes it."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a page needs beside its two models."""

    release: Row
    """`run_id` and `as_of`."""
    scenarios: Scenarios
    sources: Sequence[Row]
    """Rows of the `sources` log of the release's run."""
    captures: Mapping[str, Row]
    """Rows of the `captures` log by capture_id."""
    models: Sequence[Row]
    """Models that may be proposed as the next to compare: see `find_related`."""


def build_page(left: Row, right: Row, record: Row, decisions: list[Row], around: Surroundings) -> Row:
    """The page of two profiles, left first; swapped profiles give its mirror image.

    `record` is the row of `pairs` with the left side as A (see `pairs_of`), `decisions` are those of
    `describe_decisions`. Everything in it is plain: text, numbers, lists and dictionaries.
    """
    sides = (left, right)
    page: dict[str, Any] = {
        "release": around.release,
        "sides": list(sides),
        "record": record,
        "decisions": decisions,
        "overall": describe_overall(decisions),
        "costs": cost_rows(sides, around.scenarios),
        "shared": shared_routes(sides),
        "benchmarks": compare_scores(sides),
        "moves": describe_moves(record, sides),
        "specs": spec_rows(sides),
        "capabilities": capability_rows(sides),
        "silent_sources": silent_sources(around.sources),
        "related": find_related(sides, around.models),
    }
    page["intro"] = introduce(page)
    page["tradeoffs"] = rank_tradeoffs(page)
    page["one_sided"] = name_one_sided(page)
    page["summary"] = summarise(page)
    page["questions"] = ask(page)
    page["freshness"] = measure_freshness(sides)
    page["captures"] = used_captures(sides, around)
    page["sides"] = [{name: value for name, value in side.items() if name not in IN_BLOCKS} for side in sides]
    return page


def describe_overall(decisions: Sequence[Row]) -> Row:
    """A side that wins more than half of the workloads and loses none; else it depends, or nothing is decided."""
    won = [[row["scenario_id"] for row in decisions if row["winner"] == place] for place in (0, 1)]
    winner = next(
        (place for place in (0, 1) if 2 * len(won[place]) > len(decisions) and not won[1 - place]), None
    )
    return {
        "verdict": "win" if winner is not None else "depends" if any(won) else "abstain",
        "winner": winner,
        "won": won,
        "abstained": [row["scenario_id"] for row in decisions if row["verdict"] == "abstain"],
    }


def used_captures(profiles: Sequence[Row], around: Surroundings) -> dict[str, Row]:
    """Address, time and title of every capture that the profiles cite."""
    sources = {row["source_id"]: row for row in around.sources}
    used: dict[str, Row] = {}
    for ref in (ref for profile in profiles for ref in profile["cited"]):
        capture = around.captures.get(ref["capture_id"], {})
        used[ref["capture_id"]] = {
            "source_id": ref["source_id"],
            "title": sources.get(ref["source_id"], {}).get("title", ref["source_id"]),
            "url": capture.get("url"),
            "captured_at": capture.get("captured_at") or ref["observed_at"],
        }
    return dict(sorted(used.items()))
