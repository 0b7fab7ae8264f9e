"""LMArena: ratings of text and vision models from votes between two answers, by category.

Page: rows of the dataset `lmarena-ai/leaderboard-dataset` of the Hugging Face Hub, 100 a page, with the number of all;
`overall` is the category of all votes. Its files redirect to another host, so that the rows are read from the Hub's
dataset viewer. The catalogue before it ends in 2025-12: one JSON file per arena, an object of categories, each with
ratings by model, where `full` is the category of all votes.
Units: Elo, with the ends of the 95% interval.
Traps:
- Ratings are fitted anew with every update. A row of the dataset states the day; a file of the catalogue states none.
- The dataset's ratings are controlled for style (its other subsets are not): a scale of its own, told by the version.
- Categories by language and industry repeat the same votes; they are not requested.
- Names hold efforts and settings, separated by dashes (see names.py) or in parentheses: "glm-5.2 (max)". A "max" after
  a dash may belong to the name (qwen3-max) and stays in it.
"""

import re
from collections.abc import Iterator
from functools import partial

from llmpairs.spiders.benchmarks.names import split_dashed
from llmpairs.spiders.crawling.causes import LayoutChangedError
from llmpairs.spiders.items import Item, ScoreClaim
from llmpairs.spiders.json_entries import Entry, EntryError, pointer, read_entries, read_list, read_object
from llmpairs.spiders.page import Finding, NextPage, Page, Parsers

RATING_KEYS = frozenset({"rating", "rating_q025", "rating_q975"})
ROW_KEYS = frozenset(
    {
        "model_name", "organization", "license", "rating", "rating_lower", "rating_upper", "variance", "vote_count",
        "rank", "category", "leaderboard_publish_date",
    }
)  # fmt: skip
ROWS_PER_PAGE = 100
"""What the dataset viewer returns at most."""
DAY = re.compile(r"\d{4}-\d\d-\d\d")
PARENTHESISED = re.compile(r"(?P<name>.+?) ?\((?P<setting>[^()]+)\)")


def parse_ratings(page: Page, *, arena: str) -> Iterator[Item | Finding | NextPage]:
    """A ScoreClaim for every model of every category, of a page of the dataset or of a file of the catalogue."""
    document = read_object(page)
    if "num_rows_total" not in document.fields:
        yield from _parse_catalogue(page, document, arena)
        return
    rows = [(f"{locator}/row", Entry.of(row, locator).fields.get("row")) for locator, row in read_list(page, "rows")]
    yield from read_entries(page, rows, partial(_parse_row, arena=arena))
    if "&offset=" not in page.url:
        for offset in range(ROWS_PER_PAGE, document.count("num_rows_total") or 0, ROWS_PER_PAGE):
            yield NextPage(url=f"{page.url}&offset={offset}")


def _parse_row(row: Entry, arena: str) -> Iterator[Item | Finding]:
    key, day = row.required_text("model_name"), row.required_text("leaderboard_publish_date")
    if not DAY.fullmatch(day):
        raise EntryError(f"{row.locator}: the day of publication is {day!r}")
    inside = PARENTHESISED.fullmatch(key)
    name, setting = (inside["name"], inside["setting"]) if inside else split_dashed(key)
    value = row.amount("rating")
    if value is not None:
        yield ScoreClaim(
            model_key=key,
            model_name=name if name != key else None,
            locator=row.locator,
            benchmark=f"LMArena {arena}",
            metric=row.required_text("category"),
            value=value,
            unit="elo",
            version=f"style-controlled {day[:7]}",
            effort=setting,
            evaluator_class="community",
            evaluated_on=day,
            interval_low=row.amount("rating_lower"),
            interval_high=row.amount("rating_upper"),
        )
    yield from row.unknown_keys(ROW_KEYS)


def _parse_catalogue(page: Page, categories: Entry, arena: str) -> Iterator[Item | Finding]:
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
