"""The list of quality checks is whole: every line is checked somewhere, and some test plants its fault."""

import ast
from functools import cache
from pathlib import Path

import pytest

from llmpairs.expectations.quality_checks import DOCUMENT, SEVERITIES, Line, load_lines, main, rules_of
from llmpairs.expectations.results import rows_of
from llmpairs.expectations.run import validate
from llmpairs.expectations.suites import SUITES
from llmpairs.warehouse.contracts import TABLES
from tests.expectations.spoil import Frames

ROOT = Path(__file__).resolve().parents[2]
LINES = load_lines()
IN_NO_SUITE = {"Q05", "Q28", "Q59", "Q60"}
"""Judged while a page is fetched, by tests of the code, and while a release is published."""
RANK = ("info", "warning", "critical")


@cache
def list_tests(path: Path) -> set[str]:
    """Names of the test functions of a file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_all_62_lines_are_there() -> None:
    assert [line.check_id for line in LINES] == [f"Q{number:02}" for number in range(1, 63)]
    named = {rule.check_id for suite in SUITES for rule in suite.rules} - {None}
    assert named == {line.check_id for line in LINES} - IN_NO_SUITE


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.check_id)
def test_a_line_has_its_severity_or_says_why_not(line: Line) -> None:
    rules = rules_of(line.check_id)
    if not rules:
        assert line.why
        return
    strongest = max((rule.severity for _, rule in rules), key=RANK.index)
    assert strongest == SEVERITIES[line.severity] or line.why
    assert len(line.measured) == len(rules)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.check_id)
def test_a_line_has_a_planted_fault(line: Line) -> None:
    # Faults of the suites are held together with their rules by test_every_rule_has_a_planted_fault.
    assert line.tests or rules_of(line.check_id)
    for test in line.tests:
        path, _, name = test.partition("::")
        assert name in list_tests(ROOT / path), test
    for place in filter(None, line.place.split(", ")):
        assert (ROOT / place).exists()
        assert line.tests or place.endswith(".toml")


def test_the_document_is_up_to_date() -> None:
    assert main(["--check", str(ROOT / DOCUMENT)]) == 0, "run: make docs"


def test_results_name_their_line(good: Frames) -> None:
    suite = next(suite for suite in SUITES if suite.name == "model_redirects")
    (models,) = [suite for suite in SUITES if suite.name == "models"]
    rows = rows_of([*validate(models, good), *validate(suite, good)], "20260608T235900Z")
    by_check = {row["check"]: row["check_id"] for row in rows}
    assert by_check["released between 2018 and tomorrow"] == "Q30"
    assert by_check["a former id is no longer a model"] is None
    assert set(rows[0]) == set(TABLES["quality_results"].column_names)
