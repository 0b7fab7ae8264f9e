import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.ops.scheduler import API_ENV, HOST, ServerError, prefect_server


def test_a_server_that_the_environment_names_is_used_and_none_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(API_ENV, "http://prefect.example.com:4200/api")
    with prefect_server(1) as address:
        assert address == "http://prefect.example.com:4200"


def test_a_port_that_is_taken_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_ENV, raising=False)
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken: another --port"), prefect_server(port):
            pass
    assert API_ENV not in os.environ


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--timezone", "Mars/Olympus"], "--timezone 'Mars/Olympus' is not known"),
        (["--log-format", "xml"], "--log-format xml is not known"),
        (["--notify-url", "mailto:x@example.com"], "is no http:// or https:// address"),
        (["--only", "groq,nobody"], "unknown source nobody"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_said_at_once(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = CliRunner().invoke(app, ["serve", "--warehouse", str(tmp_path / "w"), *arguments])
    assert done.exit_code == 2
    assert said in done.stderr
