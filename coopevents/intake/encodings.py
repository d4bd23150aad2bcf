"""The letters of a workbook: Unicode, or a code of before it."""

from enum import StrEnum

from coopevents.intake.files import Book


class Encoding(StrEnum):
    UNICODE = "unicode"
    TCVN3 = "tcvn3"
    VNI = "vni"


def recognise(_book: Book) -> Encoding:
    """Answer in which code the words of the workbook are written."""
    return Encoding.UNICODE


def converted(book: Book, _encoding: Encoding) -> Book:
    """Answer the workbook with its words in Unicode."""
    return book
