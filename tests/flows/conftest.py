"""Local state of a test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("LLMPAIRS_STATE", str(folder))
    monkeypatch.delenv("LLMPAIRS_LOG", raising=False)
    monkeypatch.delenv("LLMPAIRS_NOTIFY_URL", raising=False)
    return folder
