"""Prices that are easily misread on the pages of hosts."""

import pytest

from llmpairs.spiders.crawling.causes import LayoutChangedError
from tests.spiders.pages import quoted
from tests.spiders.provider_pages import changed, has_offer, model, offer, parse, rejected, sample

# Together AI


def test_together_has_gpt_oss_at_its_price() -> None:
    found = parse("together")
    gpt_oss = offer(found, "openai/gpt-oss-120b")
    assert quoted(gpt_oss) == {("input", 0): "0.15", ("output", 0): "0.60"}
    assert (gpt_oss.context_tokens, gpt_oss.quantization) == (131_072, "MXFP4")
    assert model(found, "openai/gpt-oss-120b").developer == "OpenAI"


def test_a_dash_of_together_states_nothing() -> None:
    found = parse("together")
    qwen = offer(found, "Qwen/Qwen3.7-Max")
    assert (qwen.context_tokens, qwen.quantization, qwen.capabilities) == (None, None, ())


def test_together_states_that_one_model_is_free() -> None:
    bonsai = offer(parse("together"), "Prism-ML/Ternary-Bonsai-27B")
    assert (bonsai.is_free, quoted(bonsai)) == (True, {("input", 0): "0", ("output", 0): "0"})
    priced = offer(changed("together", "| Free          ", r"| \$0          "), "Prism-ML/Ternary-Bonsai-27B")
    assert priced.is_free is None


def test_together_lists_each_vision_model_twice() -> None:
    found = parse("together")
    minimax = offer(found, "MiniMaxAI/MiniMax-M3")
    assert quoted(minimax) == {("input", 0): "0.30", ("cache_read", 0): "0.06", ("output", 0): "1.20"}
    assert ("vision", True) in minimax.capabilities
    assert ("vision", True) not in offer(found, "openai/gpt-oss-120b").capabilities


def test_together_contradicting_itself_is_refused() -> None:
    _, text = sample("together")
    head, _, tail = text.rpartition("$1.20")
    found = parse("together", head + "$9.99" + tail)
    (text,) = rejected(found)
    assert "costs 9.99 here and 1.20" in text
    assert not has_offer(found, text.partition(": ")[2].partition(" costs")[0])


# Fireworks AI


def test_fireworks_has_three_prices_in_a_cell() -> None:
    found = parse("fireworks")
    assert quoted(offer(found, "gpt-oss-120b")) == {
        ("input", 0): "0.15",
        ("cache_read", 0): "0.015",
        ("output", 0): "0.60",
    }
    assert quoted(offer(found, "gpt-oss-120b", "priority"))["output", 0] == "0.72"
    assert model(found, "gpt-oss-120b").name == "OpenAI GPT OSS 120B"


def test_fireworks_has_no_priority_where_it_prints_a_dash() -> None:
    assert not has_offer(parse("fireworks"), "nemotron-3-ultra-nvfp4", "priority")


def test_fireworks_halves_by_batch_and_the_amount_stays_as_printed() -> None:
    batch = offer(parse("fireworks"), "gpt-oss-120b", "batch")
    assert [(quote.use, quote.amount, quote.per) for quote in batch.prices] == [
        ("input", "0.15", 2_000_000),
        ("output", "0.60", 2_000_000),
    ]
    without = changed("fireworks", "**Batch inference** is billed", "Batch is gone")
    assert not has_offer(without, "gpt-oss-120b", "batch")


def test_fireworks_has_faster_and_regional_rows_of_one_model() -> None:
    found = parse("fireworks")
    assert quoted(offer(found, "kimi-k3"))["input", 0] == "3.00"
    assert quoted(offer(found, "kimi-k3", "fast"))["input", 0] == "4.50"
    regional = offer(found, "kimi-k3", tag="us")
    assert (quoted(regional)["output", 0], regional.region) == ("22.50", "US")
    assert quoted(offer(found, "glm-5p2", "fast", "us"))["cache_read", 0] == "0.21"
    assert not has_offer(found, "kimi-k3", "batch", "us")


def test_fireworks_without_a_link_is_keyed_by_display_name() -> None:
    old = "[OpenAI GPT OSS 120B](https://app.fireworks.ai/models/fireworks/gpt-oss-120b)"
    assert has_offer(changed("fireworks", old, "OpenAI GPT OSS 120B"), "OpenAI GPT OSS 120B")


def test_fireworks_in_another_order_is_a_layout_change() -> None:
    with pytest.raises(LayoutChangedError, match="input / cached input / output"):
        changed("fireworks", "input / cached input / output", "input / output / cached input")


# Groq


def test_groq_has_two_prices_in_one_cell() -> None:
    found = parse("groq")
    gpt_oss = offer(found, "openai/gpt-oss-120b")
    assert quoted(gpt_oss) == {("input", 0): "0.15", ("output", 0): "0.60"}
    assert (gpt_oss.context_tokens, gpt_oss.max_output_tokens) == (131_072, 65_536)
    assert (model(found, "openai/gpt-oss-120b").name, model(found, "qwen/qwen3-32b").status) == (
        "GPT OSS 120B",
        "preview",
    )


def test_groq_prices_by_the_hour_and_by_the_character_keep_their_units() -> None:
    found = parse("groq")
    (hour,) = offer(found, "whisper-large-v3").prices
    assert (hour.amount, hour.per, hour.unit) == ("0.111", 1, "hour")
    (character,) = offer(found, "canopylabs/orpheus-v1-english").prices
    assert (character.amount, character.per, character.unit) == ("22.00", 1_000_000, "character")


def test_groq_has_systems_without_a_price_and_badges_in_the_key() -> None:
    assert offer(parse("groq"), "groq/compound").prices == ()
    badged = changed("groq", ")llama-3.1-8b-instant", ")Enterprisellama-3.1-8b-instant")
    assert quoted(offer(badged, "llama-3.1-8b-instant"))["input", 0] == "0.05"


def test_groq_with_unknown_labels_is_refused() -> None:
    found = changed("groq", "$0.15 input$0.60 output", "$0.15 in / $0.60 out")
    assert all("'in' beside 0.15 has no declared use" in text for text in rejected(found))
    assert rejected(found)


# Cerebras


def test_cerebras_is_priced_by_the_token() -> None:
    found = parse("cerebras")
    gpt_oss = offer(found, "gpt-oss-120b")
    assert [(quote.use, quote.amount, quote.per) for quote in gpt_oss.prices] == [
        ("input", "0.00000035", 1),
        ("output", "0.00000075", 1),
    ]
    assert (gpt_oss.context_tokens, gpt_oss.max_output_tokens, gpt_oss.quantization) == (131_072, 40_960, "FP16/8")
    assert ("vision", False) in gpt_oss.capabilities
    assert model(found, "gpt-oss-120b").hugging_face_id == "openai/gpt-oss-120b"


# Vertex AI


def test_vertex_has_a_row_for_each_thing_that_is_paid_for() -> None:
    found = parse("vertex_ai")
    assert quoted(offer(found, "gpt-oss 120B")) == {("input", 0): "0.09", ("output", 0): "0.36"}
    assert quoted(offer(found, "Gemini 3.1 Pro Preview")) == {
        ("input", 0): "2.00",
        ("input", 200_000): "4.00",
        ("cache_read", 0): "0.20",
        ("cache_read", 200_000): "0.40",
        ("output", 0): "12.00",
        ("output", 200_000): "18.00",
    }
    assert model(found, "gpt-oss 120B").developer == "OpenAI"


def test_vertex_has_regions_in_a_column_and_in_tabs() -> None:
    found = parse("vertex_ai")
    assert quoted(offer(found, "Gemini 3.1 Pro Preview", tag="non-global"))["input", 0] == "2.20"
    europe = offer(found, "Claude Opus 4.8", tag="eu-multi-region-eu")
    assert (quoted(europe)["input", 0], europe.region) == ("5.50", "EU Multi-Region (EU)")
    assert quoted(offer(found, "Claude Opus 4.8"))["input", 0] == "5.00"


def test_vertex_prints_one_price_twice_where_length_does_not_matter() -> None:
    found = parse("vertex_ai")
    assert quoted(offer(found, "Gemini 3.1 Flash-Lite")) == {
        ("input", 0): "0.25",
        ("cache_read", 0): "0.025",
        ("input_audio", 0): "0.50",
        ("output", 0): "1.50",
    }


def test_vertex_has_tiers_in_headers_and_in_rows() -> None:
    found = parse("vertex_ai")
    assert quoted(offer(found, "Gemini 3.5 Flash-Lite", "priority"))["output", 0] == "4.50"
    assert quoted(offer(found, "Claude Opus 4.8", "batch")) == {("input", 0): "2.50", ("output", 0): "12.50"}
    shared = changed("vertex_ai", "with Priority", "with Flex/Batch")
    assert quoted(offer(shared, "Gemini 3.5 Flash-Lite", "flex")) == quoted(
        offer(shared, "Gemini 3.5 Flash-Lite", "batch")
    )


def test_vertex_names_one_of_two_tiers_behind_a_region() -> None:
    text = sample("vertex_ai")[1].replace("with Priority", "with Flex/Batch")
    found = parse("vertex_ai", text.replace("<p>Global</p>", "<p>Global (Batch)</p>"))
    assert has_offer(found, "Gemini 3.5 Flash-Lite", "batch")
    assert not has_offer(found, "Gemini 3.5 Flash-Lite", "flex")


def test_vertex_with_an_unknown_type_is_partial() -> None:
    found = changed("vertex_ai", "<td>Cache Hit</td>", "<td>Cache Miss</td>")
    assert rejected(found) == ["table 4 (Anthropic’s Claude models) row 3: 'cache miss' is no known type of price"]
