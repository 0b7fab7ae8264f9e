"""Prices that are easily misread on the pages of first parties."""

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError, SchemaChangedError
from llmpairs.spiders.providers.deepseek import find_off_peak_hours
from tests.spiders.pages import quoted
from tests.spiders.provider_pages import changed, has_offer, model, offer, parse, rejected, sample

# DeepSeek


def test_deepseek_costs_its_peak_price_and_less_off_peak() -> None:
    found = parse("deepseek")
    assert quoted(offer(found, "deepseek-v4-pro")) == {
        ("cache_read", 0): "0.044",
        ("input", 0): "1.32",
        ("output", 0): "3.96",
    }
    assert quoted(offer(found, "deepseek-v4-pro", tag="off-peak")) == {
        ("cache_read", 0): "0.022",
        ("input", 0): "0.66",
        ("output", 0): "1.98",
    }
    assert offer(found, "deepseek-v4-pro").price_hours_utc is None


@pytest.mark.parametrize(
    ("note", "hours"),
    [
        (
            "Peak hours are <b>01:00 - 04:00</b> and 06:00 - 10:00 UTC, Monday through Friday (others off-peak)",
            ("mon-fri 00:00-01:00", "mon-fri 04:00-06:00", "mon-fri 10:00-24:00", "sat-sun 00:00-24:00"),
        ),
        ("off-peak rates apply; peak hours: 22:30–02:00 UTC", ("02:00-22:30",)),
        ("Peak hours: 9:00–12:00 and 14:00–18:00 Beijing time", ("not stated",)),
        ("", ("not stated",)),
    ],
)
def test_deepseeks_off_peak_prices_apply_at_the_other_hours(note: str, hours: tuple[str, ...]) -> None:
    assert find_off_peak_hours(note) == hours


def test_deepseek_spans_its_limits_over_both_models() -> None:
    found = parse("deepseek")
    for key in ("deepseek-flash", "deepseek-v4-pro"):
        claim = model(found, key)
        assert (claim.context_tokens, claim.max_output_tokens) == (1_000_000, 384_000)
    assert dict(model(found, "deepseek-v4-pro").capabilities)["vision"] is False
    assert dict(model(found, "deepseek-flash").capabilities)["vision"] is True
    assert model(found, "deepseek-flash").name == "DeepSeek-V4.1-Flash"


def test_deepseek_with_other_hours_is_a_layout_change() -> None:
    with pytest.raises(LayoutChangedError, match=r"known header at table 1.*PRICING 1M INPUT TOKENS"):
        changed("deepseek", "<td>PEAK</td>", "<td>PEAK HOURS</td>")


# Anthropic


def test_anthropic_has_the_five_minute_write_and_drops_footnotes() -> None:
    found = parse("anthropic")
    assert quoted(offer(found, "Claude Opus 5")) == {
        ("input", 0): "5",
        ("cache_write", 0): "6.25",
        ("cache_read", 0): "0.50",
        ("output", 0): "25",
    }


def test_anthropic_has_batch_and_fast_prices_for_each_model_of_a_row() -> None:
    found = parse("anthropic")
    assert quoted(offer(found, "Claude Opus 5", "batch")) == {("input", 0): "2.50", ("output", 0): "12.50"}
    for key in ("Claude Opus 5", "Claude Opus 4.8"):
        assert quoted(offer(found, key, "fast")) == {("input", 0): "10", ("output", 0): "50"}


def test_anthropic_does_not_sell_what_it_retired() -> None:
    found = parse("anthropic")
    assert model(found, "Claude Opus 4.1").status == "retired"
    assert not has_offer(found, "Claude Opus 4.1")
    assert offer(found, "Claude Sonnet 3.7").status == "deprecated"


@pytest.mark.parametrize(("day", "price"), [("2026-08-31", "3"), ("2026-09-01", "2")])
def test_anthropic_dates_its_prices(day: str, price: str) -> None:
    rows = sample("anthropic")[1].split("\n")
    row = next(line for line in rows if "Sonnet 4.5" in line and "$3 / MTok" in line)
    later = row.replace("$3 /", "$2 /").replace("Sonnet 4.5", "Sonnet 4.5 starting September 1, 2026")
    through = row.replace("Sonnet 4.5", "Sonnet 4.5 through August 31, 2026")
    found = changed("anthropic", row, f"{through}\n{later}", captured_at=f"{day}T12:00:00Z")
    assert quoted(offer(found, "Claude Sonnet 4.5"))["input", 0] == price


def test_anthropic_with_an_unknown_unit_is_refused() -> None:
    with pytest.raises(SchemaChangedError, match="per and unit of the price are not stated"):
        changed("anthropic", "/ MTok", "/ GTok")


# OpenAI


def test_openai_has_four_tiers_of_service() -> None:
    found = parse("openai")
    prices = {tier: quoted(offer(found, "gpt-5.5", tier))["input", 0] for tier in ("standard", "batch", "flex", "fast")}
    assert prices == {"standard": "5.00", "batch": "2.50", "flex": "2.50", "fast": "12.50"}


def test_openai_prints_the_boundary_of_long_prompts_for_some_rows() -> None:
    found = parse("openai")
    assert quoted(offer(found, "gpt-5.5"))["output", 272_000] == "45.00"
    assert quoted(offer(found, "gpt-5.6-luna"))["cache_write", 272_000] == "0.50"
    assert {size for _, size in quoted(offer(found, "gpt-5-mini"))} == {0}
    without = changed("openai", " (<272K context length)", "")
    assert {size for _, size in quoted(offer(without, "gpt-5.5"))} == {0}


def test_openai_has_a_row_for_each_modality() -> None:
    found = parse("openai")
    assert quoted(offer(found, "gpt-audio-1.5")) == {
        ("input_audio", 0): "32.00",
        ("output_audio", 0): "64.00",
        ("input", 0): "2.50",
        ("output", 0): "10.00",
    }
    (speech,) = offer(found, "tts-1").prices
    assert (speech.amount, speech.unit) == ("15.00", "character")


def test_openai_names_the_tier_of_a_group_in_a_line_above() -> None:
    found = parse("openai")
    assert quoted(offer(found, "gpt-image-2", "batch"))["output_image", 0] == "15.00"
    assert quoted(offer(found, "gpt-5.3-codex"))["output", 0] == "14.00"


def test_openai_with_an_unknown_tier_loses_the_rows_of_that_tier_alone() -> None:
    found = changed("openai", "### Standard pricing data", "### Ultra pricing data")
    assert all("the tier of service 'ultra' is not known" in text for text in rejected(found))
    assert rejected(found)
    assert has_offer(found, "gpt-image-2", "batch")


# Google AI Studio


def test_gemini_has_two_prices_by_the_length_of_the_prompt() -> None:
    found = parse("google_ai_studio")
    for key in ("gemini-3.1-pro-preview", "gemini-3.1-pro-preview-customtools"):
        assert quoted(offer(found, key)) == {
            ("input", 0): "2.00",
            ("input", 200_000): "4.00",
            ("output", 0): "12.00",
            ("output", 200_000): "18.00",
            ("cache_read", 0): "0.20",
            ("cache_read", 200_000): "0.40",
        }
    assert quoted(offer(found, "gemini-3.1-pro-preview", "batch"))["output", 200_000] == "9.00"


def test_gemini_prices_audio_input_separately_and_storage_is_left_out() -> None:
    flash = quoted(offer(parse("google_ai_studio"), "gemini-3-flash-preview"))
    assert flash == {("input", 0): "0.50", ("input_audio", 0): "1.00", ("output", 0): "3.00", ("cache_read", 0): "0.05"}


def test_gemini_repeats_a_price_by_the_minute() -> None:
    live = offer(parse("google_ai_studio"), "gemini-3.1-flash-live-preview")
    assert quoted(live)["input_audio", 0] == "3.00"
    assert {quote.unit for quote in live.prices} == {"token"}


def test_geminis_free_tier_is_an_offer_of_its_own() -> None:
    found = parse("google_ai_studio")
    free, paid = (offer(found, "gemini-3-flash-preview", tag=tag) for tag in ("free-tier", "-"))
    assert free.is_free is True
    assert (free.trains_on_prompts, paid.trains_on_prompts) == (True, False)
    assert offer(found, "gemini-3-flash-preview").is_free is None
    assert not has_offer(found, "gemini-3.1-pro-preview", tag="free-tier")
    assert offer(found, "Gemma 3", tag="free-tier").is_free is True
    assert not has_offer(found, "Gemma 3")


@pytest.mark.parametrize(("day", "price"), [("2026-12-31", "0.75"), ("2027-01-01", "1.50")])
def test_gemini_prints_the_next_price_beside_the_current_one(day: str, price: str) -> None:
    dated = "$0.75 through December 31, 2026. $1.50 starting January 1, 2027."
    old = "| Output price (including thinking tokens) | Free of charge | $3.00 |"
    found = changed("google_ai_studio", old, old.replace("$3.00", dated), captured_at=f"{day}T12:00:00Z")
    assert quoted(offer(found, "gemini-3-flash-preview"))["output", 0] == price


def test_gemini_with_an_unknown_row_is_partial() -> None:
    found = changed("google_ai_studio", "| Tuning price |", "| Thinking price |")
    assert rejected(found) == ["table 7 (Gemma 3) row 4: 'thinking price' is no known row"]


# Mistral


def test_mistral_takes_its_unit_from_the_line_above() -> None:
    small = offer(parse("mistral"), "Mistral Small 4")
    assert {(quote.use, quote.amount, quote.per, quote.unit) for quote in small.prices} == {
        ("input", "0.15", 1_000_000, "token"),
        ("cache_read", "0.015", 1_000_000, "token"),
        ("output", "0.6", 1_000_000, "token"),
    }


def test_mistral_on_sale_costs_the_price_of_the_sale() -> None:
    assert quoted(offer(parse("mistral"), "Mistral Large 4")) == {
        ("input", 0): "0.68",
        ("cache_read", 0): "0.07",
        ("output", 0): "2.09",
    }


def test_mistral_as_marked_needs_the_unit_in_the_cell() -> None:
    (minute,) = offer(parse("mistral"), "Voxtral Mini Transcribe 2").prices
    assert (minute.amount, minute.unit) == ("0.003", "minute")
    (text,) = rejected(changed("mistral", "$0.003 /Min", "$0.003"))
    assert "per and unit of the price are not stated" in text
