"""The hours in which a round may leave: `always`, or `07:30-17:00` of working days."""

from datetime import datetime, time

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, func, literal, or_, select

from coopevents import clock
from coopevents.db import db
from coopevents.workdays import queries as workdays

ALWAYS = "always"


def is_open(window: str, at: datetime) -> bool:
    """Whether messages of a batch with this window may leave at `at`."""
    return bool(db.session.scalar(select(open_at(literal(window), at))))


def opens_next(window: str, at: datetime) -> datetime:
    """Answer when messages of a batch with this window may leave, at `at` or after."""
    if window == ALWAYS or is_open(window, at):
        return at
    opens = time.fromisoformat(window.partition("-")[0])
    local = clock.local(at)
    worked = local.time() < opens and workdays.is_working_day(local.date())
    day = local.date() if worked else workdays.next_working_day(local.date())
    return clock.at_local(day, opens.hour, opens.minute)


def open_at(window: SQLColumnExpression[str], at: datetime) -> ColumnElement[bool]:
    """Answer the condition that the window in a column is open at `at`.

    Hours are those of the office's clock; the closing minute itself is outside.
    """
    local = clock.local(at)
    minute = f"{local:%H:%M}"
    return or_(
        window == ALWAYS,
        and_(
            workdays.worked(local.date()),
            func.split_part(window, "-", 1) <= minute,
            func.split_part(window, "-", 2) > minute,
        ),
    )
