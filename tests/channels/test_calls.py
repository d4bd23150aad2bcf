"""Whom to call and why, and the call with its answer."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select, update

from coopevents import clock
from coopevents.channels import calling, service
from coopevents.channels.calling import Reply, WhyCall
from coopevents.channels.queries import list_standing
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, ContactPoint, PostKind, Sex
from coopevents.invitations.changed import Told
from coopevents.invitations.models import (
    Answer,
    Delivery,
    InvitationAnswer,
    InvitationState,
    Reached,
)
from coopevents.lifecycle import replying
from coopevents.mail.models import Message, MessageState
from coopevents.people import reaching
from coopevents.registrations.models import Registration, RegistrationState
from coopevents.registrations.queries import list_delegates
from tests.browsing import fill_in, post
from tests.channels.making import invite_all, standing_of
from tests.factories import make_contact_point, make_organisation, make_person, make_post


def _whys(event, untold=()):
    return {call.standing.name: call.why for call in calling.list_calls(event, untold)}


def _told(outcome=Reached.REACHED, **more):
    return Told(Channel.PHONE, clock.now(), outcome, **more)


def _call(event, name, reply=None, *, told=None, submission=None):
    one = standing_of(event, name)
    replying.record_call(one, told or _told(), reply, submission or uuid4(), "vi")
    return standing_of(event, name)


def _named(name="Nguyễn Thị Hương"):
    return NamedDelegate(full_name=name, sex=Sex.FEMALE, post=PostKind.DIRECTOR)


def _have_mail(event, state):
    db.session.execute(update(Message).values(state=state))
    db.session.expire_all()


def test_who_is_invited_by_phone_is_called_and_who_waits_for_a_letter_is_not(event):
    assert _whys(event) == {"HTX Mía": WhyCall.BY_PHONE}


def test_who_was_mailed_and_says_nothing_is_called(event):
    _have_mail(event, MessageState.SENT)

    assert _whys(event)["HTX Bưởi"] is WhyCall.SILENT


@pytest.mark.case(33)
def test_whose_mail_came_back_is_called_and_not_taken_for_invited_until_a_channel_worked(event):
    _have_mail(event, MessageState.BOUNCED)
    before = standing_of(event, "HTX Bưởi")
    why = _whys(event)["HTX Bưởi"]

    after = _call(event, "HTX Bưởi")

    assert (why, before.is_told, before.is_mail_lost) == (WhyCall.MAIL_LOST, False, True)
    assert after.is_told
    assert _whys(event)["HTX Bưởi"] is WhyCall.SILENT


@pytest.mark.parametrize("outcome", [Reached.NO_ANSWER, Reached.WRONG_NUMBER])
def test_a_call_that_reached_nobody_tells_nobody(event, outcome):
    one = _call(event, "HTX Mía", told=_told(outcome))

    assert (one.is_told, _whys(event)["HTX Mía"]) == (False, WhyCall.BY_PHONE)


def test_who_asked_to_be_called_again_stands_first_with_the_moment(event):
    _have_mail(event, MessageState.SENT)
    at = clock.now() + timedelta(hours=3)

    _call(event, "HTX Mía", told=_told(Reached.CALL_BACK, call_back_at=at))

    first = calling.list_calls(event, ())[0]
    assert (first.standing.name, first.why, first.due_at) == ("HTX Mía", WhyCall.CALL_BACK, at)


def test_who_asked_for_a_call_by_the_link_is_called_until_reached(event):
    one = standing_of(event, "HTX Rau")
    replying.ask_for_a_call(one.invitation, "Sau 17 giờ", uuid4(), Channel.EMAIL)
    before = _whys(event)["HTX Rau"]

    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        _call(event, "HTX Rau")

    assert before is WhyCall.CALL_BACK
    assert _whys(event)["HTX Rau"] is WhyCall.SILENT


def test_who_holds_the_old_day_is_called_before_the_silent(event):
    one = standing_of(event, "HTX Rau")

    assert _whys(event, [one.invitation.id])["HTX Rau"] is WhyCall.CHANGED


def test_who_has_answered_is_called_no_more(event):
    _call(event, "HTX Mía", Reply(comes=False, reason="Vụ thu hoạch"))

    assert _whys(event) == {}


def test_the_first_number_of_the_register_is_the_first_to_try(programme, event, four):
    _mail, _zalo, by_phone, _letter = four
    make_contact_point(by_phone, Channel.ZALO, "+84912000999", rank=2)
    head = make_person(programme, full_name="Trần Thị Đầu", email=None)
    make_post(head, by_phone, PostKind.GROUP_LEADER)
    own = calling.list_calls(event, ())[0].ask_for.holder
    make_contact_point(own, Channel.PHONE, "+84912000777")

    (call,) = calling.list_calls(event, ())

    assert [(n.point.value, n.owner) for n in call.numbers] == [
        ("+84912000222", ""),
        ("+84912000999", ""),
        ("+84912000777", own.full_name),
    ]


def test_a_number_that_is_held_is_not_offered_and_the_invitee_may_still_come(event, four):
    _mail, _zalo, by_phone, _letter = four
    point = db.session.scalars(
        select(ContactPoint).where(ContactPoint.organisation_id == by_phone.id)
    ).one()
    reaching.hold(point, "Rút lại đồng ý")

    (call,) = calling.list_calls(event, ())

    assert call.numbers == []
    assert call.standing.invitation.state is InvitationState.PENDING


@pytest.mark.case(18)
def test_two_that_share_a_number_are_called_each_for_itself(programme, event):
    twin = make_organisation(programme, name="HTX Sả", email=None)
    make_contact_point(twin, Channel.PHONE, "+84912000222")
    invite_all(programme, event)

    _call(event, "HTX Sả", Reply(comes=True, delegates=[_named()]))

    assert {call.standing.name for call in calling.list_calls(event, ())} == {"HTX Mía"}
    links = {one.name: one.has_accepted for one in list_standing(event)}
    assert (links["HTX Sả"], links["HTX Mía"]) == (True, False)


@pytest.mark.case(17)
def test_an_answer_on_the_phone_is_logged_with_its_hour_and_needs_no_email(programme, event):
    submission = uuid4()
    one = _call(
        event,
        "HTX Mía",
        Reply(comes=True, delegates=[_named()]),
        told=_told(note="đã gọi 9:15, đồng ý"),
        submission=submission,
    )

    (delegate,) = list_delegates(one.invitation)
    answer = db.session.scalars(
        select(InvitationAnswer).where(InvitationAnswer.invitation_id == one.invitation.id)
    ).one()
    addresses = db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.person_id == delegate.person.id, ContactPoint.channel == Channel.EMAIL
        )
    ).all()
    assert delegate.registration.state is RegistrationState.CONFIRMED
    assert (answer.answer, answer.channel) == (Answer.ACCEPTED, Channel.PHONE)
    assert (one.deliveries[0].outcome, one.deliveries[0].note) == (
        "reached",
        "đã gọi 9:15, đồng ý",
    )
    assert addresses == []


def test_the_same_call_sent_twice_is_one(event):
    submission = uuid4()
    for _time in range(2):
        _call(event, "HTX Mía", Reply(comes=True, delegates=[_named()]), submission=submission)

    assert len(db.session.scalars(select(Delivery)).all()) == 1
    assert len(db.session.scalars(select(InvitationAnswer)).all()) == 1
    assert len(db.session.scalars(select(Registration)).all()) == 1


def test_another_person_named_in_a_later_call_takes_the_seat(event):
    _call(event, "HTX Mía", Reply(comes=True, delegates=[_named("Lê Thị Một")]))

    one = _call(event, "HTX Mía", Reply(comes=True, delegates=[_named("Lê Thị Hai")]))

    assert [d.person.full_name for d in list_delegates(one.invitation)] == ["Lê Thị Hai"]
    states = db.session.scalars(select(Registration.state).order_by(Registration.id)).all()
    assert states == [RegistrationState.CANCELLED, RegistrationState.CONFIRMED]


def test_a_name_spelled_with_its_mark_elsewhere_is_the_same_person(event):
    _call(event, "HTX Mía", Reply(comes=True, delegates=[_named("Trần Thị Hoà")]))

    one = _call(event, "HTX Mía", Reply(comes=True, delegates=[_named("Trần Thị Hòa")]))

    assert len(list_delegates(one.invitation)) == 1
    assert len(db.session.scalars(select(Registration)).all()) == 1


def test_a_wrong_number_is_held_with_the_reason(event, four, english):
    point = db.session.scalars(
        select(ContactPoint).where(ContactPoint.value == "+84912000222")
    ).one()

    _call(event, "HTX Mía", told=_told(Reached.WRONG_NUMBER, contact_point_id=point.id))

    assert not point.is_usable
    assert point.held_reason == "Wrong number: somebody else took the call."
    assert calling.list_calls(event, ())[0].numbers == []


def test_a_number_that_worked_is_known_to_work(event):
    point = db.session.scalars(
        select(ContactPoint).where(ContactPoint.value == "+84912000222")
    ).one()

    _call(event, "HTX Mía", told=_told(contact_point_id=point.id))

    assert point.last_good_at is not None


def test_from_now_on_another_way_moves_the_invitee_to_that_list(event):
    one = standing_of(event, "HTX Mía")

    service.assign(event, [one.invitation.id], Channel.PAPER)

    assert standing_of(event, "HTX Mía").channel is Channel.PAPER
    assert _whys(event) == {}


def test_the_list_of_calls_takes_as_many_queries_for_three_as_for_one(programme, count_queries):
    def invited(number):
        one = make_organisation(programme, name=f"HTX {number}", email=None)
        make_contact_point(one, Channel.PHONE, f"+8491200000{number}")

    invited(1)
    one = invite_all(programme)
    invited(2)
    invited(3)
    three = invite_all(programme)

    db.session.expire_all()
    with count_queries() as for_one:
        assert len(calling.list_calls(one, ())) == 1
    db.session.expire_all()
    with count_queries() as for_three:
        assert len(calling.list_calls(three, ())) == 3

    assert for_one.number == for_three.number


@pytest.fixture
def path(event):
    return f"/events/{event.id}/channels/calls/{standing_of(event, 'HTX Mía').invitation.id}"


def _form(officer, path):
    page = officer.get(path).text
    return re.search(r'<form method="post" novalidate.*?</form>', page, re.S)[0]


def _sent(officer, path, **said):
    return fill_in(officer, path, _form(officer, path), **said)


def test_an_officer_notes_the_call_and_the_answer_in_one_form(officer, event, path):
    answer = _sent(
        officer,
        path,
        outcome="reached",
        answer="yes",
        **{
            "delegates-0-full_name": "Nguyễn Thị Hương",
            "delegates-0-sex": "female",
            "delegates-0-post": "director",
        },
    )

    one = standing_of(event, "HTX Mía")
    assert answer.status_code == 303
    assert (one.has_accepted, one.deliveries[0].by is not None) == (True, True)
    given = db.session.scalars(select(InvitationAnswer)).one()
    assert given.recorded_by_id == one.deliveries[0].by_id


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "outcome"),
        ({"outcome": "pigeon"}, "outcome"),
        ({"outcome": "call_back"}, "back_on"),
        ({"outcome": "call_back", "back_on": "2020-01-01", "back_at": "09:00"}, "back_on"),
        ({"outcome": "reached", "called_on": "2026-05-06", "called_at": "09:00"}, "called_at"),
        ({"outcome": "reached", "answer": "yes"}, "answer"),
        ({"outcome": "no_answer", "answer": "no"}, "answer"),
        ({"outcome": "reached", "called_on": "9999-99-99"}, "called_on"),
        ({"outcome": "reached", "point_id": "999999"}, "point_id"),
        ({"outcome": "reached", "note": "x" * 1001}, "note"),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_its_place(officer, event, path, said, field):
    answer = _sent(officer, path, **said)

    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error"', answer.text)
    assert db.session.scalars(select(Delivery)).all() == []


def test_a_delegate_half_named_is_asked_for_and_the_rest_kept(officer, event, path):
    answer = _sent(
        officer,
        path,
        outcome="reached",
        answer="yes",
        note="Chị Hương đi",
        **{"delegates-0-full_name": "Nguyễn Thị Hương"},
    )

    assert answer.status_code == 422
    assert "Chị Hương đi" in answer.text
    assert "Nguyễn Thị Hương" in answer.text
    assert db.session.scalars(select(Delivery)).all() == []


def test_a_full_activity_still_takes_the_call(officer, event, path):
    event.capacity = 1
    _call(event, "HTX Rau", Reply(comes=True, delegates=[_named("Lê Thị Rau")]))

    answer = _sent(
        officer,
        path,
        outcome="reached",
        answer="yes",
        **{
            "delegates-0-full_name": "Nguyễn Thị Hương",
            "delegates-0-sex": "female",
            "delegates-0-post": "director",
        },
    )

    (delegate,) = list_delegates(standing_of(event, "HTX Mía").invitation)
    assert answer.status_code == 303
    assert delegate.registration.state is RegistrationState.WAITING


def test_assigning_and_noting_nobody_is_refused(officer, event, path):
    page = officer.get(path).text
    base = f"/events/{event.id}/channels"

    tries = [
        post(officer, page, f"{base}/{act}", submission=str(uuid4()), channel="paper").status_code
        for act in ("assign", "told")
    ]

    assert tries == [422, 422]
