import pandas as pd
import pytest

from llmpairs.transforms.pairs.kinship import trace_kinship
from llmpairs.warehouse.vocabulary import RELATIONS

Named = dict[str, tuple[str | None, str | None]]


def relations(bases: Named) -> dict[tuple[str, str], str]:
    """What the lower is to the higher, for {model: (its base, its relation to it)}."""
    live = pd.DataFrame(
        {
            "developer_id": "d",
            "family": None,
            "base_model_id": [base for base, _ in bases.values()],
            "relation_to_base": [relation for _, relation in bases.values()],
        },
        index=pd.Index(list(bases), name="model_id"),
    )
    kin = trace_kinship(live)
    return {
        (live.index[low], live.index[high]): RELATIONS[relation]
        for low, high, relation in zip(kin.low, kin.high, kin.relation, strict=True)
    }


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ({"a": (None, None), "b": ("a", "derivative")}, {("a", "b"): "base"}),
        ({"a": ("b", "derivative"), "b": (None, None)}, {("a", "b"): "derivative"}),
        ({"a": (None, None), "b": ("a", "snapshot")}, {("a", "b"): "snapshot"}),
        ({"a": ("b", "snapshot"), "b": (None, None)}, {("a", "b"): "snapshot"}),
        ({"a": ("b", None), "b": (None, None)}, {("a", "b"): "derivative"}),
        ({"a": ("b", "derivative"), "b": ("a", "derivative")}, {("a", "b"): "sibling"}),
        ({"a": ("a", "derivative"), "b": ("gone", "derivative")}, {}),
        ({"a": (None, None), "b": (None, None)}, {}),
    ],
)
def test_a_named_base_makes_a_relation(bases: Named, expected: dict[tuple[str, str], str]) -> None:
    assert relations(bases) == expected
