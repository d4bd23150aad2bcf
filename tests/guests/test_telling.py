"""Invited persons are reminded, called, written to and told of changes like everybody."""

from datetime import date, time
from uuid import uuid4

import pypdfium2
import pytest
import time_machine
from sqlalchemy import select, update

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.bounces import queries as bounces
from coopevents.changes import remaining
from coopevents.changes import service as changes
from coopevents.changes.consequences import Why
from coopevents.changes.foreseeing import foresee
from coopevents.channels import calling, responses, zalo
from coopevents.channels import service as channels
from coopevents.channels.calling import Reply, WhyCall
from coopevents.channels.queries import list_standing
from coopevents.channels.responses import By
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.events.effects import Cancellation, NewTime, Postponement
from coopevents.invitations.changed import Told
from coopevents.invitations.models import (
    InvitationAnswer,
    InvitationState,
    Reached,
    RoundKind,
)
from coopevents.invitations.queries import list_rounds
from coopevents.letters import service as letters
from coopevents.letters.service import LetterPlan
from coopevents.lifecycle import changing, inviting, replying
from coopevents.mail.models import Message, MessageState
from coopevents.mail.rendering import render
from coopevents.registrations.models import Registration, RegistrationState
from coopevents.reminders import queries as reminders
from coopevents.reminders import service as reminding
from tests.bounces.making import make_call
from tests.browsing import signed_in
from tests.event_factories import make_event, sessions_of
from tests.factories import make_contact_point, make_organisation, make_person
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def officer(client, programme):
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def invitation(event, official):
    """Her invitation, which the mail server has taken."""
    invitation = invite_person(event, official)
    have_sent()
    return invitation


@pytest.fixture
def by_phone(programme):
    """Somebody who can only be called."""
    person = make_person(programme, full_name="Trần Văn An")
    make_contact_point(person, Channel.PHONE, "+84912000222")
    return person


def have_sent():
    db.session.execute(
        update(Message)
        .where(Message.state == MessageState.QUEUED)
        .values(state=MessageState.SENT, sent_at=clock.now())
    )
    db.session.expire_all()


def carry_out(event, change):
    shown = changes.confirmed(event, change, foresee(event, change).fingerprint)
    done = changing.change_event(event, change, shown, uuid4(), "vi")
    db.session.flush()
    return done


def postponed(event):
    (session,) = sessions_of(event)
    return Postponement("Bão", (NewTime(session.id, date(2026, 7, 8), time(7, 30), time(11)),))


def come(invitation):
    replying.accept_invitation(invitation, (), uuid4(), Channel.PHONE, "vi")


def mails(template):
    found = db.session.scalars(
        select(Message).where(Message.template == template).order_by(Message.id)
    )
    return list(found)


def said(message):
    return render(message, clock.now()).body


def standing(event, name="Lê Thị Hải Yến"):
    return next(one for one in list_standing(event) if one.name == name)


# Reminders.


def test_who_has_not_answered_is_reminded_once_at_her_address(event, invitation):
    (silent,) = reminders.list_silent(event)

    inviting.remind(event, reminding.fingerprint([silent]), "vi")

    (mail,) = mails("reminder")
    assert (silent.name, silent.contact.value) == ("Lê Thị Hải Yến", "yen@coop.example")
    assert (mail.address, mail.about_id) == ("yen@coop.example", invitation.id)
    assert "Lê Thị Hải Yến, Phó Chủ tịch" in said(mail)
    assert list_rounds(event)[0].kind is RoundKind.REMINDER


def test_who_has_answered_is_not_reminded(event, invitation):
    come(invitation)

    assert reminders.list_silent(event) == []


def test_organisations_and_persons_are_reminded_alike_in_as_many_questions(
    programme, event, invitation, count_queries
):
    htx = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    shown = audience.preview(event, Audience(organisation_ids=(htx.id,)), seats=2)
    inviting.invite(event, shown, "vi")
    have_sent()
    reminders.list_silent(event)
    with count_queries() as two:
        few = [one.name for one in reminders.list_silent(event)]
    for number in range(2):
        invite_person(event, make_person(programme, email=f"p{number}@coop.example"))
    have_sent()
    reminders.list_silent(event)
    with count_queries() as four:
        many = [one.name for one in reminders.list_silent(event)]

    assert (few, len(many)) == (["HTX Rau An", "Lê Thị Hải Yến"], 4)
    assert two.number == four.number


# Changes.


def test_a_postponement_tells_exactly_who_was_told_the_old_day_on_each_channel(
    programme, event, invitation, by_phone
):
    called = invite_person(event, by_phone)
    unheard = invite_person(event, make_person(programme, full_name="Chưa Ai Báo"))
    channels.note([standing(event, "Trần Văn An")], _reached(), uuid4())

    change = carry_out(event, postponed(event))

    (mail,) = mails("event_postponed")
    assert (mail.address, mail.about_id) == ("yen@coop.example", invitation.id)
    assert "Lê Thị Hải Yến, Phó Chủ tịch" in said(mail)
    assert [(one.invitation_id, one.why) for one in remaining.list_untold(event)] == [
        (called.id, Why.OTHER_CHANNEL)
    ]
    assert unheard.id not in remaining.named(change)


def _reached(channel=Channel.PHONE):
    return Told(channel, clock.now(), Reached.REACHED)


def test_a_postponement_asks_her_again_and_she_keeps_her_place(client, event, invitation):
    come(invitation)
    have_sent()

    carry_out(event, postponed(event))
    (mail,) = mails("event_postponed")
    asked = (invitation.state, db.session.scalars(select(Registration.state)).all())
    replying.confirm_again(invitation, uuid4(), Channel.EMAIL, "vi")

    assert asked == (InvitationState.PENDING, [RegistrationState.CONFIRMED])
    assert mail.context["personal"]["named"] == "Lê Thị Hải Yến"
    assert invitation.state is InvitationState.ACCEPTED
    assert len(mails("event_postponed")) == 1


def test_who_is_invited_and_not_yet_told_reads_the_new_day_in_her_first_mail(event, official):
    invite_person(event, official)

    carry_out(event, postponed(event))

    (mail,) = mails("invitation")
    assert mail.state is MessageState.QUEUED
    assert mails("event_postponed") == []
    assert "08/07/2026" in said(mail)
    assert "Lê Thị Hải Yến, Phó Chủ tịch" in said(mail)


def test_a_cancellation_tells_her_and_ends_her_invitation(event, invitation):
    come(invitation)
    have_sent()

    carry_out(event, Cancellation("Bão"))

    (mail,) = mails("event_cancelled")
    assert (mail.address, mail.context["calendar"]["method"]) == ("yen@coop.example", "CANCEL")
    assert mail.context["calendar"]["uid"] == invitation.calendar_uid
    assert invitation.state is InvitationState.CANCELLED


def test_her_mail_that_came_back_is_sent_again_by_hand_and_stands_among_the_untold(
    event, invitation, official
):
    change = carry_out(event, postponed(event))
    db.session.execute(
        update(Message).where(Message.template == "event_postponed").values(state="failed")
    )
    db.session.expire_all()
    lost = remaining.list_untold(event)

    changing.tell_change_again(event, change, lost, uuid4(), "vi")

    assert [(one.name, one.why) for one in lost] == [("Lê Thị Hải Yến", Why.NOT_ARRIVED)]
    first, second = mails("event_postponed")
    assert second.context["personal"] == first.context["personal"]


# By hand.


def test_she_is_called_at_her_own_number(event, by_phone):
    invite_person(event, by_phone)

    (call,) = calling.list_calls(event, ())

    assert (call.standing.name, call.why) == ("Trần Văn An", WhyCall.BY_PHONE)
    assert [(n.point.value, n.owner) for n in call.numbers] == [("+84912000222", "")]
    assert call.ask_for is None


@pytest.mark.parametrize(
    ("reply", "state", "registered"),
    [
        (Reply(comes=True, replies={}), InvitationState.ACCEPTED, ["confirmed"]),
        (Reply(comes=False, reason="Bận họp"), InvitationState.DECLINED, []),
    ],
)
def test_an_officer_notes_her_answer_by_phone(event, by_phone, reply, state, registered):
    invitation = invite_person(event, by_phone)

    replying.record_call(standing(event, "Trần Văn An"), _reached(), reply, uuid4(), "vi")

    (given,) = db.session.scalars(select(InvitationAnswer))
    assert (invitation.state, given.channel) == (state, Channel.PHONE)
    assert [one.value for one in db.session.scalars(select(Registration.state))] == registered


def test_the_form_of_the_call_asks_whether_she_comes_and_for_no_delegates(officer, event, by_phone):
    invitation = invite_person(event, by_phone)
    path = f"/events/{event.id}/channels/calls/{invitation.id}"
    page = officer.get(path).text

    answered = officer.post(path, data=_call_of(page))

    assert "She comes" in page
    assert "delegates-0" not in page
    assert answered.status_code == 303
    assert invitation.state is InvitationState.ACCEPTED
    assert db.session.scalars(select(Registration.person_id)).all() == [by_phone.id]


def _call_of(page):
    form = page.split('<form method="post" novalidate')[1].split("</form>")[0]
    token = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    submission = form.split('name="submission"')[1].split('value="')[1].split('"')[0]
    return {
        "csrf_token": token,
        "submission": submission,
        "outcome": "reached",
        "point_id": "0",
        "answer": "yes",
    }


def test_her_zalo_text_speaks_to_her_and_offers_no_seats(programme, event):
    person = make_person(programme, full_name="Trần Thị Zalo")
    make_contact_point(person, Channel.ZALO, "+84912000333")
    invite_person(event, person)

    (text,) = zalo.list_texts(event, (), "en")

    assert text.phone == "+84912000333"
    assert text.text.startswith("Dear Ms Trần Thị Zalo,")
    assert "Seats for you" not in text.text
    assert "/r/" in text.text


def test_her_letter_names_her_post_and_asks_for_no_delegates(programme, event, official):
    invite_person(event, official)
    letter = letters.issue(event, LetterPlan("12", "", date(2026, 5, 5), uuid4()))

    pdf = letters.print_copies(letter, list_standing(event))

    with pypdfium2.PdfDocument(pdf) as document:
        (page,) = [" ".join(p.get_textpage().get_text_bounded().split()) for p in document]
    assert "Lê Thị Hải Yến, Phó Chủ tịch, Liên minh HTX tỉnh" in page
    assert "Quý đơn vị" not in page
    assert "dành riêng cho người được mời" in page


def test_her_label_bears_her_own_address(programme, event):
    person = make_person(programme, full_name="Trần Thị Thư")
    make_contact_point(person, Channel.PAPER, "Số 5 đường Hùng Vương")
    invite_person(event, person)

    pdf = letters.print_labels(event, list_standing(event))

    with pypdfium2.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert ["Trần Thị Thư" in text, "Số 5 đường Hùng Vương" in text] == [True, True]


def test_answers_by_channel_count_her_and_those_by_commune_organisations_alone(event, invitation):
    come(invitation)

    standings = list_standing(event)

    (by_mail,) = responses.group(standings, By.CHANNEL)
    assert (len(by_mail.invited), len(by_mail.accepted)) == (1, 1)
    assert responses.group(standings, By.COMMUNE) == []


def test_where_everybody_stands_takes_as_many_questions_for_one_as_for_three(
    programme, event, invitation, count_queries
):
    list_standing(event)
    with count_queries() as one:
        list_standing(event)
    for number in range(2):
        invite_person(event, make_person(programme, email=f"p{number}@coop.example"))
    list_standing(event)
    with count_queries() as three:
        list_standing(event)

    assert one.number == three.number


def test_a_call_opened_by_her_bounce_stands_at_the_activity(programme, event, invitation, official):
    call = make_call(programme, official)

    assert [line.call for line in bounces.list_open_at(event)] == [call]


def test_the_pages_of_the_activity_stand_with_nobody_but_persons(officer, event, by_phone):
    invite_person(event, by_phone)
    base = f"/events/{event.id}"
    paths = ("invitations/", "channels/calls", "channels/zalo", "letters/", "reminders/", "places/")

    statuses = {path: officer.get(f"{base}/{path}").status_code for path in paths}

    assert statuses == dict.fromkeys(paths, 200)


def test_her_own_page_shows_what_she_was_told_and_how(officer, event, invitation, official):
    page = officer.get(f"/people/{official.id}").text

    assert "Invited by name: what she was told, and how" in page
    assert "yen@coop.example" in page.split("Invited by name: what she was told, and how")[1]


def test_whom_nobody_invited_by_name_was_told_nothing(officer, programme, event, invitation):
    page = officer.get(f"/people/{make_person(programme).id}").text

    assert "Invited by name" not in page
