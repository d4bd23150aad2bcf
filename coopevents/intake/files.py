"""Opening what an officer uploads: a workbook or a CSV file, or a sentence why it is neither."""

import io
from pathlib import PurePath

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from coopevents import filetypes, names
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import csv_files, sheet_xml
from coopevents.intake.book import Book, Row, Sheet
from coopevents.package import BROKEN, Package

__all__ = ["Book", "Row", "Sheet", "open_book"]

LARGEST_FILE = 32 * 1024 * 1024
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


def open_book(data: bytes, file_name: str) -> Book:
    """Answer the sheets of a workbook (.xlsx) or of a CSV file.

    What the file is told by its contents, never by its name. Raises InputError with a sentence
    of its own for each kind of file that people take for one.
    """
    if len(data) > LARGEST_FILE:
        raise InputError(_("The file is larger than %(size)s MB.", size=LARGEST_FILE >> 20))
    if not data:
        raise InputError(_("The file is empty."))
    _refuse_strangers(data)
    name = PurePath(file_name).name
    if data.startswith(b"PK\x03\x04"):
        return Book(name, _sheets(data))
    return csv_files.open_csv(data, name)


def _refuse_strangers(data: bytes) -> None:
    if data.startswith(filetypes.OLE):
        # Excel wraps an encrypted workbook into the container that .xls files use.
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputError(
                _(
                    "The workbook is protected by a password: open it in Excel, take the password "
                    "off and save it again."
                )
            )
        raise InputError(
            _("The file has the old format of Excel (.xls): open it and save it as .xlsx.")
        )
    if data.startswith(b"%PDF"):
        raise InputError(_("The file is a PDF: choose the workbook it was made from."))
    if data.startswith(PICTURES) or data[8:12] == b"WEBP":
        raise InputError(_("The file is a picture: choose the workbook itself."))
    if filetypes.is_markup(data[:200]):
        raise InputError(
            _("The file is a web page, whatever its name says: open it in Excel, save it as .xlsx.")
        )


def _sheets(data: bytes) -> list[Sheet]:
    try:
        package = Package(io.BytesIO(data))
        _require_workbook(package)
        return _read(data, package)
    except (*BROKEN, LookupError, StopIteration, sheet_xml.XmlError, CalamineError) as error:
        raise InputError(_("The file is damaged: it cannot be read as a workbook.")) from error


def _require_workbook(package: Package) -> None:
    if "xl/workbook.xml" in package:
        return
    if "xl/workbook.bin" in package or "content.xml" in package:
        raise InputError(
            _("The workbook has another format (.xlsb or .ods): open it and save it as .xlsx.")
        )
    if "word/document.xml" in package:
        raise InputError(_("The file is a Word document: copy its table into a workbook."))
    raise InputError(_("The file is not an Excel workbook (.xlsx)."))


def _read(data: bytes, package: Package) -> list[Sheet]:
    parts = sheet_xml.sheet_parts(package)
    _require_distinct([part.name for part in parts])
    capitals = sheet_xml.capital_styles(package)
    sheets = {part.part: Sheet(part.name, part.hidden, []) for part in parts}
    area = 0
    for name in package.names():
        # Every part is unpacked once, also those nobody reads: see `Package.chunks`.
        chunks = package.chunks(name)
        if name in sheets:
            area += sheet_xml.look(chunks, sheets[name], capitals)
        for _chunk in chunks:
            pass
    if area > sheet_xml.LARGEST_AREA:
        raise InputError(_("The sheets of the workbook are too large to be read together."))
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for part in parts:
            sheets[part.part].rows = _rows(workbook.get_sheet_by_name(part.name))
    return list(sheets.values())


def _require_distinct(sheets: list[str]) -> None:
    seen: set[str] = set()
    for sheet in sheets:
        plain = names.clean(sheet).casefold()
        if plain in seen:
            raise InputError(
                _(
                    "Two sheets of the workbook are called “%(sheet)s”: rename one of them.",
                    sheet=sheet,
                )
            )
        seen.add(plain)


def _rows(sheet: CalamineSheet) -> list[Row]:
    if sheet.start is None:
        return []
    # The reader begins at the first used column, so an empty column A would shift all others.
    margin = [""] * sheet.start[1]
    # The same few words fill most of a register: each is kept once.
    words: dict[str, str] = {}
    return [
        margin + [words.setdefault(cell, cell) if type(cell) is str else cell for cell in row]
        for row in sheet.iter_rows()
    ]
