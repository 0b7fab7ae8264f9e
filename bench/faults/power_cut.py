"""Power cuts: which file operations a publication waits for before `CURRENT` moves.

A file system may keep a rename and lose what was done before it and not synced. So at the moment of the rename of
`CURRENT` every file of the release, and every entry on the way to it, must have been synced.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch


@dataclass(frozen=True)
class Operation:
    """A file operation that was made."""

    kind: Literal["make folder", "rename", "sync"]
    path: Path
    source: Path | None = None
    """The former name of a renamed file."""


@contextmanager
def record_operations() -> Iterator[list[Operation]]:
    """The file operations of the block, in order: folders made, files renamed, files and folders synced."""
    operations: list[Operation] = []
    mkdir, rename, fsync = os.mkdir, os.replace, os.fsync

    def recording_mkdir(path: Any, *arguments: Any, **options: Any) -> None:
        mkdir(path, *arguments, **options)
        operations.append(Operation("make folder", Path(path)))

    def recording_rename(source: Any, path: Any) -> None:
        rename(source, path)
        operations.append(Operation("rename", Path(path), Path(source)))

    def recording_fsync(handle: int) -> None:
        fsync(handle)
        operations.append(Operation("sync", Path(f"/proc/self/fd/{handle}").readlink()))

    with patch("os.mkdir", recording_mkdir), patch("os.replace", recording_rename), patch("os.fsync", recording_fsync):
        yield operations


def find_volatile(operations: list[Operation], pointer: Path, release: Path) -> list[str]:
    """Files of a release, and entries on the way to them, that a power cut at the rename of `CURRENT` may lose."""
    moved = max(number for number, each in enumerate(operations) if (each.kind, each.path) == ("rename", pointer))
    before = operations[:moved]
    synced = {each.path: number for number, each in enumerate(before) if each.kind == "sync"}
    named = {each.path: number for number, each in enumerate(before) if each.kind != "sync"}
    sources = {each.path: each.source for each in before if each.source is not None}
    volatile = []
    for file in sorted(path for path in release.rglob("*") if path.is_file()):
        if sources.get(file, file) not in synced:
            volatile.append(f"content of {file.name}")
        elif synced.get(file.parent, -1) < named.get(file, synced.get(file, 0)):
            volatile.append(f"entry of {file.name}")
    made = [path for path in named if path.is_dir() and (path == release or path in release.parents)]
    made += [path for path in release.rglob("*") if path.is_dir()]
    return volatile + [f"folder {path.name}" for path in made if synced.get(path.parent, -1) < named.get(path, 0)]
