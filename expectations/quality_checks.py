"""The list of quality checks, line by line: what each expects, where it is checked, and how often it was broken.

`python -m llmpairs.expectations.quality_checks` prints it, `--write` writes it, `--check` fails when the file differs.
"""

import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmpairs.expectations.rules import Rule, Suite
from llmpairs.expectations.suites import SUITES
from llmpairs.warehouse.generated_docs import serve_document

DOCUMENT = Path("docs/QUALITY_CHECKS.md")
LISTED = Path(__file__).with_name("quality_checks.toml")
SEVERITIES = {"C": "critical", "H": "warning", "M": "warning", "L": "info"}
"""Of a line of the list, and what a suite calls it: to hold a value is a transform's work, a suite reports."""
HEAD = """# Quality checks

Made of `expectations/quality_checks.toml` and of the suites by `make docs`; do not edit.

Severity: **C** blocks the publication. **H** holds the value and keeps the last good one; what still reaches a release
is a warning. **M** is a warning for its owner. **L** is a statistic. Where a suite is stricter or milder than the list,
the line says why. `quality_results.check_id` names the line of every result of every run:
`llmpairs sql "FROM quality_results WHERE check_id = 'Q34'"`.

Evidence is how often the fault was seen before there was a check, on 5,276 offers of 2026-07-02 unless it says
otherwise. Measured are the rows that break each check of the line, of those in its scope, in the release of
2026-05-18; [06-09] is the night of 2026-06-09 after that of 2026-06-08, for checks that compare two nights.

Every check of a suite has a fault planted in a good release that it must find: `pytest tests/expectations -k Q34`
plants those of a line. Other tests are named.

A check that raises is reported as broken, never as passed; a critical one that is broken blocks.
"""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the list."""

    check_id: str
    expects: str
    severity: str
    evidence: str = ""
    place: str = ""
    """Where it is checked besides the suites."""
    measured: Sequence[str] = ()
    """Rows that break it of rows in scope, in the order of its rules."""
    tests: Sequence[str] = ()
    """Tests that plant its fault outside the suites, as path::name."""
    why: str = ""
    """Why a suite has another severity, or why there is no check in any."""


def load_lines(path: Path = LISTED) -> list[Line]:
    """Every line of the list in order."""
    told: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Line(check_id=name, **entry) for name, entry in told.items()]


def rules_of(check_id: str) -> list[tuple[Suite, Rule]]:
    """The rules that cover a line, in the order of the suites."""
    return [(suite, rule) for suite in SUITES for rule in suite.rules if rule.check_id == check_id]


def render() -> str:
    """The whole list as Markdown."""
    rows = [
        "| id | expects | severity | checked by | evidence | measured | faults outside the suites |",
        "|--|--|--|--|--|--|--|",
        *(_row(line) for line in load_lines()),
    ]
    return HEAD + "\n" + "\n".join(rows) + "\n"


def _row(line: Line) -> str:
    rules = rules_of(line.check_id)
    cells = (
        f"<a id='{line.check_id.lower()}'></a>{line.check_id}",
        line.expects,
        line.severity,
        _join([*(_tell(*each) for each in rules), *([f"`{line.place}`"] if line.place else []), line.why]),
        line.evidence,
        _join(line.measured),
        _join([f"`{test}`" for test in line.tests]),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _tell(suite: Suite, rule: Rule) -> str:
    """Suite, check, severity and tolerance with its reason."""
    mostly = rule.check.mostly
    tolerated = f", {100 * (1 - mostly):.3g}% tolerated" if mostly and rule.severity != "info" else ""
    because = f": {rule.why}" if rule.why else ""
    return f"**{suite.name}: {rule.check.says}** ({rule.severity}{tolerated}){because}"


def _join(parts: Sequence[str]) -> str:
    return "<br>".join(part for part in parts if part)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints, writes or checks the list; returns the exit code."""
    return serve_document(
        "llmpairs.expectations.quality_checks", "The list of quality checks.", DOCUMENT, render, arguments
    )


if __name__ == "__main__":
    sys.exit(main())
