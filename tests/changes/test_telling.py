"""Until everybody concerned knows of a change: who remains, told by hand, sent again."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.audit.models import AuditEntry
from coopevents.changes import remaining, service
from coopevents.changes.consequences import Why
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.events import service as event_service
from coopevents.events.effects import Cancellation, Change, NewTime, Postponement
from coopevents.events.models import EventState, SessionState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Delivery, Invitation, InvitationRound
from coopevents.letters import service as letters
from coopevents.letters.models import LetterCopy
from coopevents.letters.service import LetterPlan
from coopevents.lifecycle import changing, inviting
from coopevents.mail import wanting
from coopevents.mail.models import Message
from coopevents.people import reaching
from tests.browsing import fill_in, hidden, signed_in
from tests.event_factories import make_event, make_invitation, sessions_of
from tests.factories import make_contact_point, make_organisation
from workers.mail import deliver_messages

NOW = datetime(2026, 4, 1, 9, tzinfo=clock.LOCAL_ZONE)


@pytest.fixture(autouse=True)
def spring():
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def staff(client, programme):
    """A browser in which an officer reads English."""
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(date(2026, 5, 12), "07:30", "11:00")])


@pytest.fixture
def an(programme, event, smtp):
    """A cooperative that has read its invitation."""
    organisation = make_organisation(programme, name="HTX An")
    make_contact_point(organisation, Channel.EMAIL, "an@coop.example")
    shown = audience.preview(event, Audience(organisation_ids=(organisation.id,)), seats=2)
    inviting.invite(event, shown, "vi")
    delivered(smtp)
    return organisation


@pytest.fixture
def binh(programme, event):
    """A cooperative without e-mail that was invited all the same."""
    organisation = make_organisation(programme, name="HTX Bình", phone="+84912000111")
    return make_invitation(event, organisation)


def delivered(smtp) -> list[str]:
    before = len(smtp.accepted)
    db.session.commit()
    deliver_messages()
    db.session.expire_all()
    return sorted(one.recipient for one in smtp.accepted[before:])


def carry_out(event, change: Change) -> EventChange:
    event_service.lock(event)
    shown = service.confirmed(event, change, None)
    done = changing.change_event(event, change, shown, uuid4(), "vi")
    db.session.commit()
    return done


def postponed(event, days: int = 28) -> Postponement:
    planned = [s for s in sessions_of(event) if s.state is SessionState.PLANNED]
    times = [
        NewTime(s.id, s.held_on + timedelta(days=days), s.starts_at, s.ends_at) for s in planned
    ]
    return Postponement("Bão số 5", tuple(times))


def print_letter(event, organisation) -> int:
    """Print a letter for the organisation; answer the number of its invitation."""
    letter = letters.issue(event, LetterPlan("12", "", clock.today(), uuid4()))
    invitation = db.session.scalars(
        select(Invitation).where(Invitation.organisation_id == organisation.id)
    ).one()
    db.session.add(LetterCopy(letter_id=letter.id, invitation_id=invitation.id))
    db.session.commit()
    return invitation.id


def hold_back(event, address: str) -> None:
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == address)).one()
    reaching.hold(point, "550 5.1.1")
    wanting.drop(Message.contact_point_id == point.id)


def stop_mail(event, address: str) -> None:
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == address)).one()
    point.unsubscribed_at = clock.now()
    db.session.flush()
    wanting.drop(Message.contact_point_id == point.id)


def stop_first_round(event, _address: str) -> None:
    (opened,) = db.session.scalars(select(InvitationRound))
    invitations.stop_round(opened)


def leave_waiting(_event, _address: str) -> None:
    """The round is held: nothing has left, and nothing is stopped."""


@pytest.mark.case(14)
@pytest.mark.parametrize("stopping", [hold_back, stop_mail, stop_first_round, leave_waiting])
@pytest.mark.parametrize("days", [None, 28])
def test_whoever_holds_a_printed_letter_is_to_be_told_whatever_became_of_the_mail(
    programme, event, smtp, stopping, days
):
    organisation = make_organisation(programme, name="HTX An", email="an@coop.example")
    shown = audience.preview(event, Audience(organisation_ids=(organisation.id,)), seats=2)
    inviting.invite(event, shown, "vi")
    print_letter(event, organisation)
    stopping(event, "an@coop.example")

    change = carry_out(event, postponed(event, days) if days else Postponement("Bão số 5"))

    (one,) = remaining.list_untold(event)
    assert (one.change, one.name, one.is_by_hand) == (change, "HTX An", True)
    assert one.channels == (Channel.PAPER,)
    assert untold(event) == [("HTX An", Why.OTHER_CHANNEL)]


def test_whoever_read_the_mail_is_told_by_mail_of_a_letter_too(event, an, smtp):
    print_letter(event, an)

    carry_out(event, Postponement("Bão số 5"))

    assert delivered(smtp) == ["an@coop.example"]
    assert untold(event) == []


def stop(change: EventChange) -> None:
    invitations.stop_round(change.round)
    db.session.commit()


def untold(event) -> list[tuple[str, Why]]:
    db.session.expire_all()
    return [(one.name, one.why) for one in remaining.list_untold(event)]


def page_of(staff, change: EventChange) -> str:
    return staff.get(f"/events/{change.event_id}/changes/{change.id}/").text


def note(staff, change: EventChange, page: str | None = None, **typed):
    page = page or page_of(staff, change)
    said = {
        "csrf_token": hidden(page),
        "submission": page.split('name="submission"')[-1].split('value="')[1].split('"')[0],
        "channel": "phone",
        "outcome": "reached",
        "told_on": "2026-04-01",
        "told_at": "09:15",
        **typed,
    }
    return staff.post(f"/events/{change.event_id}/changes/{change.id}/told", data=said)


def count(model) -> int:
    return db.session.scalar(select(func.count(model.id)))


def test_who_can_only_be_called_remains_until_an_officer_notes_it(staff, event, binh, spring):
    change = carry_out(event, postponed(event))
    before = untold(event)
    spring.move_to(NOW + timedelta(minutes=30))

    answer = note(staff, change, invitation_ids=binh.id, note="Bà Hoa nghe máy")

    (row,) = db.session.scalars(select(Delivery))
    assert before == [("HTX Bình", Why.NO_EMAIL)]
    assert answer.status_code == 303
    assert untold(event) == []
    assert (row.channel, row.outcome, row.note) == (Channel.PHONE, "reached", "Bà Hoa nghe máy")
    assert row.at == datetime(2026, 4, 1, 9, 15, tzinfo=clock.LOCAL_ZONE)
    assert row.recorded_at >= NOW + timedelta(minutes=30)
    assert row.by.full_name == "Người dùng"
    assert db.session.scalar(select(AuditEntry.act).where(AuditEntry.act == "invitations.told"))
    assert "Everybody this change concerns was told of it" in page_of(staff, change)


def test_the_same_note_sent_twice_is_noted_once(staff, event, binh, spring):
    change = carry_out(event, postponed(event))
    page = page_of(staff, change)
    spring.move_to(NOW + timedelta(minutes=30))

    statuses = [note(staff, change, page, invitation_ids=binh.id).status_code for _ in range(2)]

    assert statuses == [303, 303]
    assert count(Delivery) == 1


def test_who_did_not_answer_the_phone_remains(staff, event, binh):
    change = carry_out(event, postponed(event))

    note(staff, change, invitation_ids=binh.id, outcome="not_reached", told_at="")

    assert (count(Delivery), untold(event)) == (1, [("HTX Bình", Why.NO_EMAIL)])


def test_a_note_is_taken_back_by_another(staff, event, binh):
    change = carry_out(event, postponed(event))
    note(staff, change, invitation_ids=binh.id, told_at="")

    page = page_of(staff, change)
    answer = fill_in(staff, f"/events/{event.id}/changes/{change.id}/told", page)

    assert answer.status_code == 303
    assert (count(Delivery), untold(event)) == (2, [("HTX Bình", Why.NO_EMAIL)])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Tick whom you told."),
        ({"invitation_ids": "999999"}, "not a valid choice"),
        ({"told_at": "23:00"}, "This is still to come."),
        ({"told_on": "2026-03-31"}, "The change was not confirmed yet then."),
        ({"channel": "email"}, "Not a valid choice"),
        ({"told_on": "31"}, "Not a valid date value"),
    ],
)
def test_a_note_that_cannot_be_is_refused(staff, event, binh, typed, said):
    change = carry_out(event, postponed(event))
    typed = {**({"invitation_ids": binh.id} if typed else {}), **typed}

    answer = note(staff, change, **typed)

    assert (answer.status_code, count(Delivery)) == (422, 0)
    assert said in answer.text


def test_a_stopped_notice_leaves_its_readers_named_on_the_activity(staff, event, an, smtp):
    change = carry_out(event, postponed(event))
    before = untold(event)
    stop(change)

    assert (before, delivered(smtp)) == ([], [])
    assert untold(event) == [("HTX An", Why.STOPPED)]
    activity = staff.get(f"/events/{event.id}").text
    assert "Still holding what was before a change: 1 invitees" in activity
    round_page = staff.get(f"/events/{event.id}/invitations/rounds/{change.round_id}").text
    assert "Whoever had read the earlier mails still holds what they said." in round_page


def test_a_stopped_notice_is_sent_again_once_with_what_holds_now(staff, event, an, smtp):
    change = carry_out(event, postponed(event))
    stop(change)
    event.contact_name = "Bà Mới"
    db.session.flush()
    page = page_of(staff, change)
    fields = {name: hidden(page, name) for name in ("csrf_token", "submission", "shown")}
    path = f"/events/{event.id}/changes/{change.id}/again"

    answers = [staff.post(path, data=fields) for _ in range(2)]

    again = db.session.scalars(select(EventChange).order_by(EventChange.id.desc())).first()
    assert [answer.status_code for answer in answers] == [303, 303]
    assert {answer.location for answer in answers} == {f"/events/{event.id}/changes/{again.id}/"}
    assert (again.kind, again.reason) == (ChangeKind.TOLD_AGAIN, "Bão số 5")
    assert again.consequences["asked_again"] == []
    assert delivered(smtp) == ["an@coop.example"]
    (part,) = [p for p in smtp.accepted[-1].mail.walk() if p.get_content_type() == "text/plain"]
    text = part.get_payload(decode=True).decode()
    assert ("09/06/2026" in text, "Bà Mới" in text, "/r/" in text) == (True, True, True)
    assert untold(event) == []


def test_what_is_sent_again_and_stopped_again_remains(staff, event, an):
    change = carry_out(event, postponed(event))
    stop(change)
    found = remaining.list_untold(event, of=change)
    again = changing.tell_change_again(event, change, found, uuid4(), "vi")

    stop(again)

    (one,) = remaining.list_untold(event)
    assert (one.change.id, one.why) == (again.id, Why.STOPPED)


def test_whoever_was_told_otherwise_is_not_sent_it_again(staff, event, an):
    change = carry_out(event, postponed(event))
    stop(change)
    page = page_of(staff, change)
    invitation = db.session.scalars(select(Invitation)).one()
    note(staff, change, invitation_ids=invitation.id, channel="zalo", told_at="")
    fields = {name: hidden(page, name) for name in ("csrf_token", "submission", "shown")}
    mails = count(Message)

    answer = staff.post(f"/events/{event.id}/changes/{change.id}/again", data=fields)

    assert answer.status_code == 409
    assert (count(Message), untold(event)) == (mails, [])


def test_a_list_that_is_not_the_one_shown_is_not_sent(staff, event, an):
    change = carry_out(event, postponed(event))
    stop(change)
    page = page_of(staff, change)
    fields = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    mails = count(Message)

    answer = staff.post(
        f"/events/{event.id}/changes/{change.id}/again", data={**fields, "shown": "another"}
    )

    assert (answer.status_code, count(Message)) == (409, mails)


def test_an_address_that_takes_no_more_is_called_instead(event, an):
    change = carry_out(event, postponed(event))
    stop(change)
    point = db.session.get(
        Message, db.session.scalar(select(func.max(Message.id)))
    ).contact_point_id
    remaining.queries.points_by_id([point])[point].held_at = clock.now()
    db.session.flush()

    (one,) = remaining.list_untold(event)

    assert (one.name, one.mails) == ("HTX An", ())


def test_a_notice_the_server_refused_is_for_the_phone(event, an, smtp):
    carry_out(event, postponed(event))
    smtp.refuse["an@coop.example"] = "550 no such user"

    delivered(smtp)

    assert untold(event) == [("HTX An", Why.NOT_ARRIVED)]


def test_a_later_change_takes_over_who_remains(event, an, binh, smtp):
    first = carry_out(event, postponed(event))
    stop(first)

    second = carry_out(event, postponed(event, days=7))

    assert remaining.list_untold(event, of=first) == []
    assert [one.name for one in remaining.list_untold(event, of=second)] == ["HTX Bình"]
    assert delivered(smtp) == ["an@coop.example"]


def test_those_who_were_told_by_phone_are_called_of_the_next_change(staff, event, binh):
    first = carry_out(event, postponed(event))
    note(staff, first, invitation_ids=binh.id, told_at="")

    second = carry_out(event, Cancellation("Bão số 6"))

    (one,) = remaining.list_untold(event)
    assert (one.change.id, one.why, one.channels) == (
        second.id,
        Why.OTHER_CHANNEL,
        (Channel.PHONE,),
    )
    assert event.state is EventState.CANCELLED


def test_after_the_last_day_it_is_not_asked_for_any_more(staff, event, binh, spring):
    carry_out(event, postponed(event))
    spring.move_to(datetime(2026, 6, 10, 9, tzinfo=clock.LOCAL_ZONE))

    assert [one.is_over for one in remaining.list_untold(event)] == [True]
    assert "Still holding" not in staff.get(f"/events/{event.id}").text


def test_a_viewer_notes_and_sends_nothing(client, programme, event, binh):
    change = carry_out(event, postponed(event))
    viewer = signed_in(client, programme, Role.VIEWER)

    page = page_of(viewer, change)
    statuses = [
        viewer.post(
            f"/events/{event.id}/changes/{change.id}/{act}", data={"csrf_token": hidden(page)}
        ).status_code
        for act in ("told", "again")
    ]

    assert "HTX Bình" in page
    assert statuses == [403, 403]


def test_a_change_of_another_activity_is_not_there(staff, programme, event, binh):
    change = carry_out(event, postponed(event))
    other = make_event(programme)
    page = page_of(staff, change)

    answers = [
        staff.get(f"/events/{other.id}/changes/{change.id}/"),
        staff.post(
            f"/events/{other.id}/changes/{change.id}/told", data={"csrf_token": hidden(page)}
        ),
        staff.post(
            f"/events/{other.id}/changes/{change.id}/again", data={"csrf_token": hidden(page)}
        ),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_who_remains_is_asked_in_as_many_questions_for_three_as_for_one(
    programme, smtp, count_queries
):
    numbers = []
    for many in (1, 3):
        event = make_event(programme, sessions=[(date(2026, 5, 12), "07:30", "11:00")])
        for number in range(many):
            make_invitation(event, make_organisation(programme, name=f"HTX {many} {number}"))
            carry_out(event, postponed(event))
        db.session.expire_all()
        event_id = event.id
        with count_queries() as asked:
            found = remaining.list_untold(event)
        numbers.append((len(found), asked.number))
        assert event_id == event.id

    assert [many for many, _asked in numbers] == [1, 3]
    assert numbers[0][1] == numbers[1][1]
