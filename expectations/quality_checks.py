"""The list of quality checks: what each expects, where it is checked, and how often it was violated.

`python -m llmpairs.expectations.quality_checks` prints the document, `--write` writes it, `--check` fails when the file
differs.
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmpairs.expectations.rules import Rule, Suite
from llmpairs.expectations.suites import SUITES
from llmpairs.warehouse.generated_docs import run_document_command

DOCUMENT = Path("docs/QUALITY_CHECKS.md")
ENTRIES = Path(__file__).with_name("quality_checks.toml")
SEVERITIES = {"C": "critical", "H": "warning", "M": "warning", "L": "info"}
"""Severity of a rule by that of its entry; a transform holds values, a suite only reports."""
HEAD = """# Quality checks

Generated from `expectations/quality_checks.toml` and the suites by `make docs`; do not edit.

Severity: **C** blocks the publication. **H** holds the value and keeps the last good one; a value that still reaches a
release is a warning. **M** is a warning for the owner. **L** is a statistic. Where the severity in a suite differs, the
row gives the reason. `quality_results.check_id` has the id for every result of every run:
`llmpairs sql "FROM quality_results WHERE check_id = 'Q34'"`.

Evidence: how often the fault was seen before the check existed, on 5,276 offers of 2026-07-02 unless stated otherwise.
Measured: rows that violate each check, of the rows in scope, in the release of 2026-05-18; [06-09] is the run of
2026-06-09 after that of 2026-06-08, for checks that compare two runs.

For every check of a suite, a test plants a fault in a good release and expects the check to find it:
`pytest tests/expectations -k Q34` runs those of one id. The last column names tests elsewhere.

A check that raises is reported as broken, never as passed. A broken critical check blocks.
"""


@dataclass(frozen=True, kw_only=True)
class QualityCheck:
    """One entry of the list."""

    check_id: str
    expects: str
    severity: str
    evidence: str = ""
    files: str = ""
    """Files that check it besides the suites."""
    measured: Sequence[str] = ()
    """Rows that violate it, of the rows in scope, in the order of its rules."""
    tests: Sequence[str] = ()
    """Tests outside the suites that plant its fault, as path::name."""
    why: str = ""
    """Why a suite has another severity, or why no suite has a check."""


def load_quality_checks(path: Path = ENTRIES) -> list[QualityCheck]:
    """All entries in order."""
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [QualityCheck(check_id=name, **entry) for name, entry in entries.items()]


def rules_of(check_id: str) -> list[tuple[Suite, Rule]]:
    """The rules that cover an entry, in the order of the suites."""
    return [(suite, rule) for suite in SUITES for rule in suite.rules if rule.check_id == check_id]


def render() -> str:
    """Render the list as Markdown."""
    rows = [
        "| id | expects | severity | checked by | evidence | measured | tests elsewhere |",
        "|--|--|--|--|--|--|--|",
        *(_render_row(check) for check in load_quality_checks()),
    ]
    return HEAD + "\n" + "\n".join(rows) + "\n"


def _render_row(entry: QualityCheck) -> str:
    rules = rules_of(entry.check_id)
    cells = (
        f"<a id='{entry.check_id.lower()}'></a>{entry.check_id}",
        entry.expects,
        entry.severity,
        _join([*(_describe_rule(*each) for each in rules), *([f"`{entry.files}`"] if entry.files else []), entry.why]),
        entry.evidence,
        _join(entry.measured),
        _join([f"`{test}`" for test in entry.tests]),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _describe_rule(suite: Suite, rule: Rule) -> str:
    """Suite, check, severity, and the tolerance with its reason."""
    mostly = rule.check.mostly
    tolerated = f", {100 * (1 - mostly):.3g}% tolerated" if mostly and rule.severity != "info" else ""
    because = f": {rule.why}" if rule.why else ""
    return f"**{suite.name}: {rule.check.title}** ({rule.severity}{tolerated}){because}"


def _join(parts: Sequence[str]) -> str:
    return "<br>".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, write or check the document; returns the exit code."""
    return run_document_command(
        "llmpairs.expectations.quality_checks", "The list of quality checks.", DOCUMENT, render, arguments
    )


if __name__ == "__main__":
    sys.exit(main())
