"""What stands in the mails to an address that was typed behind a link."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.lifecycle import replying
from coopevents.mail.models import Message
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person, make_post

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
TYPED = "typed@mail.example"


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


def typed(name: str = "Lê Thị Mai") -> NamedDelegate:
    return NamedDelegate(name, Sex.FEMALE, PostKind.MEMBER, email=TYPED)


def ticked(person) -> NamedDelegate:
    return NamedDelegate(person.full_name, person.sex, PostKind.MEMBER, person=person)


def accept(invitation, *delegates) -> None:
    replying.accept_invitation(invitation, delegates, uuid4(), Channel.EMAIL, "vi")


def messages(address: str) -> list[Message]:
    found = select(Message).where(Message.address == address).order_by(Message.id)
    return list(db.session.scalars(found))


@pytest.fixture
def invitation(programme):
    organisation = make_organisation(programme, email="an@coop.example")
    return make_invitation(make_event(programme, sessions=SESSIONS), organisation)


@pytest.fixture
def ngoc(programme, invitation):
    person = make_person(programme, full_name="Trần Thị Bích Ngọc")
    make_post(person, invitation.organisation)
    return person


def test_an_address_typed_for_one_delegate_learns_the_masked_names_of_the_others(invitation, ngoc):
    accept(invitation, typed(), ticked(ngoc))

    (own,), (theirs,) = messages(TYPED), messages("an@coop.example")
    assert {one["name"] for one in own.context["delegates"]} == {"Lê Thị Mai", "Trần T. B. N."}
    assert {one["name"] for one in theirs.context["delegates"]} == {
        "Lê Thị Mai",
        "Trần Thị Bích Ngọc",
    }


def test_a_place_offered_to_another_is_told_there_by_her_masked_name(programme, invitation, ngoc):
    event = invitation.event
    event.capacity, event.offer_hours = 2, 8
    other = make_invitation(event, make_organisation(programme))
    accept(other, NamedDelegate("Ngô Thị Lan", Sex.FEMALE, PostKind.MEMBER))
    accept(invitation, typed())
    accept(invitation, typed(), ticked(ngoc))

    replying.decline_invitation(other, "", uuid4(), Channel.EMAIL, "vi")

    offered = db.session.scalars(select(Message).where(Message.template == "place_offered"))
    assert {one.address: one.context["delegate"] for one in offered} == {
        "an@coop.example": "Trần Thị Bích Ngọc",
        TYPED: "Trần T. B. N.",
    }


def test_one_address_is_sent_five_confirmations_a_day_whatever_is_typed(invitation):
    for number in range(7):
        accept(invitation, typed(f"Lê Thị Mai {'Mai ' * number}"))

    today = len(messages(TYPED))
    with time_machine.travel("2026-05-03T03:00:00Z", tick=True):
        accept(invitation, typed("Lê Thị Hoa"))

    assert (today, len(messages(TYPED))) == (5, 6)
    assert len(messages("an@coop.example")) == 8


def test_who_moves_up_is_told_in_its_own_language_whoever_made_room(programme, invitation):
    event = invitation.event
    event.capacity = 1
    other = make_invitation(event, make_organisation(programme, email="hai@coop.example"))
    accept(invitation, typed())
    accept(other, NamedDelegate("Ngô Thị Lan", Sex.FEMALE, PostKind.MEMBER))

    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "ar")

    _confirmed, promoted = messages("hai@coop.example")
    assert (promoted.template, promoted.locale) == ("registration_promoted", "vi")
