"""LMArena: ratings of text and vision models from votes between two answers, by category.

Page: one JSON file per arena, an object of categories, each with ratings by model. `full` is the category of all votes.
Units: Elo, with the ends of the 95% interval.
Traps:
- The file states no date: ratings are fitted anew with every update.
- Names hold efforts and settings, separated by dashes (see names.py).
"""

from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.benchmarks.names import split_dashed
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, pointer, read_entries, read_object
from llmpairs.spiders.page import Finding, Page, Parsers

RATING_KEYS = frozenset({"rating", "rating_q025", "rating_q975"})


def parse_ratings(page: Page, *, arena: str) -> Iterator[Item | Finding]:
    """A ScoreClaim for every model of every category."""
    categories = read_object(page)
    ratings = {
        pointer(category, key): (category, key, value)
        for category in categories.fields
        for key, value in categories.section(category).fields.items()
    }
    if not ratings:
        raise LayoutChangedError(page.url, "#", "an object of categories, each with ratings by model")

    def parse_rating(rating: Entry) -> Iterator[Item | Finding]:
        category, key, _ = ratings[rating.locator]
        name, setting = split_dashed(key)
        value = rating.amount("rating")
        if value is not None:
            yield ScoreClaim(
                model_key=key,
                model_name=name if name != key else None,
                locator=rating.locator,
                benchmark=f"LMArena {arena}",
                metric=category,
                value=value,
                unit="elo",
                effort=setting,
                evaluator_class="community",
                interval_low=rating.amount("rating_q025"),
                interval_high=rating.amount("rating_q975"),
            )
        yield from rating.unknown_keys(RATING_KEYS)

    yield from read_entries(page, [(locator, value) for locator, (_, _, value) in ratings.items()], parse_rating)


PARSERS: Parsers = {"text": partial(parse_ratings, arena="text"), "vision": partial(parse_ratings, arena="vision")}
