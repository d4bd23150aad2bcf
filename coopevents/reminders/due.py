"""On which day a reminder leaves, and until when it still makes sense."""

from collections.abc import Sequence
from datetime import date, timedelta

from coopevents import clock
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession
from coopevents.reminders.models import Anchor
from coopevents.workdays import queries as workdays

LONGEST_REST = timedelta(days=21)
"""No stretch of days off is longer: Tết with the weekends around it is not."""


def due_on(
    event: Event, sessions: Sequence[EventSession], anchor: Anchor, days_before: int
) -> date | None:
    """Answer the day of the reminder; None while no session has a day.

    Where that day is no working day it is the working day before: the one after might be the day
    of the activity.
    """
    return working_day(anchor_day(event, sessions, anchor), days_before)


def working_day(day: date | None, days_before: int) -> date | None:
    """Answer the last working day that is so many days before the day, or earlier."""
    if day is None:
        return None
    wanted = day - timedelta(days=days_before)
    worked = workdays.working_days_between(wanted - LONGEST_REST, wanted)
    return worked[-1] if worked else wanted


def anchor_day(event: Event, sessions: Sequence[EventSession], anchor: Anchor) -> date | None:
    """Answer the day that the days of a reminder are counted from."""
    start = events.first_start(sessions)
    if start is None:
        return None
    if anchor is Anchor.ANSWER_BY and event.answer_by is not None:
        return event.answer_by
    return clock.local(start).date()


def is_too_late(
    event: Event, sessions: Sequence[EventSession], anchor: Anchor, due: date, today: date
) -> bool:
    """Whether a reminder of that day makes no sense any more.

    It may be a working day late, as long as what it reminds of is not over.
    """
    end, start = anchor_day(event, sessions, anchor), events.first_start(sessions)
    is_over = end is None or end < today or start is None or start <= clock.now()
    return is_over or workdays.next_working_day(due) < today
