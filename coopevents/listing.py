"""A list as a file to take away: XLSX or CSV, in which text stays text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import xlsxwriter
from flask import Response

from coopevents import names

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the beginning of a formula when it opens a CSV file."""

WORKBOOK_OPTIONS = {
    # A name that begins with "=" is a name, and a code of digits keeps its leading zeros.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    # Rows go to the disk as they come: a long list takes no more memory than a short one.
    "constant_memory": True,
}

Value = str | int | Decimal | date | bool | None


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


MIME_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True)
class Column:
    """A column of the file; `width` is in characters. `rotated` stands its heading upright."""

    label: str
    width: float = 16
    rotated: bool = False


@dataclass(frozen=True)
class Listing:
    """A list: what it is called, its columns, its rows in the order of the columns.

    `notes` are lines below the title of a workbook: as of which day, by which rule. A CSV file
    is for other programs and bears neither.
    """

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = ()


def answer(listing: Listing, form: Format) -> Response:
    """Answer a request with the list as a file named by its title."""
    data = as_workbook(listing) if form is Format.XLSX else as_csv(listing)
    name = names.file_stem(listing.title) or "list"
    answered = Response(data, content_type=MIME_TYPES[form])
    answered.headers.set("Content-Disposition", "attachment", filename=f"{name}.{form}")
    return answered


def as_workbook(listing: Listing) -> bytes:
    """Answer the list as XLSX: numbers as numbers, days as days, everything else as text."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, WORKBOOK_OPTIONS) as book:
        sheet = book.add_worksheet(_sheet_name(listing.title))
        common = {"font_name": "Times New Roman", "font_size": 11}
        head = {**common, "bold": True, "border": 1, "text_wrap": True, "valign": "vcenter"}
        title = book.add_format({**common, "bold": True, "font_size": 14})
        note = book.add_format({**common, "italic": True})
        heads = book.add_format(head), book.add_format({**head, "rotation": 90})
        text, day = book.add_format(common), book.add_format({**common, "num_format": "dd/mm/yyyy"})
        whole = book.add_format({**common, "num_format": "#,##0"})
        fraction = book.add_format({**common, "num_format": "#,##0.00"})
        formats = {str: text, date: day, int: whole, Decimal: fraction}
        for place, column in enumerate(listing.columns):
            sheet.set_column(place, place, column.width)
        sheet.write_string(0, 0, listing.title, title)
        for place, line in enumerate(listing.notes, start=1):
            sheet.write_string(place, 0, line, note)
        first = 2 + len(listing.notes)
        for place, column in enumerate(listing.columns):
            sheet.write_string(first, place, column.label, heads[column.rotated])
        sheet.freeze_panes(first + 1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(first)
        for at, row in enumerate(listing.rows, start=first + 1):
            for place, value in enumerate(row):
                _write(sheet, at, place, value, formats)
    return kept.getvalue()


def as_csv(listing: Listing) -> bytes:
    """Answer the list as CSV that spreadsheet programs read as UTF-8 and run no formula of."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow([_harmless(column.label) for column in listing.columns])
    for row in listing.rows:
        writer.writerow([_plain(value) for value in row])
    return kept.getvalue().encode("utf-8-sig")


def _write(sheet: Any, at: int, place: int, value: Value, formats: Mapping[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, date):
        sheet.write_datetime(at, place, value, formats[date])
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        sheet.write_number(
            at, place, value, formats[Decimal if isinstance(value, Decimal) else int]
        )
    else:
        sheet.write_string(at, place, str(value), formats[str])


def _plain(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return _harmless(value) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _sheet_name(title: str) -> str:
    # A workbook allows 31 characters there, and not these.
    return "".join(" " if c in "[]:*?/\\'" else c for c in title)[:31].strip() or "1"
