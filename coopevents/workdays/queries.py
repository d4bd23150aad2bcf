"""Which days are worked: weekdays with office hours, but for the days the calendar names.

Nothing here knows a holiday: each year's days are rows that somebody entered from a decision.
"""

from datetime import date, time, timedelta

from babel.dates import format_date
from sqlalchemy import ColumnElement, exists, func, select

from coopevents.db import db
from coopevents.errors import DomainError, NotFoundError
from coopevents.i18n import _, locale_code, translated
from coopevents.workdays.models import CalendarDay, DayKind, OfficeHours

FAR = timedelta(days=366)
"""How far ahead a working day is looked for."""


def worked(day: date) -> ColumnElement[bool]:
    """Answer the condition that the day is worked, for a statement that asks on its way."""
    named = (
        select(CalendarDay.kind == DayKind.WORKING).where(CalendarDay.day == day).scalar_subquery()
    )
    return func.coalesce(named, exists().where(OfficeHours.weekday == day.weekday()))


def is_working_day(day: date) -> bool:
    """Whether the office works on the day."""
    return bool(db.session.scalar(select(worked(day))))


def working_days_between(first: date, last: date) -> list[date]:
    """Answer the working days from `first` to `last`, both of them included."""
    named = {row.day: row.kind is DayKind.WORKING for row in list_days(first, last)}
    weekdays = open_weekdays()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if named.get(day, day.weekday() in weekdays)]


def next_working_day(day: date) -> date:
    """Answer the first working day after `day`.

    Raises DomainError when a whole year has none: the office hours were never entered.
    """
    found = working_days_between(day + timedelta(days=1), day + FAR)
    if not found:
        raise DomainError(_("The office has no working day. Enter its office hours first."))
    return found[0]


def why_not(day: date) -> str | None:
    """Answer why the day is not worked, in the reader's words; None for a working day."""
    named = find_day(day)
    if named is not None:
        return None if named.kind is DayKind.WORKING else translated(named.name)
    if day.weekday() in open_weekdays():
        return None
    return _(
        "The office is closed on this day of the week (%(weekday)s).",
        weekday=weekday_name(day.weekday()),
    )


def find_day(day: date) -> CalendarDay | None:
    """Answer what the calendar says of the day, if it differs from its weekday."""
    return db.session.scalar(select(CalendarDay).where(CalendarDay.day == day))


def get_day(day_id: int) -> CalendarDay:
    """Answer a day of the calendar. Raises NotFoundError for one that is not there."""
    named = db.session.get(CalendarDay, day_id)
    if named is None:
        raise NotFoundError(_("There is no such day in the calendar."))
    return named


def list_days(first: date | None = None, last: date | None = None) -> list[CalendarDay]:
    """Answer the days that differ from their weekday, from `first` to `last`, in order."""
    found = select(CalendarDay).order_by(CalendarDay.day)
    if first is not None:
        found = found.where(CalendarDay.day >= first)
    if last is not None:
        found = found.where(CalendarDay.day <= last)
    return list(db.session.scalars(found))


def list_years() -> list[int]:
    """Answer the years of which the calendar names a day."""
    year = func.extract("year", CalendarDay.day)
    return [int(found) for found in db.session.scalars(select(year).distinct().order_by(year))]


def list_hours() -> list[OfficeHours]:
    """Answer the office hours through the week, the earlier stretch of a day first."""
    return list(
        db.session.scalars(select(OfficeHours).order_by(OfficeHours.weekday, OfficeHours.opens))
    )


def open_weekdays() -> frozenset[int]:
    """Answer the weekdays (0 is Monday) on which the office is open at all."""
    return frozenset(db.session.scalars(select(OfficeHours.weekday).distinct()))


def weekday_name(weekday: int) -> str:
    """Answer what the weekday (0 is Monday) is called in the reader's language."""
    monday = date(2024, 1, 1)
    return str(format_date(monday + timedelta(days=weekday), "EEEE", locale=locale_code()))


def hours_on(day: date) -> tuple[time, time] | None:
    """Answer when the office opens and when it closes on the day; None when it is not worked.

    A day of rest that is worked has no hours of its own: it takes those of the other days.
    """
    if not is_working_day(day):
        return None
    hours = list_hours()
    of_day = [row for row in hours if row.weekday == day.weekday()] or hours
    if not of_day:
        return None
    return min(row.opens for row in of_day), max(row.closes for row in of_day)
