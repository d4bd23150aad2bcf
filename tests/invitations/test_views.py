"""The officer's pages around a round of invitations."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select, update

from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message, MessageState
from tests.browsing import post, signed_in
from tests.event_factories import make_event
from tests.factories import make_organisation

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def event(programme):
    for number in range(3):
        make_organisation(programme, name=f"HTX {number}", email=f"m{number}@coop.example")
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def round_page(event):
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    opened = inviting.invite(event, shown, "vi")
    return f"/events/{event.id}/invitations/rounds/{opened.id}"


@pytest.mark.parametrize(
    ("resend", "state"), [("1", MessageState.QUEUED), ("0", MessageState.SENT)]
)
def test_what_nobody_knows_is_shown_and_waits_for_a_decision(officer, round_page, resend, state):
    message = db.session.scalars(select(Message).order_by(Message.id)).first()
    db.session.execute(
        update(Message).where(Message.id == message.id).values(state=MessageState.UNCERTAIN)
    )

    page = officer.get(f"{round_page}?lang=en").text
    post(officer, page, f"{round_page}/messages/{message.id}/decide", resend=resend)

    assert message.address in page
    assert "Nobody knows whether these arrived" in page
    assert db.session.get(Message, message.id).state is state


def test_a_stopped_round_lets_nothing_more_leave(officer, round_page):
    post(officer, officer.get(round_page).text, f"{round_page}/stop")

    states = db.session.scalars(select(Message.state)).all()
    assert states == [MessageState.CANCELLED] * 3


def test_a_viewer_sees_the_round_and_may_not_stop_it(client, programme, round_page):
    viewer = signed_in(client, programme, Role.VIEWER)

    page = viewer.get(round_page)

    assert page.status_code == 200
    assert post(viewer, page.text, f"{round_page}/stop").status_code == 403
    assert db.session.scalars(select(Message.state)).all() == [MessageState.QUEUED] * 3


def test_the_event_of_another_programme_is_not_found(client, programme, round_page):
    stranger = signed_in(client, None, Role.OFFICER)

    assert stranger.get(round_page).status_code == 404
