"""Marks that were sent in and are not in the ledger: kept, shown, settled."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.attendance import conflicts, service
from coopevents.attendance.models import Action, AttendanceEntry, ConflictKind
from coopevents.attendance.service import Mark
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from tests.browsing import hidden, signed_in
from tests.event_factories import make_event, make_registration, sessions_of
from tests.factories import make_organisation, make_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00"), (date(2026, 6, 11), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def after_the_first_session():
    with time_machine.travel("2026-06-10T11:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def hoa(programme, event):
    person = make_person(programme, full_name="Nguyễn Thị Hoa")
    return make_registration(event, person, make_organisation(programme))


@pytest.fixture
def page(client, event):
    signed_in(client, event.programme, Role.OFFICER)
    return f"/events/{event.id}/roll-call/conflicts"


def coming(event, registration) -> Mark:
    """A mark in the session of tomorrow."""
    return Mark(uuid4(), sessions_of(event)[1].id, Action.PRESENT, registration.id)


def kinds(event, **of) -> list[ConflictKind]:
    return [one.kind for one in conflicts.list_conflicts(event, **of)]


@pytest.mark.case(24)
def test_a_mark_that_cannot_be_is_kept_as_it_was_said_once_however_often_it_is_sent(event, hoa):
    mark = coming(event, hoa)

    for _sending in range(2):
        service.record_entries(event, [mark])

    (kept,) = conflicts.list_conflicts(event)
    assert kept.kind is ConflictKind.TO_COME
    assert kept.said == {
        "uuid": str(mark.uuid),
        "session_id": mark.session_id,
        "registration_id": hoa.id,
        "action": "present",
        "source": "tap",
    }
    assert db.session.scalars(select(AttendanceEntry)).all() == []


def test_another_mark_under_a_number_that_is_taken_is_kept_beside_the_first(event, hoa):
    today = sessions_of(event)[0]
    one = Mark(uuid4(), today.id, Action.PRESENT, hoa.id)
    other = Mark(one.uuid, today.id, Action.ABSENT, hoa.id)

    service.record_entries(event, [one])
    service.record_entries(event, [other, other])

    assert kinds(event) == [ConflictKind.NUMBER_TAKEN]
    (entry,) = db.session.scalars(select(AttendanceEntry))
    assert entry.action is Action.PRESENT


def test_whoever_closes_the_activity_is_told_of_them(client, page, event, hoa):
    service.record_entries(event, [coming(event, hoa)])
    close = f"/events/{event.id}/changes/close"
    warned = page in client.get(close).text

    (waiting,) = conflicts.list_conflicts(event, is_open=True)
    conflicts.settle(waiting, "Đã ghi lại ngày 11")

    assert (warned, page in client.get(close).text) == (True, False)


def test_an_officer_sees_it_and_says_what_she_did(client, page, event, hoa):
    service.record_entries(event, [coming(event, hoa)])
    (waiting,) = conflicts.list_conflicts(event)
    shown = client.get(f"{page}?lang=en").text

    answer = client.post(
        f"{page}/{waiting.id}/settle",
        data={"csrf_token": hidden(shown, "csrf_token"), "note": "Đã ghi lại ngày 11"},
    )

    assert ("Nguyễn Thị Hoa" in shown, "This session is still to come." in shown) == (True, True)
    assert answer.status_code == 303
    assert (waiting.note, waiting.settled_by.email) == (
        "Đã ghi lại ngày 11",
        "officer.false@coop.example",
    )
    assert "Đã ghi lại ngày 11" in client.get(page).text
    assert "mark_conflict.settled" in db.session.scalars(select(AuditEntry.act)).all()


def test_nothing_is_settled_without_a_word(client, page, event, hoa):
    service.record_entries(event, [coming(event, hoa)])
    (waiting,) = conflicts.list_conflicts(event)
    shown = client.get(page).text

    answer = client.post(
        f"{page}/{waiting.id}/settle", data={"csrf_token": hidden(shown, "csrf_token"), "note": " "}
    )

    assert answer.status_code == 422
    assert f'id="note-{waiting.id}-error"' in answer.text
    assert waiting.settled_at is None


def test_what_was_settled_stays_so_and_tells_no_walk_in_by_name(event):
    said = {"uuid": str(uuid4()), "action": "present", "walk_in": {"full_name": "Trần Thị Khách"}}
    conflicts.keep(event, ConflictKind.REFUSED, said, "There is no such organisation.")
    (waiting,) = conflicts.list_conflicts(event)

    conflicts.settle(waiting, "Đã ghi tên")
    conflicts.settle(waiting, "Một lần nữa")

    assert waiting.note == "Đã ghi tên"
    assert waiting.said == {"uuid": said["uuid"], "action": "present"}


def test_the_roll_leads_to_what_is_not_in_it(client, page, event, hoa):
    service.record_entries(event, [coming(event, hoa)])

    roll = client.get(f"/events/{event.id}/roll-call/{sessions_of(event)[0].id}")

    assert page in roll.text


def test_a_conflict_of_another_activity_is_not_found(client, page, event, hoa, programme):
    other = make_event(programme, sessions=SESSIONS)
    registration = make_registration(other, make_person(programme), make_organisation(programme))
    service.record_entries(other, [coming(other, registration)])
    (waiting,) = conflicts.list_conflicts(other)
    token = hidden(
        client.get(f"/events/{event.id}/roll-call/{sessions_of(event)[0].id}").text, "csrf_token"
    )

    answer = client.post(f"{page}/{waiting.id}/settle", data={"csrf_token": token, "note": "Xong"})

    assert answer.status_code == 404
