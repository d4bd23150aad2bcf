"""Deadlines in the hours of the office."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import delete

from coopevents import clock
from coopevents.db import db
from coopevents.workdays import service
from coopevents.workdays.deadlines import after_hours
from coopevents.workdays.models import OfficeHours
from coopevents.workdays.service import Stretch


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=clock.LOCAL_ZONE)


@pytest.fixture(autouse=True)
def week(app):
    """Monday to Friday, 8 to 12 and 13 to 17."""
    halves = ((time(8), time(12)), (time(13), time(17)))
    service.set_hours([Stretch(day, *half) for day in range(5) for half in halves])


@pytest.mark.parametrize(
    ("start", "hours", "until"),
    [
        (moment(1, 9), 2, moment(1, 11)),
        (moment(1, 11), 2, moment(1, 14)),
        (moment(1, 9), 8, moment(2, 9)),
        (moment(5, 16), 2, moment(8, 9)),
        (moment(6, 10), 1, moment(8, 9)),
        (moment(1, 5), 1, moment(1, 9)),
        (moment(1, 20), 8, moment(2, 17)),
    ],
    ids=["the same day", "over noon", "a whole day", "Friday", "Saturday", "early", "evening"],
)
def test_only_hours_of_the_office_count(start, hours, until):
    assert after_hours(start, hours) == until


def test_a_holiday_does_not_count_and_a_worked_saturday_does():
    service.swap(date(2026, 6, 5), date(2026, 6, 6), {"vi": "Nghỉ bù"}, None)

    assert after_hours(moment(4, 16), 2) == moment(6, 9)


def test_an_office_without_hours_is_always_open():
    db.session.execute(delete(OfficeHours))

    assert after_hours(moment(6, 22), 8) == moment(7, 6)
