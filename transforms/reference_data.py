"""Reviewed data files of a run, loaded once."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.identity.reference_types import IdentityReference
from llmpairs.transforms.normalise.benchmarks import BenchmarkReference, load_benchmark_reference
from llmpairs.transforms.normalise.capabilities import CapabilityReference, load_capability_reference
from llmpairs.transforms.normalise.family_facts import FamilyReference, load_family_reference
from llmpairs.transforms.normalise.kinds import KindReference, load_kind_reference
from llmpairs.transforms.normalise.licences import LicenceReference, load_licence_reference
from llmpairs.transforms.normalise.providers import ProviderReference, load_provider_reference
from llmpairs.transforms.normalise.tokenizers import TokenizerReference, load_tokenizer_reference
from llmpairs.transforms.pricing.price_rules import PriceRules, load_price_rules
from llmpairs.transforms.quality.rules import QualityRules, load_quality_rules
from llmpairs.transforms.reconcile.tie_breakers import TieBreakers, load_tie_breakers
from llmpairs.transforms.reconcile.tolerances import Tolerances, load_tolerances


@dataclass(frozen=True)
class GapOwner:
    """Who closes a coverage gap in a field, from which source, and how."""

    field: str
    severity: str
    best_source: str
    action: str
    owner: str


def load_gap_owners() -> dict[str, GapOwner]:
    """Owner of every expected field, from gap_owners.toml."""
    raw: dict[str, dict[str, Any]] = tomllib.loads(
        (files("llmpairs.transforms") / "gap_owners.toml").read_text(encoding="utf-8")
    )
    return {
        field: GapOwner(field, entry["severity"], entry["best_source"], entry["action"], entry["owner"])
        for field, entry in raw.items()
    }


@dataclass(frozen=True)
class ReferenceData:
    """The reviewed data files, loaded."""

    providers: ProviderReference
    licences: LicenceReference
    kinds: KindReference
    capabilities: CapabilityReference
    benchmarks: BenchmarkReference
    identity: IdentityReference
    gap_owners: dict[str, GapOwner]
    tolerances: Tolerances
    tie_breakers: TieBreakers
    price_rules: PriceRules
    families: FamilyReference
    quality: QualityRules
    tokenizers: TokenizerReference


def load_reference_data() -> ReferenceData:
    """Every reviewed data file that a run needs; the transforms read no other file."""
    return ReferenceData(
        load_provider_reference(),
        load_licence_reference(),
        load_kind_reference(),
        load_capability_reference(),
        load_benchmark_reference(),
        load_identity_reference(),
        load_gap_owners(),
        load_tolerances(),
        load_tie_breakers(),
        load_price_rules(),
        load_family_reference(),
        load_quality_rules(),
        load_tokenizer_reference(),
    )
