import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from llmpairs.flows.commands.output import FAILED, exit_with
from llmpairs.flows.nightly.run import first_line
from llmpairs.logs import LOGGER, set_up_logging
from llmpairs.progress import Progress

KEY = "sk-very-secret-4711"


@pytest.fixture(autouse=True)
def restore_loggers() -> Iterator[None]:
    loggers = [LOGGER]
    kept = [(logger.handlers, logger.level) for logger in loggers]
    yield
    for logger, (handlers, level) in zip(loggers, kept, strict=True):
        logger.handlers, logger.propagate = handlers, True
        logger.setLevel(level)


def lines_of(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_event_is_one_json_line_with_its_run_stage_and_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMPAIRS_LOG", "json")
    set_up_logging()
    progress = Progress(run_id="20260608T235900Z")
    with progress.stage("land"):
        logging.getLogger("llmpairs.warehouse.releases").warning("no link\nover two lines")
    exit_with(FAILED, "the gate blocked the run")
    begins, warns, ends, error = lines_of(capsys.readouterr().err)
    assert (begins["event"], begins["stage"], begins["run_id"]) == ("stage begins", "land", "20260608T235900Z")
    assert [warns["level"], warns["logger"]] == ["warning", "llmpairs.warehouse.releases"]
    assert warns["event"] == "no link\nover two lines"
    assert ends["event"] == "stage ends"
    assert isinstance(ends["stage_seconds"], float)
    assert (error["level"], error["exit_code"], error["event"]) == ("error", 1, "the gate blocked the run")
    assert all(str(line["at"]).endswith("+00:00") for line in (begins, warns, ends, error))


def test_text_output_has_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging()
    progress = Progress()
    with progress.stage("land"):
        progress.log_event("only for machines")
    logging.getLogger("llmpairs.flows.nightly.notify").warning("a webhook")
    output = capsys.readouterr().err
    assert output.splitlines()[0].endswith("s  land")
    assert "WARNING a webhook" in output
    assert "machines" not in output


@pytest.mark.parametrize("style", ["json", "text"])
@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "LLMPAIRS_NOTIFY_URL"])
def test_secrets_of_the_environment_are_in_no_line(
    name: str, style: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLMPAIRS_LOG", style)
    monkeypatch.setenv(name, KEY)
    set_up_logging()
    progress = Progress()
    progress.print_line(f"asking https://example.com/?key={KEY}", url=f"https://example.com/?key={KEY}")
    logging.getLogger("llmpairs.spiders.x").error("refused %s", KEY)
    try:
        int(KEY)
    except ValueError:
        logging.getLogger("llmpairs.flows.x").exception("unforeseen")
    assert isinstance(exit_with(FAILED, f"no {KEY}"), typer.Exit)
    output = capsys.readouterr().err
    assert KEY not in output
    assert output.count("***") >= 4


def test_the_recorded_error_of_a_failed_run_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", KEY)
    assert first_line(OSError(f"refused: https://example.com/?key={KEY}\nmore")) == (
        "refused: https://example.com/?key=***"
    )


LATE_OUTPUT = """
import atexit, os, sys
from llmpairs.flows import cli
atexit.register(os.write, 2, b"nanobind: leaked 1 instances!\\n")
sys.argv = ["llmpairs", "status", "--warehouse", sys.argv[1]]
cli.main()
"""


@pytest.mark.slow
def test_what_libraries_print_while_python_ends_is_dropped_and_json_logs_hold_only_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE_OUTPUT, str(tmp_path / "w")],
        env={**os.environ, "LLMPAIRS_LOG": "json"},
        capture_output=True,
        text=True,
        check=False,
    )
    (error,) = lines_of(done.stderr)
    assert (done.returncode, error["level"], error["exit_code"]) == (1, "error", 1)
