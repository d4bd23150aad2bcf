"""Marks sent in by another program: many, again, wrong, of walk-ins."""

import uuid
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.attendance.models import AttendanceEntry, WalkIn
from coopevents.db import db
from coopevents.events.models import EventState, SessionState
from tests.api.conftest import problem
from tests.event_factories import make_event, make_registration, sessions_of
from tests.factories import make_organisation, make_person

DAYS = [(date(2026, 6, 10), "07:30", "11:00"), (date(2026, 6, 20), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def after_the_first_session():
    with time_machine.travel("2026-06-10T11:00:00Z"):
        yield


@pytest.fixture
def hall(programme):
    """A published activity: one session over, one to come, one delegate."""
    event = make_event(programme, sessions=DAYS)
    registration = make_registration(event, make_person(programme), make_organisation(programme))
    return event, sessions_of(event), registration


def _entry(session, action="present", **more):
    return {"uuid": str(uuid.uuid4()), "session_id": session.id, "action": action, **more}


def _guest(**more):
    return {"uuid": str(uuid.uuid4()), "full_name": "Trần Thị Khách", **more}


def _send(officer, event, *entries):
    answer = officer.post(f"/events/{event.id}/attendance/entries", {"entries": list(entries)})
    assert answer.status_code == 200, answer.text
    return [(result["outcome"], result["reason"]) for result in answer.json["results"]]


def _count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_a_thousand_marks_are_taken_at_once_and_no_more(officer, hall):
    event, (over, _), registration = hall
    entries = [_entry(over, registration_id=registration.id) for _ in range(1001)]
    path = f"/events/{event.id}/attendance/entries"

    refused = officer.post(path, {"entries": entries})
    none = officer.post(path, {"entries": []})
    taken = officer.post(path, {"entries": entries[:1000]})

    assert problem(refused)[2] == {"entries": "It is too short or too long."}
    assert problem(none)[0] == 422
    assert [result["uuid"] for result in taken.json["results"]] == [
        entry["uuid"] for entry in entries[:1000]
    ]
    assert {result["outcome"] for result in taken.json["results"]} == {"stored"}
    assert _count(AttendanceEntry) == 1000


def test_one_wrong_mark_does_not_keep_the_others_out(officer, hall):
    event, (over, coming), registration = hall
    known = {"registration_id": registration.id}

    said = _send(
        officer,
        event,
        _entry(over, **known),
        _entry(coming, **known),
        _entry(over, registration_id=999_999),
        _entry(over),
        _entry(over, walk_in=_guest(), **known),
        _entry(over, walk_in=_guest(organisation_id=999_999)),
        _entry(over, "void", voids=str(uuid.uuid4()), reason="Nhầm", **known),
        _entry(over, "excused", **known),
    )

    assert said == [
        ("stored", ""),
        ("conflict", "This session is still to come."),
        ("conflict", "This person is not registered for this activity."),
        ("conflict", "A mark is of one person."),
        ("conflict", "A mark is of one person."),
        ("conflict", "There is no such organisation."),
        ("conflict", "There is no such mark in this session."),
        ("stored", ""),
    ]
    assert _count(AttendanceEntry) == 2


def test_a_walk_in_comes_with_her_first_mark_and_is_one(officer, hall):
    event, (over, _), _registration = hall
    guest = _guest(sex="female", post="member", phone="0912 000 000")

    said = _send(officer, event, _entry(over, "absent", walk_in=guest), _entry(over, walk_in=guest))

    assert said == [("stored", ""), ("stored", "")]
    (walk_in,) = db.session.scalars(select(WalkIn))
    assert (str(walk_in.uuid), walk_in.full_name) == (guest["uuid"], "Trần Thị Khách")


@pytest.mark.parametrize("place", ["coming", "cancelled", "elsewhere"])
def test_nobody_is_written_down_for_a_mark_that_is_refused(officer, hall, programme, place):
    event, (over, coming), _registration = hall
    elsewhere = sessions_of(make_event(programme, sessions=DAYS))[0]
    session = {"coming": coming, "cancelled": over, "elsewhere": elsewhere}[place]
    if place == "cancelled":
        over.state = SessionState.CANCELLED

    ((outcome, _reason),) = _send(officer, event, _entry(session, walk_in=_guest()))

    assert outcome == "conflict"
    assert _count(WalkIn) == 0


def test_a_void_writes_nobody_down(officer, hall):
    event, (over, _), _registration = hall
    void = _entry(over, "void", walk_in=_guest(), voids=str(uuid.uuid4()), reason="Nhầm")

    ((outcome, _reason),) = _send(officer, event, void)

    assert outcome == "conflict"
    assert _count(WalkIn) == 0


def test_a_mark_sent_again_after_its_session_was_cancelled_is_known(officer, hall):
    event, (over, _), registration = hall
    marks = [_entry(over, registration_id=registration.id), _entry(over, walk_in=_guest())]
    first = _send(officer, event, *marks)
    over.state = SessionState.CANCELLED

    again = _send(officer, event, *marks)

    assert (first, again) == ([("stored", "")] * 2, [("already", "")] * 2)


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CLOSED])
def test_no_mark_is_taken_where_the_roll_is_not_open(officer, programme, state):
    event = make_event(programme, sessions=DAYS, state=state)
    (over, _) = sessions_of(event)

    refused = officer.post(
        f"/events/{event.id}/attendance/entries", {"entries": [_entry(over, walk_in=_guest())]}
    )

    assert problem(refused)[0] == 409
    assert _count(WalkIn) == 0


def test_a_moment_without_an_offset_is_refused(officer, hall):
    event, (over, _), registration = hall
    mark = _entry(over, registration_id=registration.id, at="2026-06-10T08:00:00")

    refused = officer.post(f"/events/{event.id}/attendance/entries", {"entries": [mark]})

    assert set(problem(refused)[2]) == {"entries.0.at"}


def test_the_marks_that_hold_are_paged(officer, hall, programme):
    event, (over, _), registration = hall
    others = [make_registration(event, make_person(programme)) for _ in range(3)]
    everyone = [registration, *others]
    _send(officer, event, *(_entry(over, registration_id=one.id) for one in everyone))
    _send(officer, event, _entry(over, walk_in=_guest()))
    path = f"/events/{event.id}/attendance?limit=2"

    first = officer.get(path).json
    second = officer.get(f"{path}&after={first['next']}").json
    third = officer.get(f"{path}&after={second['next']}").json

    assert [i["registration_id"] for i in first["items"] + second["items"]] == [
        one.id for one in everyone
    ]
    assert (third["items"][0]["registration_id"], third["next"]) == (None, None)
    assert problem(officer.get(f"{path}&after=nowhere"))[0] == 422
