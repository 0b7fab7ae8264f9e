"""Printed names of benchmarks, columns, harnesses and efforts to canonical ones, from benchmarks.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

UNSPECIFIED = "unspecified"
_BETWEEN = re.compile(r"(?:[^\w.@+]|_)+")
_BUDGET = re.compile(r"(?:thinking-)?(\d+k|auto)(?:-think(?:ing)?)?(?:-tokens)?(?:-(\w+)-effort)?")
_EFFORT = re.compile(r"(\w+)-effort")
# Settings of a harness do not part its results; a number of attempts does.
_VERSION = re.compile(r"(?: v?\d[\w.]*)?(?:, (?!attempts ).*)?")


class BenchmarkBookError(ValueError):
    """benchmarks.toml says something impossible; the message names the entry and what to change."""


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """A benchmark, its unit and range, and what its results leave unsaid."""

    id: str
    unit: str
    low: float | None
    high: float | None
    higher_is_better: bool
    metrics: Mapping[str, str]
    """Canonical column by its spelling; every column counts where this is empty."""
    version: str | None
    is_living: bool
    harness: str | None
    needs_harness: bool

    def name_metric(self, printed: str) -> str | None:
        """The column's canonical name; None for one that is not reviewed."""
        spelled = slug(printed)
        return self.metrics.get(spelled) if self.metrics else spelled


@dataclass(frozen=True, kw_only=True)
class BenchmarkBook:
    """Reviewed names; every look-up is by `slug`."""

    names: Mapping[str, tuple[str, str | None]]
    """Benchmark id and stated edition by spelling."""
    benchmarks: Mapping[str, Benchmark]
    harnesses: Mapping[str, str]
    versioned: Mapping[str, str]
    """Harnesses whose versions and settings are no part of the name, by their word in lower case."""
    efforts: Mapping[str, str]

    def find(self, printed: str) -> tuple[Benchmark | None, str | None]:
        """The benchmark of a printed name and the edition that the name states."""
        found = self.names.get(slug(printed))
        return (self.benchmarks[found[0]], found[1]) if found else (None, None)

    def name_harness(self, printed: str) -> str:
        """A harness by its canonical name."""
        lowered = printed.lower()
        for word, harness in self.versioned.items():
            if lowered.startswith(word) and _VERSION.fullmatch(lowered[len(word) :]):
                return harness
        return self.harnesses.get(slug(printed), slug(printed))

    def name_effort(self, printed: str) -> str:
        """An effort or setting by its canonical name: "high", "thinking-32k", "thinking-64k-high", "no-thinking"."""
        spelled = slug(printed)
        if spelled in self.efforts:
            return self.efforts[spelled]
        budget = _BUDGET.fullmatch(spelled)
        if budget:
            return "-".join(filter(None, ["thinking", budget[1], budget[2]]))
        effort = _EFFORT.fullmatch(spelled)
        return effort[1] if effort else spelled


def slug(printed: str) -> str:
    """A name in lower case with dashes; "SWE-Bench Pro", "SWE Bench Pro" and "swe_bench_pro" are one."""
    return _BETWEEN.sub("-", printed.casefold()).strip("-.")


def load_benchmarks() -> BenchmarkBook:
    """The book from benchmarks.toml; BenchmarkBookError names what is wrong with it."""
    raw = tomllib.loads(
        (files("llmpairs.transforms.normalise") / "benchmarks.toml").read_text(encoding="utf-8")
    )
    return read_benchmarks(raw)


def read_benchmarks(raw: Mapping[str, Any]) -> BenchmarkBook:
    """The book from its parsed tables."""
    for table in raw.values():
        for name, entry in table.items():
            if not {"reason", "date", "evidence"} <= entry.keys():
                raise BenchmarkBookError(f"benchmarks.toml: {name} lacks its reason, date or evidence")
    return BenchmarkBook(
        names=_read_names(raw["benchmark"]),
        benchmarks={name: _read_benchmark(name, entry) for name, entry in raw["benchmark"].items()},
        harnesses=_invert("harness", {name: entry["names"] for name, entry in raw["harness"].items()}),
        versioned={
            word.lower(): name
            for name, entry in raw["harness"].items()
            for word in entry["names"]
            if entry.get("any_version", False)
        },
        efforts=_invert("effort", {name: entry["names"] for name, entry in raw["effort"].items()}),
    )


def _read_names(entries: Mapping[str, Any]) -> dict[str, tuple[str, str | None]]:
    spelled: dict[str, tuple[str, str | None]] = {}
    for name, entry in entries.items():
        editions = {slug(word): version for word, version in entry.get("editions", {}).items()}
        plain = dict.fromkeys(map(slug, (name, *entry.get("names", ()))))
        for word, version in {**plain, **editions}.items():
            if spelled.setdefault(word, (name, version))[0] != name:
                raise BenchmarkBookError(
                    f"benchmarks.toml: {word!r} leads to {spelled[word][0]} and to {name}; keep the right one"
                )
    return spelled


def _read_benchmark(name: str, entry: Mapping[str, Any]) -> Benchmark:
    metrics = entry.get("metrics", {})
    if bool(metrics) == entry.get("any_metric", False):
        raise BenchmarkBookError(f"benchmarks.toml: {name} must have either metrics or any_metric = true")
    return Benchmark(
        id=name,
        unit=entry["unit"],
        low=entry.get("low"),
        high=entry.get("high"),
        higher_is_better=entry["higher_is_better"],
        metrics=_invert(name, metrics),
        version=entry.get("version"),
        is_living=entry.get("living", False),
        harness=entry.get("harness"),
        needs_harness=entry.get("needs_harness", False),
    )


def _invert(where: str, names: Mapping[str, list[str]]) -> dict[str, str]:
    """Canonical name by spelling; two canonical names may not share one."""
    spelled: dict[str, str] = {}
    for name, words in names.items():
        for word in map(slug, words):
            if spelled.setdefault(word, name) != name:
                raise BenchmarkBookError(
                    f"benchmarks.toml: {where}: {word!r} leads to {spelled[word]} and to {name}; keep the right one"
                )
    return spelled
