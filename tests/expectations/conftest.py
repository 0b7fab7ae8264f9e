"""The small release, built once."""

import pytest

from tests.expectations.good_release import good_frames
from tests.expectations.spoil import Frames


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    """Frames of a release in which everything is as it should be; tests copy what they change."""
    return good_frames(tmp_path_factory.mktemp("release") / "pairs")
