"""Price pages whose tables are properties of components or split by prompt length: xAI, MiniMax, Moonshot AI."""

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError, SchemaChangedError
from llmpairs.spiders.items import OfferClaim
from tests.spiders.provider_pages import changed, offer, parse


def quoted(claim: OfferClaim) -> dict[tuple[str, int], str]:
    return {(quote.use, quote.min_prompt_tokens): quote.amount for quote in claim.prices}


def test_xai_prints_two_rows_for_a_model_by_prompt_length() -> None:
    found = parse("xai_pricing")
    assert quoted(offer(found, "grok-4.7")) == {
        ("input", 0): "2.00", ("cache_read", 0): "0.50", ("output", 0): "6.00",
        ("input", 200_000): "4.00", ("cache_read", 200_000): "1.00", ("output", 200_000): "12.00",
    }  # fmt: skip
    assert offer(found, "grok-4.7").context_tokens == 500_000


def test_minimax_has_tiers_in_tabs_and_struck_out_list_prices() -> None:
    found = parse("minimax")
    assert quoted(offer(found, "MiniMax-M3")) == {
        ("input", 0): "0.30", ("output", 0): "1.20", ("cache_read", 0): "0.06",
        ("input", 512_000): "0.60", ("output", 512_000): "2.40", ("cache_read", 512_000): "0.12",
    }  # fmt: skip
    assert quoted(offer(found, "MiniMax-M3", "priority"))["input", 0] == "0.45"
    assert quoted(offer(found, "MiniMax-M2.7"))["cache_write", 0] == "0.375"


def test_moonshot_has_columns_and_rows_in_components() -> None:
    found = parse("moonshot")
    assert quoted(offer(found, "kimi-k3")) == {
        ("cache_write", 0): "3.00", ("cache_read", 0): "0.30", ("input", 0): "3.00", ("output", 0): "15.00",
    }  # fmt: skip
    assert quoted(offer(found, "kimi-k2.6"))["cache_read", 0] == "0.16"
    assert offer(found, "kimi-k2.6").context_tokens == 262_144


def test_moonshot_states_its_unit_in_a_column() -> None:
    with pytest.raises(SchemaChangedError, match="the unit is '1K tokens'"):
        changed("moonshot", '"1M tokens"', '"1K tokens"')
    with pytest.raises(LayoutChangedError, match="header"):
        changed("moonshot", 'title: "Unit"', 'title: "Each"')


def test_sambanova_prices_are_by_the_token() -> None:
    claim = next(each for each in parse("sambanova") if isinstance(each, OfferClaim))
    assert [(quote.use, quote.amount, quote.per) for quote in claim.prices] == [
        ("input", "0.00000500", 1),
        ("output", "0.00000700", 1),
    ]
    assert (claim.model_key, claim.max_output_tokens) == ("DeepSeek-R1-0528", 7_168)
