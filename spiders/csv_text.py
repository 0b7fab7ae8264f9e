"""CSV tables in text that a page serves."""

import csv
import io

from llmpairs.spiders.crawling.causes import LayoutChangedError, NotTextError


def read_csv(text: str, url: str, place: str = "the table") -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV table, both empty for an empty text.

    NotTextError for HTML, LayoutChangedError for what is no CSV; both name the URL, the latter also the place.
    """
    start = text.lstrip()[:60]
    if start.startswith("<"):
        raise NotTextError(f"{url}: HTML where CSV was expected: {start!r}")
    try:
        header, *rows = list(csv.reader(io.StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        raise LayoutChangedError(url, place, f"CSV ({error})") from None
    return header, rows
