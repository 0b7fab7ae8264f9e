"""One row for each benchmark that both sides have, at each side's best published effort."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from statistics import fmean

from llmpairs.pages.content.evidence import unique
from llmpairs.pages.content.pair_schema import BenchmarkSummary, SharedRow


@cache
def load_whole_metrics() -> tuple[str, ...]:
    """Metrics that cover a whole benchmark, of `benchmark_rows.toml`."""
    return tuple(tomllib.loads((files(__package__) / "benchmark_rows.toml").read_text("utf-8"))["whole_metrics"])


def summarise_benchmarks(rows: Sequence[SharedRow]) -> Iterator[BenchmarkSummary]:
    """Yield a row for each benchmark with published values, by name.

    Of several versions and harnesses the one with the most shared metrics counts, of equal ones the newest version.
    """
    known = [row for row in rows if all(side["value"] is not None for side in row["sides"])]
    for _, found in groupby(sorted(known, key=lambda row: row["benchmark"]), lambda row: row["benchmark"]):
        settings: dict[tuple[str, str], list[SharedRow]] = {}
        for row in found:
            settings.setdefault((row["version"], row["harness"]), []).append(row)
        setting = max(settings, key=lambda key: (len(settings[key]), key))
        yield _summarise(settings[setting])


def _summarise(rows: Sequence[SharedRow]) -> BenchmarkSummary:
    """Summarise the shared metrics of one benchmark, version and harness."""
    whole = [row for name in load_whole_metrics() for row in rows if row["metric"] == name]
    shown = rows if len(rows) > 1 and not whole else [*whole, *rows][:1]
    first = shown[0]
    return {
        "benchmark": first["benchmark"],
        "version": first["version"],
        "harness": first["harness"],
        "unit": first["unit"],
        "metric": first["metric"] if len(shown) == 1 else f"mean of {len(shown)} metrics",
        "values": [round(fmean(row["sides"][at]["value"] or 0.0 for row in shown), 2) for at in (0, 1)],
        "won": [sum(row["ahead"] == at for row in rows) for at in (0, 1)],
        "metrics": len(rows),
        "labs_own": [any(row["sides"][at]["evaluator_class"] == "lab_claimed" for row in shown) for at in (0, 1)],
        "evidence": [unique(row["sides"][at]["evidence"] for row in shown) for at in (0, 1)],
    }
