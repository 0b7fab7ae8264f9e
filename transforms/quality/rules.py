"""Load and check the reviewed rules of the quality index, `quality_rules.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmpairs.transforms.normalise.reference_files import (
    ReferenceDataError,
    find_missing_provenance,
    read_reference_file,
)
from llmpairs.warehouse.vocabulary import QUALITY_DOMAINS

FILE = "quality/quality_rules.toml"
EVERY_METRIC = "*"


@dataclass(frozen=True, kw_only=True)
class BenchmarkRule:
    """What one benchmark measures; without a family it enters no index."""

    family: str | None
    domains: Mapping[str, tuple[str, ...]]
    """Metrics that count, by domain; "*" for all."""
    harnesses: tuple[str, ...]
    """Harnesses whose results count; empty for all."""

    def counts(self, domain: str, metric: str, harness: str) -> bool:
        """Whether a result enters the index of a domain."""
        metrics = self.domains.get(domain, ())
        return (EVERY_METRIC in metrics or metric in metrics) and (not self.harnesses or harness in self.harnesses)


@dataclass(frozen=True, kw_only=True)
class QualityRules:
    """The reviewed rules of one formula version."""

    formula_version: str
    k: Mapping[str, float]
    """Factor on the variance of family effects, by domain."""
    inflation: float
    """Factor on the standard deviation of an estimated model."""
    suspect_z: float
    """Standard deviations from all else known of a model beyond which a family weighs less."""
    suspect_z_alone: float
    """The same for the only family of a model."""
    row_z: float
    """Standard deviations from its prediction beyond which a single score is suspect and not used."""
    suspect_power: int
    """A family at n times the limit weighs 1 / n to this power."""
    withheld: frozenset[str]
    """Domains whose index is not published."""
    benchmarks: Mapping[str, BenchmarkRule]
    effort_ranks: Mapping[str, int]
    unstated_rank: int
    without_thinking: frozenset[str]
    small_tiers: frozenset[str]
    large_tiers: frozenset[str]
    """Parts of names of small and of large models."""


def load_quality_rules() -> QualityRules:
    """Load quality_rules.toml; raises ReferenceDataError."""
    return parse_quality_rules(read_reference_file(FILE))


def parse_quality_rules(raw: Mapping[str, Any]) -> QualityRules:
    """Check the parsed file and build the rules."""
    constants, suspect, efforts, tiers = raw["constants"], raw["suspect"], raw["efforts"], raw["tiers"]
    reviewed = {"constants": constants, "suspect": suspect, "efforts": efforts, "tiers": tiers}
    reviewed |= raw.get("withheld", {})
    reviewed |= {name: entry.get("review", {}) for name, entry in raw["benchmark"].items()}
    for name, entry in reviewed.items():
        if missing := find_missing_provenance(entry):
            raise ReferenceDataError(f"quality_rules.toml [{name}]: {', '.join(missing)} is missing")
    ranks = {name: rank for rank, names in enumerate(efforts["ranks"]) for name in names}
    return QualityRules(
        formula_version=raw["formula_version"],
        k={domain: float(constants["k"][domain]) for domain in QUALITY_DOMAINS},
        inflation=float(constants["lambda"]),
        suspect_z=float(suspect["z"]),
        suspect_z_alone=float(suspect["z_alone"]),
        row_z=float(suspect["row_z"]),
        suspect_power=suspect["power"],
        withheld=frozenset(raw.get("withheld", {})),
        benchmarks={name: _parse_benchmark(name, entry) for name, entry in raw["benchmark"].items()},
        effort_ranks=ranks,
        unstated_rank=ranks[efforts["unstated"][0]],
        without_thinking=frozenset(efforts["without_thinking"]),
        small_tiers=frozenset(tiers["small"]),
        large_tiers=frozenset(tiers["large"]),
    )


def _parse_benchmark(name: str, entry: Mapping[str, Any]) -> BenchmarkRule:
    domains = entry.get("domains", {})
    if unknown := sorted(set(domains) - set(QUALITY_DOMAINS)):
        raise ReferenceDataError(f"quality_rules.toml [benchmark.{name}]: unknown domains {', '.join(unknown)}")
    if bool(entry.get("none")) == ("family" in entry and bool(domains)):
        raise ReferenceDataError(
            f"quality_rules.toml [benchmark.{name}]: give either a family with domains, or none = true"
        )
    return BenchmarkRule(
        family=entry.get("family"),
        domains={domain: tuple(metrics) for domain, metrics in domains.items()},
        harnesses=tuple(entry.get("harnesses", ())),
    )
