"""Benchmarks of a pair: rows that both sides have, and why the others are not compared."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

from llmpairs.pages.content.benchmark_rows import summarise_benchmarks
from llmpairs.pages.content.evidence import pick
from llmpairs.pages.content.pair_schema import Benchmarks, LeftOut, SharedRow, SideScore
from llmpairs.pages.content.schema import Profile, Score
from llmpairs.pages.rows import BenchmarkRow
from llmpairs.transforms.pairs.benchmarks import LOOSE_ROW, ROW, UNSTATED

Key = tuple[object, ...]


def compare_scores(sides: Sequence[Profile]) -> Benchmarks:
    """Find the shared rows and, by benchmark, what is left out and why.

    `comparable` rows agree in effort and kind of evaluator too; `indicative` ones compare each side's best effort.
    `scores` counts the scores of each side.
    """
    usable = [[score for score in side["scores"] if score["is_comparable"]] for side in sides]
    attributed = [[score for score in scores if score["evaluator_class"] != UNSTATED] for scores in usable]
    strict = list(shared_rows(attributed, ROW))
    loose = list(shared_rows(usable, LOOSE_ROW))
    compared = {_loose_key(row) for row in strict}
    used: set[Key] = {(row["benchmark"], row["metric"]) for row in loose}
    return {
        "comparable": strict,
        "indicative": [{**row, "is_also_comparable": _loose_key(row) in compared} for row in loose],
        "summary": list(summarise_benchmarks(loose)),
        "left_out": list(find_left_out(sides, used)),
        "scores": [len(side["scores"]) for side in sides],
    }


def _loose_key(row: SharedRow) -> Key:
    return (row["benchmark"], row["version"], row["metric"], row["harness"])


def _group_scores(scores: Iterable[Score], names: Sequence[str]) -> dict[Key, list[Score]]:
    groups: dict[Key, list[Score]] = defaultdict(list)
    for score in scores:
        groups[itemgetter(*names)(score)].append(score)
    return groups


def shared_rows(scores: Sequence[Sequence[Score]], names: Sequence[str]) -> Iterator[SharedRow]:
    """Rows that both sides have by those columns, sorted, each side with its best score."""
    left, right = (_group_scores(side, names) for side in scores)
    for key in sorted(left.keys() & right.keys(), key=lambda key: tuple(map(str, key))):
        first, second = best_of(left[key]), best_of(right[key])
        yield {
            **pick(BenchmarkRow, first),
            "effort_differs": first["effort"] != second["effort"],
            "sides": [pick(SideScore, first), pick(SideScore, second)],
            "ahead": find_leader(first, second),
        }


def best_of(scores: Sequence[Score]) -> Score:
    """Choose the best score; of equal ones the first by effort and source."""
    sign = 1.0 if scores[0]["higher_is_better"] else -1.0
    return min(
        scores,
        key=lambda score: (
            score["value"] is None,
            -sign * (score["value"] or 0.0),
            score["effort"],
            score["evidence"]["source_id"] if score["evidence"] else "",
        ),
    )


def find_leader(left: Score, right: Score) -> int | None:
    """Position of the better score; None when they are equal or withheld."""
    if left["value"] is None or right["value"] is None or left["value"] == right["value"]:
        return None
    return int((right["value"] > left["value"]) == left["higher_is_better"])


def find_left_out(sides: Sequence[Profile], used: set[Key]) -> Iterator[LeftOut]:
    """Benchmarks and metrics without a shared row, by benchmark and reason."""
    left, right = (_group_scores(side["scores"], ("benchmark", "metric")) for side in sides)
    metrics: dict[tuple[str, str], list[str]] = defaultdict(list)
    for benchmark, metric in sorted((str(b), str(m)) for b, m in (left.keys() | right.keys()) - used):
        reason = explain_left_out(left.get((benchmark, metric), []), right.get((benchmark, metric), []))
        metrics[benchmark, reason].append(metric)
    for (benchmark, reason), names in sorted(metrics.items()):
        yield {"benchmark": benchmark, "metrics": names, "reason": reason}


def explain_left_out(left: Sequence[Score], right: Sequence[Score]) -> str:
    """First reason why two sets of scores share no row."""
    if not left or not right:
        return "only_right" if not left else "only_left"
    for name in ("version", "harness"):
        ours, theirs = ({itemgetter(name)(score) for score in scores} for scores in (left, right))
        if not ours & theirs:
            return f"{name}_not_stated" if UNSTATED in ours | theirs else f"other_{name}"
    return "not_comparable"
