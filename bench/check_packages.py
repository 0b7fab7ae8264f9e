"""Validate exported packages with the tools of their standards: Frictionless (rows too) and Croissant.

mlcroissant brings type stubs of pandas, which change what mypy finds, so it is installed in an environment of its own
and no test needs it:

    python -m venv croissant && croissant/bin/pip install "mlcroissant[parquet]==1.1.1"
    croissant/bin/python bench/check_packages.py croissant FOLDER      (Parquet or CSV)
    .venv/bin/python bench/check_packages.py frictionless FOLDER       (CSV: every row and foreign key)
"""

import json
import sys
from itertools import islice
from pathlib import Path

RECORDS = 3
"""Records of each table that are read by its description."""
MOST_ROWS = 20_000
"""mlcroissant reads a whole file, record by record: longer tables are validated without reading them."""


def check_croissant(folder: Path) -> list[str]:
    """Problems of croissant.json, and of reading the first records of each table by it."""
    import mlcroissant  # type: ignore[import-not-found]

    dataset = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    problems = [*dataset.metadata.ctx.issues.errors, *dataset.metadata.ctx.issues.warnings]
    rows = {each["table"]: int(each["rows"]) for each in read_resources(folder) if "table" in each}
    for records in dataset.metadata.record_sets:
        if rows[records.id] > MOST_ROWS:
            continue
        wanted = min(RECORDS, rows[records.id])
        found = len(list(islice(dataset.records(record_set=records.id), RECORDS)))
        if found != wanted:
            problems.append(f"{records.id}: {found} records, expected {wanted}")
    return [str(problem) for problem in problems]


def check_frictionless(folder: Path) -> list[str]:
    """Problems of datapackage.json; of CSV also every row, key and foreign key."""
    import frictionless

    package = frictionless.Package(str(folder / "datapackage.json"))
    if any(each["format"] != "csv" for each in read_resources(folder) if "table" in each):
        return []
    return [str(problem) for problem in package.validate().flatten(["title", "rowNumber", "fieldName", "message"])]


def read_resources(folder: Path) -> list[dict[str, str | int]]:
    """Resources of the descriptor."""
    resources: list[dict[str, str | int]] = json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
    return resources


if __name__ == "__main__":
    tool, path = sys.argv[1:]
    found = {"croissant": check_croissant, "frictionless": check_frictionless}[tool](Path(path))
    print("\n".join(found) or f"{path}: valid")
    sys.exit(bool(found))
