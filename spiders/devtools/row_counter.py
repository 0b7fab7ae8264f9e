"""Count the rows of a page from its text alone, without the parser of its source.

JSON: the objects of the lists that are named after models, data or results, else of the outermost collection that has
more than half as many as the largest one; over all places of the same path: every model of every provider. CSV: lines
after the header. YAML: the items of the outermost list. Pages with tables: table rows, and rows of components, that
contain an amount of money; all rows but the headers where none does, or where more have a day. ZIP: the rows of its
members.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from typing import Any, Literal

Shape = Literal["json", "csv", "yaml", "page"]

MONEY = re.compile(r"(?:US\$|CN¥|[$€£¥￥])\s?\d|\d\s?元")
DATED_CELL = re.compile(
    r"[|>]\s*`?(?:\d{4}[-\u2010-\u2013]\d{2}[-\u2010-\u2013]\d{2}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})`?\s*[|<]"
)
"""A cell that is a day: pages about the end of models have one in every row, and prices only beside old models."""
HTML_ROW = re.compile(r"<tr\b.*?(?=</?tr\b|</table|\Z)", re.DOTALL | re.IGNORECASE)
COMPONENT_ROW = re.compile(r'\[\s*"[^"\n]+"\s*,\s*(?:null|"[^"\n]*"|\d)[^\[\]]*\d[^\[\]]*\]')
YAML_ITEM = re.compile(r"^( *)- ", re.MULTILINE)
RECORD_LISTS = frozenset({"models", "data", "results", "Items", "products"})
"""Names of the lists of models, results and meters in the formats of the sources."""
MAX_DEPTH = 8
MAX_MEMBER_BYTES = 20_000_000


def count_rows(body: bytes) -> int:
    """Rows with facts of models in a body, as its shape states them; 0 for a body that is no text."""
    if body.startswith(b"PK"):
        return count_packed_rows(body)
    text = body.decode("utf-8-sig", errors="replace")
    shape, parsed = find_shape(text)
    if shape == "json":
        return count_records(parsed)
    if shape == "csv":
        return max(0, sum(1 for row in csv.reader(io.StringIO(text)) if any(row)) - 1)
    if shape == "yaml":
        indents = Counter(len(match[1]) for match in YAML_ITEM.finditer(text))
        return indents[min(indents)] if indents else 0
    return count_priced_rows(text)


def count_packed_rows(body: bytes) -> int:
    """Rows of all members of a ZIP; 0 for one that is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return sum(
                count_rows(packed.read(each)) for each in packed.infolist() if each.file_size <= MAX_MEMBER_BYTES
            )
    except (zipfile.BadZipFile, OSError, RuntimeError, zlib.error):
        return 0


def find_shape(text: str) -> tuple[Shape, Any]:
    """The shape of a text, with the parsed document where it is JSON."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            return "json", json.loads(text)
        except (ValueError, RecursionError):
            return "page", None
    head = text.lstrip().split("\n", 2)[:2]
    if start != "<" and len(head) == 2 and head[0].count(",") >= 2 and "|" not in head[0]:
        return "csv", None
    if start == "-" and re.match(r"\s*- \w+:", text):
        return "yaml", None
    return "page", None


def count_records(document: Any) -> int:
    """Objects of the outermost collection with more than half as many as the largest one."""
    found: Counter[tuple[str, ...]] = Counter()
    level: list[tuple[tuple[str, ...], Any]] = [((), document)]
    for _ in range(MAX_DEPTH):
        level = [pair for path, value in level for pair in _list_members(path, value)]
        found.update(path for path, value in level if path[-1:] == ("*",) and isinstance(value, dict))
    named = Counter({path: number for path, number in found.items() if path[-2:-1] and path[-2] in RECORD_LISTS})
    found = named or found
    most = max(found.values(), default=0)
    likely = [path for path, number in found.items() if number * 2 > most]
    return found[min(likely, key=lambda path: (len(path), path))] if likely else 0


def _list_members(path: tuple[str, ...], value: Any) -> list[tuple[tuple[str, ...], Any]]:
    """The members of a value with their paths; members of a list, and of an object whose members are alike, are "*"."""
    if isinstance(value, list):
        return [((*path, "*"), each) for each in value]
    if not isinstance(value, dict):
        return []
    objects = [each for each in value.values() if isinstance(each, dict)]
    shared = set.intersection(*(set(each) for each in objects)) if len(objects) > 1 else set()
    is_map = len(objects) == len(value) and (bool(shared) or path[-1:] in {(name,) for name in RECORD_LISTS})
    return [((*path, "*" if is_map else key), each) for key, each in value.items()]


def count_priced_rows(text: str) -> int:
    """Rows of Markdown and HTML tables, and of components, with an amount of money; all rows where more have a day."""
    lines = [line for line in text.split("\n") if line.count("|") >= 2 and "<td" not in line]
    html = [match[0] for match in HTML_ROW.finditer(text)]
    priced = sum(1 for row in (*lines, *html) if MONEY.search(row))
    if "rows={" in text:
        priced += len(COMPONENT_ROW.findall(text))
    headers = 2 * sum(1 for line in lines if not line.strip("|:- \t\r")) + text.count("<table")
    dated = sum(1 for row in (*lines, *html) if DATED_CELL.search(row))
    return priced if priced and priced >= dated else max(0, len(lines) + len(html) - headers)
