"""Writes the table of `docs/SOURCES.md`, what is read of every recorded page: `python -m bench.parsed_pages`."""

import argparse
import sys
from pathlib import Path

from bench.recorded_run import default_captures
from llmpairs.spiders.devtools.parse_archive import (
    ParsedRecord,
    SourceSummary,
    list_captures,
    parse_capture,
    summarise_records,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "SOURCES.md"
START, END = "<!-- computed: make sources -->", "<!-- end -->"
HEADER = ("source", "versions", "failed", "rows on the page", "items", "rejected", "other findings")


def render_table(summaries: list[SourceSummary]) -> str:
    """The table in Markdown, a row for each source."""
    rows = [
        (
            f"`{each.source}`", each.versions, each.failed, each.rows_on_page, each.items, each.rejected, each.findings,
        )
        for each in summaries
    ]  # fmt: skip
    lines = [" | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) for row in rows]
    rule = " | ".join(["---", *["---:"] * (len(HEADER) - 1)])
    return "\n".join(f"| {line} |" for line in (" | ".join(HEADER), rule, *lines))


def render_failures(records: list[ParsedRecord]) -> str:
    """The pages that yield nothing, with their causes."""
    failed = [record for record in records if record.outcome == "failed"]
    lines = [f"- {record.captured_at[:10]}, {record.url}: {str(record.cause).partition(':')[0]}" for record in failed]
    return "\n".join(["Pages that yield nothing:", "", *lines]) if lines else "Every page is read."


def main() -> None:
    """Parse all recorded pages and write the table, or compare it with the one that is there."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--captures", type=Path, help="folder of the recorded captures")
    options.add_argument("--check", action="store_true", help="exit 1 if the table is not that of the captures")
    given = options.parse_args()
    folder = given.captures or default_captures()
    if folder is None:
        sys.exit("no recorded captures beside this checkout; give --captures or set LLMPAIRS_CAPTURES")
    paths = sorted(folder.rglob("*.warc.gz"))
    records = [record for archive, capture in list_captures(paths) for record in parse_capture(archive, capture)]
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    table = f"{render_table(summarise_records(records))}\n\n{render_failures(records)}"
    computed = f"{before}{START}\n\n{table}\n\n{END}{after}"
    if given.check and computed != text:
        sys.exit("docs/SOURCES.md is not what the parsers read: run `make sources`")
    if not given.check:
        PAGE.write_text(computed, "utf-8")


if __name__ == "__main__":
    main()
