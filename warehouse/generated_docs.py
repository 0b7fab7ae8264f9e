"""Command line of generated documents: print, write, or check the file."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def run_document_command(
    module: str, about: str, default_path: Path, render: Callable[[], str], arguments: Sequence[str] | None
) -> int:
    """`python -m module` prints the document, `--write` writes it, `--check` compares; returns the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    group = parser.add_mutually_exclusive_group()
    path: dict[str, Any] = {"type": Path, "metavar": "PATH", "nargs": "?", "const": default_path}
    group.add_argument("--write", **path, help=f"write it to a file, {default_path} if left out")
    group.add_argument("--check", **path, help="fail when that file is not up to date")
    options = parser.parse_args(arguments)
    text = render()
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    elif options.check:
        if not options.check.exists() or options.check.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{options.check} is out of date: python -m {module} --write {options.check}\n")
            return 1
    else:
        sys.stdout.write(text)
    return 0
