"""Phrases of a pair's first screen: one table for pages, command line and the script of the static site.

Names in braces are filled in; `{a}` and `{b}` are the names of the two sides.
"""

from collections.abc import Mapping
from itertools import product

ROUND_SHARES: Mapping[str, float] = {"tenth": 0.1, "fifth": 0.2, "quarter": 0.25, "third": 1 / 3, "half": 0.5}
"""Ratios that people say as a share."""
SHARE_PHRASES = {
    **{share: f"about {'half' if share == 'half' else f'a {share}'} as much" for share in ROUND_SHARES},
    "percent": "{number}% as much",
    "fraction": "1/{number} as much",
}
VERB_PHRASES = {"stronger": "scores higher", "probably": "probably scores higher"}
MEASURED = "by {difference} index points, {sure} sure{basis}"
COST_PHRASES = {
    "unknown": "Cost unknown: no price of a named operator for both",
    "same": "{a} and {b} cost about the same",
    **{f"{side}_{key}": f"{{{side}}} costs {text}" for side, (key, text) in product("ab", SHARE_PHRASES.items())},
}
"""First half of the headline, by which side is cheaper and how its share is said; the order is that of the codes."""
QUALITY_PHRASES = {
    "unknown": "quality unknown: a side has no quality index",
    **{f"{side}_{key}": f"{{{side}}} {verb} ({MEASURED})" for side, (key, verb) in product("ab", VERB_PHRASES.items())},
    **{f"{side}_open": f"which side scores higher is open ({{{side}}} {MEASURED})" for side in "ab"},
}
"""Second half of the headline, by the higher side and how sure that is; the order is that of the codes."""
SURE_PHRASES = {"percent": "{number}%", "nearly_certain": "over 99%"}
BASIS_PHRASES = {
    "measured": "",
    "one_estimated": ", one side estimated",
    "estimated": ", both estimated",
    "unknown": "",
}
OUTCOME_TEXTS = {
    "a": "{a}",
    "b": "{b}",
    "trade_off": "trade-off",
    "similar": "similar",
    "neither": "neither",
    "lean_a": "leans to {a}",
    "lean_b": "leans to {b}",
    "lean_trade_off": "leans to a trade-off",
    "unknown": "unknown",
}
REASON_TEXTS = {
    "requirement_failed": "a requirement is not met",
    "requirement_unknown": "unknown whether a requirement is met",
    "cheaper_or_stronger": "one side is cheaper, the other scores higher (97.5% sure)",
    "cheaper_or_probably_stronger": "one side is cheaper, the other probably scores higher (80% sure)",
    "cheaper_and_stronger": "cheaper, and scores higher (97.5% sure)",
    "cheaper_and_no_worse": "cheaper, and at most 3 index points lower (97.5% sure)",
    "stronger_at_same_cost": "scores higher (97.5% sure) at the same cost",
    "cost_and_quality_close": "same cost, and indexes within 5 points (80% sure)",
    "cheaper": "cheaper; which side scores higher is open",
    "probably_stronger": "probably scores higher (80% sure); the costs are equal or unknown",
    "nothing_ahead": "neither side is ahead in cost or quality",
    "nothing_known": "neither cost nor quality is known of both sides",
}
FIRST_SCREEN = {
    "headline": "{cost}; {quality}.",
    "overall": "Overall",
    "only_one": "Only {name} supports {capabilities}.",
    "no_difference": "No capability is known to be in one only.",
    "list_price": "List price per 1M tokens, 3:1",
    "median": "{names}: median of named operators.",
    "best_price": "Best of a named operator: {a} / {b}",
    "quality": "Quality index, 95% interval",
    "quality_scale": "100 is the mean of scored models",
    "quality_estimated": "No published scores: estimated.",
    "context_tokens": "Context window, tokens",
    "max_output_tokens": "Max output, tokens",
    "speed": "Output speed, tokens per second",
    "speed_offers": "Median of {a} and {b} offers",
    "published_specs": "Published values",
    "unknown_specs": "Unknown for both: {names}.",
}
"""Titles and sentences around the figures."""
