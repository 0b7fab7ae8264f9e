"""The package's own reference data, loaded once."""

import pytest

from llmpairs.transforms.identity.reference_data import load_identity_reference
from llmpairs.transforms.identity.reference_types import IdentityReference


@pytest.fixture(scope="session")
def reference() -> IdentityReference:
    return load_identity_reference()
