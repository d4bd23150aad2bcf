from datetime import date, datetime, time

import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.queries import find_body
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events import queries, service
from coopevents.events.models import EventKind, EventState, SessionState
from coopevents.events.plans import EventPlan, SessionPlan


def planned(**changes) -> EventPlan:
    """Answer the plan of a training of two sessions, hosted by both bodies."""
    values = {
        "kind_id": db.session.scalars(
            select(EventKind.id).where(EventKind.key == "training")
        ).first(),
        "title": "Tập huấn Luật Hợp tác xã",
        "place": "Hội trường",
        "lead_body_id": find_body("womens_union").id,
        "co_host_ids": [find_body("coop_alliance").id],
        "contact_name": "Cán bộ",
        "contact_phone": "0900000000",
        "contact_email": "phoihop@coop.example",
        "sessions": [
            SessionPlan(date(2026, 5, 12), time(7, 30), time(11)),
            SessionPlan(date(2026, 5, 12), time(13, 30), time(16, 30)),
        ],
    }
    return EventPlan(**{**values, **changes})


def test_plan_writes_a_draft_with_its_parts(programme):
    event = service.plan(programme.id, planned())

    assert event.state is EventState.DRAFT
    assert [s.starts_at for s in queries.list_sessions(event)] == [time(7, 30), time(13, 30)]
    assert [(h.body.key, h.role.value) for h in queries.list_hosts(event)] == [
        ("womens_union", "lead"),
        ("coop_alliance", "co_host"),
    ]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [({}, True), ({"co_host_ids": []}, False)],
)
def test_an_event_counts_only_when_both_bodies_host(programme, changes, counts):
    event = service.plan(programme.id, planned(**changes))

    assert event.counts_to_programme is counts


def test_a_third_host_neither_makes_nor_breaks_a_joint_event(programme):
    alliance = find_body("coop_alliance").id

    event = service.plan(programme.id, planned(co_host_ids=[], third_host_ids=[alliance]))

    assert event.counts_to_programme is False


@pytest.mark.parametrize(
    "changes",
    [
        {"sessions": []},
        {"sessions": [SessionPlan(date(2026, 5, 12), time(11), time(11))]},
        {"answer_by": date(2026, 5, 13)},
    ],
)
def test_plan_refuses_what_cannot_be(programme, changes):
    with pytest.raises(InputError) as refusal:
        service.plan(programme.id, planned(**changes))

    assert len(refusal.value.fields) == 1
    assert queries.list_events(programme.id) == []


def at(hour: int, minute: int) -> time_machine.travel:
    """Let it be that time of the office's clock on the day of the sessions."""
    moment = datetime(2026, 5, 12, hour, minute, tzinfo=clock.LOCAL_ZONE)
    return time_machine.travel(moment, tick=False)


def test_a_session_is_held_only_once_it_has_begun(programme):
    event = service.plan(programme.id, planned())
    service.publish(event)
    session = queries.list_sessions(event)[0]

    with at(7, 29), pytest.raises(DomainError):
        service.mark_session(event, session, SessionState.HELD)
    with at(7, 31):
        service.mark_session(event, session, SessionState.HELD)

    assert session.state is SessionState.HELD


def test_close_needs_every_session_held_or_cancelled_and_one_held(programme):
    event = service.plan(programme.id, planned())
    service.publish(event)
    morning, afternoon = queries.list_sessions(event)

    with time_machine.travel(datetime(2026, 5, 13, tzinfo=clock.LOCAL_ZONE)):
        morning.state = SessionState.CANCELLED
        with pytest.raises(DomainError):
            service.close(event)
        afternoon.state = SessionState.CANCELLED
        with pytest.raises(DomainError):
            service.close(event)
        service.mark_session(event, afternoon, SessionState.HELD)
        service.close(event)

    assert event.state is EventState.CLOSED
    assert event.closed_at is not None


def test_only_a_draft_is_rewritten(programme):
    event = service.plan(programme.id, planned())

    service.change(event, planned(title="Tên mới"))
    service.publish(event)

    assert event.title == "Tên mới"
    with pytest.raises(DomainError):
        service.change(event, planned())


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("state", [SessionState.CANCELLED, SessionState.MOVED])
def test_what_people_are_told_of_is_no_mark(programme, state):
    event = service.plan(programme.id, planned())
    service.publish(event)
    session = queries.list_sessions(event)[0]

    with pytest.raises(DomainError, match="marked as held or as planned"):
        service.mark_session(event, session, state)

    assert session.state is SessionState.PLANNED


def test_a_session_marked_by_mistake_is_planned_again(programme):
    event = service.plan(programme.id, planned())
    service.publish(event)
    session = queries.list_sessions(event)[0]
    session.state = SessionState.HELD

    service.mark_session(event, session, SessionState.PLANNED)

    assert (session.state, event.calendar_sequence) == (SessionState.PLANNED, 0)


@pytest.mark.usefixtures("english")
def test_a_cancelled_session_is_not_planned_again_but_may_have_been_held(programme):
    event = service.plan(programme.id, planned())
    service.publish(event)
    session = queries.list_sessions(event)[0]
    session.state = SessionState.CANCELLED

    with pytest.raises(DomainError, match="told that it is cancelled"):
        service.mark_session(event, session, SessionState.PLANNED)
    with time_machine.travel(datetime(2026, 5, 13, tzinfo=clock.LOCAL_ZONE)):
        service.mark_session(event, session, SessionState.HELD)

    assert (session.state, event.calendar_sequence) == (SessionState.HELD, 1)
