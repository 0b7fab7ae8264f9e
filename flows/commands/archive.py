"""The commands `archive ...`: what WARC files hold, and whether they are intact."""

from pathlib import Path
from typing import Annotated

import typer

from llmpairs.flows.commands.output import FAILED, exit_with, print_rows


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
