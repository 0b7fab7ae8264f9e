"""Anthropic model deprecations: what ends, when, and which replacement is recommended."""

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import ModelClaim
from tests.spiders.provider_pages import Found, changed, parse


def claims_of(found: Found, key: str) -> list[ModelClaim]:
    return [claim for claim in found if isinstance(claim, ModelClaim) and claim.model_key == key]


def test_a_retirement_has_its_state_both_dates_and_its_successor() -> None:
    state, announced = claims_of(parse("anthropic_deprecations"), "claude-opus-4-1-20250805")
    assert (state.status, state.deprecated_on) == ("Deprecated", "June 5, 2026")
    assert state.retire_on == announced.retire_on == "August 5, 2026"
    assert announced.successor == "claude-opus-4-8"


def test_the_earliest_possible_retirement_date_is_not_a_retirement() -> None:
    [active] = claims_of(parse("anthropic_deprecations"), "claude-opus-4-8")
    assert (active.status, active.deprecated_on, active.retire_on) == ("Active", None, None)


def test_parameters_of_the_interface_are_not_models() -> None:
    assert claims_of(parse("anthropic_deprecations"), "temperature") == []


def test_an_unknown_header_is_a_layout_change() -> None:
    with pytest.raises(LayoutChangedError, match="header 'Sunset'"):
        changed("anthropic_deprecations", "Tentative retirement date", "Sunset                   ")
