"""Prices of the same text: whether the tokenizers of two models change which of them is cheaper."""

from collections.abc import Iterator, Sequence

from llmpairs.pages.content.pair_schema import SameText, TextCost
from llmpairs.pages.content.schema import Profile
from llmpairs.pages.rows import TextRate
from llmpairs.warehouse.vocabulary import DETAILED_SCENARIO

MARGIN = 1.02
"""Ratios of two tokenizers are measured within 2%: what is nearer to equal has no order."""
DECIMALS = 3


def compare_same_text(sides: Sequence[Profile]) -> SameText | None:
    """The languages in which the side that is cheaper per token is the more expensive one for the same text.

    Costs are the best ones of the detailed workload. An unknown tokenizer counts with its bounds: a language is listed
    only where the order changes at both.
    """
    best = [side["costs"][DETAILED_SCENARIO]["best"] for side in sides]
    usd = [cost["usd"] for cost in best if cost]
    if len(usd) < len(sides) or min(usd) <= 0 or not all(side["text_rates"] for side in sides):
        return None
    ratio = usd[0] / usd[1]
    languages = list(_find_changes(ratio, sides))
    if not languages:
        return None
    return {
        "ratio": round(ratio, DECIMALS),
        "tokenizers": [side["text_rates"][0]["tokenizer"] for side in sides],
        "languages": languages,
    }


def _find_changes(ratio: float, sides: Sequence[Profile]) -> Iterator[TextCost]:
    left, right = ({rate["language"]: rate for rate in side["text_rates"]} for side in sides)
    for language in sorted(left.keys() & right.keys()):
        low, high = _bound_ratio(ratio, left[language], right[language])
        cheaper = 1 if ratio <= 1 and low > MARGIN else 0 if ratio >= 1 and high < 1 / MARGIN else None
        if cheaper is not None:
            low, high = round(low, DECIMALS), round(high, DECIMALS)
            yield {"language": language, "ratio_low": low, "ratio_high": high, "cheaper": cheaper}


def _bound_ratio(ratio: float, left: TextRate, right: TextRate) -> tuple[float, float]:
    """Ratio of costs of the same text: what needs more tokens costs more."""
    return (
        ratio * right["chars_per_token_low"] / left["chars_per_token_high"],
        ratio * right["chars_per_token_high"] / left["chars_per_token_low"],
    )
