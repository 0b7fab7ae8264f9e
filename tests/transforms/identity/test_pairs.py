"""Labelled pairs of spellings: those of one model join, all others do not."""

import pytest

from bench.identity import PAIRS, find_wrong, judge_pairs, read_pairs
from bench.identity_absent import find_altered_joins
from llmpairs.transforms.identity.reference_types import IdentityReference
from tests.transforms.identity.frames import NOTHING, key, resolve
from tests.transforms.identity.recorded_keys import frame_keys

LABELLED = read_pairs(PAIRS)


@pytest.mark.parametrize(("left", "right", "same"), LABELLED)
def test_two_spellings_alone(left: str, right: str, same: bool, reference: IdentityReference) -> None:
    rows = [key(left, "seller"), key(right, "other", source_id="elsewhere", lineage="elsewhere")]
    got = resolve(rows, reference).identities.set_index("source_id")["model_id"]
    one, other = got["catalogue"], got["elsewhere"]
    assert (isinstance(one, str) and one == other) is same


def test_all_spellings_together(reference: IdentityReference) -> None:
    assert find_wrong(judge_pairs(LABELLED, NOTHING, reference)) == []


def test_spellings_altered_into_another_models_name_join_nothing(reference: IdentityReference) -> None:
    names = sorted({name for left, right, _ in LABELLED for name in (left, right)})
    resolution = resolve([key(name) for name in names], reference)
    keys = frame_keys([key(name) for name in names])
    found = find_altered_joins(keys, resolution.identities, reference, every=3)
    tried = sum(count for count, _ in found.values())
    joined = [hit for _, hits in found.values() for hit in hits]
    assert tried > 1_000
    assert len(joined) <= 0.005 * tried, joined
