"""The package's own books, loaded once."""

import pytest

from llmpairs.transforms.identity.reference_data import load_books
from llmpairs.transforms.identity.reference_types import IdentityBooks


@pytest.fixture(scope="session")
def books() -> IdentityBooks:
    return load_books()
