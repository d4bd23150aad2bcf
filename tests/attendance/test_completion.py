"""Who completed a training, and who was only there."""

from datetime import date, time

import pytest

from coopevents.attendance.completion import list_participants
from coopevents.events.models import SessionState
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import compute
from tests.event_factories import (
    close,
    make_entry,
    make_event,
    make_registration,
    make_session,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_organisation, make_person

DAYS = [(date(2026, 3, day), "08:00", "11:00") for day in (10, 11, 12)]


@pytest.fixture
def scope(programme):
    return Scope(programme, date(2025, 12, 15), date(2026, 12, 14))


def come(event, programme, sessions, name="Nguyễn Thị Mẫu"):
    """Have somebody take part who is present in these sessions."""
    person = make_person(programme, full_name=name)
    registration = make_registration(event, person, make_organisation(programme))
    for session in sessions:
        make_entry(session, registration)
    return person


def judged(event):
    return [(p.full_name, p.present, p.required, p.is_complete) for p in list_participants(event)]


@pytest.mark.case(11)
def test_who_missed_a_day_of_three_attended_and_is_not_trained(programme, scope):
    event = make_event(programme, sessions=DAYS)
    first, _second, third = sessions_of(event)
    missed = come(event, programme, [first, third])
    close(event)

    figures = {code: compute(code, scope) for code in ("I2", "I5")}

    # 2 of 3 is 67 %, below 80 %: she attended, and nothing that asks for completion is hers.
    assert judged(event) == [("Nguyễn Thị Mẫu", 2, 3, False)]
    assert (figures["I2"].value, figures["I5"].value) == (1, 0)
    assert [
        (row.row_id, row.facts["part"], row.facts["why"]) for row in figures["I5"].list_rows()
    ] == [(missed.id, "apart", "not_completed")]


@pytest.mark.case(13)
def test_a_cancelled_session_drops_from_the_required_ones(programme, scope):
    event = make_event(programme, sessions=DAYS)
    first, second, third = sessions_of(event)
    come(event, programme, [first, third])
    second.state = SessionState.CANCELLED
    close(event)

    assert judged(event) == [("Nguyễn Thị Mẫu", 2, 2, True)]
    assert compute("I5", scope).value == 1


@pytest.mark.case(13)
def test_a_session_held_on_another_day_is_required_once(programme, scope):
    event = make_event(programme, sessions=DAYS[:1])
    (storm,) = sessions_of(event)
    instead = make_session(event, date(2026, 3, 20))
    storm.moved_to_id, storm.state = instead.id, SessionState.MOVED
    come(event, programme, [instead])
    close(event)

    assert judged(event) == [("Nguyễn Thị Mẫu", 1, 1, True)]


def test_a_session_that_may_be_missed_is_not_required(programme):
    event = make_event(programme, sessions=DAYS)
    first, second, third = sessions_of(event)
    third.required = False
    come(event, programme, [first, second])
    close(event)

    assert judged(event) == [("Nguyễn Thị Mẫu", 2, 2, True)]


def test_everybody_belongs_to_the_class_she_came_to(programme):
    event = make_event(programme, sessions=DAYS)
    opening, one, two = sessions_of(event)
    one.class_group, two.class_group = "Lớp 1", "Lớp 2"
    come(event, programme, [opening, two], "Trần Thị An")
    come(event, programme, [one], "Trần Thị Bình")
    close(event)

    assert judged(event) == [("Trần Thị An", 2, 2, True), ("Trần Thị Bình", 1, 2, False)]


def test_nobody_completes_by_a_class_she_did_not_come_to(programme):
    days = [(date(2026, 3, day), "08:00", "11:00") for day in range(2, 9)]
    event = make_event(programme, sessions=days)
    *together, one, two, three, optional = sessions_of(event)
    one.class_group = two.class_group = three.class_group = "Lớp 1"
    optional.class_group, optional.required = "Lớp 2", False
    come(event, programme, [*together, one], "Trần Thị An")
    come(event, programme, [*together, optional], "Trần Thị Bình")
    close(event)

    # Of class 2 only the days together are required, and An was there on all of them too.
    assert judged(event) == [("Trần Thị An", 4, 6, False), ("Trần Thị Bình", 3, 3, True)]


def test_who_came_to_two_classes_alike_is_judged_by_the_one_she_completed(programme):
    event = make_event(programme, sessions=DAYS)
    one, other, third = sessions_of(event)
    one.class_group = other.class_group = "Lớp 1"
    third.class_group = "Lớp 2"
    come(event, programme, [one, third])
    close(event)

    assert judged(event) == [("Nguyễn Thị Mẫu", 1, 1, True)]


@pytest.mark.parametrize(("ends", "complete"), [(time(10, 59), False), (time(11), True)])
def test_under_three_hours_nobody_is_trained(programme, ends, complete):
    event = make_event(programme, sessions=DAYS[:1])
    (session,) = sessions_of(event)
    session.ends_at = ends
    come(event, programme, [session])
    close(event)

    assert judged(event) == [("Nguyễn Thị Mẫu", 1, 1, complete)]


def test_a_walk_in_completes_as_others_do(programme, scope):
    event = make_event(programme, sessions=DAYS[:1])
    walk_in = make_walk_in(event, full_name="Trần Thị Khách")
    make_entry(sessions_of(event)[0], walk_in)
    close(event)

    (row,) = compute("I5", scope).list_rows()

    assert judged(event) == [("Trần Thị Khách", 1, 1, True)]
    assert (row.kind, row.row_id) == ("walk_in", walk_in.id)


def test_only_trainings_train(programme, scope):
    event = make_event(programme, kind="seminar", sessions=DAYS)
    come(event, programme, sessions_of(event))
    close(event)

    assert compute("I5", scope).value == 0


def test_who_completed_two_trainings_is_one_person(programme, scope):
    person = make_person(programme)
    for contents in ((1, 2), (2,)):
        event = make_event(programme, sessions=DAYS[:1], contents=contents)
        make_entry(sessions_of(event)[0], make_registration(event, person))
        close(event)

    figure = compute("I5", scope)

    assert figure.value == 1
    assert figure.breakdown["content"] == {"1": 1, "2": 1}
