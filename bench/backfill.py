"""Whether a backfill gives the same bytes as the runs one by one: `python -m bench.backfill --captures DIR`."""

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.recorded_run import REFERENCE, default_captures, timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--captures", type=Path, default=default_captures(), help="folder with nights/ and reference")
    parser.add_argument("--month", default="2026-06", help="replay the runs of this month (default 2026-06)")
    options = parser.parse_args()
    if options.captures is None:
        sys.exit("no recorded captures beside this checkout; give --captures or set LLMPAIRS_CAPTURES")
    with tempfile.TemporaryDirectory(prefix="bench-backfill-") as folder:
        for line in run(options.captures, options.month, Path(folder)):
            print(line, flush=True)


def run(captures: Path, month: str, folder: Path) -> Iterator[str]:
    """Lines of a Markdown table; exits with 1 when a file differs."""
    nights = folder / "nights"
    nights.mkdir()
    for archive in sorted((captures / "nights").glob(f"{month}-*.warc.gz")):
        (nights / archive.name).symlink_to(archive)
    reference = str(captures / REFERENCE)
    each, together = folder / "each", folder / "together"
    yield "| run | seconds |"
    yield "| --- | ---: |"
    for archive in sorted(nights.iterdir()):
        arguments = ["--archive", str(archive), "--archive", reference, "--warehouse", str(each)]
        yield f"| {archive.name[:10]} | {timed(folder, 'refresh', *arguments):.0f} |"
    arguments = ["--archive", str(nights), "--also", reference, "--warehouse", str(together)]
    yield f"| all of them by `backfill` | {timed(folder, 'backfill', *arguments):.0f} |"
    one_by_one, backfilled = digests(each), digests(together)
    differing = {name for name in one_by_one | backfilled if one_by_one.get(name) != backfilled.get(name)}
    yield f"| files of the releases | {len(one_by_one):,} |"
    yield f"| of them not the same bytes | {len(differing):,} |"
    if differing:
        sys.exit(f"differ: {', '.join(sorted(differing)[:5])}")


def digests(warehouse: Path) -> dict[str, str]:
    """SHA-256 of every file of every release."""
    folder = warehouse / "releases"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


if __name__ == "__main__":
    main()
