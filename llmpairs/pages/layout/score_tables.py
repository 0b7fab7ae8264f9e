"""Benchmark rows that two models share, and why the others do not compare."""

from collections.abc import Sequence
from typing import Any

from llmpairs.pages.layout.verdicts import SIDE_TONES, refs
from llmpairs.render.document import Cell, Table
from llmpairs.render.labels import EVALUATOR_WORDS

Row = dict[str, Any]
LEFT_OUT_WORDS = {
    "only_left": "only {0} has scores",
    "only_right": "only {1} has scores",
    "other_version": "scored on different versions",
    "version_not_stated": "a version is not stated",
    "other_harness": "run by different harnesses",
    "harness_not_stated": "a harness is not stated",
    "not_comparable": "not documented well enough to compare",
}


def score_table(page: Row) -> Table:
    """Shared rows: comparable ones, then the others at each side's best effort."""
    names = [side["display_name"] for side in page["sides"]]
    rows = [score_cells(row, "comparable", names) for row in page["benchmarks"]["comparable"]]
    rows += [
        score_cells(row, "indicative", names)
        for row in page["benchmarks"]["indicative"]
        if not row["is_also_comparable"]
    ]
    return Table(
        "Shared benchmark rows",
        ("Benchmark", *names, "Ahead", "How far it compares"),
        rows,
        frozenset({1, 2}),
    )


def score_cells(row: Row, level: str, names: Sequence[str]) -> list[Cell]:
    """One row of both sides."""
    ahead = row["ahead"]
    how = level + (", efforts differ" if row["effort_differs"] else "")
    return [
        Cell(
            f"{row['benchmark']}: {row['metric']}", note=f"version {row['version']}, harness {row['harness']}"
        ),
        *(score_cell(side, row["unit"]) for side in row["sides"]),
        Cell("-" if ahead is None else names[ahead], tone="muted" if ahead is None else SIDE_TONES[ahead]),
        Cell(how, tone="muted"),
    ]


def score_cell(side: Row, unit: str) -> Cell:
    """A score with its error, effort and evaluator; one that must not be passed on is only named."""
    notes = [EVALUATOR_WORDS[side["evaluator_class"]]]
    if side["effort"] != "unspecified":
        notes.append(f"effort {side['effort']}")
    if side["is_withheld"]:
        return Cell(
            "at the source",
            refs(side["evidence"]),
            note="; ".join([*notes, "its terms forbid passing it on"]),
        )
    error = f" ± {side['standard_error']:.2g}" if side["standard_error"] is not None else ""
    text = f"{side['value']:g}{'%' if unit == 'percent' else ''}{error}"
    return Cell(text, refs(side["evidence"]), note="; ".join(notes))


def own_score_table(scores: Sequence[Row]) -> Table:
    """Every score of one model."""
    return Table(
        f"{len(scores)} scores; two of them compare only at the same version, metric, harness and effort",
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


def left_out_table(rows: Sequence[Row], names: Sequence[str]) -> Table:
    """Benchmarks without a shared row, and why."""
    return Table(
        "Benchmarks that are not compared, and why",
        ("Benchmark", "Why", "Metrics"),
        [
            [
                Cell(row["benchmark"]),
                Cell(LEFT_OUT_WORDS[row["reason"]].format(*names)),
                Cell(
                    f"{len(row['metrics'])}" if len(row["metrics"]) > 4 else ", ".join(row["metrics"]),
                    tone="muted",
                ),
            ]
            for row in rows
        ],
    )
