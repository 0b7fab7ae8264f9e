"""The package's own books, loaded once."""

import pytest

from transforms.identity.books import load_books
from transforms.identity.facts import IdentityBooks


@pytest.fixture(scope="session")
def books() -> IdentityBooks:
    return load_books()
