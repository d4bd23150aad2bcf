"""An invited person answers for herself, takes one place, and stands for nobody by it."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.attendance import queries as attendance
from coopevents.attendance import roll
from coopevents.attendance import service as roll_call
from coopevents.attendance.grid import attendance_by_organisation
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Consent, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.events.models import SessionState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Answer, InvitationAnswer, InvitationState
from coopevents.lifecycle import placing, replying
from coopevents.mail.models import Message
from coopevents.registrations import queries
from coopevents.registrations.models import (
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    Representation,
)
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import compute
from tests.browsing import hidden
from tests.event_factories import (
    close,
    make_entry,
    make_event,
    make_invitation,
    sessions_of,
)
from tests.factories import make_organisation, make_person, make_post
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
YEAR = (date(2025, 12, 15), date(2026, 12, 14))


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def invitation(event, official):
    return invite_person(event, official)


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


def answer(client, path, act="come", **fields):
    page = client.get(path).text
    sent = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    return client.post(f"{path}/{act}", data={**sent, **fields})


def come(invitation, submission=None):
    replying.accept_invitation(invitation, (), submission or uuid4(), Channel.PHONE, "vi")


def states(event):
    rows = db.session.scalars(
        select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    )
    return [(one.person.full_name, one.state.value) for one in rows]


def test_the_page_asks_her_one_question_and_names_nobody_else(client, path):
    page = client.get(f"{path}?lang=en").text

    assert "Lê Thị Hải Yến" in page
    assert "Do you come?" in page
    assert "Yes, I come" in page
    assert "delegates-0" not in page
    assert "your organisation" not in page
    assert "<script" not in page


def test_coming_registers_her_as_herself_with_what_she_said(client, path, invitation, official):
    answered = answer(client, path, phone="0912 000 111", photos="y")

    registration = db.session.scalars(select(Registration)).one()
    given = db.session.scalars(select(InvitationAnswer)).one()
    assert answered.status_code == 303
    assert registration.person_id == official.id
    assert (registration.state, registration.phone) == (
        RegistrationState.CONFIRMED,
        "+84912000111",
    )
    assert (given.answer, given.channel) == (Answer.ACCEPTED, Channel.EMAIL)
    assert invitation.state is InvitationState.ACCEPTED
    assert db.session.scalars(select(Consent.purpose).where(Consent.given)).all() == ["photos"]
    assert db.session.scalars(select(Representation)).all() == []
    assert client.get(f"{path}?lang=en").text.count("What you answered has arrived.") == 1


def test_her_answer_is_confirmed_to_her_once(client, path, invitation):
    answer(client, path)

    (mail,) = db.session.scalars(
        select(Message).where(Message.template == "registration_confirmed")
    )
    assert mail.address == "yen@coop.example"
    assert mail.context["personal"]["herself"] == "yes"
    assert mail.context["calendar"]["uid"] == invitation.calendar_uid


def test_her_page_shows_her_pass_and_never_her_phone(client, path):
    answer(client, path, phone="0912 000 111")

    page = client.get(path).text
    shown = re.search(r"http://localhost(/p/[\w-]+)", page)[1]

    assert "912000111" not in page.replace(" ", "")
    assert "Lê Thị Hải Yến có chỗ tại “Tập huấn quản trị hợp tác xã”." in page
    assert "Lê Thị Hải Yến" in client.get(shown).text


def test_a_form_sent_twice_is_one_answer(client, path):
    page = client.get(path).text
    sent = {name: hidden(page, name) for name in ("csrf_token", "submission")}

    statuses = [client.post(f"{path}/come", data=sent).status_code for _twice in range(2)]

    assert statuses == [303, 303]
    assert db.session.scalar(select(func.count(InvitationAnswer.id))) == 1
    assert db.session.scalar(select(func.count(Registration.id))) == 1


def test_a_number_that_is_none_is_shown_again_and_nothing_is_written(client, path):
    answered = answer(client, path, phone="không có")

    assert answered.status_code == 422
    assert 'value="không có"' in answered.text
    assert db.session.scalars(select(Registration)).all() == []


def test_an_organisation_does_not_come_itself(client, programme, event):
    invited = make_invitation(event, make_organisation(programme))
    path = invitations.new_link(invited).removeprefix("http://localhost")

    answered = answer(client, path)

    assert answered.status_code == 404
    assert db.session.scalars(select(InvitationAnswer)).all() == []


def test_she_names_no_delegates(client, path, invitation):
    answered = answer(client, path, "accept", **{"delegates-0-full_name": "Nguyễn Thị Hoa"})

    assert answered.status_code == 404
    assert invitation.state is InvitationState.PENDING
    assert db.session.scalars(select(Registration)).all() == []


def test_she_declines_with_a_reason_and_may_change_her_mind(client, path, invitation, event):
    answer(client, path)
    answer(client, path, "decline", reason="Đi công tác")
    declined = (invitation.state, states(event))

    answer(client, path)

    assert declined == (InvitationState.DECLINED, [("Lê Thị Hải Yến", "cancelled")])
    assert invitation.state is InvitationState.ACCEPTED
    assert states(event) == [("Lê Thị Hải Yến", "confirmed")]


def test_she_asks_to_be_called(client, path, invitation):
    answer(client, path, "call-back", note="Sau 17 giờ")

    given = db.session.scalars(select(InvitationAnswer)).one()
    assert (given.answer, given.reason) == (Answer.CALL_BACK, "Sau 17 giờ")
    assert invitation.state is InvitationState.PENDING


def test_taking_herself_off_declines(client, path, invitation, event):
    come(invitation)
    (registration,) = db.session.scalars(select(Registration))

    answer(client, path, f"delegates/{registration.id}/withdraw")

    assert invitation.state is InvitationState.DECLINED
    assert states(event) == [("Lê Thị Hải Yến", "cancelled")]


# Places.


def test_she_takes_a_place_and_whoever_comes_after_waits(programme, official):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    htx = make_invitation(event, make_organisation(programme))
    come(invite_person(event, official))

    delegate = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(htx, [delegate], uuid4(), Channel.PHONE, "vi")

    assert queries.count_taken(event) == 1
    assert states(event) == [("Lê Thị Hải Yến", "confirmed"), ("Nguyễn Thị Hoa", "waiting")]


def test_she_waits_is_offered_a_place_and_takes_it(client, programme, official):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    event.offer_hours = 24
    first = invite_person(event, make_person(programme, full_name="Trần Văn An"))
    second = invite_person(event, official)
    come(first)
    come(second)
    waiting = states(event)

    replying.decline_invitation(first, "", uuid4(), Channel.PHONE, "vi")
    offer = db.session.scalars(select(Offer)).one()
    mail = db.session.scalars(select(Message).where(Message.template == "place_offered")).one()
    path = invitations.new_link(second).removeprefix("http://localhost")
    answer(client, path, f"offers/{offer.id}/take")

    assert waiting == [("Trần Văn An", "confirmed"), ("Lê Thị Hải Yến", "waiting")]
    assert (mail.address, mail.context["personal"]["herself"]) == ("yen@coop.example", "yes")
    assert db.session.get(Offer, offer.id).state is OfferState.TAKEN
    assert states(event) == [("Trần Văn An", "cancelled"), ("Lê Thị Hải Yến", "confirmed")]


def test_a_place_held_for_an_organisation_is_not_hers(programme, official):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    htx = make_invitation(event, make_organisation(programme))
    placing.hold_places(event, htx, 1, date(2026, 6, 1), "vi")

    come(invite_person(event, official))

    assert states(event) == [("Lê Thị Hải Yến", "waiting")]


# One person, invited twice.


def test_invited_herself_and_named_by_her_cooperative_she_has_one_place(programme, event, official):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx, PostKind.DIRECTOR)
    own, theirs = invite_person(event, official), make_invitation(event, htx)
    delegate = NamedDelegate("Lê Thị Hải Yến", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(theirs, [delegate], uuid4(), Channel.PHONE, "vi")

    come(own)

    assert states(event) == [("Lê Thị Hải Yến", "confirmed")]
    assert [len(queries.list_delegates(one)) for one in (own, theirs)] == [1, 1]
    assert queries.count_taken(event) == 1


def test_who_declines_her_own_invitation_stays_the_delegate_she_is(programme, event, official):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx, PostKind.DIRECTOR)
    own, theirs = invite_person(event, official), make_invitation(event, htx)
    delegate = NamedDelegate("Lê Thị Hải Yến", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(theirs, [delegate], uuid4(), Channel.PHONE, "vi")
    come(own)

    replying.decline_invitation(own, "", uuid4(), Channel.PHONE, "vi")

    assert states(event) == [("Lê Thị Hải Yến", "confirmed")]
    (standing,) = db.session.scalars(select(Representation))
    assert (standing.organisation_id, standing.withdrawn_at) == (htx.id, None)


def test_whose_cooperative_takes_her_off_keeps_the_place_of_her_own_invitation(
    programme, event, official
):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx, PostKind.DIRECTOR)
    own, theirs = invite_person(event, official), make_invitation(event, htx)
    delegate = NamedDelegate("Lê Thị Hải Yến", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(theirs, [delegate], uuid4(), Channel.PHONE, "vi")
    come(own)

    replying.decline_invitation(theirs, "", uuid4(), Channel.PHONE, "vi")

    (standing,) = db.session.scalars(select(Representation))
    assert states(event) == [("Lê Thị Hải Yến", "confirmed")]
    assert standing.withdrawn_at is not None


def test_an_entry_merged_meanwhile_answers_as_who_was_kept(programme, event, invitation, official):
    kept = make_person(programme, full_name="Lê Thị Hải Yến")
    duplicates.merge_people(kept, official, "Nhập hai lần")

    come(invitation)

    assert db.session.scalars(select(Registration.person_id)).all() == [kept.id]


# Coming, and counting.


def test_the_roll_lists_her_among_those_who_stand_for_nobody_and_she_is_marked(
    event, invitation, before_the_event
):
    come(invitation)
    (registration,) = db.session.scalars(select(Registration))
    (session,) = sessions_of(event)
    before_the_event.move_to("2026-06-10T02:00:00Z")
    session.state = SessionState.HELD

    roll_call.record_entries(
        event, [Mark(uuid4(), session.id, Action.PRESENT, registration_id=registration.id)]
    )

    (group,) = roll.expected(event, session)
    (person,) = group.people
    assert (group.organisation_id, person.full_name) == (None, "Lê Thị Hải Yến")
    assert person.state is Action.PRESENT
    assert attendance.unreconciled(event) == []


def test_she_counts_as_one_who_came_and_for_no_cooperative_whatever_post_she_holds(
    programme, official
):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx, PostKind.DIRECTOR)
    event = make_event(programme, sessions=[(date(2026, 3, 10), "07:30", "11:00")])
    with time_machine.travel("2026-02-01T03:00:00Z", tick=True):
        come(invite_person(event, official))
    (session,) = sessions_of(event)
    make_entry(session, db.session.scalars(select(Registration)).one())
    close(event)
    scope = Scope(programme, *YEAR)

    came = attendance.turnout(event)
    grid = attendance_by_organisation(programme, *YEAR)

    assert (came.people, came.women, came.organisations, came.invited) == (1, 1, 0, 0)
    assert [compute(code, scope).value for code in ("I2", "I3")] == [1, 1]
    assert compute("I7", scope).numerator == 0
    assert grid.rows == []
    assert db.session.scalars(attendance.reached(programme, YEAR[0])).all() == []


def test_as_a_delegate_besides_she_counts_once_and_covers_her_cooperative(programme, official):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx, PostKind.DIRECTOR)
    event = make_event(programme, sessions=[(date(2026, 3, 10), "07:30", "11:00")])
    with time_machine.travel("2026-02-01T03:00:00Z", tick=True):
        come(invite_person(event, official))
        delegate = NamedDelegate("Lê Thị Hải Yến", Sex.FEMALE, PostKind.DIRECTOR)
        replying.accept_invitation(
            make_invitation(event, htx), [delegate], uuid4(), Channel.PHONE, "vi"
        )
    (session,) = sessions_of(event)
    make_entry(session, db.session.scalars(select(Registration)).one())
    close(event)

    came = attendance.turnout(event)

    assert (came.people, came.organisations, came.invited) == (1, 1, 1)
    assert [compute(code, Scope(programme, *YEAR)).value for code in ("I2", "I3")] == [1, 1]


def test_her_link_shows_afterwards_how_she_is_marked(
    client, event, invitation, path, before_the_event
):
    come(invitation)
    (session,) = sessions_of(event)
    make_entry(session, db.session.scalars(select(Registration)).one())
    session.state = SessionState.HELD
    db.session.flush()
    before_the_event.move_to("2026-06-11T02:00:00Z")

    page = client.get(f"{path}?lang=en").text

    assert "Who was there" in page
    assert "Present" in page


def test_a_link_that_is_over_is_renewed_to_her_own_address(client, invitation, path, official):
    with time_machine.travel(clock.now() + timedelta(days=200)):
        page = client.get(path)
        client.post(f"{path}/renew", data={"csrf_token": hidden(page.text)})

    (mail,) = db.session.scalars(select(Message).where(Message.template == "link_renewed"))
    assert page.status_code == 410
    assert "Hải Yến" not in page.text
    assert mail.address == "yen@coop.example"
