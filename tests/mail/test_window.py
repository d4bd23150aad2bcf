"""The hours in which a round may leave."""

from datetime import date

import pytest

from coopevents import clock
from coopevents.db import db
from coopevents.mail.window import is_open
from coopevents.workdays.models import CalendarDay, DayKind

MONDAY, SATURDAY = date(2026, 3, 16), date(2026, 3, 14)
HOURS = "07:30-17:00"
NAME = {"vi": "x", "en": "x", "ar": "x"}


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(7, 29, False), (7, 30, True), (16, 59, True), (17, 0, False)],
)
def test_the_window_opens_and_closes_by_the_office_clock(app, hour, minute, expected):
    assert is_open(HOURS, clock.at_local(MONDAY, hour, minute)) is expected


def test_the_window_stays_closed_at_the_weekend(app):
    assert is_open(HOURS, clock.at_local(SATURDAY, 9)) is False


def test_the_window_stays_closed_on_a_holiday(app):
    db.session.add(CalendarDay(day=MONDAY, kind=DayKind.HOLIDAY, name=NAME))
    db.session.flush()

    assert is_open(HOURS, clock.at_local(MONDAY, 9)) is False


def test_the_window_opens_on_a_saturday_that_is_worked(app):
    db.session.add(CalendarDay(day=SATURDAY, kind=DayKind.WORKING, name=NAME))
    db.session.flush()

    assert is_open(HOURS, clock.at_local(SATURDAY, 9)) is True


def test_always_is_open_at_night(app):
    assert is_open("always", clock.at_local(SATURDAY, 3)) is True
