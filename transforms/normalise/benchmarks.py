"""Maps printed names of benchmarks, metrics, harnesses and efforts to canonical names (benchmarks.toml)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)

UNSPECIFIED = "unspecified"
_BETWEEN = re.compile(r"(?:[^\w.@+]|_)+")
_BUDGET = re.compile(r"(?:thinking-)?(\d+k|auto)(?:-think(?:ing)?)?(?:-tokens)?(?:-(\w+)-effort)?")
# Results with other harness settings stay comparable; results with another number of attempts do not.
_VERSION = re.compile(r"(?: v?\d[\w.]*)?(?:, (?!attempts ).*)?")


@dataclass(frozen=True, kw_only=True)
class BenchmarkDefinition:
    """A reviewed benchmark: unit, range, metrics, and defaults for what its results do not state."""

    id: str
    unit: str
    low: float | None
    high: float | None
    higher_is_better: bool
    metrics: Mapping[str, str]
    """Canonical metric by slug; empty where every metric is accepted under its own name."""
    measures: Mapping[str, str]
    """Unit of each metric that measures what a run costs, by its canonical name; less of it is better."""
    version: str | None
    is_living: bool
    harness: str | None
    needs_harness: bool

    def name_metric(self, printed: str) -> str | None:
        """Canonical metric of a printed column; None for one that is not reviewed."""
        spelling = slug(printed)
        if spelling in self.measures:
            return spelling
        return self.metrics.get(spelling) if self.metrics else spelling


@dataclass(frozen=True, kw_only=True)
class BenchmarkReference:
    """Reviewed benchmarks, harnesses and efforts; names are looked up by `slug`."""

    names: Mapping[str, tuple[str, str | None]]
    """Benchmark id and stated edition by slug."""
    benchmarks: Mapping[str, BenchmarkDefinition]
    harnesses: Mapping[str, str]
    versioned: Mapping[str, str]
    """Harness by name in lower case, where versions and settings are not part of the name."""
    efforts: Mapping[str, str]

    def find(self, printed: str) -> tuple[BenchmarkDefinition | None, str | None]:
        """Benchmark of a printed name and the edition that the name states; (None, None) if not reviewed."""
        found = self.names.get(slug(printed))
        return (self.benchmarks[found[0]], found[1]) if found else (None, None)

    def name_harness(self, printed: str) -> str:
        """Canonical name of a printed harness."""
        lowered = printed.lower()
        for prefix, harness in self.versioned.items():
            if lowered.startswith(prefix) and _VERSION.fullmatch(lowered[len(prefix) :]):
                return harness
        return self.harnesses.get(slug(printed), slug(printed))

    def name_effort(self, printed: str) -> str:
        """Canonical name of a printed effort: "high", "thinking-32k", "thinking-64k-high", "no-thinking"."""
        spelling = slug(printed)
        if spelling in self.efforts:
            return self.efforts[spelling]
        budget = _BUDGET.fullmatch(spelling)
        # "high-effort" alone is an effort without thinking at LiveBench, and keeps its spelling: "high" thinks.
        return "-".join(filter(None, ["thinking", budget[1], budget[2]])) if budget else spelling


def slug(printed: str) -> str:
    """Comparison form of a name: "SWE-Bench Pro", "SWE Bench Pro" and "swe_bench_pro" give "swe-bench-pro"."""
    return _BETWEEN.sub("-", printed.casefold()).strip("-.")


def load_benchmark_reference() -> BenchmarkReference:
    """Load benchmarks.toml; raises ReferenceDataError."""
    return parse_benchmark_reference(read_reference_file("normalise/benchmarks.toml"))


def parse_benchmark_reference(raw: Mapping[str, Any]) -> BenchmarkReference:
    """Check parsed tables and build the reference data."""
    for table in raw.values():
        for name, entry in table.items():
            if find_missing_provenance(entry):
                raise ReferenceDataError(f"benchmarks.toml: {name} lacks its reason, date or evidence")
    return BenchmarkReference(
        names=_index_names(raw["benchmark"]),
        benchmarks={name: _parse_benchmark(name, entry) for name, entry in raw["benchmark"].items()},
        harnesses=_invert("harness", {name: entry["names"] for name, entry in raw["harness"].items()}),
        versioned={
            printed.lower(): name
            for name, entry in raw["harness"].items()
            for printed in entry["names"]
            if entry.get("any_version", False)
        },
        efforts=_invert("effort", {name: entry["names"] for name, entry in raw["effort"].items()}),
    )


def _index_names(entries: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    by_slug: dict[str, tuple[str, str | None]] = {}
    for name, entry in entries.items():
        editions = {slug(printed): version for printed, version in entry.get("editions", {}).items()}
        plain = dict.fromkeys(map(slug, (name, *entry.get("names", ()))))
        for spelling, version in {**plain, **editions}.items():
            if by_slug.setdefault(spelling, (name, version))[0] != name:
                raise ReferenceDataError(
                    f"benchmarks.toml: {spelling!r} names {by_slug[spelling][0]} and {name}; remove one of them"
                )
    return by_slug


def _parse_benchmark(name: str, entry: Mapping[str, Any]) -> BenchmarkDefinition:
    metrics = entry.get("metrics", {})
    if bool(metrics) == entry.get("any_metric", False):
        raise ReferenceDataError(f"benchmarks.toml: {name} must have either metrics or any_metric = true")
    return BenchmarkDefinition(
        id=name,
        unit=entry["unit"],
        low=entry.get("low"),
        high=entry.get("high"),
        higher_is_better=entry["higher_is_better"],
        metrics=_invert(name, metrics),
        measures=entry.get("measures", {}),
        version=entry.get("version"),
        is_living=entry.get("living", False),
        harness=entry.get("harness"),
        needs_harness=entry.get("needs_harness", False),
    )


def _invert(where: str, names: Mapping[str, list[str]]) -> dict[str, str]:
    """Canonical name by slug; raises ReferenceDataError when two canonical names share a slug."""
    by_slug: dict[str, str] = {}
    for name, printed_names in names.items():
        for spelling in map(slug, printed_names):
            other = by_slug.setdefault(spelling, name)
            if other != name:
                raise ReferenceDataError(
                    f"benchmarks.toml: {where}: {spelling!r} names {other} and {name}; remove one of them"
                )
    return by_slug
