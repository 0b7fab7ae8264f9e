import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llmpairs.flows.cli import app
from llmpairs.flows.ops.scheduler import API_ENV, HOST, ServerError, prefect_server, terminate_runs
from llmpairs.flows.runtime.settings import FLOW_RUN_ENV


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


def test_sigterm_ends_the_runs_of_a_schedule_and_no_other_process() -> None:
    command = [sys.executable, "-c", "import time; print('started', flush=True); time.sleep(60)"]
    run, server = (
        subprocess.Popen(command, env={**os.environ, **more}, stdout=subprocess.PIPE, text=True)
        for more in ({FLOW_RUN_ENV: "a-run"}, {})
    )
    try:
        for process in (run, server):
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
        terminate_runs()
        assert run.wait(timeout=20) == -signal.SIGTERM
        assert server.poll() is None
    finally:
        for process in (run, server):
            process.kill()
            process.communicate()
