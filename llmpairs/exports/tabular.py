"""Rows as CSV and Excel files that a spreadsheet opens without changing a value.

Times are UTC without a zone. Digests of 64 bits are hexadecimal text, since a spreadsheet keeps 15 digits of a number.
Lists are JSON text. Text that a spreadsheet would run as a formula has an apostrophe in front of it in CSV; in a
workbook the type of the cell says that it is text.
"""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import duckdb
import pyarrow as pa
import pyarrow.csv as pc_csv

from llmpairs.warehouse.contract import Column, Table
from llmpairs.warehouse.errors import StoreError

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Format = Literal["parquet", "csv", "xlsx"]
SHEET_ROWS = 1_048_576
"""Rows of a sheet, the header among them (Excel's specification); a longer table goes on in a further sheet."""
CELL_CHARACTERS = 32_767
"""Characters of a cell (Excel's specification)."""
CUT_MARK = "… (cut: a cell holds 32,767 characters)"
DATETIME_FORMAT = "%Y-%m-%d %H:%M:%S"
FORMULA = r"^([=+@\t\r]|-.)"
"""Begins a formula; a lone '-' does not."""
DIGESTS = ("content_hash",)
"""Columns of 64 bits that are no quantities."""


def is_text_in_files(column: Column) -> bool:
    """Whether CSV and Excel files have text where the table has another type."""
    return column.name in DIGESTS or pa.types.is_nested(column.type)


def flatten(rows: pa.Table, table: Table, format_: Format) -> pa.Table:
    """The rows with every column as a number, a flag, a date, a time without zone, or text."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", rows)
        columns = ", ".join(f'{_expression(column, format_)} AS "{column.name}"' for column in table.columns)
        return connection.sql(f"SELECT {columns} FROM rows").to_arrow_table()


def _expression(column: Column, format_: Format) -> str:
    name = f'"{column.name}"'
    if column.name in DIGESTS:
        return f"'0x' || lower(lpad(to_hex({name}), 16, '0'))"
    if pa.types.is_nested(column.type):
        return f"to_json({name})::VARCHAR"
    if pa.types.is_timestamp(column.type):
        return f"strftime({name}::TIMESTAMP, '{DATETIME_FORMAT}')" if format_ == "csv" else f"{name}::TIMESTAMP"
    if not (pa.types.is_string(column.type) or pa.types.is_dictionary(column.type)):
        return name
    text = f"{name}::VARCHAR"
    if format_ == "csv":
        return f"CASE WHEN regexp_matches({text}, '{FORMULA}') THEN '''' || {text} ELSE {text} END"
    kept = f"left({text}, {CELL_CHARACTERS - len(CUT_MARK)}) || '{CUT_MARK}'"
    return f"CASE WHEN length({text}) > {CELL_CHARACTERS} THEN {kept} ELSE {text} END"


def encode_csv(rows: pa.Table, table: Table) -> bytes:
    """CSV in UTF-8 with a byte order mark, by which a spreadsheet knows the encoding."""
    file = io.BytesIO(b"\xef\xbb\xbf")
    file.seek(0, io.SEEK_END)
    pc_csv.write_csv(flatten(rows, table, "csv"), file)
    return file.getvalue()


def encode_xlsx(rows: pa.Table, table: Table, as_of: datetime) -> bytes:
    """A workbook: the rows, on as many sheets as they need, and a sheet that explains the columns."""
    try:
        from xlsxwriter.workbook import Workbook
    except ImportError as error:
        raise StoreError("Excel files need xlsxwriter: install llmpairs[excel]") from error
    file = io.BytesIO()
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": True, "default_date_format": "yyyy-mm-dd hh:mm:ss", "in_memory": True,
    }  # fmt: skip
    with Workbook(file, options) as book:
        book.set_properties({"title": table.name, "created": as_of.replace(tzinfo=None)})
        flat = flatten(rows, table, "xlsx")
        starts = range(0, max(flat.num_rows, 1), SHEET_ROWS - 1)
        for number, start in enumerate(starts, 1):
            name = table.name if number == 1 else f"{table.name} {number}"
            _write_sheet(book.add_worksheet(name), flat.slice(start, SHEET_ROWS - 1))
        _write_columns(book, table, len(starts))
    return file.getvalue()


def _write_sheet(sheet: "Worksheet", rows: pa.Table) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows.num_rows, rows.num_columns - 1)
    sheet.write_row(0, 0, rows.column_names)
    for at, row in enumerate(_iter_rows(rows), 1):
        sheet.write_row(at, 0, row)


def _iter_rows(rows: pa.Table) -> Iterator[tuple[object, ...]]:
    for batch in rows.to_batches(max_chunksize=1 << 13):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_columns(book: "Workbook", table: Table, sheets: int) -> None:
    sheet = book.add_worksheet("columns")
    sheet.write_row(0, 0, ("column", "unit", "description", "an empty cell means"))
    for at, column in enumerate(table.columns, 1):
        sheet.write_row(at, 0, (column.name, column.unit, column.about, column.null_means))
    notes = [f"One row is {table.grain}.", *table.warnings, "Times are UTC."]
    if sheets > 1:
        notes.append(f"A sheet holds {SHEET_ROWS:,} rows: the table is on {sheets} sheets.")
    for at, text in enumerate(notes, len(table.columns) + 2):
        sheet.write_string(at, 0, text)
