"""Approving and declining: the organisation recognised, one invitation, a link on its way."""

import threading
from datetime import date, time
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from coopevents.changes import remaining
from coopevents.changes.consequences import Why
from coopevents.channels import calling, zalo
from coopevents.channels.calling import WhyCall
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationCode,
    PostKind,
    Sex,
)
from coopevents.duplicates import service as duplicates
from coopevents.errors import DomainError, InputError
from coopevents.events.effects import Cancellation, NewTime, PlaceChange, Postponement
from coopevents.events.models import Event, EventState
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import replying
from coopevents.mail.models import Message, MessageState, Priority
from coopevents.people import reaching
from coopevents.programme.models import Programme
from coopevents.registrations.models import RegistrationState
from coopevents.requests import deciding, queries, recognising
from coopevents.requests.deciding import Approval
from coopevents.requests.models import PlaceRequest, RequestPurpose, RequestState
from tests.changes.test_mails_on_their_way import carry_out
from tests.event_factories import make_event, make_invitation, make_registration, sessions_of
from tests.factories import (
    find_commune,
    make_contact_point,
    make_organisation,
    make_other_programme,
    make_person,
)
from tests.requests.making import make_request, open_registration
from workers.mail import deliver_messages

PHONE = "+84912345678"


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True):
        yield


def event_to_ask_for(programme: Programme, **more) -> Event:
    sessions = [(date(2026, 6, 10), "07:30", "11:00")]
    event = make_event(programme, sessions=sessions, **more)
    open_registration(event)
    return event


@pytest.fixture
def event(programme):
    return event_to_ask_for(programme, capacity=10)


@pytest.fixture
def organisation(programme):
    return make_organisation(programme, name="Hợp tác xã Rau An")


def by_mail(organisation: Organisation, seats: int = 2, **more) -> Approval:
    return Approval(organisation, seats, Channel.EMAIL, **more)


def invitations_to(event: Event) -> list[Invitation]:
    return list(db.session.scalars(select(Invitation).where(Invitation.event_id == event.id)))


def mails(template: str) -> list[Message]:
    return list(
        db.session.scalars(select(Message).where(Message.template == template).order_by(Message.id))
    )


def test_an_approved_request_is_an_invitation_whose_link_answers_the_sender(event, organisation):
    asked = make_request(event)

    deciding.approve(asked, by_mail(organisation, 3))

    (invitation,) = invitations_to(event)
    (mail,) = mails("request_approved")
    assert (invitation.organisation_id, invitation.seats) == (organisation.id, 3)
    assert (asked.state, asked.invitation_id) == (RequestState.APPROVED, invitation.id)
    assert (mail.address, mail.recipient_name) == ("hoa@coop.example", "Hợp tác xã Rau An")
    assert (mail.priority, mail.locale) == (Priority.ANSWER, "vi")
    assert (mail.about_kind, mail.about_id) == ("invitation", invitation.id)
    assert (mail.context["seats"], mail.context["was_invited"], mail.context["is_full"]) == (
        3,
        False,
        False,
    )
    assert mail.sealed_link is not None


def test_approving_twice_is_one_invitation_and_one_mail(event, organisation):
    asked = make_request(event)

    deciding.approve(asked, by_mail(organisation))
    deciding.approve(asked, by_mail(organisation))

    assert len(invitations_to(event)) == len(mails("request_approved")) == 1


def test_a_second_officer_who_decides_otherwise_is_told(programme, event, organisation):
    asked = make_request(event)
    deciding.approve(asked, by_mail(organisation))

    with pytest.raises(DomainError):
        deciding.decline(asked, "Hết chỗ")
    with pytest.raises(DomainError):
        deciding.approve(asked, by_mail(make_organisation(programme)))

    assert asked.state is RequestState.APPROVED
    assert len(invitations_to(event)) == 1


def test_who_is_invited_already_gets_a_new_link_and_keeps_its_seats(event, organisation):
    invitation = make_invitation(event, organisation, seats=1)
    asked = make_request(event)

    deciding.approve(asked, by_mail(organisation, 5))

    (mail,) = mails("request_approved")
    assert invitations_to(event) == [invitation]
    assert (invitation.seats, asked.was_invited, asked.invitation_id) == (1, True, invitation.id)
    assert (mail.context["was_invited"], mail.context["seats"]) == (True, 1)


def test_an_invitation_of_a_merged_entry_is_that_of_the_kept_one(programme, event, organisation):
    merged = make_organisation(programme, name="HTX Rau An 2")
    invitation = make_invitation(event, merged)
    duplicates.merge_organisations(organisation, merged, "Nhập hai lần")
    asked = make_request(event)

    deciding.approve(asked, by_mail(organisation))
    deciding.approve(asked, by_mail(organisation))

    assert invitations_to(event) == [invitation]
    with pytest.raises(DomainError):
        deciding.approve(make_request(event), by_mail(merged))


def test_when_all_places_are_taken_the_approval_says_so(programme, organisation):
    event = event_to_ask_for(programme, capacity=1)
    make_registration(event, make_person(programme), state=RegistrationState.CONFIRMED)

    deciding.approve(make_request(event), by_mail(organisation))

    (mail,) = mails("request_approved")
    assert mail.context["is_full"] is True


def test_without_an_email_the_officer_calls(event, organisation):
    asked = make_request(event, email=None, phone=PHONE)

    deciding.approve(asked, Approval(organisation, 2, Channel.PHONE))

    (call,) = calling.list_calls(event, ())
    assert mails("request_approved") == []
    assert (call.standing.name, call.why) == ("Hợp tác xã Rau An", WhyCall.BY_PHONE)
    assert queries.askers_of(event)[call.standing.invitation.id].phone == PHONE


def test_without_an_email_the_link_stands_in_a_text_for_zalo(event, organisation):
    asked = make_request(event, email=None, phone=PHONE)

    deciding.approve(asked, Approval(organisation, 2, Channel.ZALO))

    (text,) = zalo.list_texts(event, (), "vi")
    assert "http://localhost/r/" in text.text
    assert text.is_sent is False


def test_a_link_does_not_go_where_nothing_was_given(event, organisation):
    asked = make_request(event, email=None, phone=PHONE)

    with pytest.raises(InputError) as refused:
        deciding.approve(asked, by_mail(organisation))

    assert set(refused.value.fields) == {"channel"}
    assert invitations_to(event) == []


@pytest.mark.parametrize("state", [EventState.POSTPONED, EventState.CANCELLED])
def test_nobody_is_approved_for_an_activity_without_days(event, organisation, state):
    asked = make_request(event)
    event.state = state
    db.session.flush()

    with pytest.raises(DomainError):
        deciding.approve(asked, by_mail(organisation))

    assert asked.state is RequestState.WAITING


def test_nobody_is_approved_once_it_began(event, organisation):
    asked = make_request(event)

    with (
        time_machine.travel("2026-06-10T00:31:00Z", tick=True),
        pytest.raises(DomainError),
    ):
        deciding.approve(asked, by_mail(organisation))


def test_a_request_is_declined_once_with_its_reason(event):
    asked = make_request(event)

    deciding.decline(asked, "Lớp đã đủ")
    deciding.decline(asked, "Lần nữa")

    (mail,) = mails("request_declined")
    assert (asked.state, asked.decline_reason) == (RequestState.DECLINED, "Lớp đã đủ")
    assert (mail.address, mail.context["reason"]) == ("hoa@coop.example", "Lớp đã đủ")
    assert mail.recipient_name == ""


def test_a_request_is_not_declined_without_a_reason(event):
    asked = make_request(event)

    with pytest.raises(InputError):
        deciding.decline(asked, "")

    assert asked.state is RequestState.WAITING


def values_of(organisation: Organisation) -> list[str]:
    points = select(ContactPoint).where(ContactPoint.organisation_id == organisation.id)
    return [p.value for p in db.session.scalars(points.order_by(ContactPoint.rank))]


def test_phone_and_email_enter_the_register_where_both_agree(event, organisation):
    make_contact_point(organisation, Channel.PHONE, PHONE)
    asked = make_request(event, phone=PHONE, agreed=frozenset(RequestPurpose))

    deciding.approve(asked, by_mail(organisation, keeps_contact=True))

    assert values_of(organisation) == [PHONE, "hoa@coop.example"]


def test_phone_and_email_stay_outside_where_one_does_not(event, organisation):
    asked = make_request(event, phone=PHONE, agreed=frozenset(RequestPurpose))
    deciding.approve(asked, by_mail(organisation))

    with pytest.raises(InputError):
        deciding.approve(make_request(event), by_mail(organisation, keeps_contact=True))

    assert values_of(organisation) == []


def likely_names(event: Event, asked: PlaceRequest) -> list[str]:
    return [one.name for one in recognising.likely(event, [asked]).get(asked.id, [])]


def test_an_organisation_is_recognised_by_name_commune_and_number(programme, event):
    here, there = find_commune(programme), find_commune(programme, "thanh sơn")
    make_organisation(programme, name="HTX Chè", commune=there)
    meant = make_organisation(programme, name="Hợp tác xã chè", commune=here, phone=PHONE)
    make_organisation(programme, name="HTX Mía", commune=here)
    asked = make_request(event, organisation_name="htx CHE", commune_id=here.id, phone=PHONE)
    make_invitation(event, meant)

    (first, second) = recognising.likely(event, [asked])[asked.id]

    assert (first.id, first.is_reached_so, first.invitation is not None) == (meant.id, True, True)
    assert (second.name, second.is_reached_so, second.invitation) == ("HTX Chè", False, None)


def test_a_wrong_code_hides_nobody_and_a_right_one_finds_it(programme, event):
    organisation = make_organisation(programme, name="HTX Rau An")
    code_of(organisation, "2600123456")

    wrong = make_request(event, code="9999999999")
    right = make_request(event, organisation_name="Tên khác hẳn", code="2600 123 456")

    assert likely_names(event, wrong) == ["HTX Rau An"]
    assert likely_names(event, right) == ["HTX Rau An"]


def code_of(organisation: Organisation, code: str) -> None:
    db.session.add(OrganisationCode(organisation_id=organisation.id, scheme="tax", code=code))
    db.session.flush()


def test_nobody_of_another_register_is_recognised(programme, event):
    other = make_other_programme(programme, own_register=True)
    make_organisation(other.register, name="HTX Rau An", commune=find_commune(programme))

    assert likely_names(event, make_request(event)) == []


def test_recognising_asks_as_often_for_three_as_for_one(programme, event, count_queries):
    for number in range(3):
        make_organisation(programme, name=f"HTX Rau {number}")
    requests = [make_request(event, organisation_name=f"HTX Rau {number}") for number in range(3)]

    with count_queries() as one:
        recognising.likely(event, requests[:1])
    with count_queries() as three:
        recognising.likely(event, requests)

    assert one.number == three.number


def test_an_approval_on_its_way_tells_the_new_place(programme, event, organisation):
    deciding.approve(make_request(event), by_mail(organisation))
    db.session.commit()

    carry_out(event, PlaceChange("Mưa", "Nhà văn hóa mới"))

    (mail,) = mails("request_approved")
    assert mail.state is MessageState.QUEUED
    assert mail.context["event"]["place"] == "Nhà văn hóa mới"


@pytest.fixture
def approved(event, organisation, smtp) -> Invitation:
    """The invitation of one who asked, who may be written to about this activity alone."""
    deciding.approve(make_request(event), by_mail(organisation))
    db.session.commit()
    deliver_messages()
    return invitations_to(event)[0]


def sent_to(smtp, act) -> list[str]:
    before = len(smtp.accepted)
    act()
    db.session.commit()
    deliver_messages()
    return sorted(one.recipient for one in smtp.accepted[before:])


LATER = (date(2026, 7, 1), time(7, 30), time(11))


def later(event: Event) -> Postponement:
    (session,) = sessions_of(event)
    return Postponement("Bão", (NewTime(session.id, *LATER),))


@pytest.mark.parametrize(
    "change",
    [later, lambda _event: Cancellation("Bão"), lambda _event: PlaceChange("Mưa", "Nhà văn hóa")],
)
def test_who_was_approved_is_told_of_a_change_where_she_asked_from(event, approved, smtp, change):
    told = sent_to(smtp, lambda: carry_out(event, change(event)))

    assert told == ["hoa@coop.example"]
    assert db.session.scalars(select(ContactPoint)).all() == []


def test_she_hears_of_the_new_day_after_one_that_was_not_known(event, approved, smtp):
    undated = sent_to(smtp, lambda: carry_out(event, Postponement("Bão")))
    dated = sent_to(smtp, lambda: carry_out(event, later(event)))

    assert undated == dated == ["hoa@coop.example"]


def test_an_approval_that_was_withdrawn_with_its_day_goes_out_with_the_new_one(
    event, organisation, smtp
):
    deciding.approve(make_request(event), by_mail(organisation))

    sent_to(smtp, lambda: carry_out(event, Postponement("Bão")))
    dated = sent_to(smtp, lambda: carry_out(event, later(event)))

    assert [mail.state for mail in mails("request_approved")] == [MessageState.CANCELLED]
    assert [mail.address for mail in mails("invitation")] == dated == ["hoa@coop.example"]


def test_two_who_asked_for_one_organisation_are_told_both_and_nobody_who_read_nothing(
    event, organisation, approved, smtp
):
    make_contact_point(organisation, Channel.EMAIL, value="vanphong@coop.example")
    deciding.approve(make_request(event, email="mai@coop.example"), by_mail(organisation))
    readers = sent_to(smtp, lambda: None)

    told = sent_to(smtp, lambda: carry_out(event, later(event)))

    assert set(readers) == {"mai@coop.example"}
    assert told == ["hoa@coop.example", "mai@coop.example"]


def test_who_was_approved_reads_of_her_own_answer(event, approved, smtp):
    delegate = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)

    told = sent_to(
        smtp,
        lambda: replying.accept_invitation(approved, [delegate], uuid4(), Channel.EMAIL, "vi"),
    )

    assert told == ["hoa@coop.example"]


def test_an_address_that_was_kept_and_is_held_since_is_written_to_no_more(
    event, organisation, smtp
):
    both = frozenset(RequestPurpose)
    deciding.approve(make_request(event, agreed=both), by_mail(organisation, keeps_contact=True))
    sent_to(smtp, lambda: None)
    (point,) = db.session.scalars(select(ContactPoint).where(ContactPoint.channel == "email"))
    reaching.hold(point, "550 5.1.1")
    (invitation,) = invitations_to(event)
    delegate = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)

    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.EMAIL, "vi")
    told = sent_to(smtp, lambda: carry_out(event, later(event)))

    assert told == []


def test_an_address_that_did_not_take_the_notice_is_called(event, approved, smtp):
    smtp.refuse["hoa@coop.example"] = "550 5.1.1 no such user"
    sent_to(smtp, lambda: carry_out(event, later(event)))
    untold = remaining.list_untold(event)

    shown = carry_out(event, Cancellation("Bão"))

    assert [(one.invitation_id, one.why) for one in untold] == [(approved.id, Why.NOT_ARRIVED)]
    assert [(one.invitation_id, one.why) for one in shown.by_hand] == [(approved.id, Why.UNUSABLE)]
    assert shown.by_mail == ()


def test_who_asked_for_one_activity_is_told_nothing_of_another(programme, event, approved, smtp):
    other = event_to_ask_for(programme)
    make_invitation(other, approved.organisation)

    told = sent_to(smtp, lambda: carry_out(other, later(other)))

    assert told == []


def test_two_officers_at_once_make_one_invitation(own_app: Flask):
    programme = db.session.scalars(select(Programme)).one()
    event = event_to_ask_for(programme)
    organisation = make_organisation(programme, name="HTX Rau An")
    asked = make_request(event)
    ids = asked.id, organisation.id
    db.session.commit()
    gate = threading.Barrier(4)

    def decide() -> None:
        with own_app.app_context():
            mine = db.session.get_one(PlaceRequest, ids[0])
            wanted = by_mail(db.session.get_one(Organisation, ids[1]))
            gate.wait()
            deciding.approve(mine, wanted)
            db.session.commit()

    officers = [threading.Thread(target=decide) for _each in range(4)]
    for officer in officers:
        officer.start()
    for officer in officers:
        officer.join()

    assert db.session.scalar(select(func.count(Invitation.id))) == 1
    assert len(mails("request_approved")) == 1
