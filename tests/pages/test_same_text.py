"""The price of the same text: one line where tokenizers change which model is cheaper."""

from typing import Any, cast

import pytest

from llmpairs.pages.content.same_text import compare_same_text
from llmpairs.pages.content.schema import Profile
from llmpairs.pages.layout.pair import lay_out_pair
from llmpairs.render.markdown import render_markdown
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO
from tests.pages.example_release import LLAMA, example_rows, make_page
from tests.warehouse.samples import GPT


def side(usd: float | None, tokenizer: str, **rates: tuple[float, float]) -> Profile:
    best = None if usd is None else {"usd": usd}
    rows = [
        {"tokenizer": tokenizer, "language": name, "chars_per_token_low": low, "chars_per_token_high": high}
        for name, (low, high) in rates.items()
    ]
    return cast("Profile", {"costs": {DETAILED_SCENARIO: {"best": best}}, "text_rates": rows})


PAIR = sorted((LLAMA, GPT), key=str.encode)
NEW, OLD = {"de": (4.3, 4.3), "en": (4.8, 4.8)}, {"de": (3.1, 3.1), "en": (4.7, 4.7)}
CASES: list[tuple[str, Profile, Profile, dict[str, int] | None]] = [
    ("dearer per token, cheaper in German", side(110.0, "new", **NEW), side(100.0, "old", **OLD), {"de": 0}),
    ("the same, turned", side(100.0, "old", **OLD), side(110.0, "new", **NEW), {"de": 1}),
    ("too dear for its tokenizer", side(200.0, "new", **NEW), side(100.0, "old", **OLD), None),
    ("within the 2% of the rates", side(102.0, "new", en=(4.8, 4.8)), side(100.0, "old", en=(4.7, 4.7)), None),
    ("equal per token", side(100.0, "new", **NEW), side(100.0, "old", **OLD), {"de": 0, "en": 0}),
    ("unknown, may change", side(110.0, "unknown", de=(3.1, 4.3)), side(100.0, "old", de=(3.1, 3.1)), None),
    ("unknown, changes at both bounds", side(110.0, "unknown", de=(3.6, 4.3)), side(100.0, "old", **OLD), {"de": 0}),
    ("no price", side(None, "new", **NEW), side(100.0, "old", **OLD), None),
    ("no rates: an earlier release", side(110.0, "-"), side(100.0, "-"), None),
]


@pytest.mark.parametrize(("left", "right", "cheaper"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_order_of_prices_changes(left: Profile, right: Profile, cheaper: dict[str, int] | None) -> None:
    found: Any = compare_same_text([left, right])
    if cheaper is None:
        assert found is None
    else:
        assert {each["language"]: each["cheaper"] for each in found["languages"]} == cheaper


def test_ratio_is_per_character() -> None:
    """110 / 100 for the same tokens; German takes 4.3 / 3.1 as many tokens of the right one: 0.793."""
    found: Any = compare_same_text([side(110.0, "new", **NEW), side(100.0, "old", **OLD)])
    assert found["ratio"] == 1.1
    assert found["languages"] == [{"language": "de", "ratio_low": 0.793, "ratio_high": 0.793, "cheaper": 0}]
    assert found["tokenizers"] == ["new", "old"]


def test_the_page_has_one_line_where_the_order_changes() -> None:
    """GPT OSS costs 76.20 and Llama 173 for the same tokens; in this Chinese text GPT OSS needs four times as many."""
    rates = [
        {
            "model_id": model_id, "tokenizer": model_id, "language": language,
            "chars_per_token_low": each, "chars_per_token_high": each,
        }
        for model_id, zh in ((GPT, 0.5), (LLAMA, 2.0))
        for language, each in (("en", 4.0), ("zh", zh))
    ]  # fmt: skip
    line = "For the same text Llama 4 Scout is cheaper in Chinese, although its price for the same tokens is higher"
    assert line in render_markdown(lay_out_pair(make_page({**example_rows(), "text_rates": rates}, *PAIR)))
    assert "For the same text" not in render_markdown(lay_out_pair(make_page(example_rows(), *PAIR)))
