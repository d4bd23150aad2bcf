"""What a change does to those who were told the old days."""

import uuid
from datetime import date, time

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import lifecycle
from coopevents.changes import service
from coopevents.changes.foreseeing import foresee
from coopevents.db import db
from coopevents.events.effects import (
    Cancellation,
    NewTime,
    Postponement,
    SessionCancellation,
    SessionMove,
)
from coopevents.events.models import Event, EventState, SessionState
from coopevents.invitations import audience
from coopevents.invitations.audience import Audience
from coopevents.invitations.models import Invitation, InvitationRound, InvitationState
from coopevents.mail.models import Message, MessageState
from tests.event_factories import make_event, sessions_of
from tests.factories import make_organisation
from workers.mail import deliver_messages

FIRST, SECOND, NEW = date(2026, 6, 10), date(2026, 6, 11), date(2026, 7, 8)


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme, smtp):
    """An activity of one session to which two are invited; both read the day by e-mail."""
    return _invited(programme, [(FIRST, "08:00", "11:00")])


def _invited(programme, sessions):
    for number in range(2):
        make_organisation(programme, name=f"HTX {number}", email=f"m{number}@coop.example")
    event = make_event(programme, sessions=sessions)
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    lifecycle.invite(event, shown, "vi")
    db.session.commit()
    deliver_messages()
    db.session.expire_all()
    return event


def _do(event, change):
    shown = service.confirmed(event, change, foresee(event, change).fingerprint)
    done = lifecycle.change_event(event, change, shown, uuid.uuid4(), "vi")
    db.session.commit()
    db.session.expire_all()
    return shown, done


def _postponement(event):
    (session,) = sessions_of(event)
    return Postponement("Bão số 3", (NewTime(session.id, NEW, time(8), time(11)),))


def _calendars(smtp):
    files = []
    for one in smtp.accepted:
        for part in one.mail.walk():
            if part.get_content_type() == "text/calendar":
                text = part.get_payload(decode=True).decode().replace("\r\n ", "")
                lines = [line.split(":", 1) for line in text.splitlines() if ":" in line]
                said = dict(lines)
                files.append((one.recipient, said["METHOD"], said["UID"], int(said["SEQUENCE"])))
    # A calendar stands in the text and beside it as a file; both say the same.
    return sorted(set(files))


@pytest.mark.case(14)
def test_a_postponed_activity_stays_the_same_and_each_who_read_the_old_day_is_told_once(
    event, smtp
):
    make_organisation(event.programme, name="HTX chưa mời", email="never@coop.example")
    invitations = db.session.scalars(select(Invitation).where(Invitation.event_id == event.id))
    for invitation in invitations:
        invitation.state = InvitationState.ACCEPTED
    first_round = db.session.scalars(select(InvitationRound)).one().id
    before = len(smtp.accepted)

    shown, done = _do(event, _postponement(event))
    deliver_messages()
    db.session.expire_all()

    told = sorted(one.recipient for one in smtp.accepted[before:])
    states = list(db.session.scalars(select(Invitation.state)))
    standing = [s.held_on for s in sessions_of(event) if s.state is SessionState.PLANNED]
    assert db.session.scalar(select(func.count(Event.id))) == 1
    assert standing == [NEW]
    assert told == sorted(one.address for one in shown.by_mail)
    assert told == ["m0@coop.example", "m1@coop.example"]
    assert [one.was for one in shown.asked_again] == [InvitationState.ACCEPTED] * 2
    assert states == [InvitationState.PENDING] * 2
    assert db.session.get(InvitationRound, first_round) is not None
    assert done.round_id != first_round
    assert event.calendar_sequence == shown.sequence[1]


@pytest.mark.case(14)
def test_a_first_invitation_still_waiting_is_put_right_and_not_told_twice(programme, smtp):
    make_organisation(programme, name="HTX 0", email="m0@coop.example")
    event = make_event(programme, sessions=[(FIRST, "08:00", "11:00")])
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    lifecycle.invite(event, shown, "vi")

    shown, _done = _do(event, _postponement(event))
    deliver_messages()

    assert (shown.by_mail, len(shown.first)) == ((), 1)
    assert [one.recipient for one in smtp.accepted] == ["m0@coop.example"]


def test_a_cancelled_activity_takes_its_entries_out_of_the_calendars(event, smtp):
    before = len(smtp.accepted)

    shown, _done = _do(event, Cancellation("Bão số 3"))
    deliver_messages()
    db.session.expire_all()

    states = list(db.session.scalars(select(Invitation.state)))
    methods = [method for _who, method, _uid, _number in _calendars(smtp)]
    assert event.state is EventState.CANCELLED
    assert states == [InvitationState.CANCELLED] * 2
    assert len(smtp.accepted) - before == len(shown.by_mail) == 2
    assert methods == ["CANCEL"] * 2


@pytest.mark.case(13)
def test_a_session_cancelled_by_storm_leaves_the_others_standing(programme, smtp):
    event = _invited(programme, [(FIRST, "08:00", "11:00"), (SECOND, "08:00", "11:00")])
    first, second = sessions_of(event)

    shown, _done = _do(event, SessionCancellation("Bão số 3", first.id))

    queued = db.session.scalar(
        select(func.count(Message.id)).where(Message.state == MessageState.QUEUED)
    )
    assert (first.state, second.state) == (SessionState.CANCELLED, SessionState.PLANNED)
    assert event.state is EventState.PUBLISHED
    assert queued == len(shown.by_mail) == 2


def test_calendars_know_an_activity_postponed_and_then_cancelled_by_one_number(event, smtp):
    postponed, _done = _do(event, _postponement(event))
    deliver_messages()
    db.session.expire_all()
    cancelled, _done = _do(event, Cancellation("Bão số 4"))
    deliver_messages()

    of_one = [said[1:] for said in _calendars(smtp) if said[0] == "m0@coop.example"]
    numbers = {uid for _method, uid, _number in of_one}
    assert len(numbers) == 1
    assert {(method, number) for method, _uid, number in of_one} == {
        ("REQUEST", postponed.sequence[1]),
        ("CANCEL", cancelled.sequence[1]),
    }
    assert cancelled.sequence[1] > postponed.sequence[1]


@pytest.mark.case(13)
def test_a_moved_session_is_a_new_row_that_the_old_one_points_at(programme, smtp):
    event = _invited(programme, [(FIRST, "08:00", "11:00"), (SECOND, "08:00", "11:00")])
    first, second = sessions_of(event)

    shown, _done = _do(event, SessionMove("Bão số 3", NewTime(first.id, NEW, time(8), time(11))))

    (new,) = [s for s in sessions_of(event) if s.id not in {first.id, second.id}]
    assert (first.state, first.moved_to_id) == (SessionState.MOVED, new.id)
    assert (new.state, new.held_on) == (SessionState.PLANNED, NEW)
    assert second.state is SessionState.PLANNED
    assert (len(shown.by_mail), shown.asked_again) == (2, ())
