"""Every test of storage runs in a folder and in a bucket."""

from pathlib import Path

import pytest

from llmpairs.warehouse.store import Store, open_store


@pytest.fixture(params=["folder", "s3"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty warehouse, in a folder and in a bucket."""
    return str(tmp_path / "data") if request.param == "folder" else str(request.getfixturevalue("s3_uri"))


@pytest.fixture
def store(uri: str) -> Store:
    return open_store(uri)


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data")
