"""Reads the reviewed TOML files of the transforms and defines the error for a file that contradicts itself."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any


class ReferenceDataError(ValueError):
    """A reviewed data file contradicts itself or lacks the provenance of an entry; the message names the entry."""


def read_reference_bytes(name: str) -> bytes:
    """Content of a reviewed file by its path below transforms/, such as "normalise/kinds.toml"."""
    return (files("llmpairs.transforms") / name).read_bytes()


def read_reference_file(name: str) -> dict[str, Any]:
    """Parsed content of a reviewed file by its path below transforms/, such as "normalise/kinds.toml"."""
    return tomllib.loads(read_reference_bytes(name).decode("utf-8"))


def find_missing_provenance(entry: Mapping[str, Any]) -> list[str]:
    """Provenance fields, which every reviewed entry has, that an entry lacks or leaves empty."""
    return [field for field in ("reason", "date", "evidence") if not entry.get(field)]
