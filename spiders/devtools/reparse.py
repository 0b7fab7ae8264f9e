"""Reading an archived page again, without a crawl."""

from llmpairs.spiders.base import find_parser
from llmpairs.spiders.items import Item
from llmpairs.spiders.page import Finding, NextPage, Page


def reparse(source_id: str, url: str, body: bytes, captured_at: str) -> list[Item]:
    """The items of a page as its parser reads them today.

    `body` is the body with its encodings undone. Raises what the parser raises (a PageError names the page),
    and LookupError if the address is no page of the source.
    """
    parser = find_parser(source_id, url)
    page = Page(url=url, body=body, captured_at=captured_at)
    return [each for each in parser(page) if not isinstance(each, (Finding, NextPage))]
