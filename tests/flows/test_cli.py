"""The command line as a whole: names, former names, help, version, closed pipes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click import unstyle
from typer.testing import CliRunner

from llmpairs import __version__
from llmpairs.flows.cli import FORMER_NAMES, GROUPS, TOP_LEVEL, app
from llmpairs.flows.commands.output import DONE, USAGE


def call(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command, without styles."""
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, unstyle(result.output)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_lists_every_command_by_audience(option: str) -> None:
    code, text = call(option)
    assert code == DONE
    for name in (*TOP_LEVEL, *GROUPS, "Compare models", "Data quality", "Operate", "--install-completion"):
        assert name in text
    assert "inbox" not in text


def test_the_version_is_that_of_the_distribution() -> None:
    assert call("--version") == (DONE, f"llmpairs {__version__}\n")


@pytest.mark.parametrize(("former", "present"), FORMER_NAMES.items())
def test_a_former_name_works_and_prints_the_present_one(former: str, present: str) -> None:
    code, text = call(*former.split(), "--help")
    assert code == DONE
    assert "--help" in text
    visible = {**TOP_LEVEL, **{f"{group} {name}": 1 for group, (_, _, members) in GROUPS.items() for name in members}}
    assert present in visible


def test_a_former_name_runs_the_command_after_a_deprecation_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["releases", "--warehouse", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (DONE, "no rows\n")
    assert "deprecated: `llmpairs releases` is now `llmpairs release list`" in result.stderr


def test_review_alone_lists_open_cases(tmp_path: Path) -> None:
    code, text = call("review", "--warehouse", str(tmp_path))
    assert (code, "has no release yet" in text) == (USAGE, True)


def test_options_of_the_former_review_lead_to_the_aliases(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["review", "--reason", "two_candidates", "--warehouse", str(tmp_path)])
    assert "`llmpairs review` is now `llmpairs review aliases`" in result.stderr


@pytest.mark.slow
def test_a_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "llmpairs.flows", "sources", "--format", "json", "--warehouse", "nowhere"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == DONE
