"""Reading a CSV file, whichever program wrote it: its letters, its separator, its quotes."""

import csv
import io
import re
import unicodedata
from collections import Counter
from itertools import islice
from pathlib import PurePath

from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake.book import Book, Row, Sheet, Spot
from coopevents.intake.encodings import Encoding, recognise_texts
from coopevents.intake.sheet_xml import LARGEST_AREA
from coopevents.intake.syllables import is_vietnamese
from coopevents.listing import FORMULA_SIGNS

SEPARATORS = ";,\t"
TRIED_ROWS = 100
LONGEST_CELL = 32_767
"""As in Excel; whatever is longer has an opening quote too many."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
ERROR_VALUE = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")
DECLARED = re.compile(r"sep=([;,\t])\r?\n?")


def open_csv(data: bytes, file_name: str) -> Book:
    """Answer the rows of a CSV file as a book of one sheet, named like the file.

    Letters of TCVN3 and VNI come as they stand in the file: `encodings` converts them. Raises
    InputError for what is no text, and for quotes that are never closed.
    """
    text = _decoded(data)
    if CONTROL.search(text):
        raise InputError(_("The file is neither an Excel workbook (.xlsx) nor a CSV file."))
    rows = _rows(text)
    troubles: dict[Spot, str] = {}
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell.startswith("#") and ERROR_VALUE.fullmatch(cell):
                troubles[number, place], row[place] = cell, ""
            elif cell.startswith("'") and cell[1:].startswith(FORMULA_SIGNS):
                # So our own lists write what a program could run as a formula.
                row[place] = cell[1:]
    sheet = Sheet(PurePath(file_name).stem or file_name, False, rows, troubles=troubles)
    return Book(file_name, [sheet])


def _decoded(data: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strictly(data, encoding)
    if b"\0" in data[:200]:
        # "Unicode text" without a mark: every second byte of what is plain is a zero.
        return _strictly(data, "utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_old_windows(data)


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(_unreadable()) from error


def _of_old_windows(data: bytes) -> str:
    """Answer a text of one byte a letter, if it makes sense in any way that was in use."""
    # Latin-1 keeps every byte, so the legacy letters can still be told and converted.
    western = data.decode("latin-1")
    if recognise_texts(western.splitlines()) is not Encoding.UNICODE:
        return western
    try:
        vietnamese = unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError as error:
        raise InputError(_unreadable()) from error
    words = {word for word in re.findall(r"[^\W\d_]+", vietnamese) if not word.isascii()}
    sensible = sum(map(is_vietnamese, words))
    if sensible * 2 <= len(words):
        raise InputError(_unreadable())
    return vietnamese


def _unreadable() -> str:
    return _("The letters of the file cannot be told: save it as “CSV UTF-8” or as .xlsx.")


def _rows(text: str) -> list[Row]:
    declared = DECLARED.match(text)
    if declared:
        # Excel hides this line, so its own row 1 is the one after.
        text = text[declared.end() :]
    separator = declared[1] if declared else _separator(text)
    rows: list[Row] = []
    area = 0
    words: dict[str, str] = {}
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            area += len(row)
            if area > LARGEST_AREA:
                raise InputError(_("The file has more cells than can be read."))
            if row and len(max(row, key=len)) > LONGEST_CELL:
                raise csv.Error
            # The same few words fill most of a register: each is kept once.
            rows.append([words.setdefault(cell, cell) for cell in row])
    except csv.Error as error:
        raise InputError(
            _("From line %(line)s on the quotation marks do not match.", line=len(rows) + 1)
        ) from error
    return rows


def _separator(text: str) -> str:
    """Answer what parts the first rows into the most columns, the same number row after row."""

    def columns(separator: str) -> int:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        widths: Counter[int] = Counter()
        try:
            widths.update(len(row) for row in islice(rows, TRIED_ROWS))
        except csv.Error:
            return 0
        return max(((width - 1) * number for width, number in widths.items()), default=0)

    return max(SEPARATORS, key=columns)
