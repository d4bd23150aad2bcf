"""The hours in which a round may leave: `always`, or `07:30-17:00` of working days."""

from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, literal, or_, select

from coopevents import clock
from coopevents.db import db
from coopevents.workdays.models import CalendarDay, DayKind

ALWAYS = "always"
SATURDAY = 5


def is_open(window: str, at: datetime) -> bool:
    """Whether messages of a batch with this window may leave at `at`."""
    return bool(db.session.scalar(select(open_at(literal(window), at))))


def open_at(window: SQLColumnExpression[str], at: datetime) -> ColumnElement[bool]:
    """Answer the condition that the window in a column is open at `at`.

    Hours are those of the office's clock; the closing minute itself is outside.
    """
    local = clock.local(at)
    minute = f"{local:%H:%M}"
    # The calendar names only the days that differ from their weekday.
    is_weekday = local.weekday() < SATURDAY
    works = (
        select(CalendarDay.kind == DayKind.WORKING)
        .where(CalendarDay.day == local.date())
        .scalar_subquery()
    )
    return or_(
        window == ALWAYS,
        and_(
            func.coalesce(works, is_weekday),
            func.split_part(window, "-", 1) <= minute,
            func.split_part(window, "-", 2) > minute,
        ),
    )
