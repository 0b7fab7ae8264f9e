"""Versions of price pages as they were served over a year: their tables, forms and traps."""

import pytest

from llmpairs.spiders.base import find_parser
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import OfferClaim
from llmpairs.spiders.page import Finding, NextPage, Page
from tests.spiders.pages import quoted
from tests.spiders.provider_pages import Found, offer


def read_page(source_id: str, url: str, text: str, captured_at: str = "2026-04-01T00:00:00Z") -> Found:
    return list(find_parser(source_id, url)(Page(url=url, body=text.encode(), captured_at=captured_at)))


ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/pricing.md"
BASE = """
| Model | Base Input Tokens | 5m Cache Writes | 1h Cache Writes | Cache Hits & Refreshes | Output Tokens |
|---|---|---|---|---|---|
| Claude Opus 4.6 | $5 / MTok | $6.25 / MTok | $10 / MTok | $0.50 / MTok | $25 / MTok |
| Claude Sonnet 4.5 | $3 / MTok | $3.75 / MTok | $6 / MTok | $0.30 / MTok | $15 / MTok |
| Claude Sonnet 4 | $3 / MTok | $3.75 / MTok | $6 / MTok | $0.30 / MTok | $15 / MTok |
"""
# The three forms of the long-context table: 2025-12-11, 2026-02-06, 2026-03-26.
LONG_CONTEXT = [
    """When using Claude Sonnet 4 or Sonnet 4.5 with the 1M token context window, longer requests cost more:

| ≤ 200K input tokens | > 200K input tokens |
|---|---|
| Input: $3 / MTok | Input: $6 / MTok |
| Output: $15 / MTok | Output: $22.50 / MTok |
""",
    """| Model | ≤ 200K input tokens | > 200K input tokens |
|---|---|---|
| Claude Sonnet 4.5 / 4 | Input: $3 / MTok | Input: $6 / MTok |
| | Output: $15 / MTok | Output: $22.50 / MTok |
""",
    r"""| Model | ≤ 200k input tokens<br />Input | ≤ 200k input tokens<br />Output | > 200k input tokens<br />Input \
| > 200k input tokens<br />Output |
| --- | --- | --- | --- | --- |
| Claude Sonnet 4.5 / 4 | \$3 / MTok | \$15 / MTok | \$6 / MTok | \$22.50 / MTok |
""".replace(" \\\n", " "),
]


@pytest.mark.parametrize("table", LONG_CONTEXT)
def test_anthropic_prices_long_prompts_in_three_forms(table: str) -> None:
    found = read_page("anthropic", ANTHROPIC, f"## Model pricing\n{BASE}\n### Long context pricing\n\n{table}")
    for name in ("Claude Sonnet 4.5", "Claude Sonnet 4"):
        prices = quoted(offer(found, name))
        assert (prices["input", 0], prices["input", 200_000], prices["output", 200_000]) == ("3", "6", "22.50")
    assert {size for _, size in quoted(offer(found, "Claude Opus 4.6"))} == {0}


def test_a_fast_mode_table_without_models_is_about_the_model_in_the_sentence_above() -> None:
    fast = """### Fast mode pricing

[Fast mode](/fast) for Claude Opus 4.6 (research preview) provides faster output:

| Context window | Input | Output |
|:---|:---|:---|
| ≤ 200K input tokens | $30 / MTok | $150 / MTok |
| > 200K input tokens | $60 / MTok | $225 / MTok |
"""
    found = read_page("anthropic", ANTHROPIC, f"## Model pricing\n{BASE}\n{fast}")
    assert quoted(offer(found, "Claude Opus 4.6", "fast")) == {
        ("input", 0): "30", ("output", 0): "150", ("input", 200_000): "60", ("output", 200_000): "225",
    }  # fmt: skip


FAST = """
## Fast mode pricing

Fast mode is available for Claude Opus 4.6:

| Input price | Output price | Notes |
|---|---|---|
| $30 / MTok | $150 / MTok | beta |
"""


def test_anthropic_under_other_headers_and_with_another_column_is_read_whole() -> None:
    renamed = BASE.replace("Base Input Tokens", "Input price").replace("| Model |", "| Model name |")
    found = read_page("anthropic", ANTHROPIC, f"{renamed}\n{FAST}")
    assert quoted(offer(found, "Claude Sonnet 4.5"))["input", 0] == "3"
    assert quoted(offer(found, "Claude Opus 4.6", "fast")) == {("input", 0): "30", ("output", 0): "150"}


def test_a_page_with_line_ends_of_windows_is_the_same_page() -> None:
    lines = BASE.replace("\n", "\r\n")
    assert read_page("anthropic", ANTHROPIC, lines) == read_page("anthropic", ANTHROPIC, BASE)


def test_anthropic_deprecations_lose_a_row_without_a_name_alone() -> None:
    url = "https://platform.claude.com/docs/en/about-claude/model-deprecations.md"
    head = "| API Model Name | Current State | Deprecated | Tentative Retirement Date |\n|---|---|---|---|\n"
    rows = "| `claude-opus-5` | Active | N/A | N/A |\n| | | | |\n| - | Retired | June 1, 2025 | July 1, 2025 |\n"
    found = read_page("anthropic_deprecations", url, f"{head}{rows}| `claude-9` | Active | N/A | N/A |\n")
    assert [each.model_key for each in found if not isinstance(each, (Finding, NextPage))] == [
        "claude-opus-5",
        "claude-9",
    ]
    assert [each.text.rpartition(": ")[2] for each in found if isinstance(each, Finding)] == ["no name of a model"]


def test_anthropic_without_its_table_of_base_prices_fails() -> None:
    with pytest.raises(LayoutChangedError, match="Cost"):
        read_page("anthropic", ANTHROPIC, BASE.replace("Base Input Tokens", "Cost"))


# Rows of the page of 2026-05-29, with its style component, which no HTML parser would close.
COMPONENTS = """
<style is:global set:html={`
  article th { font-size: 14px; }
`} />

<small>Prices per 1M tokens.</small>

<div data-content-switcher-pane data-value="batch" hidden>
  <div class="hidden">Batch</div>

  <TextTokenPricingTables tier="batch" rows={[
      ["gpt-5.4 (<272K context length)", 1.25, 0.13, 7.5],
      ["gpt-5-pro", 7.5, null, 60],
    ]}
  />
  <GroupedPricingTable groups={[
      { model: "gpt-realtime-2", rows: [ ["Audio", 32, 0.4, 64], ["Text", 4, 0.4, 24] ] },
      { model: "Fine-tuning", rows: [ ["o4-mini", "$100 / hour", 4, 1, 16] ] },
    ]}
  />
</div>
"""


def test_openai_has_its_rows_in_components() -> None:
    found = read_page("openai", "https://developers.openai.com/api/docs/pricing.md", COMPONENTS)
    assert quoted(offer(found, "gpt-5.4", "batch")) == {
        ("input", 0): "1.25", ("cache_read", 0): "0.13", ("output", 0): "7.5",
    }  # fmt: skip
    assert quoted(offer(found, "gpt-5-pro", "batch")) == {("input", 0): "7.5", ("output", 0): "60"}
    assert quoted(offer(found, "gpt-realtime-2", "batch"))["input_audio", 0] == "32"
    assert not [each for each in found if isinstance(each, OfferClaim) and each.model_key == "o4-mini"]


def test_vertex_prices_claude_by_lengths_of_its_own_and_reads_no_row_twice() -> None:
    page = """<html><h3>Anthropic’s Claude models</h3><table><tr><th>Model</th><th>Type</th>
<th>Price (/1M tokens) =&lt; 200K input tokens *</th><th>Price (/1M tokens) &gt; 200K input tokens *</th>
<th>Price (/1M tokens) =&lt; 100K input tokens **</th><th>Price (/1M tokens) &gt; 100K input tokens **</th></tr>
<tr><td>Claude Haiku 5.5</td><td>Input</td><td></td><td></td><td>$0.10</td><td>$0.50</td></tr>
<tr><td></td><td>5m Batch Cache Write</td><td></td><td></td><td>$0.0625</td><td></td></tr>
<tr><td>Claude Sonnet 4.6</td><td>Input</td><td>$3.30</td><td>$3.30</td><td></td><td></td></tr>
<tr><td></td><td>Input</td><td>$6.60</td><td></td><td></td><td></td></tr></table>"""
    found = read_page("vertex_ai", "https://cloud.google.com/vertex-ai/generative-ai/pricing", page)
    assert quoted(offer(found, "Claude Haiku 5.5")) == {("input", 0): "0.10", ("input", 100_000): "0.50"}
    assert quoted(offer(found, "Claude Haiku 5.5", "batch")) == {("cache_write", 0): "0.0625"}
    assert quoted(offer(found, "Claude Sonnet 4.6")) == {("input", 0): "3.30"}
    assert [each.kind for each in found if isinstance(each, Finding)] == ["remark"]


def test_a_price_by_the_image_is_no_price_by_the_token() -> None:
    page = """## Gemini 3 Pro Image Preview

### Batch

|  | Free Tier | Paid Tier, per 1M tokens in USD |
|---|---|---|
| Input price | Not available | $1.00 (text), $0.0006 (image) |
| Output price | Not available | $6.00 (text and thinking) |
"""
    found = read_page("google_ai_studio", "https://ai.google.dev/gemini-api/docs/pricing.md.txt", page)
    quotes = {quote.use: quote for quote in offer(found, "Gemini 3 Pro Image Preview", "batch").prices}
    assert (quotes["input_image"].unit, quotes["input_image"].per) == ("image", 1)
    assert (quotes["input"].unit, quotes["output"].amount) == ("token", "6.00")
