"""What is shown before an activity changes is what happens: rows, mails, calendars."""

from datetime import date, datetime, time
from uuid import uuid4

import icalendar
import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.changes.models import EventChange
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState, SessionState
from coopevents.invitations.models import (
    Answer,
    Delivery,
    Invitation,
    InvitationAnswer,
    InvitationRound,
    InvitationState,
    RoundKind,
)
from coopevents.lifecycle import inviting, replying
from coopevents.registrations.models import Registration, RegistrationState
from tests.browsing import fill_in, signed_in
from tests.event_factories import make_event, make_invitation, sessions_of
from tests.factories import make_organisation
from workers.mail import deliver_messages

NOW = datetime(2026, 4, 1, 9, tzinfo=clock.LOCAL_ZONE)
FIRST, SECOND = date(2026, 5, 12), date(2026, 5, 13)


@pytest.fixture(autouse=True)
def spring():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def staff(client, programme):
    """A browser in which an officer reads English."""
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def event(programme) -> Event:
    return make_event(
        programme, sessions=[(FIRST, "07:30", "11:00"), (SECOND, "07:30", "11:00")], capacity=10
    )


def invite(event: Event, *organisations) -> None:
    """Invite these by e-mail; the worker has not been there yet."""
    ids = tuple(organisation.id for organisation in organisations)
    shown = audience.preview(event, Audience(organisation_ids=ids), seats=2)
    inviting.invite(event, shown, "vi")


def invite_by_phone(event: Event, organisation) -> Invitation:
    invitation = make_invitation(event, organisation)
    told = InvitationRound(
        programme_id=event.programme_id,
        event_id=event.id,
        channel=Channel.PHONE,
        kind=RoundKind.INVITATION,
        audience={},
    )
    db.session.add(told)
    db.session.flush()
    db.session.add(
        Delivery(
            round_id=told.id, invitation_id=invitation.id, channel=Channel.PHONE, outcome="reached"
        )
    )
    db.session.flush()
    return invitation


def invitation_of(organisation) -> Invitation:
    return db.session.scalars(
        select(Invitation).where(Invitation.organisation_id == organisation.id)
    ).one()


def accept(invitation: Invitation) -> None:
    delegate = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.EMAIL, "vi")


def delivered(smtp) -> list[tuple[str, str]]:
    """Have the worker send; answer to whom, and what each mail was about."""
    before = len(smtp.accepted)
    db.session.commit()
    deliver_messages()
    return sorted((one.recipient, str(one.mail["Subject"])) for one in smtp.accepted[before:])


def calendar_of(accepted) -> icalendar.Calendar:
    parts = [p for p in accepted.mail.walk() if p.get_content_type() == "text/calendar"]
    return icalendar.Calendar.from_ical(parts[0].get_payload(decode=True))


def ask(staff, event: Event, act: str, **typed: str) -> str:
    """Fill in the form of the act, and answer the page that shows what follows."""
    return fill_in(staff, f"/events/{event.id}/changes/{act}", **typed).text


def confirm(staff, event: Event, act: str, page: str):
    return fill_in(staff, f"/events/{event.id}/changes/{act}", page, step="confirm")


NEW_DAYS = {
    "sessions-0-held_on": "2026-06-09",
    "sessions-1-held_on": "2026-06-10",
    "reason": "Trùng vụ gặt",
}


def the_change() -> EventChange:
    return db.session.scalars(select(EventChange)).one()


@pytest.mark.case(14)
def ids_of_rounds():
    return list(db.session.scalars(select(InvitationRound.id).order_by(InvitationRound.id)))


def test_postponing_tells_exactly_those_who_were_told_and_asks_them_anew(
    staff, programme, event, smtp
):
    an = make_organisation(programme, name="HTX An", email="an@coop.example")
    binh = make_organisation(programme, name="HTX Bình", email="binh@coop.example")
    chi = make_organisation(programme, name="HTX Chi", phone="+84912000111")
    make_organisation(programme, name="HTX chưa mời", email="never@coop.example")
    invite(event, an)
    delivered(smtp)
    accept(invitation_of(an))
    delivered(smtp)
    by_phone = invite_by_phone(event, chi)
    invite(event, binh)
    before = {one.id: one.calendar_uid for one in db.session.scalars(select(Invitation))}
    letters = ids_of_rounds()

    page = ask(staff, event, "postpone", **NEW_DAYS)
    assert (event.calendar_sequence, db.session.scalar(select(EventChange.id))) == (0, None)
    confirm(staff, event, "postpone", page)

    # The same activity, on new days; the old ones stay, each pointing at the new.
    sessions = events.list_sessions(event)
    assert event.state is EventState.PUBLISHED
    assert [(s.held_on, s.state) for s in sessions] == [
        (FIRST, SessionState.MOVED),
        (SECOND, SessionState.MOVED),
        (date(2026, 6, 9), SessionState.PLANNED),
        (date(2026, 6, 10), SessionState.PLANNED),
    ]
    assert [s.moved_to_id for s in sessions[:2]] == [s.id for s in sessions[2:]]
    assert db.session.scalars(select(Event.id)).all() == [event.id]
    assert event.calendar_sequence == the_change().consequences["sequence"][1] == 1
    # What was shown: whom the mail tells, whom a person must call, whose first letter is put right.
    told = the_change().consequences
    assert [one["name"] for one in told["by_mail"]] == ["HTX An"]
    assert [(one["name"], one["why"], one["channels"]) for one in told["by_hand"]] == [
        ("HTX Chi", "other_channel", ["phone"])
    ]
    assert [one["name"] for one in told["first"]] == ["HTX Bình"]
    # Answers are asked for anew; what was said stays readable, and so do the places.
    answers = db.session.scalars(
        select(InvitationAnswer.answer)
        .where(InvitationAnswer.invitation_id == invitation_of(an).id)
        .order_by(InvitationAnswer.id)
    ).all()
    assert answers == [Answer.ACCEPTED, Answer.TO_CONFIRM]
    assert invitation_of(an).state is InvitationState.PENDING
    assert by_phone.state is InvitationState.PENDING
    (place,) = db.session.scalars(select(Registration))
    assert place.state is RegistrationState.CONFIRMED
    # Exactly that leaves: one mail each, and none with an old day.
    sent = delivered(smtp)
    assert [to for to, _subject in sent] == ["an@coop.example", "binh@coop.example"]
    mails = {one.recipient: one for one in smtp.accepted[-2:]}
    assert "12/05/2026" not in text_of(mails["binh@coop.example"])
    assert "09/06/2026" in text_of(mails["binh@coop.example"])
    assert "09/06/2026" in text_of(mails["an@coop.example"])
    # The old letters keep their numbers, the invitations their calendars.
    assert ids_of_rounds()[:3] == letters
    now = {one.id: one.calendar_uid for one in db.session.scalars(select(Invitation))}
    assert now == before
    # Nobody is told twice.
    assert delivered(smtp) == []


def text_of(accepted) -> str:
    parts = [p for p in accepted.mail.walk() if p.get_content_type() == "text/plain"]
    return "\n".join(part.get_payload(decode=True).decode() for part in parts)


def test_the_calendar_entry_moves_instead_of_standing_twice(staff, programme, event, smtp):
    an = make_organisation(programme, name="HTX An", email="an@coop.example")
    invite(event, an)
    delivered(smtp)
    accept(invitation_of(an))
    delivered(smtp)
    first = calendar_of(smtp.accepted[-1])

    confirm(staff, event, "postpone", ask(staff, event, "postpone", **NEW_DAYS))
    delivered(smtp)

    second = calendar_of(smtp.accepted[-1])
    assert [e["UID"] for e in second.walk("VEVENT")] == [e["UID"] for e in first.walk("VEVENT")]
    assert [e["SEQUENCE"] for e in first.walk("VEVENT")] == [0, 0]
    assert [e["SEQUENCE"] for e in second.walk("VEVENT")] == [1, 1]
    assert second["METHOD"] == "REQUEST"
    starts = [clock.local(e["DTSTART"].dt).date() for e in second.walk("VEVENT")]
    assert starts == [date(2026, 6, 9), date(2026, 6, 10)]


@pytest.mark.case(13)
def test_a_session_cancelled_by_a_storm_leaves_the_activity_standing(staff, programme, event, smtp):
    invite(event, make_organisation(programme, name="HTX An", email="an@coop.example"))
    delivered(smtp)
    first, second = sessions_of(event)
    act = f"cancel-session/{second.id}"

    confirm(staff, event, act, ask(staff, event, act, reason="Bão số 1"))

    assert event.state is EventState.PUBLISHED
    assert (second.state, second.state_reason) == (SessionState.CANCELLED, "Bão số 1")
    assert events.required(events.list_sessions(event)) == [first]
    assert [to for to, _subject in delivered(smtp)] == ["an@coop.example"]
    # Only that session leaves the calendar.
    calendar = calendar_of(smtp.accepted[-1])
    assert calendar["METHOD"] == "CANCEL"
    assert len(calendar.walk("VEVENT")) == 1


@pytest.mark.case(13)
def test_a_rescheduled_session_is_a_new_row_linked_to_the_old(staff, programme, event, smtp):
    invite(event, make_organisation(programme, name="HTX An", email="an@coop.example"))
    delivered(smtp)
    first, second = sessions_of(event)
    act = f"move/{second.id}"
    typed = {"held_on": "2026-05-20", "starts_at": "13:30", "ends_at": "16:30", "reason": "Bão"}

    confirm(staff, event, act, ask(staff, event, act, **typed))

    moved = events.list_sessions(event)[-1]
    assert (second.state, second.moved_to_id) == (SessionState.MOVED, moved.id)
    assert (moved.held_on, moved.starts_at) == (date(2026, 5, 20), time(13, 30))
    assert events.required(events.list_sessions(event)) == [first, moved]
    # One moved session resets no answer.
    assert the_change().consequences["asked_again"] == []
    assert [to for to, _subject in delivered(smtp)] == ["an@coop.example"]


def test_cancelling_ends_invitations_and_stops_what_has_not_left(staff, programme, event, smtp):
    an = make_organisation(programme, name="HTX An", email="an@coop.example")
    binh = make_organisation(programme, name="HTX Bình", email="binh@coop.example")
    invite(event, an)
    delivered(smtp)
    invite(event, binh)

    confirm(staff, event, "cancel", ask(staff, event, "cancel", reason="Hết kinh phí"))

    assert (event.state, event.cancel_reason) == (EventState.CANCELLED, "Hết kinh phí")
    states = {invitation_of(one).state for one in (an, binh)}
    assert states == {InvitationState.CANCELLED}
    assert [to for to, _subject in delivered(smtp)] == ["an@coop.example"]
    assert calendar_of(smtp.accepted[-1])["METHOD"] == "CANCEL"


def test_the_form_alone_and_a_look_at_what_follows_change_nothing(staff, programme, event):
    for act in ("postpone", "cancel", "place", "publish", "close"):
        assert staff.get(f"/events/{event.id}/changes/{act}").status_code == 200

    ask(staff, event, "postpone", **NEW_DAYS)

    assert (event.calendar_sequence, event.version) == (0, event.version)
    assert db.session.scalar(select(EventChange.id)) is None
    assert len(events.list_sessions(event)) == 2


def test_somebody_invited_meanwhile_has_it_shown_again(staff, programme, event, smtp):
    page = ask(staff, event, "postpone", **NEW_DAYS)
    invite(event, make_organisation(programme, name="HTX An", email="an@coop.example"))
    delivered(smtp)

    again = confirm(staff, event, "postpone", page)

    assert "What follows has changed since you saw it." in again.text
    assert "HTX An" in again.text
    assert (event.calendar_sequence, db.session.scalar(select(EventChange.id))) == (0, None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"reason": ""}, "Please fill this in."),
        ({"sessions-0-held_on": "2026-03-01"}, "This is past"),
        ({"sessions-0-held_on": ""}, "Session 1 needs a day, a beginning and an end."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_done(staff, programme, event, changed, told):
    answer = fill_in(staff, f"/events/{event.id}/changes/postpone", **{**NEW_DAYS, **changed})

    assert answer.status_code == 422
    assert told in answer.text
    assert event.calendar_sequence == 0


def test_a_session_that_was_held_is_not_cancelled(staff, programme, event):
    first, _second = sessions_of(event)
    first.state = SessionState.HELD
    db.session.flush()

    page = staff.get(f"/events/{event.id}/changes/cancel-session/{first.id}").text
    answer = fill_in(staff, f"/events/{event.id}/changes/cancel-session/{first.id}", reason="Bão")

    assert first.state is SessionState.HELD
    assert answer.status_code != 303
    assert "Confirm:" not in page


def test_a_delegate_is_told_at_her_own_address_by_the_masked_names_of_the_others(
    staff, programme, event, smtp
):
    an = make_organisation(programme, name="HTX An", email="an@coop.example")
    invite(event, an)
    delivered(smtp)
    mai = NamedDelegate(
        "Lê Thị Mai", Sex.FEMALE, PostKind.MEMBER, email="mai@mail.example", consents=frozenset()
    )
    hoa = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.MEMBER)
    replying.accept_invitation(invitation_of(an), [mai, hoa], uuid4(), Channel.EMAIL, "vi")
    delivered(smtp)

    confirm(staff, event, "postpone", ask(staff, event, "postpone", **NEW_DAYS))
    delivered(smtp)

    told = {one.recipient: text_of(one) for one in smtp.accepted[-2:]}
    assert "Lê Thị Mai, Nguyễn Thị Hoa" in told["an@coop.example"]
    assert "Lê Thị Mai, Nguyễn T. H." in told["mai@mail.example"]
