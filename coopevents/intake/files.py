"""A workbook as its sheets and rows, opened safely."""

import io
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import workbook

Row = list[Any]


@dataclass
class Sheet:
    """A sheet; `rows[0]` is Excel's row 1."""

    name: str
    hidden: bool
    rows: list[Row] = field(repr=False)


@dataclass
class Book:
    """A file of sheets."""

    file_name: str
    sheets: list[Sheet]


def open_book(data: bytes, file_name: str) -> Book:
    """Answer the sheets of the file. Raises InputError for what is no workbook."""
    workbook.check_file(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            Sheet(
                name,
                hidden=False,
                rows=book.get_sheet_by_name(name).to_python(skip_empty_area=False),
            )
            for name in book.sheet_names
        ]
    except CalamineError as error:
        raise InputError(_("The file is damaged: it cannot be read as a workbook.")) from error
    return Book(PurePath(file_name).name, sheets)
