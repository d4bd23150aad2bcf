"""The officers' page of an activity's places."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.lifecycle import replying
from coopevents.registrations import holds
from tests.browsing import fill_in, post, signed_in
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")], capacity=1)


@pytest.fixture
def invitation(event):
    return make_invitation(event, make_organisation(event.programme, name="HTX Rau An"))


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def accept(event, name: str):
    invitation = make_invitation(event, make_organisation(event.programme))
    delegate = NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.EMAIL, "vi")


def test_places_are_held_and_released_from_the_page(officer, event, invitation):
    path = f"/events/{event.id}/places"
    typed = {"invitation_id": invitation.id, "places": "1", "until_on": "2026-05-08"}

    held = fill_in(officer, f"{path}/hold", **typed)
    page = officer.get(f"{path}/?lang=en").text
    (hold,) = holds.list_holds(event)
    released = post(officer, page, f"{path}/holds/{hold.id}/release")

    assert (held.status_code, released.status_code) == (303, 303)
    assert "HTX Rau An" in page
    assert holds.list_holds(event) == []


@pytest.mark.parametrize(
    "typed",
    [
        {"places": "0"},
        {"places": "2"},
        {"places": "9" * 30},
        {"until_on": "2026-05-03"},
        {"until_on": "99999-01-01"},
        {"invitation_id": "0"},
    ],
    ids=["none", "more than are free", "huge", "a day over", "no day", "nobody"],
)
def test_what_cannot_be_held_is_said_on_the_form(officer, event, invitation, typed):
    whole = {"invitation_id": invitation.id, "places": "1", "until_on": "2026-05-08"}

    refused = fill_in(officer, f"/events/{event.id}/places/hold", **{**whole, **typed})

    assert refused.status_code == 422
    assert holds.list_holds(event) == []


def test_who_waits_is_listed_in_order_in_as_many_questions_for_three_as_for_one(
    officer, event, count_queries
):
    accept(event, "Nguyễn Thị Hoa")
    accept(event, "Lê Thị Mai")
    db.session.commit()
    path = f"/events/{event.id}/places/"
    officer.get(path)
    with count_queries() as one:
        officer.get(path)
    accept(event, "Đỗ Thị Lan")
    accept(event, "Bùi Thị Cúc")
    db.session.commit()

    with count_queries() as three:
        page = officer.get(path).text

    assert one.number == three.number
    names = ("Lê Thị Mai", "Đỗ Thị Lan", "Bùi Thị Cúc")
    assert sorted(names, key=page.index) == list(names)
    assert "Nguyễn Thị Hoa" not in page


def test_another_programmes_places_are_not_there(officer, event):
    assert officer.get("/events/999999/places/").status_code == 404
