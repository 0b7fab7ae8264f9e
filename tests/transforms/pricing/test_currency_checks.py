"""A price in yuan that a catalogue prints as dollars, told by the price of a sister brand."""

from typing import Any

import pytest

from llmpairs.transforms.normalise.providers import load_provider_reference
from llmpairs.transforms.pricing.candidates import check_candidates
from llmpairs.transforms.pricing.currency_checks import CURRENCY, check_currencies
from llmpairs.transforms.pricing.price_rules import load_price_rules
from tests.transforms.pricing.price_runs import candidates, price


def offer(provider: str, input_: float, output: float, **more: Any) -> dict[str, Any]:
    return price(input_, output, offer_id=provider, provider_id=provider, **more)


def suspected(*rows: dict[str, Any]) -> list[str]:
    """Offers that fail the check of currencies."""
    checked = check_currencies(check_candidates(candidates(*rows), []), load_provider_reference(), load_price_rules())
    return list(checked.loc[checked["failed_check"] == CURRENCY, "offer_id"])


def test_yuan_of_one_brand_are_no_dollars_of_the_other() -> None:
    """models.dev has glm-5.1 at 6/24 at zhipuai, which bills in yuan, and at 1.4/4.4 at zai (2026-05-18)."""
    assert suspected(offer("zhipuai", 6.0, 24.0), offer("zai", 1.4, 4.4)) == ["zhipuai"]
    assert suspected(offer("zai", 1.4, 4.4), offer("zhipuai", 6.0, 24.0)) == ["zhipuai"]


@pytest.mark.parametrize(
    ("provider", "sister", "prices", "sister_prices"),
    [
        ("zhipuai", "zai", (0.6, 2.2), (0.6, 2.2)),
        ("alibaba-cn", "alibaba", (0.058, 0.23), (0.43, 1.66)),  # qwen3-omni-flash: cheaper at home, in dollars
        ("minimax-cn", "minimax", (0.6, 2.4), (0.3, 1.2)),  # a faster edition under the same model
        ("zhipuai", "zai", (6.0, 4.4), (1.4, 4.4)),  # one side alone
        ("zhipuai", "alibaba", (6.0, 24.0), (1.4, 4.4)),  # another maker
        ("google-vertex", "google", (2.0, 8.0), (1.0, 4.0)),
    ],
)
def test_other_differences_are_no_currency(
    provider: str, sister: str, prices: tuple[float, float], sister_prices: tuple[float, float]
) -> None:
    assert suspected(offer(provider, *prices), offer(sister, *sister_prices)) == []


def test_between_brands_that_nobody_reviewed_only_the_exchange_rate_is_suspicious() -> None:
    assert suspected(offer("google-vertex", 7.1, 28.4), offer("google", 1.0, 4.0)) == ["google-vertex"]
    assert suspected(offer("google-vertex", 4.3, 17.2), offer("google", 1.0, 4.0)) == []


def test_regions_of_a_host_are_sisters_too() -> None:
    assert suspected(offer("siliconflow-cn", 7.0, 28.0), offer("siliconflow", 1.0, 4.0)) == ["siliconflow-cn"]


def test_a_batch_price_or_another_model_is_not_compared() -> None:
    batch = {"service_tier": "batch"}
    assert suspected(offer("zhipuai", 6.0, 24.0), offer("zai", 1.4, 4.4, **batch)) == []
    assert suspected(offer("zhipuai", 6.0, 24.0), offer("zai", 1.4, 4.4, model_id="z-ai/glm-5")) == []


def test_a_brand_is_no_sister_of_itself() -> None:
    rows = [
        offer("google", amount, 4 * amount, model_id="m") | {"offer_id": f"g{amount}"} for amount in (1.0, 1.1, 7.1)
    ]
    assert suspected(*rows) == []
