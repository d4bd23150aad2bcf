"""What one cell of an officer's workbook says: a value, or a sentence why it says none.

Nothing ambiguous is guessed: whoever keeps the workbook can tell, we cannot.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coopevents import names
from coopevents.directory import contacts
from coopevents.directory.models import DatePrecision, PostKind, Sex
from coopevents.errors import InputError
from coopevents.i18n import _

FIRST_YEAR, LAST_YEAR = 1900, 2100
DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WITH_THOUSANDS = re.compile(r"\d{1,3}(\.\d{3})+")
LARGEST_NUMBER = 10_000_000

SEXES = {
    "": Sex.NOT_STATED,
    "khong khai": Sex.NOT_STATED,
    "nam": Sex.MALE,
    "nu": Sex.FEMALE,
}

POSTS = {
    "chu tich hdqt": PostKind.BOARD_CHAIR,
    "chu tich hoi dong quan tri": PostKind.BOARD_CHAIR,
    "thanh vien hdqt": PostKind.BOARD_MEMBER,
    "uy vien hdqt": PostKind.BOARD_MEMBER,
    "thanh vien hoi dong quan tri": PostKind.BOARD_MEMBER,
    "giam doc": PostKind.DIRECTOR,
    "tong giam doc": PostKind.DIRECTOR,
    "pho giam doc": PostKind.DEPUTY_DIRECTOR,
    "pho tong giam doc": PostKind.DEPUTY_DIRECTOR,
    "kiem soat vien": PostKind.SUPERVISOR,
    "truong ban kiem soat": PostKind.SUPERVISOR,
    "ke toan": PostKind.ACCOUNTANT,
    "ke toan truong": PostKind.ACCOUNTANT,
    "thu ki": PostKind.SECRETARY,
    "to truong": PostKind.GROUP_LEADER,
    "nhom truong": PostKind.GROUP_LEADER,
    "to pho": PostKind.DEPUTY_GROUP_LEADER,
    "nhom pho": PostKind.DEPUTY_GROUP_LEADER,
    "thanh vien": PostKind.MEMBER,
    "nguoi lao dong": PostKind.WORKER,
}
"""Titles as registers write them, folded. A title that is not here is kept as it is written."""


@dataclass(frozen=True)
class Day:
    """A day, or a year that stands as its first day."""

    on: date
    precision: DatePrecision


def read_text(cell: Any) -> str:
    """Answer the text of a cell, clean; a whole number without its ".0"."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return names.clean(str(cell))


def read_day(cell: Any) -> Day | None:
    """Answer the day of a date cell, of a year, or of a text dd/mm/yyyy."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return _within(Day(cell, DatePrecision.DAY))
    text = read_text(cell)
    if not text:
        return None
    if re.fullmatch(r"\d{4}", text):
        return _within(Day(date(max(int(text), 1), 1, 1), DatePrecision.YEAR))
    try:
        if ISO_DAY.fullmatch(text):
            return _within(Day(date.fromisoformat(text), DatePrecision.DAY))
        if written := DAY.fullmatch(text):
            day, month, year = map(int, written.groups())
            return _within(Day(date(year, month, day), DatePrecision.DAY))
    except ValueError as error:
        raise InputError(_("“%(text)s” is no day of the calendar.", text=text)) from error
    raise InputError(
        _("“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy.", text=text)
    )


def _within(day: Day) -> Day:
    if not FIRST_YEAR <= day.on.year <= LAST_YEAR:
        raise InputError(_("The year %(year)s cannot be right.", year=day.on.year))
    return day


def read_number(cell: Any) -> int | None:
    """Answer a whole number; "1.146" is 1146, as numbers are written in Vietnamese."""
    text = read_text(cell)
    if not text:
        return None
    if isinstance(cell, str) and WITH_THOUSANDS.fullmatch(text):
        text = text.replace(".", "")
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_NUMBER:
        raise InputError(_("“%(text)s” is no whole number.", text=text))
    return int(text)


def read_phone(cell: Any) -> str | None:
    """Answer a phone number in E.164, with the leading zero that Excel ate given back."""
    text = read_text(cell)
    if re.fullmatch(r"[1-9](\D*\d){8}\D*", text):
        text = "0" + text
    return contacts.normal_phone(text) if text else None


def read_email(cell: Any) -> str | None:
    """Answer an e-mail address in lower case."""
    text = read_text(cell)
    return contacts.normal_email(text) if text else None


def read_sex(cell: Any) -> Sex:
    """Answer the sex as it is stated; it is never derived from a name."""
    text = read_text(cell)
    sex = SEXES.get(names.fold(text))
    if sex is None:
        raise InputError(_("“%(text)s” is neither Nữ nor Nam.", text=text))
    return sex


def read_post(cell: Any) -> PostKind:
    """Answer the post that a title names."""
    return POSTS.get(names.fold(read_text(cell)), PostKind.OTHER)


def read_mark(cell: Any) -> bool:
    """Answer whether the cell is ticked with an x."""
    text = read_text(cell)
    if names.fold(text) not in {"", "x"}:
        raise InputError(_("“%(text)s” is neither x nor empty.", text=text))
    return bool(text)


def read_stars(cell: Any) -> int | None:
    """Answer the stars of `3`, `3 sao` or `***`."""
    text = read_text(cell)
    if not text:
        return None
    if set(text) == {"*"}:
        stars = len(text)
    elif written := re.fullmatch(r"(\d) ?(sao)?", names.fold(text)):
        stars = int(written.group(1))
    else:
        raise InputError(_("“%(text)s” is no number of stars.", text=text))
    if not 3 <= stars <= 5:
        raise InputError(_("A certificate has 3, 4 or 5 stars, not %(stars)s.", stars=stars))
    return stars
