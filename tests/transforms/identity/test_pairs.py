"""Pairs of spellings from the field: what joins, and what never may."""

import pytest

from bench.identity import PAIRS, find_wrong, judge_pairs, read_pairs
from bench.identity_absent import find_altered_joins
from llmpairs.transforms.identity.reference_types import IdentityBooks
from tests.transforms.identity.frames import NOTHING, key, resolve
from tests.transforms.identity.night import frame_keys

TOLD = read_pairs(PAIRS)


@pytest.mark.parametrize(("left", "right", "same"), TOLD)
def test_two_spellings_alone(left: str, right: str, same: bool, books: IdentityBooks) -> None:
    rows = [key(left, "seller"), key(right, "other", source_id="elsewhere", lineage="elsewhere")]
    got = resolve(rows, books).identities.set_index("source_id")["model_id"]
    one, other = got["catalogue"], got["elsewhere"]
    assert (isinstance(one, str) and one == other) is same


def test_all_spellings_together(books: IdentityBooks) -> None:
    assert find_wrong(judge_pairs(TOLD, NOTHING, books)) == []


def test_spellings_altered_into_another_models_name_join_nothing(books: IdentityBooks) -> None:
    names = sorted({name for left, right, _ in TOLD for name in (left, right)})
    night = resolve([key(name) for name in names], books)
    keys = frame_keys([key(name) for name in names])
    found = find_altered_joins(keys, night.identities, books, every=3)
    tried = sum(count for count, _ in found.values())
    joined = [hit for _, hits in found.values() for hit in hits]
    assert tried > 1_000
    assert len(joined) <= 0.005 * tried, joined
