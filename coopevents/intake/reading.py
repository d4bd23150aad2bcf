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
DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
DAY_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (\d{1,2}) nam (\d{4})", re.ASCII)
YEAR = re.compile(r"(?:nam )?(\d{4})", re.ASCII)
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", re.ASCII)
MONTH = re.compile(r"(?:thang )?\d{1,2}[/.-]\d{4}|thang \d{1,2} nam \d{4}", re.ASCII)
WITH_THOUSANDS = re.compile(r"[1-9]\d{0,2}(\.\d{3})+", re.ASCII)
WITH_COMMA = re.compile(r"\d+(,\d+)+", re.ASCII)
LARGEST_NUMBER = 10_000_000

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
"""What copying from web pages and PDFs leaves between letters, and nobody sees."""

TICKS = {"x", "✓", "✔", "☑", "√"}

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


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a year that stands as its first day."""

    on: date
    precision: DatePrecision


def read_text(cell: Any) -> str:
    """Answer the text of a cell, clean; a whole number without its ".0"."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell)
    return names.clean(text if text.isascii() else text.translate(INVISIBLE))


def read_day(cell: Any) -> Day | None:
    """Answer the day of a date cell, of a year, or of a text that begins with the day.

    The declared locale is Vietnamese: 05/02/2026 is the fifth of February.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return _within(Day(cell, DatePrecision.DAY))
    text = read_text(cell)
    if not text:
        return None
    folded = names.fold(text)
    try:
        if year := YEAR.fullmatch(folded):
            return _within(Day(date(max(int(year[1]), 1), 1, 1), DatePrecision.YEAR))
        if ISO_DAY.fullmatch(text):
            return _within(Day(date.fromisoformat(text), DatePrecision.DAY))
        if found := DAY.fullmatch(text):
            return _within(_day(found[4], found[3], found[1]))
        if found := DAY_IN_WORDS.fullmatch(folded):
            return _within(_day(found[3], found[2], found[1]))
    except ValueError as error:
        raise InputError(_("“%(text)s” is no day of the calendar.", text=text)) from error
    raise InputError(_why_no_day(cell, text))


def _day(year: str, month: str, day: str) -> Day:
    return Day(date(int(year), int(month), int(day)), DatePrecision.DAY)


def _why_no_day(cell: Any, text: str) -> str:
    if SHORT_YEAR.fullmatch(text):
        return _("“%(text)s” has a year of two digits: write all four.", text=text)
    if MONTH.fullmatch(names.fold(text)):
        return _("“%(text)s” names a month: write the day as well, or the year alone.", text=text)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _("“%(text)s” is a number: format the cell as a date.", text=text)
    return _("“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy.", text=text)


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
    if WITH_COMMA.fullmatch(text):
        raise InputError(
            _(
                "“%(text)s” is ambiguous: a comma begins the decimals in Vietnamese. Write the "
                "number without separators.",
                text=text,
            )
        )
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
    """Answer whether the cell is ticked, with an x or as a box of Excel."""
    if isinstance(cell, bool):
        return cell
    text = read_text(cell)
    if text and names.fold(text) not in TICKS:
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
