"""BigCodeBench: programming tasks that call libraries, one entry per model; a file of all tasks and one of hard ones.

Page: JSON object by model name, scores under "pass@1" (2025-04).
Units: percent of tasks that the first answer solves.
Traps:
- "complete" continues code, "instruct" follows a request in words; `null` is no result, as for base models.
- `date` is the release of the model, as the site labels it, not that of the evaluation; it is left out.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from llmpairs.spiders.benchmarks.pass_rates import read_pass_rates
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.page import Finding, Page, Parsers


def parse_results(page: Page, benchmark: str) -> Iterator[Item | Finding]:
    """A ScoreClaim for each way of asking of every model."""
    parts = {name: (benchmark, name) for name in ("complete", "instruct")}
    for each in read_pass_rates(page, parts):
        yield replace(each, evaluated_on=None) if isinstance(each, ScoreClaim) else each


PARSERS: Parsers = {
    "all": partial(parse_results, benchmark="BigCodeBench"),
    "hard": partial(parse_results, benchmark="BigCodeBench-Hard"),
}
