"""The day a reminder leaves on, and until when it makes sense."""

from datetime import date

import pytest
import time_machine

from coopevents.events.models import SessionState
from coopevents.reminders.due import due_on, is_too_late
from coopevents.reminders.models import Anchor
from tests.event_factories import MORNING, make_event, sessions_of

TUESDAY = date(2026, 10, 13)


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(TUESDAY, *MORNING)])


@pytest.mark.parametrize(
    ("days_before", "day"),
    [
        (0, date(2026, 10, 13)),
        (1, date(2026, 10, 12)),
        (2, date(2026, 10, 9)),
        (3, date(2026, 10, 9)),
        (4, date(2026, 10, 9)),
        (5, date(2026, 10, 8)),
    ],
)
def test_a_day_off_gives_way_to_the_working_day_before(event, days_before, day):
    assert due_on(event, sessions_of(event), Anchor.START, days_before) == day


def test_answers_are_asked_by_a_day_or_else_by_the_first_session(event):
    sessions = sessions_of(event)
    without = due_on(event, sessions, Anchor.ANSWER_BY, 1)

    event.answer_by = date(2026, 10, 8)

    assert without == date(2026, 10, 12)
    assert due_on(event, sessions, Anchor.ANSWER_BY, 1) == date(2026, 10, 7)


def test_without_a_session_that_stands_there_is_no_day(event):
    (session,) = sessions_of(event)
    session.state = SessionState.CANCELLED

    assert due_on(event, [session], Anchor.START, 1) is None


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-10-08T09:00:00+07:00", False),
        ("2026-10-09T16:00:00+07:00", False),
        ("2026-10-12T09:00:00+07:00", True),
    ],
)
def test_a_reminder_may_be_one_working_day_late(event, now, late):
    due = date(2026, 10, 8)

    with time_machine.travel(now):
        today = date.fromisoformat(now[:10])
        assert is_too_late(event, sessions_of(event), Anchor.START, due, today) is late


def test_nobody_is_reminded_once_it_has_begun(event):
    with time_machine.travel("2026-10-13T08:00:00+07:00"):
        assert is_too_late(event, sessions_of(event), Anchor.START, TUESDAY, TUESDAY)


def test_nobody_is_reminded_to_answer_by_a_day_that_is_over(event):
    event.answer_by = date(2026, 10, 8)

    with time_machine.travel("2026-10-09T08:00:00+07:00"):
        today = date(2026, 10, 9)
        assert is_too_late(event, sessions_of(event), Anchor.ANSWER_BY, date(2026, 10, 8), today)
