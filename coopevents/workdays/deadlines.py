"""Deadlines that are counted in the hours of the office."""

from datetime import datetime, time, timedelta

from coopevents import clock
from coopevents.workdays import queries


def after_hours(start: datetime, hours: int) -> datetime:
    """Answer when so many hours of the office have passed since `start`.

    A day of rest that is worked instead of another has the hours of the first weekday with any.
    An office that entered no hours is open day and night.
    """
    stretches: dict[int, list[tuple[time, time]]] = {}
    for row in queries.list_hours():
        stretches.setdefault(row.weekday, []).append((row.opens, row.closes))
    left = timedelta(hours=hours)
    if not stretches:
        return start + left
    first = clock.local(start).date()
    usual = stretches[min(stretches)]
    # No office rests for so long that the days of a year would not do.
    for day in queries.working_days_between(first, first + queries.FAR):
        for opens, closes in stretches.get(day.weekday(), usual):
            begins = max(start, clock.at_local(day, opens.hour, opens.minute))
            ends = clock.at_local(day, closes.hour, closes.minute)
            if begins + left <= ends:
                return begins + left
            left -= max(ends - begins, timedelta(0))
    return start + left
