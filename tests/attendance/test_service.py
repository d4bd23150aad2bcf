from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, ProgrammingError

from coopevents.attendance import queries, service
from coopevents.attendance.models import Action, AttendanceEntry
from coopevents.attendance.service import Mark, Outcome
from coopevents.db import db
from coopevents.directory.models import PostKind, Sex
from coopevents.errors import DomainError, InputError
from coopevents.events import service as events
from coopevents.events.models import EventState, SessionState
from coopevents.lifecycle import changing, planning
from tests.event_factories import make_event, make_registration, sessions_of
from tests.factories import make_organisation, make_person

pytestmark = pytest.mark.usefixtures("app")

DAY = date(2026, 6, 10)
SESSIONS = [(DAY, "07:30", "11:00"), (DAY, "13:30", "16:30")]


@pytest.fixture(autouse=True)
def after_the_sessions():
    with time_machine.travel("2026-06-10T11:00:00Z", tick=True):
        yield


@pytest.fixture
def hall(programme):
    """An event of two sessions with one registered delegate."""
    event = make_event(programme, sessions=SESSIONS)
    organisation = make_organisation(programme)
    registration = make_registration(event, make_person(programme), organisation)
    return event, sessions_of(event), registration


def mark(session, registration, action=Action.PRESENT, **more) -> Mark:
    return Mark(
        uuid=more.pop("uuid", None) or uuid4(),
        session_id=session.id,
        action=action,
        registration_id=registration.id,
        **more,
    )


def outcomes(event, *marks) -> list[Outcome]:
    return [result.outcome for result in service.record_entries(event, marks)]


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(AttendanceEntry))


def test_a_mark_is_stored_once_however_often_it_is_sent(hall):
    event, (morning, _), registration = hall
    one = mark(morning, registration)

    assert outcomes(event, one) == [Outcome.STORED]
    assert outcomes(event, one, one) == [Outcome.ALREADY, Outcome.ALREADY]
    assert entries() == 1


def test_another_mark_under_the_same_number_is_a_conflict(hall):
    event, (morning, _), registration = hall
    one = mark(morning, registration)
    service.record_entries(event, [one])

    other = mark(morning, registration, Action.ABSENT, uuid=one.uuid)

    assert outcomes(event, other) == [Outcome.CONFLICT]
    assert entries() == 1


def test_marked_voided_marked_is_present_once_with_three_entries(hall):
    event, (morning, _), registration = hall
    subject = ("registration", registration.id)
    service.record_entries(event, [mark(morning, registration)])
    entry = db.session.scalars(select(AttendanceEntry)).one()

    service.void(event, entry, "Nhầm người")
    voided = queries.states_of_session(morning)
    service.record_entries(event, [mark(morning, registration)])

    assert voided == {}
    assert queries.states_of_session(morning) == {subject: Action.PRESENT}
    assert entries() == 3


def test_a_mark_is_taken_back_once_and_with_a_reason(hall):
    event, (morning, _), registration = hall
    service.record_entries(event, [mark(morning, registration)])
    entry = db.session.scalars(select(AttendanceEntry)).one()

    with pytest.raises(InputError):
        service.void(event, entry, "  ")
    service.void(event, entry, "Nhầm")
    with pytest.raises(DomainError):
        service.void(event, entry, "Nhầm")

    assert entries() == 2


def test_marks_of_other_events_and_cancelled_sessions_are_conflicts(hall, programme):
    event, (morning, afternoon), registration = hall
    stranger = make_registration(make_event(programme, sessions=SESSIONS), make_person(programme))
    afternoon.state = SessionState.CANCELLED

    assert outcomes(
        event, mark(morning, stranger), mark(afternoon, registration), mark(morning, registration)
    ) == [Outcome.CONFLICT, Outcome.CONFLICT, Outcome.STORED]


def test_nobody_is_marked_before_the_day(hall):
    event, (morning, _), registration = hall

    with time_machine.travel("2026-06-09T16:59:00Z", tick=False):
        early = outcomes(event, mark(morning, registration))
    with time_machine.travel("2026-06-09T17:01:00Z", tick=False):
        on_the_day = outcomes(event, mark(morning, registration))

    assert (early, on_the_day) == ([Outcome.CONFLICT], [Outcome.STORED])


def test_a_walk_in_is_written_once_for_its_number(hall):
    event, _, _ = hall
    number = uuid4()

    first, second = (
        service.add_walk_in(event, None, "Lê Thị Khách", Sex.FEMALE, PostKind.MEMBER, uuid=number)
        for _ in range(2)
    )

    assert first.id == second.id


@pytest.mark.usefixtures("english")
def test_a_session_with_marks_of_the_roll_was_held(hall):
    event, (morning, afternoon), registration = hall
    for session in (morning, afternoon):
        planning.mark_session(event, session, SessionState.HELD)
    service.record_entries(event, [mark(morning, registration)])

    planning.mark_session(event, afternoon, SessionState.PLANNED)
    with pytest.raises(DomainError, match="1 mark of the roll"):
        planning.mark_session(event, morning, SessionState.PLANNED)

    assert (morning.state, afternoon.state) == (SessionState.HELD, SessionState.PLANNED)


def test_an_event_closes_only_when_everybody_has_a_state_in_each_session_held(hall):
    event, (morning, afternoon), registration = hall
    events.mark_session(event, morning, SessionState.HELD)
    afternoon.state = SessionState.CANCELLED

    with pytest.raises(DomainError):
        changing.close_event(event)
    service.record_entries(event, [mark(morning, registration, Action.EXCUSED)])
    changing.close_event(event)

    assert event.state is EventState.CLOSED
    with pytest.raises(DomainError):
        service.record_entries(event, [mark(morning, registration)])


@pytest.mark.parametrize(
    "change",
    ["UPDATE attendance_entries SET action = 'absent'", "DELETE FROM attendance_entries"],
)
def test_the_application_may_not_change_the_ledger(hall, change, connection):
    event, (morning, _), registration = hall
    service.record_entries(event, [mark(morning, registration)])

    with pytest.raises(ProgrammingError), connection.begin_nested():
        connection.exec_driver_sql(change)

    assert entries() == 1


def test_the_database_refuses_a_mark_across_events(hall, programme):
    event, (morning, _), _ = hall
    stranger = make_registration(make_event(programme, sessions=SESSIONS), make_person(programme))

    db.session.add(service._entry(event, mark(morning, stranger), {}))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()

    assert entries() == 0
