"""A month as a page shows it: whole weeks from Monday on, each day with what is held on it."""

from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from coopevents import clock
from coopevents.calendars import clashes, queries
from coopevents.calendars.narrowing import Narrowing
from coopevents.calendars.queries import SessionLine
from coopevents.calendars.warnings import Caution
from coopevents.events.models import EventState, SessionState
from coopevents.workdays import queries as workdays
from coopevents.workdays.models import CalendarDay

SHOWN_A_DAY = 8
"""Sessions of one day that the month shows; the list of that day shows the others too."""

CAUTIONS_SHOWN = 3
"""Things to know of a session that the month tells; its own page tells the others too."""

GONE = frozenset({SessionState.CANCELLED, SessionState.MOVED})


@dataclass(frozen=True)
class Line:
    """A session in its day, and what should be known of it."""

    held: SessionLine
    cautions: list[Caution]

    @property
    def is_gone(self) -> bool:
        """Whether nobody is to come on this day."""
        state = self.held.session.event.state
        off = state in {EventState.CANCELLED, EventState.POSTPONED}
        return self.held.session.state in GONE or (
            off and self.held.session.state is not SessionState.HELD
        )


@dataclass
class Day:
    """A day of the grid; `more` is how many of its sessions are not among the lines."""

    on: date
    is_of_month: bool
    is_today: bool
    is_worked: bool
    named: CalendarDay | None
    lines: list[Line] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Month:
    """A month in whole weeks. `knows_holidays`: whether anybody entered its year's days."""

    first: date
    weeks: list[list[Day]]
    knows_holidays: bool

    @property
    def previous(self) -> date:
        """The first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def next(self) -> date:
        """The first day of the month after."""
        return (self.first + timedelta(days=31)).replace(day=1)


def show_month(programme_id: int | None, first: date, narrowed: Narrowing) -> Month:
    """Answer the month that begins on `first`, with the days of its first and last week."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    start, end = weeks[0][0], weeks[-1][-1]
    named = {row.day: row for row in workdays.list_days(start, end)}
    worked = set(workdays.working_days_between(start, end))
    held: dict[date, list[SessionLine]] = defaultdict(list)
    for line in queries.sessions_between(programme_id, start, end, narrowed):
        held[line.session.held_on].append(line)
    shown = [line for lines in held.values() for line in lines[:SHOWN_A_DAY]]
    cautions = clashes.of_sessions(
        programme_id, [(s.session, s.session.event) for s in shown], CAUTIONS_SHOWN
    )
    today = clock.today()

    def day(on: date) -> Day:
        return Day(
            on=on,
            is_of_month=on.month == first.month,
            is_today=on == today,
            is_worked=on in worked,
            named=named.get(on),
            lines=[Line(one, cautions.get(one.session.id, [])) for one in held[on][:SHOWN_A_DAY]],
            more=max(0, len(held[on]) - SHOWN_A_DAY),
        )

    return Month(
        first=first,
        weeks=[[day(on) for on in week] for week in weeks],
        knows_holidays=first.year in workdays.list_years(),
    )
