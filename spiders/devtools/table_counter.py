"""Count the rows of tables that price or date a model, from the text of a Markdown or HTML page alone.

A row counts if it has an amount of money, or if its table has a column of models and the page has more days than
amounts. Rows that continue the model above count once with it, so does a table whose rows name no model: a page that
gives each model a table. Tables about training, and amounts that are stated for something else than tokens, do not
count.
"""

import re
from collections.abc import Iterator
from html import unescape

MONEY = re.compile(r"(?:US\$|CN¥|[$€£¥￥])\s?\d|\d\s?元|\tfree(?:\t|$)", re.IGNORECASE)
"""An amount, or "free" as the whole of a cell; cells are joined by tabs."""
DAY = re.compile(r"`?(?:\d{4}[-\u2010-\u2013]\d{2}[-\u2010-\u2013]\d{2}|[A-Z][a-z]{2,8} \d{1,2}, \d{4})`?")
"""A cell that is a day: pages about the end of models have one in every row, and prices only beside old models."""
HTML_TABLE = re.compile(r"<table\b.*?(?:</table|\Z)", re.DOTALL | re.IGNORECASE)
HTML_ROW = re.compile(r"<tr\b.*?(?=</?tr\b|</table|\Z)", re.DOTALL | re.IGNORECASE)
HTML_CELL = re.compile(
    r"<t[dh]\b([^>]*)>(.*?)(?=</?t[dh]\b|</?tr\b|</?t(?:head|body)\b|</table|\Z)", re.DOTALL | re.IGNORECASE
)
SPAN = re.compile(r"rowspan\s*=\s*[\"']?(\d+)", re.IGNORECASE)
MARKUP = re.compile(r"<[^>]*>|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|[*`\[\]~\\]")
COMPONENT_ROW = re.compile(r'\[\s*"[^"\n]+"\s*,\s*(?:null|"[^"\n]*"|\d)[^\[\]]*\d[^\[\]]*\]')
MODEL_HEADER = re.compile(r"\bmodels?\b|\bsystem\b", re.IGNORECASE)
NAME = re.compile(r"(?=.*\d)(?=.*[a-z])[\w .:/@()+-]{2,80}", re.IGNORECASE)
"""A name of a model in a table without a column of models: letters and a digit."""
KEY = re.compile(r"(?=.*\d)(?!ft-)[\w.:-]+")
COLUMN_WORD = re.compile(
    r"\b(?:models?|inputs?|outputs?|prices?|pricing|costs?|tokens?|context|cach\w*|batch|name|id|type|region|state|status"
    r"|date|training|size|limit|window|organi[sz]ation|developer|provider)\b|\$",
    re.IGNORECASE,
)
"""A word of the header of a column: a table without one beside "Model" has a column for each model."""
OTHER_UNIT = re.compile(
    r"(?:\bper\b|/)[\s\d,.k]*(?:[a-z]+ )?(?:image|picture|sec|min|hour|page|song|video|request|search|call|char|voice"
    r"|session|gb|day|month|query|queries|mp|step|tile)|\beach\b|storage",
    re.IGNORECASE,
)
OTHER_TABLE = re.compile(r"train|tuning|use case|multiplier|calculation|hosting", re.IGNORECASE)

Row = list[str]


def count_table_rows(text: str) -> int:
    """Rows that price or date a model, each model once in each different table, once on a page of days."""
    printed = {tuple(map(tuple, table)): table for table in _list_tables(text) if len(table) > 1}
    tables = [_turn(table) for table in printed.values()]
    priced = [_list_priced(table) for table in tables]
    dated = [name for table in tables for name in _list_dated(table)]
    prices = sum(map(len, priced)) + (len(COMPONENT_ROW.findall(text)) if "rows={" in text else 0)
    if prices and prices >= len(dated):
        return prices
    listed = [name for table in tables if not OTHER_TABLE.search(" ".join(table[0])) for name in _list_names(table)]
    return len(set(dated)) or sum(map(bool, listed))


def _list_tables(text: str) -> Iterator[list[Row]]:
    """The tables of Markdown, then those of HTML, as visible texts of cells; the delimiter row is left out."""
    table: list[Row] = []
    for line in [*HTML_TABLE.sub("", text).split("\n"), ""]:
        if line.count("|") >= 2:
            cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
            if any(cell.strip(":- \t") for cell in cells):
                table.append([_clean(cell) for cell in cells])
        elif table:
            yield table
            table = []
    for match in HTML_TABLE.finditer(text):
        yield list(_list_html_rows(match[0]))


def _turn(table: list[Row]) -> list[Row]:
    """A table with a column for each model, whose rows are prices, turned round: a row for each model."""
    models = [cell for cell in table[0][1:] if cell and not COLUMN_WORD.search(cell)]
    labels = [" ".join(cell for cell in row if not MONEY.search(cell)) for row in table if any(map(MONEY.search, row))]
    is_turned = table[0] and MODEL_HEADER.search(table[0][0]) and labels and all(map(COLUMN_WORD.search, labels))
    if not is_turned or len(models) < len(table[0]) - 1:
        return table
    price = next(cell for row in table for cell in row if MONEY.search(cell))
    return [["model", "price of tokens"], *([model, price] for model in models)]


def _list_html_rows(table: str) -> Iterator[Row]:
    """The rows of an HTML table; a row below a spanning first cell begins with a blank one."""
    spanned = 0
    for match in HTML_ROW.finditer(table):
        cells = HTML_CELL.findall(match[0])
        row = [_clean(content) for _, content in cells]
        if spanned:
            spanned -= 1
            row.insert(0, "")
        elif cells and (span := SPAN.search(cells[0][0])):
            spanned = int(span[1]) - 1
        yield row


def _clean(cell: str) -> str:
    return " ".join(unescape(MARKUP.sub(" ", cell)).split())


def _list_priced(table: list[Row]) -> list[str]:
    """The models that a table prices by the token, each once; one blank name for a table about a single one."""
    header = " ".join(table[0])
    if OTHER_TABLE.search(header):
        return []
    by_unit = OTHER_UNIT.search(header) is not None and "token" not in header.lower()
    rows = [
        row for row in table[1:] if MONEY.search("\t" + "\t".join(row[1:])) and not (by_unit or _is_other_unit(row))
    ]
    names = [name for name in _list_names([table[0], *rows]) if name]
    if names or not rows:
        return list(dict.fromkeys(names))
    return [""] if "token" in (header + " ".join(map(" ".join, rows))).lower() else []


def _is_other_unit(row: Row) -> bool:
    text = " ".join(row)
    return OTHER_UNIT.search(text) is not None and "tok" not in text.lower()


def _list_names(table: list[Row]) -> list[str]:
    """The models that the rows of a table name; "" where a row continues the model above or names none."""
    column = next((at for at, header in enumerate(table[0]) if MODEL_HEADER.search(header)), None)
    if column is not None:
        return [row[column] if column < len(row) else "" for row in table[1:]]
    return [row[0] if row and NAME.fullmatch(row[0]) and not MONEY.search(row[0]) else "" for row in table[1:]]


def _list_dated(table: list[Row]) -> list[str]:
    """The keys of models in a table of models that has a day in a row: no blanks, with a digit."""
    if not any(MODEL_HEADER.search(header) for header in table[0]):
        return []
    if not any(DAY.fullmatch(cell) for row in table for cell in row):
        return []
    return [name for name in _list_names(table) if KEY.fullmatch(name)]
