"""The list of quality checks is complete: every entry is checked, and a test plants its fault."""

import ast
from functools import cache
from pathlib import Path

import pytest

from llmpairs.expectations.quality_checks import DOCUMENT, SEVERITIES, QualityCheck, load_quality_checks, main, rules_of
from llmpairs.expectations.suites import SUITES

ROOT = Path(__file__).resolve().parents[2]
CHECKS = load_quality_checks()
IN_NO_SUITE = {"Q05", "Q28", "Q56", "Q59", "Q60"}
"""Checked while a page is fetched, by tests of the code, and while a release is published."""
RANK = ("info", "warning", "critical")


@cache
def list_tests(path: Path) -> set[str]:
    """Names of the test functions of a file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def test_ids_are_consecutive_and_every_entry_has_its_rules() -> None:
    assert len(CHECKS) >= 62, "an entry is missing"
    assert [entry.check_id for entry in CHECKS] == [f"Q{number:02}" for number in range(1, len(CHECKS) + 1)]
    named = {rule.check_id for suite in SUITES for rule in suite.rules} - {None}
    assert named == {entry.check_id for entry in CHECKS} - IN_NO_SUITE


@pytest.mark.parametrize("entry", CHECKS, ids=lambda entry: entry.check_id)
def test_an_entry_has_its_severity_or_a_reason(entry: QualityCheck) -> None:
    rules = rules_of(entry.check_id)
    if not rules:
        assert entry.why
        return
    strongest = max((rule.severity for _, rule in rules), key=RANK.index)
    assert strongest == SEVERITIES[entry.severity] or entry.why
    assert len(entry.measured) == len(rules)


@pytest.mark.parametrize("entry", CHECKS, ids=lambda entry: entry.check_id)
def test_an_entry_has_a_planted_fault(entry: QualityCheck) -> None:
    # test_every_rule_has_a_planted_fault covers the faults of the suites.
    assert entry.tests or rules_of(entry.check_id)
    for test in entry.tests:
        path, _, name = test.partition("::")
        assert name in list_tests(ROOT / path), test
    for file in filter(None, entry.files.split(", ")):
        assert (ROOT / file).exists()
        assert entry.tests or file.endswith(".toml")


def test_the_document_is_up_to_date() -> None:
    assert main(["--check", str(ROOT / DOCUMENT)]) == 0, "run: make docs"
