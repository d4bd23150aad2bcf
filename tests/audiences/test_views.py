"""The officer's pages from a choice to the list that is confirmed."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.invitations.models import Invitation
from tests.browsing import hidden, post, signed_in
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


def test_the_names_are_shown_before_anything_is_written(officer, event):
    base = f"/events/{event.id}/invitations"
    chosen = {"kinds": ["cooperative"], "seats": "2"}

    shown = post(officer, officer.get(f"{base}/new").text, f"{base}/preview", **chosen)
    before = db.session.scalars(select(Invitation)).all()
    token = hidden(shown.text, "preview_token")
    confirmed = post(officer, shown.text, f"{base}/", preview_token=token)

    assert [f"HTX {n}" in shown.text for n in range(3)] == [True] * 3
    assert before == []
    assert confirmed.status_code == 303
    assert len(db.session.scalars(select(Invitation)).all()) == 3


def test_confirming_without_a_preview_is_refused(officer, event):
    base = f"/events/{event.id}/invitations"

    answer = post(officer, officer.get(f"{base}/new").text, f"{base}/", preview_token="")

    assert answer.status_code == 409
    assert db.session.scalars(select(Invitation)).all() == []
