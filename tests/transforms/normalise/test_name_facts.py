"""What names state: sizes, dates, reasoning. Names of 2026-05-18 but for "350m"."""

import pandas as pd
import pytest
from pandas import Series

from llmpairs.transforms.normalise.name_facts import names_reasoning, parse_name_dates, parse_sizes

BILLION = 1_000_000_000


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("gpt-oss-120b", 120 * BILLION, None),
        ("Qwen/Qwen3.5-35B-A3B", 35 * BILLION, 3 * BILLION),
        ("kimi-k2-1t-a32b", 1000 * BILLION, 32 * BILLION),
        ("qwen3-0.6b", 600_000_000, None),
        ("accounts/fireworks/models/qwen2p5-coder-0p5b", 500_000_000, None),
        ("granite-350m", 350_000_000, None),
        ("llama-4-maverick-17b-128e-instruct", None, 17 * BILLION),
        # experts share layers: Mixtral 8x7B has 46.7 billion, not 56
        ("mixtral-8x7b-instruct", None, None),
        # effective sizes, context lengths and several sizes are no size
        ("gemma-3n-e4b-it", None, None),
        ("qwen2.5-turbo-1m", None, None),
        ("speculative-70b-with-8b", None, None),
        ("claude-3-haiku", None, None),
        # an active size above the total is no reading
        ("odd-3b-a30b", None, 30 * BILLION),
    ],
)
def test_a_name_states_sizes(name: str, total: int | None, active: int | None) -> None:
    row = parse_sizes(Series([name], dtype="str")).iloc[0]
    assert [None if pd.isna(value) else int(value) for value in row] == [total, active]


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("gpt-4o-2024-08-06", "2024-08-06"),
        ("claude-opus-4-20250514", "2025-05-14"),
        ("command-r-plus-08-2024", "2024-08"),
        ("gemini-2.5-flash-preview-09-2025", "2025-09"),
        ("mistral-large-2512", "2025-12"),
        ("mistral-small-24b-instruct-2501", "2025-01"),
        ("doubao-seed-1.6-250615", "2025-06-15"),
        ("gpt-4-0613", None),
        ("gpt-4-1106-preview", None),
        ("kimi-k2-instruct-0905", None),
        ("deepseek-r1-0528", None),
        ("gpt-4o-2024-02-31", "2024-02"),
    ],
)
def test_a_name_states_a_date(name: str, date: str | None) -> None:
    found = parse_name_dates(Series([name], dtype="str")).iloc[0]
    assert (None if pd.isna(found) else found) == date


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("qwen3-30b-a3b-thinking-2507", True),
        ("olmo-3-32b-think", True),
        ("deepseek-reasoner", True),
        ("grok-4-1-fast-non-reasoning", False),
        ("qwen3-235b-no-thinking", False),
        ("rethinking-llm", False),
    ],
)
def test_a_name_states_reasoning(name: str, reasons: bool) -> None:
    assert bool(names_reasoning(Series([name], dtype="str")).iloc[0]) is reasons
