"""The commands `archive ...`: what WARC files hold, whether they are intact, and what the parsers read of them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmpairs.flows.commands.output import FAILED, Format, exit_with, print_json, print_rows

if TYPE_CHECKING:
    from llmpairs.spiders.devtools.parse_archive import ParsedRecord


def archive_ls(path: Annotated[Path, typer.Argument(help="WARC file or folder.")]) -> None:
    """List the captures of a WARC file or folder.

    Example: llmpairs archive ls data/archive
    """
    from llmpairs.spiders.archive import ArchiveError, list_archive

    try:
        print_rows([dict(row) for row in list_archive(path)])
    except ArchiveError as error:
        raise exit_with(FAILED, str(error)) from None


def archive_verify(path: Annotated[Path, typer.Argument(help="WARC file or folder.")]) -> None:
    """Recompute every digest of a WARC file or folder; exit 1 when something is damaged.

    Example: llmpairs archive verify data/archive
    """
    from llmpairs.spiders.archive import ArchiveError, verify_archive

    try:
        problems = verify_archive(path)
    except ArchiveError as error:
        raise exit_with(FAILED, str(error)) from None
    for problem in problems:
        print(problem)
    if problems:
        raise exit_with(FAILED, f"{len(problems)} problems in {path}")
    print(f"{path} is intact")


def archive_parse(
    paths: Annotated[list[Path], typer.Argument(help="WARC files or folders.")], format_: Format = "text"
) -> None:
    """Parse every record with the parser of the source whose address it has.

    The rows on the page are counted without the parser. No network, no warehouse.

    Example: llmpairs archive parse data/archive --format json
    """
    from llmpairs.spiders.archive import ArchiveError
    from llmpairs.spiders.devtools.parse_archive import list_captures, parse_capture

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise exit_with(FAILED, f"{missing[0]} does not exist")
    try:
        captures = list_captures(paths)
    except ArchiveError as error:
        raise exit_with(FAILED, str(error)) from None
    is_shown = sys.stderr.isatty()
    with typer.progressbar(captures, label="parse", file=sys.stderr, hidden=not is_shown) as shown:
        records = [record for archive, capture in shown for record in parse_capture(archive, capture)]
    if format_ == "json":
        print_json([record.to_json() for record in records])
    else:
        _print_records(records)
    for damage in captures[0][0].damages if captures else ():
        print(f"damaged: {damage}", file=sys.stderr)


def _print_records(records: "list[ParsedRecord]") -> None:
    """One row a source, then the failed records with their causes and the addresses that no source has."""
    from dataclasses import asdict

    from llmpairs.spiders.devtools.parse_archive import summarise_records

    print_rows([asdict(summary) for summary in summarise_records(records)])
    for record in records:
        if record.outcome == "failed":
            print(f"failed  {record.captured_at}  {record.url}  {record.cause}")
    unknown = sorted({record.url for record in records if record.source is None})
    for url in unknown:
        print(f"no source has  {url}")
