"""Every value of an enumeration that a page shows has a label."""

from collections.abc import Collection, Mapping

import pytest

from llmpairs.render import labels
from llmpairs.warehouse import vocabulary
from llmpairs.warehouse.contracts.models import MODEL_CAPABILITIES

RULES = next(column.values for column in MODEL_CAPABILITIES.columns if column.name == "rule")


@pytest.mark.parametrize(
    ("label_by_value", "values"),
    [
        (labels.CAPABILITY_LABELS, vocabulary.CAPABILITIES),
        (labels.RULE_LABELS, RULES),
        (labels.MISSING_PRICE_LABELS, vocabulary.PRICE_MISSING_REASONS),
        (labels.INELIGIBLE_LABELS, vocabulary.INELIGIBLE_REASONS),
        (labels.EVALUATOR_LABELS, vocabulary.EVALUATOR_CLASSES),
        (labels.OFFER_KIND_LABELS, vocabulary.ROUTE_KINDS),
        (labels.PRICE_FIELD_LABELS, vocabulary.PRICE_FIELDS),
    ],
)
def test_every_value_has_a_label(label_by_value: Mapping[str, str], values: Collection[str]) -> None:
    assert not set(values) - set(label_by_value)
