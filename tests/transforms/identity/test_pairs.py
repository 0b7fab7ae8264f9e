"""Pairs of spellings from the field: what joins, and what never may."""

import csv
from pathlib import Path

import pytest

from tests.transforms.identity.frames import key, resolve
from transforms.identity.facts import IdentityBooks
from transforms.identity.resolve import Resolution

with (Path(__file__).parent / "pairs.csv").open(newline="", encoding="utf-8") as lines:
    PAIRS = [(row["left"], row["right"], row["same_model"] == "yes") for row in csv.DictReader(lines)]


def _are_joined(resolution: Resolution, place: int) -> bool:
    got = resolution.identities.set_index("source_id")["model_id"]
    left, right = got[f"left {place}"], got[f"right {place}"]
    return isinstance(left, str) and left == right


def _write_rows(place: int, left: str, right: str) -> list[dict[str, object]]:
    return [
        key(left, "seller", source_id=f"left {place}"),
        key(right, "other", source_id=f"right {place}", lineage="other"),
    ]


@pytest.mark.parametrize(("left", "right", "same"), PAIRS)
def test_two_spellings_alone(left: str, right: str, same: bool, books: IdentityBooks) -> None:
    assert _are_joined(resolve(_write_rows(0, left, right), books), 0) is same


def test_all_spellings_together(books: IdentityBooks) -> None:
    rows = [row for place, (left, right, _) in enumerate(PAIRS) for row in _write_rows(place, left, right)]
    resolution = resolve(rows, books)
    wrong = [pair for place, pair in enumerate(PAIRS) if _are_joined(resolution, place) is not pair[2]]
    assert not wrong
