"""By which day something is due: counted from the sessions, and never on a day off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coopevents import clock
from coopevents.checklists.models import Anchor
from coopevents.events import queries as events
from coopevents.events.models import EventSession
from coopevents.workdays import queries as workdays

FAR = timedelta(days=31)
"""How far from a day off a working day is looked for."""


@dataclass(frozen=True)
class Timing:
    """When something is due: so many days before or after the sessions, on a day, or any time."""

    anchor: Anchor | None = None
    offset_days: int | None = None
    due_on: date | None = None
    """The day, where somebody set it herself; None with an anchor."""


def due_days(sessions: Sequence[EventSession], timings: Sequence[Timing]) -> list[date | None]:
    """Answer the day each is due, None where there is none; one look at the calendar for all.

    What falls on a day off is moved back to the working day before it. After the last session it
    is moved on instead, where back would be before that session was over.
    """
    first, last = first_and_last(sessions)
    wished = [_wished(timing, first, last) for timing in timings]
    counted = [d for d, timing in zip(wished, timings, strict=True) if d and timing.anchor]
    if not counted:
        return wished
    worked = workdays.working_days_between(min(counted) - FAR, max(counted) + FAR)
    return [
        _on_working_day(day, timing, last, worked) if day and last and timing.anchor else day
        for day, timing in zip(wished, timings, strict=True)
    ]


def first_and_last(sessions: Sequence[EventSession]) -> tuple[date | None, date | None]:
    """Answer the first and the last day of the sessions that stand."""
    first, last = events.first_start(sessions), events.last_end(sessions)
    return (
        clock.local(first).date() if first else None,
        clock.local(last).date() if last else None,
    )


def _wished(timing: Timing, first: date | None, last: date | None) -> date | None:
    days = timedelta(days=timing.offset_days or 0)
    if timing.anchor is Anchor.BEFORE_FIRST:
        return first - days if first else None
    if timing.anchor is Anchor.AFTER_LAST:
        return last + days if last else None
    return timing.due_on


def _on_working_day(day: date, timing: Timing, last: date, worked: Sequence[date]) -> date:
    if timing.anchor is Anchor.BEFORE_FIRST:
        return max((d for d in worked if d <= day), default=day)
    earliest = last + timedelta(days=1 if timing.offset_days else 0)
    back = max((d for d in worked if earliest <= d <= day), default=None)
    return back or min((d for d in worked if d > day), default=day)
