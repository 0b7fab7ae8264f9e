"""Benchmarks of a pair: rows that both sides have, and why the others do not stand beside each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from llmpairs.pages.content.evidence import Row
from llmpairs.transforms.pairs.benchmarks import LOOSE_ROW, ROW, UNSTATED

Key = tuple[str, ...]
SIDE_COLUMNS = (
    "value",
    "standard_error",
    "effort",
    "evaluator_class",
    "evaluated_on",
    "is_withheld",
    "evidence",
)


def compare_scores(sides: Sequence[Row]) -> Row:
    """Shared rows and, by benchmark, what is left out and why.

    `comparable` rows agree in effort and kind of evaluator too; `indicative` ones set each side's best effort
    beside the other's. `scores` counts what either side has in all.
    """
    usable = [[score for score in side["scores"] if score["is_comparable"]] for side in sides]
    named = [[score for score in scores if score["evaluator_class"] != UNSTATED] for scores in usable]
    strict = list(shared_rows(named, tuple(ROW)))
    loose = list(shared_rows(usable, tuple(LOOSE_ROW)))
    compared = {tuple(row[name] for name in LOOSE_ROW) for row in strict}
    for row in loose:
        row["is_also_comparable"] = tuple(row[name] for name in LOOSE_ROW) in compared
    used: set[Key] = {(row["benchmark"], row["metric"]) for row in loose}
    return {
        "comparable": strict,
        "indicative": loose,
        "left_out": list(left_out(sides, used)),
        "scores": [len(side["scores"]) for side in sides],
    }


def rows_by(scores: Iterable[Row], *names: str) -> dict[Key, list[Row]]:
    """Scores by the values of some columns."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for score in scores:
        groups[tuple(score[name] for name in names)].append(score)
    return groups


def shared_rows(scores: Sequence[Sequence[Row]], names: Key) -> Iterator[Row]:
    """Rows that both sides have by those columns, sorted, each side with its best score."""
    left, right = (rows_by(side, *names) for side in scores)
    for key in sorted(left.keys() & right.keys()):
        chosen = [best_of(left[key]), best_of(right[key])]
        values = [score["value"] for score in chosen]
        higher = chosen[0]["higher_is_better"]
        yield {
            **{name: chosen[0][name] for name in (*LOOSE_ROW, "unit", "higher_is_better")},
            "effort_differs": chosen[0]["effort"] != chosen[1]["effort"],
            "sides": [{name: score[name] for name in SIDE_COLUMNS} for score in chosen],
            "ahead": None if None in values else who_is_ahead(values, higher),
        }


def best_of(scores: Sequence[Row]) -> Row:
    """The best score; of equal ones the first by effort and source."""
    sign = 1.0 if scores[0]["higher_is_better"] else -1.0
    return min(
        scores,
        key=lambda score: (
            score["value"] is None,
            -sign * (score["value"] or 0.0),
            score["effort"],
            score["evidence"]["source_id"],
        ),
    )


def who_is_ahead(values: Sequence[float], higher_is_better: bool) -> int | None:
    """Position of the better value; None when they are equal."""
    if values[0] == values[1]:
        return None
    return int((values[1] > values[0]) == higher_is_better)


def left_out(sides: Sequence[Row], used: set[Key]) -> Iterator[Row]:
    """Benchmarks and metrics without a shared row, by benchmark and reason."""
    left, right = (rows_by(side["scores"], "benchmark", "metric") for side in sides)
    metrics: dict[tuple[str, str], list[str]] = defaultdict(list)
    for benchmark, metric in sorted((left.keys() | right.keys()) - used):
        reason = why_not(left.get((benchmark, metric), []), right.get((benchmark, metric), []))
        metrics[benchmark, reason].append(metric)
    for (benchmark, reason), names in sorted(metrics.items()):
        yield {"benchmark": benchmark, "metrics": names, "reason": reason}


def why_not(left: Sequence[Row], right: Sequence[Row]) -> str:
    """The first reason why two sets of scores share no row."""
    if not left or not right:
        return "only_right" if not left else "only_left"
    for name in ("version", "harness"):
        values = [{score[name] for score in scores} for scores in (left, right)]
        if not values[0] & values[1]:
            is_stated = UNSTATED not in values[0] | values[1]
            return f"other_{name}" if is_stated else f"{name}_not_stated"
    return "not_comparable"
