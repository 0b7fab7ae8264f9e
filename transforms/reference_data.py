"""The reviewed data files that a night needs."""

from dataclasses import dataclass

from llmpairs.transforms.coverage import Steward, load_stewards
from llmpairs.transforms.identity.reference_data import load_books
from llmpairs.transforms.identity.reference_types import IdentityBooks
from llmpairs.transforms.normalise.benchmarks import BenchmarkBook, load_benchmarks
from llmpairs.transforms.normalise.capabilities import CapabilityWords, load_capability_words
from llmpairs.transforms.normalise.kinds import KindWords, load_kind_words
from llmpairs.transforms.normalise.licences import LicenceBook, load_licences
from llmpairs.transforms.normalise.providers import ProviderBook, load_providers
from llmpairs.transforms.reconcile.tolerances import Tolerances, load_tolerances


@dataclass(frozen=True)
class Books:
    """The reviewed data files, loaded."""

    providers: ProviderBook
    licences: LicenceBook
    kinds: KindWords
    capabilities: CapabilityWords
    benchmarks: BenchmarkBook
    identity: IdentityBooks
    stewards: dict[str, Steward]
    tolerances: Tolerances


def load_all_books() -> Books:
    """Every reviewed data file that the night needs; the only reading of files in the transforms."""
    return Books(
        load_providers(),
        load_licences(),
        load_kind_words(),
        load_capability_words(),
        load_benchmarks(),
        load_books(),
        load_stewards(),
        load_tolerances(),
    )
