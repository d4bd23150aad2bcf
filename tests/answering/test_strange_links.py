"""What a link must not do: act on another's delegates, or on an activity that is no more ahead."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events.models import EventState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import InvitationState
from coopevents.lifecycle import replying
from coopevents.registrations import offers, queries
from coopevents.registrations.models import RegistrationState
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person, make_post

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def invitation(programme):
    return make_invitation(make_event(programme, sessions=SESSIONS), make_organisation(programme))


def send(client, invitation, act) -> int:
    """Send a form that this browser made up, with a token that holds."""
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    csrf = hidden(client.get("/c").text)
    data = {"csrf_token": csrf, "submission": str(uuid4())}
    return client.post(f"{path}/{act}", data=data).status_code


def accept(invitation, name="Nguyễn Thị Hoa") -> None:
    delegate = NamedDelegate(name, Sex.FEMALE, PostKind.MEMBER)
    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.EMAIL, "vi")


@pytest.mark.parametrize("act", ["take", "pass"])
def test_who_named_a_delegate_once_does_nothing_with_the_place_offered_through_another(
    client, programme, invitation, act
):
    event = invitation.event
    event.capacity, event.offer_hours = 1, 8
    hoa = make_person(programme, full_name="Nguyễn Thị Hoa")
    before, theirs = (make_organisation(programme) for _ in range(2))
    make_post(hoa, invitation.organisation)
    make_post(hoa, theirs)
    first, now = make_invitation(event, before), make_invitation(event, theirs)
    accept(first, "Lê Thị Mai")
    accept(invitation)
    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "vi")
    accept(now)
    replying.decline_invitation(first, "", uuid4(), Channel.EMAIL, "vi")
    (named,) = queries.list_delegates(now)
    offer = offers.find_open_offer(named.registration.id)

    status = send(client, invitation, f"offers/{offer.id}/{act}")

    (named,) = queries.list_delegates(now)
    assert status == 404
    assert named.registration.state is RegistrationState.OFFERED


@pytest.mark.parametrize("state", [InvitationState.CANCELLED, InvitationState.DECLINED])
def test_nobody_is_called_back_about_what_is_cancelled(client, invitation, state):
    invitation.event.state, invitation.event.cancel_reason = EventState.CANCELLED, "Bão"
    invitation.state = state

    status = send(client, invitation, "call-back")

    assert (status, invitation.state) == (409, state)


def test_an_answer_that_stands_when_it_began_stands(client, invitation):
    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "vi")

    with time_machine.travel("2026-06-11T03:00:00Z", tick=True):
        status = send(client, invitation, "call-back")

    assert (status, invitation.state) == (409, InvitationState.DECLINED)


@pytest.mark.parametrize("act", ["accept", "decline", "confirm", "come"])
def test_nothing_is_answered_once_it_is_cancelled(client, invitation, act):
    invitation.event.state, invitation.event.cancel_reason = EventState.CANCELLED, "Bão"
    invitation.state = InvitationState.CANCELLED

    status = send(client, invitation, act)

    assert status >= 400
    assert invitation.state is InvitationState.CANCELLED
