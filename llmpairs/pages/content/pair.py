"""Content of the page of a pair, built from two profiles and the pair's row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from llmpairs.pages.content.blocks import (
    capability_rows,
    cost_row,
    find_shared_names,
    find_silent_sources,
    measure_freshness,
    spec_rows,
)
from llmpairs.pages.content.calculator import build_calculator
from llmpairs.pages.content.evidence import find_citations
from llmpairs.pages.content.outcomes import format_headline
from llmpairs.pages.content.pair_schema import PairFacts, PairPage, WorkloadOutcome
from llmpairs.pages.content.price_lines import find_compared_lines
from llmpairs.pages.content.questions import answer_questions
from llmpairs.pages.content.related import find_related
from llmpairs.pages.content.same_text import compare_same_text
from llmpairs.pages.content.schema import Profile, ReleaseTime, Side
from llmpairs.pages.content.scores import compare_scores
from llmpairs.pages.content.summary import introduce, summarise
from llmpairs.pages.content.switching import describe_moves
from llmpairs.pages.content.tradeoffs import find_one_sided_facts, rank_tradeoffs
from llmpairs.pages.rows import CandidateRow, CaptureRow, PairRow, PriceRow, SourceRow
from llmpairs.render.document import Citation, CitedCapture
from llmpairs.transforms.pairs.scenarios import Scenarios
from llmpairs.warehouse.vocabulary import REVIEW_SOURCE

IN_BLOCKS = ("specs", "capabilities", "scores", "text_rates", "cited", "moments")
"""Keys of a profile that the blocks of the page repeat side by side, or that only serve to build it."""


@dataclass(frozen=True, kw_only=True)
class PageContext:
    """What pages need of a release besides their models."""

    release: ReleaseTime
    scenarios: Scenarios
    sources: Sequence[SourceRow]
    """Rows of the `sources` log of the release's run."""
    captures: Mapping[str, CaptureRow]
    """Rows of the `captures` log by capture_id."""
    models: Sequence[CandidateRow]
    """Models that may be proposed as the next to compare."""
    history: Mapping[str, Sequence[PriceRow]]
    """Current rows of `price_history` by model_id."""


def build_page(
    sides: tuple[Profile, Profile], record: PairRow, decisions: list[WorkloadOutcome], context: PageContext
) -> PairPage:
    """Build the page of two profiles, left first; swapped profiles give its mirror image.

    `record` is the row of `pairs` with the left side as A (see `pairs_of`), `decisions` are those of
    `describe_outcome` in each workload.
    """
    facts: PairFacts = {
        "release": context.release,
        "sides": list(sides),
        "record": record,
        "headline": format_headline(record, [side["display_name"] for side in sides]),
        "decisions": decisions,
        "costs": [cost_row(sides, scenario) for scenario in context.scenarios],
        "same_text": compare_same_text(sides),
        "calculator": build_calculator(sides, context.scenarios),
        "shared": find_shared_names(sides),
        "benchmarks": compare_scores(sides),
        "moves": describe_moves(record, sides),
        "specs": spec_rows(sides),
        "capabilities": capability_rows(sides),
        "silent_sources": find_silent_sources(context.sources),
        "related": find_related(sides, context.models),
    }
    price_lines = find_compared_lines(sides, context.history)
    cited = [each for side in sides for each in side["cited"]] + list(find_citations(price_lines))
    trimmed = [{name: value for name, value in side.items() if name not in IN_BLOCKS} for side in sides]
    added = {
        "sides": cast("list[Side]", trimmed),
        "intro": introduce(facts),
        "tradeoffs": rank_tradeoffs(facts),
        "one_sided": find_one_sided_facts(facts),
        "summary": summarise(facts),
        "questions": answer_questions(facts),
        "price_lines": price_lines,
        "freshness": measure_freshness(sides),
        "captures": describe_captures(cited, context),
    }
    return cast("PairPage", {**facts, **added})


def describe_captures(cited: Iterable[Citation], context: PageContext) -> dict[str, CitedCapture]:
    """Address, time and title of every cited capture, or decision of a reviewer.

    Times are ISO texts in UTC, which compare as text.
    """
    titles = {REVIEW_SOURCE: "Reviewer", **{row["source_id"]: row["title"] for row in context.sources}}
    captures: dict[str, CitedCapture] = {}
    for each in cited:
        capture = context.captures.get(each["capture_id"])
        captured_at = (capture["captured_at"] if capture else None) or each["observed_at"]
        captures[each["capture_id"]] = {
            "source_id": each["source_id"],
            "title": titles.get(each["source_id"], each["source_id"]),
            "url": capture["url"] if capture else None,
            "captured_at": captured_at,
            "is_late": captured_at is not None and captured_at > context.release["as_of"],
        }
    return dict(sorted(captures.items()))
