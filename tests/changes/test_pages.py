"""The pages that show what follows from a change, and then do it."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.changes.models import EventChange
from coopevents.db import db
from coopevents.events.models import EventState, SessionState
from tests.browsing import hidden, signed_in
from tests.budgets.making import make_line, make_payment
from tests.event_factories import make_event, make_session, sessions_of


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(date(2026, 6, 10), "08:00", "11:00")])


def _count():
    return db.session.scalar(select(func.count(EventChange.id)))


def _typed(page, **more):
    names = ("csrf_token", "version", "submission")
    return {**{name: hidden(page, name) for name in names}, **more}


def _moved(page, held_on="2026-06-17"):
    times = {"held_on": held_on, "starts_at": "08:00", "ends_at": "11:00"}
    return _typed(page, reason="Bão số 3", **times)


def test_nothing_happens_before_it_is_confirmed(officer, event):
    path = f"/events/{event.id}/changes/cancel"

    form = officer.get(path)
    shown = officer.post(path, data=_typed(form.text, reason="Bão số 3"))

    assert (form.status_code, shown.status_code) == (200, 200)
    assert (event.state, _count()) == (EventState.PUBLISHED, 0)


def test_what_is_confirmed_is_shown_with_its_reason(officer, event):
    path = f"/events/{event.id}/changes/cancel"
    typed = _typed(officer.get(path).text, reason="Bão số 3")

    shown = officer.post(f"{path}?lang=en", data=typed).text

    assert "<bdi>Bão số 3</bdi>" in shown


def test_a_session_is_said_to_be_held_from_its_beginning_on(officer, event, programme):
    begun = make_event(programme, sessions=[(date(2026, 4, 30), "08:00", "11:00")])

    pages = [officer.get(f"/events/{one.id}?lang=en").text for one in (event, begun)]

    assert ["Was held" in page for page in pages] == [False, True]


def test_what_is_confirmed_happens_once_however_often_it_is_sent(officer, event):
    path = f"/events/{event.id}/changes/cancel"
    typed = _typed(officer.get(path).text, reason="Bão số 3")
    shown = officer.post(path, data=typed).text
    sure = {**typed, "csrf_token": hidden(shown), "shown": hidden(shown, "shown")}

    answers = [officer.post(path, data=sure) for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert (event.state, _count()) == (EventState.CANCELLED, 1)
    assert officer.get(answers[0].location).status_code == 200


def test_what_was_not_shown_is_shown_again_and_not_done(officer, event):
    path = f"/events/{event.id}/changes/cancel"
    typed = _typed(officer.get(path).text, reason="Bão số 3")

    answer = officer.post(path, data={**typed, "shown": "something else"})

    assert answer.status_code == 409
    assert (event.state, _count()) == (EventState.PUBLISHED, 0)


@pytest.mark.parametrize(
    ("planned", "paid", "warned"),
    [(1_000_000, None, True), (1_000_000, 400_000, False), (None, None, False), (0, None, False)],
)
def test_closing_warns_where_money_was_planned_and_none_is_recorded(
    officer, event, planned, paid, warned
):
    line = make_line(event, planned)
    if paid is not None:
        make_payment(line, paid)

    page = officer.get(f"/events/{event.id}/changes/close?lang=en").text

    assert (f"/events/{event.id}/budget" in page.partition("message-warning")[2]) is warned


def test_a_past_day_is_refused(officer, event):
    (session,) = sessions_of(event)
    path = f"/events/{event.id}/changes/move/{session.id}"

    answer = officer.post(path, data=_moved(officer.get(path).text, "2026-04-01"))

    assert (answer.status_code, _count()) == (422, 0)


def test_a_session_that_was_held_is_not_moved(officer, event):
    held = make_session(event, date(2026, 4, 20), state=SessionState.HELD)
    path = f"/events/{event.id}/changes/move/{held.id}"

    answer = officer.post(path, data=_moved(officer.get(path).text))

    assert (answer.status_code, held.state, _count()) == (422, SessionState.HELD, 0)


def test_an_unknown_activity_is_not_found(officer, event):
    assert officer.get(f"/events/{event.id + 999}/changes/cancel").status_code == 404


def test_a_viewer_changes_nothing(client, programme, event):
    viewer = signed_in(client, programme, Role.VIEWER)

    assert viewer.get(f"/events/{event.id}/changes/cancel").status_code == 403
