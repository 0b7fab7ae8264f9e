import os
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.ops.scheduler import API_ENV, HOST, ServerError, prefect_server


def test_a_server_that_the_environment_names_is_used_and_none_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_ENV, "http://prefect.example.com:4200/api")
    with prefect_server(1) as address:
        assert address == "http://prefect.example.com:4200"


def test_a_taken_port_is_an_error_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(API_ENV, raising=False)
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServerError, match=f"port {port} is taken: another --port"), prefect_server(port):
            pass
    assert API_ENV not in os.environ


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--timezone", "Mars/Olympus"], "--timezone: 'Mars/Olympus' is unknown"),
        (["--log-format", "xml"], "'xml' is not one of"),
        (["--notify-url", "mailto:x@example.com"], "is not an http:// or https:// URL"),
        (["--only", "groq,nobody"], "unknown source nobody"),
    ],
)
def test_a_wrong_option_of_the_schedule_is_an_error_at_once(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["schedule", "--warehouse", str(tmp_path / "w"), *arguments])
    assert done.exit_code == 2
    assert message in done.stderr
