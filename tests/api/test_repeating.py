"""Sending a call again: the same answer, and nothing done twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.events.models import Event, EventSession
from coopevents.invitations.models import Invitation, InvitationRound
from coopevents.programme.models import Programme
from coopevents.system.models import IdempotentAnswer
from tests.api.conftest import PLAN, problem
from tests.event_factories import make_event
from tests.factories import make_organisation

BEFORE = "2026-05-01T03:00:00Z"


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel(BEFORE) as traveller:
        yield traveller


def _count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_the_same_key_and_body_are_answered_as_the_first_time(officer):
    answers = [officer.post("/events", PLAN, Idempotency_Key="k1") for _ in range(3)]

    assert [a.status_code for a in answers] == [201] * 3
    assert len({a.data for a in answers}) == 1
    for name in ("ETag", "Location", "Content-Type"):
        assert len({a.headers[name] for a in answers}) == 1
    assert _count(Event) == 1


def test_without_a_key_each_call_is_its_own(officer):
    for _ in range(2):
        assert officer.post("/events", PLAN).status_code == 201

    assert _count(Event) == 2
    assert _count(IdempotentAnswer) == 0


def test_the_same_key_with_another_body_is_refused(officer):
    officer.post("/events", PLAN, Idempotency_Key="k1")

    other = officer.post("/events", {**PLAN, "title": "Khác"}, Idempotency_Key="k1")
    elsewhere = officer.post("/reports", {"period": "2026"}, Idempotency_Key="k1")

    assert (problem(other)[0], problem(elsewhere)[0]) == (422, 422)
    assert _count(Event) == 1


def test_keys_of_two_callers_do_not_meet(officer, bearing):
    officer.post("/events", PLAN, Idempotency_Key="k1")
    bearing(Role.OFFICER).post("/events", {**PLAN, "title": "Khác"}, Idempotency_Key="k1")

    assert _count(Event) == 2


def test_a_refused_act_is_not_kept(officer, before_the_event):
    drafted = officer.post("/events", PLAN).json
    path = f"/events/{drafted['id']}"
    session = drafted["sessions"][0]["id"]
    officer.post(f"{path}/publish")
    said = ("POST", f"{path}/sessions/{session}", {"state": "held"})

    early = officer(*said, Idempotency_Key="k1")
    before_the_event.move_to("2026-06-10T11:00:00Z")
    later = officer(*said, Idempotency_Key="k1")

    assert problem(early)[0] == 409
    assert later.status_code == 200
    assert _count(IdempotentAnswer) == 1


def test_wrong_input_is_not_kept_either(officer):
    wrong = officer.post("/events", {**PLAN, "title": ""}, Idempotency_Key="k1")
    right = officer.post("/events", PLAN, Idempotency_Key="k1")

    assert (wrong.status_code, right.status_code) == (422, 201)


def test_a_change_is_repeated_too(officer):
    made = officer.post("/events", PLAN)
    said = ("PATCH", f"/events/{made.json['id']}", {"title": "Một"})
    headers = {"If_Match": made.headers["ETag"], "Idempotency_Key": "k1"}

    first, again = officer(*said, **headers), officer(*said, **headers)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.headers["ETag"] == again.headers["ETag"]


def test_a_key_is_forgotten_after_a_day(officer, before_the_event):
    officer.post("/events", PLAN, Idempotency_Key="k1")
    officer.post("/events", PLAN, Idempotency_Key="k2")
    before_the_event.shift(timedelta(hours=23))
    officer.post("/events", PLAN, Idempotency_Key="k1")

    before_the_event.shift(timedelta(hours=2))
    fresh = officer.post("/events", {**PLAN, "title": "Khác"}, Idempotency_Key="k1")

    assert fresh.status_code == 201
    assert _count(Event) == 3
    (kept,) = db.session.scalars(select(IdempotentAnswer))
    assert (kept.key, kept.created_at > clock.now() - timedelta(minutes=1)) == ("k1", True)


def test_a_key_too_long_to_be_kept_is_refused(officer):
    assert problem(officer.post("/events", PLAN, Idempotency_Key="k" * 256))[0] == 422


# Two at once, where a commit is a commit


@pytest.fixture
def at_once(own_app):
    """Send several calls at the same moment, each with a client of its own."""
    programme = db.session.scalars(select(Programme)).one()
    _token, secret = accounts.create_token("A test", Role.OFFICER, programme.id)
    db.session.commit()

    def at_once(*calls):
        start = Barrier(len(calls))

        def send(said):
            method, path, body, headers = said
            start.wait()
            with own_app.test_client() as client:
                return client.open(
                    f"/api/v1{path}?lang=en",
                    method=method,
                    json=body,
                    headers={"Authorization": f"Bearer {secret}", **headers},
                )

        with ThreadPoolExecutor(len(calls)) as pool:
            answers = list(pool.map(send, calls))
        db.session.expire_all()
        return answers

    at_once.programme = programme
    return at_once


def test_two_at_once_with_one_key_do_it_once(at_once):
    call = ("POST", "/events", PLAN, {"Idempotency-Key": "k1"})

    answers = at_once(call, call, call, call)

    assert [a.status_code for a in answers] == [201] * 4
    assert len({a.data for a in answers}) == 1
    assert _count(Event) == 1


def test_of_two_changes_at_once_one_is_late(at_once):
    (made,) = at_once(("POST", "/events", PLAN, {}))
    headers = {"If-Match": made.headers["ETag"]}
    sessions = [{"held_on": "2026-07-01", "starts_at": "07:30", "ends_at": "11:00"}]

    answers = at_once(
        ("PATCH", f"/events/{made.json['id']}", {"title": "Một"}, headers),
        ("PATCH", f"/events/{made.json['id']}", {"sessions": sessions}, headers),
    )

    assert sorted(a.status_code for a in answers) == [200, 412]
    (changed,) = (a for a in answers if a.status_code == 200)
    assert _count(EventSession) == len(changed.json["sessions"])


def test_publishing_twice_at_once_is_publishing(at_once):
    (made,) = at_once(("POST", "/events", PLAN, {}))
    publish = ("POST", f"/events/{made.json['id']}/publish", None, {})

    answers = at_once(publish, publish)

    assert [(a.status_code, a.json["state"]) for a in answers] == [(200, "published")] * 2


def test_one_preview_confirmed_twice_at_once_invites_once(at_once):
    for place in range(3):
        make_organisation(at_once.programme, email=f"m{place}@coop.example")
    event = make_event(at_once.programme)
    db.session.commit()
    path = f"/events/{event.id}/invitations"
    (seen,) = at_once(("POST", f"{path}/preview", {"women_led": True}, {}))
    confirm = ("POST", path, {"preview_token": seen.json["preview_token"]}, {})

    answers = at_once(confirm, confirm)

    assert sorted(a.status_code for a in answers) == [201, 409]
    assert (_count(Invitation), _count(InvitationRound)) == (3, 1)


def test_asking_for_a_report_twice_at_once_asks_once(at_once):
    ask = ("POST", "/reports", {"period": "2026"}, {})

    answers = at_once(ask, ask)

    assert [a.status_code for a in answers] == [202, 202]
    assert len({a.json["id"] for a in answers}) == 1
