"""What the gate found: what blocks, what is amiss, and the night's figures."""

import pandas as pd

from expectations.report.layout import NOT_REACHED, keys, number, table


def list_blocking(results: pd.DataFrame | None) -> pd.DataFrame:
    """Critical checks that failed or that could not be made."""
    if results is None:
        return pd.DataFrame(columns=["suite", "check", "outcome", "rows_failed"])
    wrong = (results["severity"] == "critical") & (results["outcome"] != "passed")
    return results[wrong].sort_values(["suite", "check"])


def tell_blocking(results: pd.DataFrame | None) -> list[str]:
    """Every blocking check with its rows; nothing when none blocks."""
    blocking = list_blocking(results)
    if blocking.empty:
        return []
    return ["## What blocks", "", *_tell(blocking), ""]


def tell_warnings(results: pd.DataFrame | None) -> list[str]:
    """Warnings, and checks of any kind that could not be made."""
    if results is None:
        return ["## Warnings", "", NOT_REACHED, ""]
    amiss = (results["severity"] != "critical") & (results["outcome"] != "passed")
    rows = results[amiss].sort_values(["outcome", "suite", "check"])
    said = _tell(rows) if len(rows) else ["None."]
    passed = (results["outcome"] == "passed").sum()
    return ["## Warnings", "", f"{number(passed)} of {number(len(results))} checks passed.", "", *said, ""]


def _tell(rows: pd.DataFrame) -> list[str]:
    """One item per check: what was found, where, and why it matters."""
    lines = []
    columns = ["suite", "check", "outcome", "rows_failed", "observed", "failing_keys", "why"]
    for suite, check, outcome, failed, observed, failing, why in rows[columns].to_numpy(dtype=object):
        found = observed if isinstance(observed, str) else f"{number(failed)} rows"
        if outcome == "broken":
            lines.append(f"- **{suite}: {check}** could not be checked: {found}")
        else:
            lines.append(f"- **{suite}: {check}**: {found}")
        if len(failing):
            lines.append(f"  - rows: {keys(failing, int(failed))}")
        if isinstance(why, str):
            lines.append(f"  - because {why}")
    return lines


def tell_figures(results: pd.DataFrame | None) -> list[str]:
    """Statistics: what holds for how many rows."""
    if results is None:
        return []
    figures = results[(results["severity"] == "info") & (results["outcome"] == "passed")]
    if figures.empty:
        return []
    ordered = figures.sort_values(["suite", "check"])
    rows = [
        (
            suite,
            check,
            number(checked - failed),
            number(checked),
            f"{1 - failed / checked:.1%}" if checked else "",
        )
        for suite, check, checked, failed in ordered[
            ["suite", "check", "rows_checked", "rows_failed"]
        ].to_numpy(dtype=object)
    ]
    return ["## Figures", "", *table(["Table", "Holds", "#for", "#of", "#share"], rows), ""]
