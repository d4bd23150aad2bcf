"""Consents: what an empty box says depends on whether it was shown ticked."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.models import Consent
from coopevents.invitations import service as invitations
from coopevents.mail.models import Message
from coopevents.people import reaching
from coopevents.registrations import queries
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person, make_post
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
NEXT = "next_invitations"

HOA = {
    "delegates-0-full_name": "Nguyễn Thị Hoa",
    "delegates-0-sex": "female",
    "delegates-0-post": "director",
}


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def hoa(programme):
    return make_person(programme, full_name="Nguyễn Thị Hoa", email="hoa@coop.example")


def send(client, invitation, act, **fields) -> int:
    """Answer through the form of a new link."""
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    page = client.get(path).text
    kept = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    return client.post(f"{path}/{act}", data={**kept, **fields}).status_code


def given() -> list[bool]:
    return list(db.session.scalars(select(Consent.given).order_by(Consent.id)))


def test_a_delegate_typed_anew_takes_back_nothing_she_agreed_to_at_another_activity(
    client, programme, hoa
):
    organisation = make_organisation(programme)
    make_post(hoa, organisation)
    first, second = (
        make_invitation(make_event(programme, sessions=SESSIONS), organisation) for _ in range(2)
    )
    agreed = send(client, first, "accept", **HOA, **{f"delegates-0-{NEXT}": "y"})

    typed = send(client, second, "accept", **HOA)

    assert (agreed, typed) == (303, 303)
    assert given() == [True]
    assert [point.is_usable for point in reaching.points_of(hoa)] == [True]


def test_an_invited_person_who_comes_takes_back_nothing_she_agreed_to_before(
    client, programme, hoa
):
    first, second = (invite_person(make_event(programme, sessions=SESSIONS), hoa) for _ in range(2))
    agreed = send(client, first, "come", **{NEXT: "y"})

    came = send(client, second, "come")

    assert (agreed, came) == (303, 303)
    assert given() == [True]
    assert [point.is_usable for point in reaching.points_of(hoa)] == [True]


def test_an_invited_person_who_leaves_her_own_tick_out_takes_it_back(client, programme, hoa):
    invitation = invite_person(make_event(programme, sessions=SESSIONS), hoa)
    send(client, invitation, "come", **{NEXT: "y"})

    send(client, invitation, "come")

    assert given() == [True, False]
    assert [point.is_usable for point in reaching.points_of(hoa)] == [False]


def test_a_browser_that_was_not_shown_a_delegate_takes_back_nothing_by_typing_her(
    client, app, programme, hoa
):
    organisation = make_organisation(programme)
    make_post(hoa, organisation)
    invitation = make_invitation(make_event(programme, sessions=SESSIONS), organisation)
    send(client, invitation, "accept", **HOA, **{f"delegates-0-{NEXT}": "y"})

    typed = send(app.test_client(), invitation, "accept", **HOA)

    assert (typed, given()) == (303, [True])


def test_a_browser_that_was_shown_a_delegate_takes_back_by_leaving_the_tick_out(
    client, programme, hoa
):
    organisation = make_organisation(programme)
    make_post(hoa, organisation)
    invitation = make_invitation(make_event(programme, sessions=SESSIONS), organisation)
    send(client, invitation, "accept", **HOA, **{f"delegates-0-{NEXT}": "y"})

    typed = send(client, invitation, "accept", **HOA)

    assert (typed, given()) == (303, [True, False])


def test_an_email_typed_without_consent_gets_its_confirmation_and_no_later_invitation(
    client, programme
):
    event = make_event(programme, sessions=SESSIONS)
    invitation = make_invitation(event, make_organisation(programme))
    typed = {**HOA, "delegates-0-email": "hoa@mail.example"}
    send(client, invitation, "accept", **typed)
    (named,) = queries.list_delegates(invitation)
    before = [point.is_usable for point in reaching.points_of(named.person)]

    send(client, invitation, "accept", **typed, **{f"delegates-0-{NEXT}": "y"})

    (point,) = reaching.points_of(named.person)
    confirmed = db.session.scalars(
        select(Message.template).where(Message.address == "hoa@mail.example")
    ).all()
    assert (before, point.is_usable) == ([False], True)
    assert confirmed == ["registration_confirmed", "registration_confirmed"]
