"""What the gate found: what blocks, what is amiss, and the night's figures."""

import pandas as pd

from llmpairs.render.document import Block, Bullets, Cell, Fold
from llmpairs.report.layout import NOT_REACHED, code, grid, list_keys, number, plural, rows_of, say, share
from llmpairs.report.run_data import Attempt

CHECK_COLUMNS = ("suite", "check", "outcome", "rows_failed", "observed", "failing_keys", "why")


def list_blocking(results: pd.DataFrame | None) -> pd.DataFrame:
    """Critical checks that failed or that could not be made."""
    if results is None:
        return pd.DataFrame(columns=["severity", *CHECK_COLUMNS])
    wrong = (results["severity"] == "critical") & (results["outcome"] != "passed")
    return results[wrong].sort_values(["suite", "check"])


def tell_blocking(attempt: Attempt) -> list[Block]:
    """Every blocking check with its rows, and who overrode which; nothing when none blocks."""
    blocking = list_blocking(attempt.quality_results)
    if blocking.empty:
        return []
    caption = "Critical checks that failed, with the first rows that fail"
    blocks: list[Block] = [_checks(caption, blocking, attempt)]
    if attempt.overrides:
        said = [
            Cell(
                f"{made.verdict}: overridden by {made.decided_by}",
                note=f"{made.reason}\nevidence: {made.evidence}",
            )
            for made in attempt.overrides
        ]
        blocks.append(Bullets(said))
    return blocks


def tell_warnings(attempt: Attempt) -> list[Block]:
    """Warnings, and checks of any kind that could not be made."""
    results = attempt.quality_results
    if results is None:
        return [say(NOT_REACHED)]
    amiss = results[(results["severity"] != "critical") & (results["outcome"] != "passed")]
    passed = int((results["outcome"] == "passed").sum())
    said = say(f"{number(passed)} of {plural(len(results), 'check')} passed.")
    rows = amiss.sort_values(["outcome", "suite", "check"])
    links = [Cell(f"Data Docs of {suite}", href=href) for suite, href in sorted(attempt.data_docs.items())]
    docs: list[Block] = [Fold("Great Expectations' Data Docs", [Bullets(links)], "")] if links else []
    if rows.empty:
        return [said, *docs]
    return [said, _checks("Warnings: nothing is blocked by them", rows, attempt), *docs]


def _checks(caption: str, rows: pd.DataFrame, attempt: Attempt) -> Block:
    """One row per check: what was found, where, and why it matters."""
    lines = []
    for suite, check, outcome, failed, observed, failing, why in rows_of(rows, CHECK_COLUMNS):
        found = observed or plural(failed, "row")
        if outcome == "broken":
            found = f"could not be checked: {found}"
        href = attempt.data_docs.get(suite, "")
        lines.append(
            [
                Cell(f"{suite}: {check}", href=href),
                Cell(found, note=list_keys(failing if failing is not None else (), int(failed))),
                why or "",
            ]
        )
    return grid(caption, ["Check", "Found", "Why it is checked"], lines, prose=(1, 2))


def tell_figures(results: pd.DataFrame | None) -> list[Block]:
    """Statistics: what holds for how many rows."""
    if results is None:
        return []
    figures = results[(results["severity"] == "info") & (results["outcome"] == "passed")]
    if figures.empty:
        return []
    rows = [
        (code(suite), check, number(checked - failed), number(checked), share(checked - failed, checked))
        for suite, check, checked, failed in rows_of(
            figures.sort_values(["suite", "check"]), ("suite", "check", "rows_checked", "rows_failed")
        )
    ]
    caption = "Statistics of the checks, none of which is an alarm"
    return [Fold(caption, [grid(caption, ["Table", "Holds", "#for", "#of", "#share"], rows, prose=(1,))], "")]
