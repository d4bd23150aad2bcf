"""The page of reminders, and reminding by hand."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.mail.models import Message
from coopevents.reminders import queries
from tests.browsing import hidden, post, signed_in
from tests.event_factories import MORNING, make_event
from tests.reminders.test_service import clock_at, event  # noqa: F401


@pytest.fixture
def officer(client, programme, clock_at):  # noqa: F811
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def base(event):  # noqa: F811
    return f"/events/{event.id}/reminders"


def test_a_reminder_is_planned_shown_and_removed(officer, event, base):  # noqa: F811
    page = officer.get(f"{base}/?lang=en").text
    added = post(officer, page, f"{base}/", days_before="3", anchor="start")
    shown = officer.get(f"{base}/?lang=en").text
    (rule,) = queries.list_rules(event)
    removed = post(officer, shown, f"{base}/{rule.id}/remove")

    assert (added.status_code, removed.status_code) == (303, 303)
    assert "3 days before the first session" in shown
    assert queries.list_rules(event) == []


@pytest.mark.parametrize("days", ["", "-1", "61", "x", "99999999999999999999"])
def test_days_that_make_no_sense_are_refused(officer, event, base, days):  # noqa: F811
    page = officer.get(f"{base}/?lang=en").text

    answer = post(officer, page, f"{base}/", days_before=days, anchor="start")

    assert answer.status_code == 422
    assert queries.list_rules(event) == []


def test_the_names_are_seen_before_anybody_is_reminded(officer, base):
    page = officer.get(f"{base}/now?lang=en").text

    answer = post(officer, page, f"{base}/now", fingerprint=hidden(page, "fingerprint"))

    assert ["HTX a" in page, "HTX b" in page, "HTX c" in page] == [True] * 3
    assert answer.status_code == 303
    assert "/invitations/rounds/" in answer.location
    found = select(Message).where(Message.template == "reminder")
    assert len(db.session.scalars(found).all()) == 3


def test_without_the_list_nobody_is_reminded(officer, base):
    page = officer.get(f"{base}/now?lang=en").text

    assert post(officer, page, f"{base}/now").status_code == 422
    assert post(officer, page, f"{base}/now", fingerprint="x").status_code == 409


def test_of_another_programme_nothing_is_shown(officer, programme):
    with time_machine.travel("2026-10-01T09:00:00+07:00"):
        foreign = make_event(programme, sessions=[(date(2026, 10, 13), *MORNING)])
        page = officer.get(f"/events/{foreign.id}/reminders/999/remove")

    assert page.status_code == 405
