"""EvalPlus: HumanEval and MBPP with more tests, one entry per model.

Page: JSON object by model name, scores under "pass@1" (2024-12).
Units: percent of tasks that the first answer solves.
Traps:
- `null` is no result.
- "HumanEval" and "HumanEval+" are one set of tasks with fewer and more tests: two benchmarks.
"""

from collections.abc import Iterator

from llmpairs.spiders.benchmarks.pass_rates import Parts, read_pass_rates
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, Page, Parsers

PARTS: Parts = {
    "humaneval": ("HumanEval", "pass@1"),
    "humaneval+": ("HumanEval+", "pass@1"),
    "mbpp": ("MBPP", "pass@1"),
    "mbpp+": ("MBPP+", "pass@1"),
}


def parse_results(page: Page) -> Iterator[Item | Finding]:
    """A ScoreClaim for each of the four benchmarks of every model."""
    yield from read_pass_rates(page, PARTS)


PARSERS: Parsers = {"results": parse_results}
