"""Entering the days of a year that differ from their weekday, and the hours of the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

from sqlalchemy import delete, func, select

from coopevents.audit import service as audit
from coopevents.db import Translated, db
from coopevents.errors import InputError
from coopevents.i18n import _, day
from coopevents.workdays import queries
from coopevents.workdays.models import CalendarDay, DayKind, OfficeHours

CALENDAR_LOCK = 0x63616C
"""The advisory lock under which the calendar is changed, one transaction after another."""

LONGEST = 31
"""The most days that are named at once: more is a mistyped year."""


@dataclass(frozen=True)
class DayPlan:
    """A day of the calendar as somebody enters it."""

    day: date
    kind: DayKind
    name: Translated
    document: str | None = None


@dataclass(frozen=True)
class Stretch:
    """A stretch of a weekday (0 is Monday) in which the office is open."""

    weekday: int
    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}-{self.closes:%H:%M}"


def name_days(plan: DayPlan, last: date | None = None) -> list[CalendarDay]:
    """Have the calendar name the day, or every day from it to `last`."""
    _lock()
    last = last or plan.day
    count = (last - plan.day).days + 1
    if not 0 < count <= LONGEST:
        reason = _("The last day is the first or one of the 30 after it.")
        raise InputError(reason, {"last_day": reason})
    days = [plan.day + timedelta(days=n) for n in range(count)]
    known = [row.day for row in queries.list_days(plan.day, last)]
    if known:
        reason = _(
            "The calendar names these days already: %(days)s.", days=", ".join(map(day, known))
        )
        raise InputError(reason, {"day": reason})
    return [_name(DayPlan(each, plan.kind, plan.name, plan.document)) for each in days]


def swap(free: date, worked: date, name: Translated, document: str | None) -> None:
    """Make a working day free and have a day of rest worked for it.

    Raises InputError when the one is free anyway, or the other worked anyway.
    """
    problems: dict[str, str] = {}
    if not queries.is_working_day(free):
        problems["day"] = _("This day is not worked anyway.")
    if queries.is_working_day(worked):
        problems["worked"] = _("This day is worked anyway.")
    elif queries.find_day(worked):
        problems["worked"] = _("The calendar names these days already: %(days)s.", days=day(worked))
    if problems:
        raise InputError(" ".join(problems.values()), problems)
    name_days(DayPlan(free, DayKind.HOLIDAY, name, document))
    name_days(DayPlan(worked, DayKind.WORKING, name, document))


def correct_day(named: CalendarDay, plan: DayPlan) -> None:
    """Have the calendar say of this day what the plan says; the audit keeps what it said."""
    _lock()
    other = queries.find_day(plan.day)
    if other is not None and other is not named:
        reason = _("The calendar names these days already: %(days)s.", days=day(plan.day))
        raise InputError(reason, {"day": reason})
    changes = {
        field: (getattr(named, field), value)
        for field, value in vars(plan).items()
        if getattr(named, field) != value
    }
    if not changes:
        return
    for field, (_before, after) in changes.items():
        setattr(named, field, after)
    db.session.flush()
    audit.record("calendar.corrected", "calendar_day", named.id, changes=audit.readable(changes))


def forget_day(named: CalendarDay) -> None:
    """Let the day be as its weekday is."""
    audit.record(
        "calendar.removed",
        "calendar_day",
        named.id,
        changes=audit.readable(
            {field: (getattr(named, field), None) for field in ("day", "kind", "name")}
        ),
    )
    db.session.delete(named)
    db.session.flush()


def set_hours(stretches: Sequence[Stretch]) -> None:
    """Have the office open in these stretches of the week and in no others.

    Raises InputError when two overlap, one ends before it begins, or there are none.
    """
    if not stretches:
        raise InputError(_("The office is open on at least one day of the week."))
    wanted = sorted(stretches, key=lambda stretch: (stretch.weekday, stretch.opens))
    for stretch in wanted:
        if stretch.closes <= stretch.opens:
            raise InputError(
                _(
                    "On %(weekday)s the office closes before it opens.",
                    weekday=queries.weekday_name(stretch.weekday),
                )
            )
    for earlier, later in pairwise(wanted):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            raise InputError(
                _(
                    "On %(weekday)s the two stretches overlap.",
                    weekday=queries.weekday_name(later.weekday),
                )
            )
    _lock()
    standing = [Stretch(row.weekday, row.opens, row.closes) for row in queries.list_hours()]
    if standing == wanted:
        return
    db.session.execute(delete(OfficeHours))
    db.session.add_all(OfficeHours(**vars(stretch)) for stretch in wanted)
    db.session.flush()
    audit.record(
        "calendar.hours_set",
        "office_hours",
        None,
        changes={"hours": ("; ".join(map(str, standing)), "; ".join(map(str, wanted)))},
    )


def _lock() -> None:
    # Two people may enter one day at the same moment; the second then sees the first's.
    db.session.execute(select(func.pg_advisory_xact_lock(CALENDAR_LOCK)))


def _name(plan: DayPlan) -> CalendarDay:
    named = CalendarDay(**vars(plan))
    db.session.add(named)
    db.session.flush()
    audit.record(
        "calendar.named",
        "calendar_day",
        named.id,
        changes=audit.readable({field: (None, value) for field, value in vars(plan).items()}),
    )
    return named
