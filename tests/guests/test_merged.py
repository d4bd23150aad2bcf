"""Invitees whose entry was merged since are called, written to and listed as who was kept."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.bounces import queries as bounces
from coopevents.changes.foreseeing import foresee
from coopevents.channels import calling
from coopevents.channels.queries import list_standing
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Organisation, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.events.effects import Cancellation
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.lifecycle import replying
from coopevents.mail.models import Message
from coopevents.registrations import queries
from tests.bounces.making import make_call
from tests.event_factories import make_event, make_invitation
from tests.factories import make_contact_point, make_organisation, make_person, make_post
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def invitation(programme, event):
    """To an entry that nothing leads to; what counts now has a name, a head and a phone."""
    entry = make_organisation(programme, name="HTX Cũ", email=None, woman_head=None)
    kept = make_organisation(programme, name="HTX Mới", email="moi@coop.example", woman_head=None)
    make_contact_point(kept, Channel.PHONE, "+84912000777")
    make_post(make_person(programme, full_name="Trần Thị Hoà"), kept, PostKind.DIRECTOR)
    invitation = make_invitation(event, entry)
    duplicates.merge_organisations(kept, entry, "Nhập hai lần")
    return invitation


@pytest.fixture
def herself(programme, event):
    """The invitation of somebody whose other entry was kept."""
    entry = make_person(programme, full_name="Tran Thi Hoa")
    kept = make_person(programme, full_name="Trần Thị Hoà", email="hoa@coop.example")
    invitation = invite_person(event, entry)
    duplicates.merge_people(kept, entry, "Nhập hai lần")
    return invitation


def have_sent() -> None:
    for message in db.session.scalars(select(Message)):
        message.state, message.tries = "sent", 1
    db.session.flush()


def test_an_organisation_is_reached_and_named_as_the_kept_entry(event, invitation):
    points = invitees.contact_points([invitation])[invitation.id]

    assert [point.value for point in points] == ["moi@coop.example", "+84912000777"]
    assert invitations.invitee_name(invitation) == "HTX Mới"


def test_the_entry_merged_with_another_is_reached_by_what_either_knew(programme, event, invitation):
    kept = list_standing(event)[0].organisation_id
    third = make_organisation(programme, name="HTX Nữa", email="nua@coop.example")
    (entry,) = invitees.contact_points([invitation]).values()
    duplicates.merge_organisations(entry_of(kept), third, "Nhập ba lần")

    points = invitees.contact_points([invitation])[invitation.id]

    assert [point.value for point in points] == [
        *(point.value for point in entry),
        "nua@coop.example",
    ]


def entry_of(organisation_id):
    return db.session.get(Organisation, organisation_id)


def test_the_kept_entry_is_called_and_its_head_asked_for(event, invitation):
    (standing,) = list_standing(event)

    call = calling.tell_call(standing, ())

    assert [number.point.value for number in call.numbers] == ["+84912000777"]
    assert call.ask_for.holder.full_name == "Trần Thị Hoà"


def test_a_confirmation_goes_to_the_kept_entry(event, invitation):
    said = [NamedDelegate("Trần Thị Hoà", Sex.FEMALE, PostKind.DIRECTOR)]

    replying.accept_invitation(invitation, said, uuid4(), Channel.PHONE, "vi")

    (message,) = db.session.scalars(select(Message))
    assert (message.address, message.recipient_name) == ("moi@coop.example", "HTX Mới")


def test_a_change_names_an_invited_person_as_who_was_kept(event, herself):
    replying.accept_invitation(herself, [], uuid4(), Channel.PHONE, "vi")

    shown = foresee(event, Cancellation(reason="Bão"))

    assert [one.name for one in shown.by_hand] == ["Trần Thị Hoà"]


def test_a_change_is_told_to_a_delegate_at_the_address_of_her_kept_entry(programme, event):
    invitation = make_invitation(
        event, make_organisation(programme, name="HTX An", email="an@coop.example")
    )
    said = [NamedDelegate("Tran Thi Hoa", Sex.FEMALE, PostKind.DIRECTOR)]
    replying.accept_invitation(invitation, said, uuid4(), Channel.EMAIL, "vi")
    (delegate,) = queries.list_delegates(invitation)
    kept = make_person(programme, full_name="Trần Thị Hoà", email="hoa@coop.example")
    duplicates.merge_people(kept, delegate.person, "Nhập hai lần")
    db.session.expire_all()
    replying.confirm_again(invitation, uuid4(), Channel.EMAIL, "vi")
    have_sent()

    shown = foresee(event, Cancellation(reason="Bão"))

    assert [(one.name, one.address, one.is_delegate) for one in shown.by_mail] == [
        ("HTX An", "an@coop.example", False),
        ("Trần Thị Hoà", "hoa@coop.example", True),
    ]


def test_a_call_about_the_kept_entry_is_listed_at_the_activity(programme, event, herself):
    make_call(programme, herself.person.kept)

    assert [line.name for line in bounces.list_open_at(event)] == ["Trần Thị Hoà"]
