"""An audience of whom nobody has come for since a day: said in words, and stale when it changes."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.attendance import queries as attendance
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.invitations.models import Invitation, InvitationRound
from tests import event_factories as made
from tests.browsing import hidden, post, signed_in
from tests.factories import make_organisation, make_person

SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return made.make_event(programme, sessions=[(date(2026, 6, 10), *made.MORNING)])


def come(programme, organisation, on: date) -> None:
    """Hold an activity to which somebody comes for the organisation."""
    past = made.make_event(programme, sessions=[(on, *made.MORNING)])
    (session,) = made.sessions_of(past)
    made.make_entry(session, made.make_registration(past, make_person(programme), organisation))
    made.close(past)


def invitees(event, chosen) -> list[str]:
    return [one.name for one in audience.preview(event, chosen, 2, attendance.reached).invitees]


def test_only_those_nobody_has_come_for_are_invited(programme, event):
    came, earlier, _never = (
        make_organisation(programme, name=name, email=f"{name}@coop.example") for name in "abc"
    )
    come(programme, came, SINCE)
    come(programme, earlier, date(2025, 12, 31))

    assert invitees(event, Audience(never_reached_since=SINCE)) == ["b", "c"]
    assert invitees(event, Audience(never_reached_since=SINCE, kinds=("linked_group",))) == []


def test_who_cannot_tell_attendance_cannot_ask_for_it(event):
    with pytest.raises(ValueError, match="attendance"):
        audience.preview(event, Audience(never_reached_since=SINCE), 2)


def test_a_choice_is_stored_and_read_as_it_was(event):
    chosen = Audience(women_led=True, never_reached_since=SINCE)

    assert Audience.from_json(chosen.as_json()) == chosen
    assert Audience.from_json({"women_led": True}).never_reached_since is None


def test_a_list_is_stale_once_somebody_has_come(programme, event):
    organisation = make_organisation(programme, name="a", email="a@coop.example")
    make_organisation(programme, name="b", email="b@coop.example")
    shown = audience.preview(event, Audience(never_reached_since=SINCE), 2, attendance.reached)
    token = audience.preview_token(event, shown)

    still = audience.confirmed(event, token, attendance.reached)
    come(programme, organisation, date(2026, 4, 1))

    assert [one.name for one in still.invitees] == ["a", "b"]
    with pytest.raises(DomainError):
        audience.confirmed(event, token, attendance.reached)


def test_the_preview_says_the_condition_and_the_round_keeps_it(client, programme, event):
    officer = signed_in(client, programme, Role.OFFICER)
    make_organisation(programme, name="HTX Chưa Dự", email="a@coop.example")
    base = f"/events/{event.id}/invitations"
    form = officer.get(f"{base}/new?never_reached_since=2026-01-01&lang=en").text

    shown = post(
        officer, form, f"{base}/preview?lang=en", seats="2", never_reached_since="2026-01-01"
    )
    answer = post(
        officer, shown.text, f"{base}/", preview_token=hidden(shown.text, "preview_token")
    )

    assert "Only organisations that nobody has come for since 1 Jan 2026." in shown.text
    assert answer.status_code == 303
    assert len(db.session.scalars(select(Invitation)).all()) == 1
    (opened,) = db.session.scalars(select(InvitationRound))
    assert opened.audience["never_reached_since"] == "2026-01-01"


@pytest.mark.parametrize("asked", ["never_reached_since=x", "kinds=club", "women_led=perhaps"])
def test_what_a_page_before_asks_wrongly_is_not_asked(client, programme, event, asked):
    officer = signed_in(client, programme, Role.OFFICER)

    assert officer.get(f"/events/{event.id}/invitations/new?{asked}").status_code == 200
