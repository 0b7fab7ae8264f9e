from typing import Any

import pytest

from llmpairs.pages.content.outcomes import format_difference, format_headline
from llmpairs.pages.content.phrases import BASIS_PHRASES, OUTCOME_TEXTS, REASON_TEXTS
from llmpairs.warehouse.vocabulary import OUTCOME_REASONS, OUTCOMES, PAIR_QUALITY_BASES
from tests.pages.example_release import example_rows, make_page

NAMES = ("Opus", "GPT")
ROW: dict[str, Any] = {
    "cheaper": "b", "cost_ratio_best": 2.909, "stronger": "open", "quality_difference": 2.15,
    "quality_difference_low95": -0.79, "quality_difference_high95": 5.09, "quality_basis": "measured",
}  # fmt: skip


def headline(**changes: Any) -> str:
    return format_headline(ROW | changes, NAMES)  # type: ignore[arg-type]


def test_the_headline_states_cost_quality_and_how_sure_that_is() -> None:
    assert headline() == (
        "GPT costs about a third as much; Opus probably scores higher (by 2.2 index points, 92% sure)."
    )
    assert format_difference(ROW, NAMES) == (  # type: ignore[arg-type]
        "Opus minus GPT: +2.2 index points, 95% interval -0.8 to +5.1, from independent scores."
    )


def test_a_swapped_headline_says_the_same() -> None:
    swapped = {
        "cheaper": "a", "cost_ratio_best": 1 / 2.909, "quality_difference": -2.15, "quality_difference_low95": -5.09,
        "quality_difference_high95": 0.79,
    }  # fmt: skip
    assert format_headline(ROW | swapped, NAMES[::-1]) == headline()  # type: ignore[arg-type]


def test_unknown_is_said_and_is_never_a_no() -> None:
    text = headline(
        cheaper="unknown", cost_ratio_best=None, quality_difference=None, quality_difference_low95=None,
        quality_difference_high95=None, stronger="unknown", quality_basis="unknown",
    )  # fmt: skip
    assert text == (
        "Cost unknown: no price of a named operator for both; quality unknown: a side has no quality index."
    )


def test_an_open_quality_names_no_winner_and_an_estimate_says_so() -> None:
    ends = {"quality_difference_low95": -4.7, "quality_difference_high95": 9.0}
    assert "which side scores higher is open" in headline(**ends)
    assert "sure, one side estimated)." in headline(quality_basis="one_estimated")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.34, "about a third as much"), (0.5, "about half as much"), (0.42, "42% as much"), (0.013, "1/77 as much")],
)
def test_shares_are_said_as_people_say_them(share: float, text: str) -> None:
    assert headline(cost_ratio_best=share, cheaper="a").startswith(f"Opus costs {text};")
    assert headline(cost_ratio_best=1 / share).startswith(f"GPT costs {text};")


def test_every_outcome_and_reason_has_a_text() -> None:
    assert (tuple(OUTCOME_TEXTS), tuple(REASON_TEXTS)) == (OUTCOMES, OUTCOME_REASONS)
    assert tuple(BASIS_PHRASES) == PAIR_QUALITY_BASES


def test_equal_indexes_are_even() -> None:
    assert "open (Opus by 0.0 index points, 50% sure" in headline(
        quality_difference=0.0, quality_difference_low95=-2.0, quality_difference_high95=2.0
    )


@pytest.mark.parametrize(("low", "sure"), [(-2.0, "84%"), (0.2, "99%"), (0.5, "over 99%"), (-11.0, "open")])
def test_how_sure_follows_from_the_interval(low: float, sure: str) -> None:
    text = headline(quality_difference=2.0, quality_difference_low95=low, quality_difference_high95=4 - low)
    assert sure in text


def test_the_best_price_of_the_page_has_a_named_operator() -> None:
    # Helicone, which names no operator, asks 72.00; DekaLLM at OpenRouter 76.20 (2026-05-18).
    cost = make_page(example_rows())["sides"][0]["costs"]["seed_chat"]
    assert cost["best"] is not None
    assert cost["cheapest"] is not None
    assert ("dekallm" in cost["best"]["offer_id"], cost["best"]["usd"]) == (True, 76.2)
    assert ("unspecified" in cost["cheapest"]["offer_id"], cost["cheapest"]["usd"]) == (True, 72.0)
