"""Tables of benchmark rows: shared ones, those that are left out, and all scores of one model."""

from collections.abc import Sequence

from llmpairs.pages.content.pair_schema import BenchmarkSummary, LeftOut, PairPage, SharedRow, SideScore
from llmpairs.pages.content.schema import Score
from llmpairs.pages.layout.outcomes import SIDE_TONES, citations
from llmpairs.render.document import Cell, Mark, TableBlock
from llmpairs.render.labels import EVALUATOR_LABELS

LEFT_OUT_LABELS = {
    "only_left": "only {0} has scores",
    "only_right": "only {1} has scores",
    "other_version": "scored on different versions",
    "version_not_stated": "a version is not stated",
    "other_harness": "run by different harnesses",
    "harness_not_stated": "a harness is not stated",
    "not_comparable": "not documented well enough to compare",
}


SHOWN_BENCHMARKS = 10
SCALE_ENDS = {"percent": (0.0, 100.0), "fraction": (0.0, 1.0)}
"""Ends of the axis of a unit; of another one the two scores with a margin of their difference."""


def benchmark_table(rows: Sequence[BenchmarkSummary], names: Sequence[str]) -> TableBlock:
    """One row for each benchmark with both figures and a dot for each."""
    head = ("Benchmark", *names, "Metrics ahead", "")
    return TableBlock(
        "Shared benchmarks, each model at its best published effort",
        head,
        [_benchmark_cells(row, names) for row in rows],
        frozenset({1, 2, 3}),
    )


def _benchmark_cells(row: BenchmarkSummary, names: Sequence[str]) -> list[Cell]:
    low, high = SCALE_ENDS.get(row["unit"]) or _span(row["values"])
    at = [round(2 + 96 * (value - low) / (high - low), 2) for value in row["values"]]
    suffix = "%" if row["unit"] == "percent" else ""
    figures = list(zip(row["values"], row["labs_own"], row["evidence"], strict=True))
    marks = [
        Mark("dot", position, tone, f"{name}: {value:g}{suffix}")
        for name, position, tone, value in zip(names, at, SIDE_TONES, row["values"], strict=True)
    ]
    return [
        Cell(row["benchmark"], note=row["metric"]),
        *(
            Cell(f"{value:g}{suffix}", tuple(refs), note=EVALUATOR_LABELS["lab_claimed"] if own else "")
            for value, own, refs in figures
        ),
        Cell(f"{row['won'][0]} : {row['won'][1]}" + (f" of {row['metrics']}" if row["metrics"] > 1 else "")),
        Cell("", marks=(Mark("link", min(at), "muted", end=max(at)), *marks)),
    ]


def _span(values: Sequence[float]) -> tuple[float, float]:
    margin = (max(values) - min(values)) or 1.0
    return min(values) - margin, max(values) + margin


def score_table(page: PairPage) -> TableBlock:
    """Shared rows: comparable ones, then the others at each side's best effort."""
    names = [side["display_name"] for side in page["sides"]]
    rows = [_score_cells(row, "comparable", names) for row in page["benchmarks"]["comparable"]]
    loose = [row for row in page["benchmarks"]["indicative"] if not row["is_also_comparable"]]
    rows += [_score_cells(row, "indicative", names) for row in loose]
    head = ("Benchmark", *names, "Ahead", "How far it compares")
    return TableBlock("Shared benchmark rows", head, rows, frozenset({1, 2}))


def _score_cells(row: SharedRow, level: str, names: Sequence[str]) -> list[Cell]:
    ahead = row["ahead"]
    how = level + (", efforts differ" if row["effort_differs"] else "")
    return [
        Cell(f"{row['benchmark']}: {row['metric']}", note=f"version {row['version']}, harness {row['harness']}"),
        *(score_cell(side, row["unit"]) for side in row["sides"]),
        Cell("-" if ahead is None else names[ahead], tone="muted" if ahead is None else SIDE_TONES[ahead]),
        Cell(how, tone="muted"),
    ]


def score_cell(side: SideScore, unit: str) -> Cell:
    """A score with its error, effort and evaluator; one that must not be redistributed has no value."""
    notes = [EVALUATOR_LABELS[side["evaluator_class"]]]
    if side["effort"] != "unspecified":
        notes.append(f"effort {side['effort']}")
    if side["is_withheld"] or side["value"] is None:
        return Cell(
            "at the source", citations(side["evidence"]), note="; ".join([*notes, "its terms forbid redistribution"])
        )
    error = f" ± {side['standard_error']:.2g}" if side["standard_error"] is not None else ""
    text = f"{side['value']:g}{'%' if unit == 'percent' else ''}{error}"
    return Cell(text, citations(side["evidence"]), note="; ".join(notes))


def own_score_table(scores: Sequence[Score]) -> TableBlock:
    """Every score of one model."""
    return TableBlock(
        f"{len(scores)} scores; two of them are comparable only at the same version, metric, harness and effort",
        ("Benchmark", "Metric", "Score", "Version", "Harness", "May be compared"),
        [
            [
                Cell(row["benchmark"]),
                Cell(row["metric"]),
                score_cell(row, row["unit"]),
                Cell(row["version"]),
                Cell(row["harness"]),
                Cell("yes" if row["is_comparable"] else "not documented well enough", tone="muted"),
            ]
            for row in scores
        ],
    )


def left_out_table(rows: Sequence[LeftOut], names: Sequence[str]) -> TableBlock:
    """Benchmarks without a shared row, and why."""
    return TableBlock(
        "Benchmarks that are not compared, and why",
        ("Benchmark", "Why", "Metrics"),
        [
            [
                Cell(row["benchmark"]),
                Cell(LEFT_OUT_LABELS[row["reason"]].format(*names)),
                Cell(f"{len(row['metrics'])}" if len(row["metrics"]) > 4 else ", ".join(row["metrics"]), tone="muted"),
            ]
            for row in rows
        ],
    )
